"""Loading scenarios: merging, overriding, hashing, and what is done with files of every kind."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.calendar import parse_month
from sim.scenario import (
    LoadedScenario,
    ScenarioError,
    at_year,
    load_scenario,
    places_at,
    unsourced,
)
from sim.scenario.register import ExitPlan

GANZHOU = Path(__file__).parents[1] / "scenarios" / "ganzhou.yaml"


@pytest.fixture(scope="module")
def ganzhou() -> LoadedScenario:
    return load_scenario(GANZHOU)


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(f"extends: {GANZHOU}\n{text}", encoding="utf-8")
    return path


def problems(path: Path, *overrides: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, overrides)
    return [str(problem) for problem in caught.value.problems]


def test_every_number_of_ganzhou_says_what_it_rests_on(ganzhou: LoadedScenario) -> None:
    assert unsourced(ganzhou) == []


def test_a_loaded_scenario_holds_models_values_provenance_and_files(ganzhou: LoadedScenario) -> None:
    assert ganzhou.scenario.period.start == parse_month("2011-12")
    assert ganzhou.scenario.instruments["orchards"].places[parse_month("2019-12")] == 105_000
    assert ganzhou.resolved["period"] == {"start": "2011-12", "end": "2020-12"}
    assert ganzhou.resolved["instruments"]["dibao"]["effect"][0]["standard"][2016] == 3240
    assert ganzhou.resolved["instruments"]["photovoltaic"]["uptake"] == 1.0, "defaults are stated"
    assert ganzhou.files == (GANZHOU,)
    orchards = ganzhou.provenance["instruments.orchards.places.2019-12"]
    assert (orchards.kind, orchards.text, orchards.inherited) == ("evidence", "gz_orchard_hh", False)
    yield_of_trees = ganzhou.provenance["instruments.orchards.effect.0.yuan_per_year"]
    assert yield_of_trees.kind == "assumed"
    assert yield_of_trees.inherited


def test_a_resolved_scenario_is_a_scenario_with_the_same_hash(ganzhou: LoadedScenario, tmp_path: Path) -> None:
    again = tmp_path / "again.yaml"
    again.write_text(json.dumps(ganzhou.resolved, sort_keys=True), encoding="utf-8")
    loaded = load_scenario(again)
    assert loaded.hash == ganzhou.hash
    assert loaded.resolved == ganzhou.resolved


def test_names_labels_and_provenance_do_not_change_the_hash(ganzhou: LoadedScenario, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "name: the same in other words\n"
        "description: nothing else\n"
        "health: {recovery_months: {value: 6.0, assumed: another reason}}\n"
        "instruments: {orchards: {label: Trees, note: a note, evidence: [gz_orchard_hh]}}\n",
    )
    assert load_scenario(path).hash == ganzhou.hash


@pytest.mark.parametrize(
    "override",
    [
        "seed=2",
        "population.scale=0.5",
        "instruments.orchards.off=true",
        "lines.exit.2020=4001",
        "reported=[]",
    ],
)
def test_whatever_changes_results_changes_the_hash(ganzhou: LoadedScenario, override: str) -> None:
    assert load_scenario(GANZHOU, [override]).hash != ganzhou.hash


def test_the_order_of_counties_and_instruments_changes_nothing(ganzhou: LoadedScenario, tmp_path: Path) -> None:
    turned = dict(ganzhou.resolved)
    turned["instruments"] = dict(reversed(ganzhou.resolved["instruments"].items()))
    turned["population"] = dict(ganzhou.resolved["population"])
    turned["population"]["counties"] = dict(reversed(ganzhou.resolved["population"]["counties"].items()))
    path = tmp_path / "turned.yaml"
    path.write_text(json.dumps(turned), encoding="utf-8")
    loaded = load_scenario(path)
    assert loaded.hash == ganzhou.hash
    assert list(loaded.scenario.population.counties) == list(ganzhou.scenario.population.counties)


def test_a_scenario_states_only_what_differs(tmp_path: Path) -> None:
    loaded = load_scenario(
        write(
            tmp_path,
            "name: no relocation\n"
            "period: {end: 2025-12}\n"
            "instruments:\n"
            "  relocation_town: {off: true}\n"
            "  orchards: {effect: {yuan_per_year: 3000}}\n"
            "  tea_gardens:\n"
            "    mechanism: industry\n"
            "    places: {2017-01: 12000}\n"
            '    eligible: {workers: ">=1", registered: true}\n'
            "    target: {by: poorest, inclusion_error: 0.05, exclusion_error: 0.10}\n"
            "    effect: {source: farm, yuan_per_year: 2400, first_after_months: 30}\n"
            "    cost: {yuan_per_household: 4000}\n"
            "    evidence: [gz_orchard_hh]\n"
            "shocks:\n"
            "  - {kind: price, crop: orchards, county: all, from: 2022-01, months: 12, change: -0.4}\n",
        )
    )
    instruments = loaded.scenario.instruments
    assert instruments["relocation_town"].off
    assert instruments["orchards"].effect[0].yuan_per_year == 3000
    assert instruments["orchards"].effect[0].first_after_months == 42, "the rest of the mapping stays"
    assert instruments["tea_gardens"].effect[0].crop == "other"
    assert loaded.provenance["instruments.tea_gardens.cost.yuan_per_household"].text == "gz_orchard_hh"
    assert loaded.scenario.shocks[0].since == parse_month("2022-01")
    assert [path.name for path in loaded.files] == ["ganzhou.yaml", "mine.yaml"]


def test_a_reason_covers_numbers_of_its_own_file_only(tmp_path: Path) -> None:
    path = write(tmp_path, "name: more jobs lost\nwork: {separation: 0.2}\n")
    assert unsourced(load_scenario(path)) == ["work.separation"]
    assert unsourced(load_scenario(GANZHOU, ["work.separation=0.2"])) == ["work.separation"]
    reasoned = write(tmp_path, "name: more jobs lost\nwork: {assumed: a crisis, separation: 0.2}\n")
    assert unsourced(load_scenario(reasoned)) == []


def test_lists_are_replaced_and_mappings_merged(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "name: one figure\n"
        "reported: [{evidence: gz_inc_2011, operator: survey_incidence, at: 2011-12}]\n"
        "lines: {survey: {2020: 3400}}\n",
    )
    loaded = load_scenario(path)
    assert len(loaded.scenario.reported) == 1
    assert loaded.scenario.lines.survey[2020] == 3400
    assert loaded.scenario.lines.survey[2011] == 2536


def test_a_chain_of_three_files(tmp_path: Path) -> None:
    write(tmp_path, "name: second\nseed: 2\nhealth: {income_loss: 0.2}\n", "second.yaml")
    third = tmp_path / "deeper" / "third.yaml"
    third.parent.mkdir()
    third.write_text("extends: ../second.yaml\nname: third\nhealth: {reimbursed: 0.6}\n", encoding="utf-8")
    loaded = load_scenario(third)
    assert (loaded.scenario.name, loaded.scenario.seed) == ("third", 2)
    assert (loaded.scenario.health.income_loss, loaded.scenario.health.reimbursed) == (0.2, 0.6)
    assert [path.name for path in loaded.files] == ["ganzhou.yaml", "second.yaml", "third.yaml"]


def test_a_problem_names_the_file_where_it_was_written(tmp_path: Path) -> None:
    write(tmp_path, "name: second\nhealth: {income_loss: 2}\n", "second.yaml")
    third = tmp_path / "third.yaml"
    third.write_text("extends: second.yaml\nname: third\nseed: -1\n", encoding="utf-8")
    first, second = problems(third)
    assert first == f"{tmp_path}/second.yaml:3:23: health.income_loss: 2 is out of range" + (
        "; did you mean 0.02?; allowed: 0 to 1 (share of income lost while ill)"
    )
    assert second.startswith(f"{third}:3:7: seed: -1 is out of range")


def test_overrides_set_single_values() -> None:
    loaded = load_scenario(
        GANZHOU,
        [
            "population.scale=0.05",
            "instruments.orchards.off=true",
            "instruments.orchards.places.2019-12=110000",
            "instruments.labour_transfer.effect.1.share={value: 0.2, assumed: twice as much}",
            "instruments.dibao.effect.top_up_share=0.5",
            "instruments.dibao.effect.0.standard.2016=3000",
            "reported.0.at=2012-12",
            "shocks=[{kind: jobs, from: 2016-01, months: 3, change: -0.5}]",
        ],
    )
    scenario = loaded.scenario
    assert scenario.population.scale == 0.05
    assert scenario.instruments["orchards"].off
    assert scenario.instruments["orchards"].places[parse_month("2019-12")] == 110_000
    assert scenario.instruments["labour_transfer"].effect[1].share == 0.2
    assert scenario.instruments["dibao"].effect[0].top_up_share == 0.5
    assert (scenario.instruments["dibao"].effect[0].standard or {})[2016] == 3000
    assert scenario.reported[0].at == parse_month("2012-12")
    assert len(scenario.shocks) == 1
    assert loaded.provenance["instruments.labour_transfer.effect.1.share"].text == "twice as much"
    assert "instruments.orchards.places.2019-12" in unsourced(loaded)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (
            "population.scale",
            "--set:1:1: population.scale: write path=value, for example population.scale=0.05",
        ),
        ("=1", "--set:1:1: scenario: write path=value, for example population.scale=0.05"),
        ("seed=", "--set:1:1: seed: is empty"),
        ("seed=[1", "--set:1:1: seed: is no YAML: expected ',' or ']', but got '<stream end>'"),
        ("population.scael=1", "--set:1:1: population.scael: unknown key 'scael'; did you mean scale?; "),
        ("reported.99.at=2012-12", "--set:1:1: reported.99.at: no entry 99; allowed: 0 to 16"),
        ("seed.x=1", "--set:1:1: seed: a whole number is needed, not a mapping; allowed: 0 to below "),
        (
            "population.scale=50",
            "--set:1:1: population.scale: 50 is out of range; did you mean 0.5?; allowed: ",
        ),
        ("health.reimbursed={value: 0.5}", "--set:1:1: health.reimbursed: a value takes exactly one of "),
    ],
)
def test_overrides_that_can_not_be(override: str, expected: str) -> None:
    (problem,) = problems(GANZHOU, override)
    assert problem.startswith(expected)


def test_the_line_of_an_override_is_its_number() -> None:
    found = problems(GANZHOU, "seed=1", "seed=x", "health.reimbursed=2")
    assert [line.split(": ")[0] for line in found] == ["--set:2:1", "--set:3:1"]


def test_a_shorter_period_excuses_what_is_inherited() -> None:
    scenario = load_scenario(GANZHOU, ["period.end=2012-12"]).scenario
    assert scenario.register_.identification.at > scenario.period.end


def test_anchors_and_merge_keys(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "name: two gardens\n"
        "instruments:\n"
        "  tea_gardens: &garden\n"
        "    mechanism: industry\n"
        "    places: &dates {2017-01: 12000}\n"
        "    effect: {source: farm, yuan_per_year: 2400}\n"
        "  herb_gardens:\n"
        "    <<: *garden\n"
        "    places: {2018-01: 500}\n"
        "  other_gardens: {<<: *garden, places: *dates}\n",
    )
    instruments = load_scenario(path).scenario.instruments
    assert instruments["herb_gardens"].places == {parse_month("2018-01"): 500}
    assert instruments["other_gardens"] == instruments["tea_gardens"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ":1:1: scenario: is empty"),
        (b"# a comment\n", ":1:1: scenario: is empty"),
        ("name: 赣州\n".encode("gbk"), ":1:7: scenario: is not UTF-8 text"),
        (b"name: a\nregion: b\n\xff", ":3:1: scenario: is not UTF-8 text"),
        (b"name: \x07\n", ":1:1: scenario: is no YAML: "),
        (b"a: 1\n---\nb: 2\n", ":2:1: scenario: is no YAML: but found another document"),
        (b"[" * 10_000, ":1:1: scenario: is nested too deeply"),
        (b"a: {" * 2_000, ":1:1: scenario: is nested too deeply"),
        (b"x" * 200_001, ":1:1: scenario: 200,001 bytes are too many for a scenario; allowed: up to 200,000"),
        (b"? [a, b]\n: 1\n", ":1:3: scenario: a key must be a word, a year or a month"),
        (b"seed: " + b"9" * 5_000 + b"\n", ":1:7: seed: '99999"),
        (b"seed: 1" + b"0" * 400 + b"\n", ":1:7: seed: is too large; allowed: up to 9223372036854775807"),
        (b"name: &a x\nregion: &a y\n", ":1:1: period: is missing"),
        (b"just words", ":1:1: scenario: a mapping is needed, not 'just words'"),
    ],
)
def test_files_that_are_no_scenarios(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(data)
    started = time.process_time()
    assert any(problem.startswith(f"{path}{expected}") for problem in problems(path))
    assert time.process_time() - started < 10


def test_paths_that_are_no_files(tmp_path: Path) -> None:
    assert problems(tmp_path / "none.yaml") == [f"{tmp_path}/none.yaml:1:1: scenario: no such file"]
    assert problems(tmp_path) == [f"{tmp_path}:1:1: scenario: can not be read: Is a directory"]


def test_byte_order_marks_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + f"extends: {GANZHOU}\r\nname: from Windows\r\nseed: 3\r\n".encode())
    assert load_scenario(path).scenario.seed == 3


def test_importing_scenarios_is_light() -> None:
    heavy = ("numba", "numpy", "pandas", "scipy", "matplotlib", "mesa", "ruamel")
    code = f"import sim.scenario, sys; sys.exit(any(name in sys.modules for name in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_values_by_year_are_steps_or_lines() -> None:
    path = {2014: 2.0, 2016: 4.0}
    assert [at_year(path, year) for year in (2013, 2014, 2015, 2016, 2020)] == [2, 2, 2, 4, 4]
    assert [at_year(path, year, linear=True) for year in (2013, 2014, 2015, 2016, 2020)] == [2, 2, 3, 4, 4]


def test_places_open_every_quarter_and_at_their_dates() -> None:
    """From none in November 2015 to 1,200 in November 2016: 100 a month, opened by the quarter."""
    path = {parse_month("2015-11"): 0.0, parse_month("2016-11"): 1200.0}
    months = (
        "2015-10",
        "2015-11",
        "2015-12",
        "2016-01",
        "2016-03",
        "2016-04",
        "2016-10",
        "2016-11",
        "2018-01",
    )
    opened = [places_at(path, parse_month(month)) for month in months]
    assert opened == pytest.approx([0, 0, 0, 200, 200, 500, 1100, 1200, 1200])


def test_a_plan_states_a_share_or_equal_parts(ganzhou: LoadedScenario) -> None:
    """A third in the first of three years; a stated share instead, but all who are left in the year of the deadline;
    the latest plan holds, and the pace before any."""
    thirds, stated = ExitPlan(since=2016, deadline=2018), ExitPlan(since=2018, deadline=2020, share=0.7)
    assert [thirds.planned(year) for year in (2016, 2017, 2018, 2019)] == pytest.approx([1 / 3, 1 / 2, 1, 1])
    assert [stated.planned(year) for year in (2018, 2019, 2020)] == [0.7, 0.7, 1.0]
    review = ganzhou.scenario.register_.review.model_copy(update={"pace": 0.2, "plans": [stated, thirds]})
    assert [review.planned(year) for year in (2015, 2017, 2018, 2020)] == [0.2, 0.5, 0.7, 1.0]
