"""`povsim evidence`: nothing is left out, conflicts stand side by side, and the committed page is the present one."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from scipy.sparse.csgraph import connected_components
from typer.testing import CliRunner

from calibration.evidence import CONFIDENCES, KINDS, Evidence, load_evidence
from calibration.evidence.reading import CONFIDENCE_MEANS, MAY_BE_USED, conflict_groups, treatments
from sim.cli import app
from sim.commands import evidence_text

PAGE = Path(__file__).parent.parent / "docs" / "evidence.md"
REGISTRY = load_evidence()


def povsim(*arguments):
    return CliRunner().invoke(app, ["evidence", *map(str, arguments)])


def row(name, conflicts="", treatment="", **cells):
    """A row of a registry made up for a test."""
    filled = {"region": "hill_county", "quantity": "tea", "value": 12.5, "unit": "mu", "date": "2016", "as_of": "2019"}
    filled |= {"definition": "Tea.", "source": "Gazette", "address": "none seen", "kind": "parameter"}
    filled |= {"confidence": "in_document", "note": ""} | cells
    return Evidence(id=name, conflicts=tuple(conflicts.split()), treatment=treatment, **filled)


def registry_of(*rows):
    return {each.id: each for each in rows}


def lines_of(*parts, width=80):
    """What a terminal of so many columns shows, and nothing of it cut off."""
    out = io.StringIO()
    console = Console(file=out, width=width, markup=False, highlight=False)
    for part in parts:
        console.print(part)
    assert "…" not in out.getvalue()
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_every_row_stands_once_in_the_page_below_its_region():
    text = PAGE.read_text(encoding="utf-8").partition("\n## Rows\n")[2].partition("\n## Conflicts\n")[0]
    found = [
        (section.splitlines()[0], line.split(" | ")[0].removeprefix("| "))
        for section in text.split("\n### ")[1:]
        for line in section.splitlines()[4:]
        if line
    ]
    assert sorted(found) == sorted((each.region, each.id) for each in REGISTRY.values())


def test_the_committed_page_is_what_the_command_makes():
    result = povsim("--page")
    assert result.exit_code == 0
    assert result.stdout == PAGE.read_text(encoding="utf-8"), "run: povsim evidence --page > docs/evidence.md"


def test_every_conflicting_row_stands_in_one_group():
    grouped = [each.id for group in conflict_groups(REGISTRY) for each in group]
    assert sorted(grouped) == sorted(name for name, each in REGISTRY.items() if each.conflicts)


def test_every_word_of_a_treatment_stands_in_its_group():
    for group in conflict_groups(REGISTRY):
        treated = treatments(group)
        for each in group:
            said = " ".join(text for text, ids in treated if each.id in ids)
            assert sorted(said.split()) == sorted(each.treatment.split()), each.id


def test_kinds_and_confidences_are_explained():
    assert set(MAY_BE_USED) == set(evidence_text.KINDS) == set(KINDS)
    assert set(CONFIDENCE_MEANS) == set(evidence_text.CONFIDENCES) == set(CONFIDENCES)


def test_groups_and_treatments_by_hand():
    both = "Tea is a range. Fit the lower end."
    registry = registry_of(
        row("tea", "coffee", both),
        row("salt", "pepper", "Use neither."),
        row("water"),
        row("pepper", "salt", "Use neither."),
        row("coffee", "tea cocoa", f"{both} Cocoa is a plan."),
        row("cocoa", "coffee", "Cocoa is a plan."),
    )
    drinks, spices = conflict_groups(registry)
    assert [each.id for each in drinks] == ["tea", "coffee", "cocoa"]
    assert [each.id for each in spices] == ["salt", "pepper"]
    assert treatments(drinks) == [(both, ("tea", "coffee")), ("Cocoa is a plan.", ("coffee", "cocoa"))]
    assert treatments(spices) == [("Use neither.", ("salt", "pepper"))]


@given(st.sets(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1])))
def test_groups_are_the_connected_components(pairs):
    named = np.zeros((12, 12), dtype=bool)
    for one, other in pairs:
        named[one, other] = True
    rows = [row(f"r{i}", " ".join(f"r{j}" for j in np.flatnonzero(named[i])), "Both.") for i in range(12)]
    _, component = connected_components(named, directed=False)
    expected = [np.flatnonzero(component == each).tolist() for each in dict.fromkeys(component)]
    found = [[int(each.id[1:]) for each in group] for group in conflict_groups(registry_of(*rows))]
    assert found == [group for group in expected if len(group) > 1]


def test_a_row_is_told_in_full_with_the_scenarios_that_use_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "hill.yaml").write_text(
        "name: Hill\n"
        "population:\n"
        "  persons: {value: 5189, evidence: gz_cumred_2012_2019 / 370.15 + gz_inc_2019}\n"
        "  villages: {value: 3, assumed: gz_inc_2019 says nothing about villages}\n"
        "reported:\n"
        "  - {evidence: gz_inc_2019, operator: survey_incidence, at: 2019-12}\n",
        encoding="utf-8",
    )
    result = povsim("gz_inc_2019")
    assert result.exit_code == 0
    told = " ".join(result.stdout.split())
    for expected in (
        "gz_inc_2019 value 0.37 percent region ganzhou quantity poverty_incidence date 2019 definition Share of",
        "source Ganzhou publicity department",
        "address 000_b82973ce8e9a6393.txt",
        f"kind reported_outcome: {MAY_BE_USED['reported_outcome']}",
        "confidence in_document: read in one of the five documents",
        "gz_leaders_accountable 1,019 persons 2017/2018 outcome",
        "treatment Plan against outcome:",
        "scenarios/hill.yaml:3 population.persons = gz_cumred_2012_2019 / 370.15 + gz_inc_2019",
        "scenarios/hill.yaml:6 reported.0.evidence",
    ):
        assert expected in told
    assert "villages =" not in told


def test_a_use_is_of_the_whole_id_and_reaches_the_lists_of_instruments(tmp_path):
    (tmp_path / "hill.yaml").write_text(
        "instruments:\n"
        "  tea:\n"
        "    evidence: [gz_pv_groups]\n"
        "    uptake: 0.5\n"
        "  rice:\n"
        "    evidence: [gz_pv_groups_mild]\n",
        encoding="utf-8",
    )
    used = json.loads(povsim("gz_pv_groups", "--scenarios", tmp_path, "--json").stdout)["used_by"]
    assert [(use["line"], use["path"]) for use in used] == [
        (3, "instruments.tea.evidence.0"),
        (4, "instruments.tea.uptake"),
    ]


def test_no_folder_of_scenarios_is_said_and_not_taken_for_no_use(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "there is no folder scenarios here" in povsim("gz_inc_2019").stdout
    assert json.loads(povsim("gz_inc_2019", "--json").stdout)["used_by"] is None


def test_a_broken_scenario_is_named_with_its_line(tmp_path):
    (tmp_path / "hill.yaml").write_text("name: [Hill\n", encoding="utf-8")
    result = povsim("gz_inc_2019", "--scenarios", tmp_path)
    assert result.exit_code == 2
    assert "hill.yaml:2:1: scenario: is no YAML" in result.stderr


def test_a_list_fits_80_columns_and_keeps_every_cell():
    lines = lines_of(evidence_text.listed(list(REGISTRY.values()), 80), evidence_text.LEGEND)
    assert max(map(len, lines)) <= 80
    bases = Counter(line.split()[-1] for line in lines if len(line.split()) > 5)
    known = Counter(evidence_text.CONFIDENCES[each.confidence] for each in REGISTRY.values())
    assert {name: bases[name] for name in known} == known


def test_a_pipe_gets_one_line_a_row():
    lines = [line for line in povsim().stdout.splitlines() if line.partition(" ")[0] in REGISTRY]
    assert len(lines) == len(REGISTRY)
    for line in lines:
        each = REGISTRY[line.partition(" ")[0]]
        assert f" {each.unit.replace('_', ' ')} " in line
        assert f" {each.date} " in line


@pytest.mark.parametrize("name", ["gz_ncms_ratio", "prior_mean_income_growth_nominal_poor_areas_central", "line_2020"])
def test_one_row_fits_80_columns(name):
    others = [REGISTRY[other] for other in REGISTRY[name].conflicts]
    lines = lines_of(*evidence_text.one(REGISTRY[name], others, None, Path("scenarios")))
    assert max(map(len, lines)) <= 80
    told = "".join("".join(lines).split())
    for text in (REGISTRY[name].definition, REGISTRY[name].treatment, *(other.id for other in others)):
        assert "".join(text.split()) in told


def test_conflicts_fit_80_columns():
    groups = conflict_groups(REGISTRY)
    for index, group in enumerate(groups, 1):
        lines = lines_of(*evidence_text.conflict(index, group, 80))
        assert max(map(len, lines)) <= 80
        assert {line.split()[0] for line in lines[2 : 2 + len(group)]} >= {group[0].id}
    assert povsim("--conflicts").stdout.count("Conflict ") == len(groups)


def test_a_region_is_shown_alone():
    listed = json.loads(povsim("--region", "ankang", "--json").stdout)
    assert {each["region"] for each in listed} == {"ankang"}
    assert len(listed) == sum(each.region == "ankang" for each in REGISTRY.values())
    assert "gz_inc_2011" not in povsim("--region", "ankang").stdout


def test_json_holds_whole_rows():
    listed = json.loads(povsim("--json").stdout)
    assert [each["id"] for each in listed] == list(REGISTRY)
    (point,) = [each for each in listed if each["id"] == "gz_inc_2011"]
    assert (point["value"], point["unit"], point["as_of"]) == (26.71, "percent", "2020-05")
    groups = json.loads(povsim("--conflicts", "--json").stdout)
    (shops,) = [group for group in groups if group["rows"][0]["id"] == "gz_workshops_2020"]
    assert [each["value"] for each in shops["rows"]] == [946, 1506]
    assert shops["treatments"][0]["ids"] == ["gz_workshops_2020", "gz_workshops_2018"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gz_inc_2O11"], "no evidence has the id 'gz_inc_2O11'; did you mean gz_inc_2011?"),
        (["--region", "gansu"], "no evidence has the region 'gansu'"),
        (["--region", "ganzou"], "did you mean ganzhou?"),
        (["gz_inc_2011", "--conflicts"], "give one of ID"),
        (["--page", "--json"], "give one of ID"),
        (["--scenarios", "."], "has no effect without an ID"),
        (["gz_inc_2011", "--scenarios", "no_such_folder"], "no_such_folder"),
    ],
)
def test_mistakes_are_told(arguments, said):
    result = povsim(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in " ".join(result.stderr.replace("│", " ").split())
