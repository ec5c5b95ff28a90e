"""Comparisons: a null reform changes nothing, luck is shared, measures are right, and what can not be is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import one_thread
from small import SMALL, load_small
from typer.testing import CliRunner

import sim
from sim.analysis.comparable import ComparisonError
from sim.analysis.draws import DrawsError, draws_of, stated_otherwise, with_values
from sim.analysis.outcomes import KIND_NAMES, MEASURES, outcomes
from sim.cli import app
from sim.history import KINDS, OF_KIND
from sim.scenario import load_scenario

SHORT = ("period.end=2015-12", "shocks=[]", "reported=[]")
KEYS = ["level", "area", "measure", "year"]


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(f"extends: {SMALL}\n{text}")
    return path


@pytest.fixture(scope="module")
def history():
    return one_thread(load_small("reported=[]")).run()


@pytest.fixture(scope="module")
def table(history):
    return outcomes(history, "small").sort_index()


# what is measured


def test_a_county_of_which_a_sample_holds_nobody_has_no_incidence():
    """A hundredth of 13 villages is one: the other two counties are empty, which is no reason for a warning."""
    small = load_small("reported=[]", "period.end=2014-12", "population.scale=0.01")
    counties = outcomes(one_thread(small).run(), "small").loc["county"].unstack("measure")
    assert (counties["persons"] == 0).any()
    assert (counties["income_incidence"].isna() == (counties["persons"] == 0)).all()


def test_counties_and_kinds_sum_to_the_region(table):
    """Every household lies in one county, and is of one kind in each split."""
    region = table.loc["region", "small"]
    for measure in table.loc["county"].index.unique("measure"):
        if not measure.endswith("_incidence"):
            summed = table.loc["county"].xs(measure, level="measure").groupby("year").sum()
            assert summed.to_numpy() == pytest.approx(region.loc[measure].to_numpy(), rel=1e-12, abs=1e-9), measure
    for split, kinds in KINDS.items():
        for measure in OF_KIND:
            of_kinds = sum(table.loc["kind", f"{split}: {kind}", measure] for kind in kinds)
            assert of_kinds.to_numpy() == pytest.approx(region.loc[measure].to_numpy(), rel=1e-9, abs=1e-3), measure


def test_kinds_in_counties_sum_to_the_county_and_to_the_kind(table):
    """Across a split to what the county has, across counties to what the kind has in the region."""
    counties = list(table.loc["county"].index.unique("area"))
    parts = table.loc["kind_in_county"]
    for measure in OF_KIND:
        for kind in KIND_NAMES:
            of_counties = sum(parts[f"{county}/{kind}", measure] for county in counties)
            of_region = table["kind", kind, measure]
            assert of_counties.to_numpy() == pytest.approx(of_region.to_numpy(), rel=1e-12, abs=1e-9), (kind, measure)
        for county in counties:
            for split, kinds in KINDS.items():
                of_kinds = sum(parts[f"{county}/{split}: {kind}", measure] for kind in kinds)
                of_county = table["county", county, measure]
                assert of_kinds.to_numpy() == pytest.approx(of_county.to_numpy(), rel=1e-9, abs=1e-3), (county, measure)


def test_kinds_are_those_of_the_households(table):
    """The last December, household by household, without the kernel."""
    world = one_thread(load_small("reported=[]"))
    world.run()
    h, v = world.h, world.v
    members = h.members.astype(int)
    poor = members * h.poor
    kinds = {
        "labour: none": h.workers == 0,
        "labour: weak": (h.workers > 0) & h.chronic,
        "labour: able": (h.workers > 0) & ~h.chronic,
        "village: poor": v.poor_village[h.village],
        "village: other": ~v.poor_village[h.village],
        "size: 1": members == 1,
        "size: 5 and more": members >= 5,
        "cause: never registered": h.cause == 0,
        "cause: illness": h.cause == 1,
    }
    for kind, of_kind in kinds.items():
        assert table["kind", kind, "persons", 2020] == members[of_kind].sum()
        assert table["kind", kind, "households", 2020] == of_kind.sum()
        assert table["kind", kind, "income_poor_persons", 2020] == poor[of_kind].sum()
        for number, county in enumerate(world.areas.counties):
            here = of_kind & (v.county[h.village] == number)
            assert table["kind_in_county", f"{county}/{kind}", "persons", 2020] == members[here].sum()
            assert table["kind_in_county", f"{county}/{kind}", "income_poor_persons", 2020] == poor[here].sum()
    assert {kind.partition(":")[0] for kind in KIND_NAMES} == set(KINDS)


def test_stocks_flows_person_years_and_sums_to_date(history, table):
    region = table.loc["region", "small"]
    poor = history.monthly["income_poor_persons"].sum(axis=1)
    # The period begins with a December; the last year has twelve months.
    assert region["income_poor_persons"].loc[[2011, 2020]].tolist() == [poor[0], poor[-1]]
    person_years = region["income_poor_person_years"].loc[[2011, 2020]].tolist()
    assert person_years == pytest.approx([poor[0] / 12, poor[-12:].sum() / 12])
    assert region["income_poor_person_years_to_date", 2020] == pytest.approx(poor.sum() / 12)
    assert region["returns_persons_to_date", 2020] == history.yearly["returns_persons"].sum()
    spent = history.of_instrument["outlays"].sum()
    assert region["outlays_to_date", 2020] == pytest.approx(spent)
    assert table.loc["instrument"].xs("outlays", level="measure").sum() == pytest.approx(spent)
    assert region["income_incidence", 2020] == 100 * poor[-1] / region["persons", 2020]
    assert {measure for _, _, measure, _ in table.index} == set(MEASURES)


# differences


def test_a_null_reform_changes_exactly_nothing(tmp_path):
    """The same scenario in other words, and with an instrument without places."""
    nothing = write(tmp_path, "nothing", "name: the same in other words\n")
    idle = (
        "instruments: {idle: {mechanism: industry, places: {2013-01: 0}, effect: {source: farm, yuan_per_year: 9000}}}"
    )
    found = sim.compare(SMALL, nothing, write(tmp_path, "idle", idle), replicates=2, settings=SHORT, threads=1)
    assert set(found["alternative"]) == {"nothing", "idle"}
    assert (found[["difference", "mc_error"]] == 0).all(axis=None)
    assert (found["base"] == found["alternative_value"]).all()
    assert found["low"].isna().all()


@pytest.fixture(scope="module")
def without_dibao(tmp_path_factory):
    path = write(tmp_path_factory.mktemp("alternatives"), "no_dibao", "switched_off: [dibao]\n")
    return path, sim.compare(SMALL, path, replicates=2, settings=SHORT, threads=1)


def test_a_difference_is_that_of_runs_under_the_same_luck(without_dibao):
    path, found = without_dibao
    means = []
    for seed in (1, 2):
        runs = [load_scenario(each, [*SHORT, f"seed={seed}"]).scenario for each in (SMALL, path)]
        means.append([outcomes(one_thread(scenario).run(), "small").sort_index() for scenario in runs])
    found = found.set_index(KEYS)
    changes = [other.subtract(base, fill_value=0) for base, other in means]
    assert found["difference"].to_dict() == pytest.approx(((changes[0] + changes[1]) / 2).to_dict())
    assert found["mc_error"].to_dict() == pytest.approx(((changes[0] - changes[1]).abs() / 2).to_dict())
    assert found["base"].to_dict() == pytest.approx(
        ((means[0][0] + means[1][0]) / 2).reindex(found.index).to_dict(), nan_ok=False
    )


def test_before_dibao_there_is_no_difference_and_afterwards_more_poverty(without_dibao):
    found = without_dibao[1].set_index(KEYS)["difference"].sort_index()
    assert found["region", "small", "income_poor_persons", 2015] > 0
    assert found["region", "small", "outlays_to_date", 2015] < 0
    assert found["instrument", "dibao", "members", 2015] < 0
    # Luck is shared: who lives where, falls ill or is born does not hang on dibao.
    for measure in ("persons", "households", "ill_households", "arrivals", "departures"):
        assert (found["region", "small", measure] == 0).all()


def test_parameters_are_drawn_alike_for_base_and_alternative(without_dibao):
    """Two draws of incidence: the interval spans their differences, and without replicates luck is not told."""
    path, _ = without_dibao
    draws = draws_of(pd.DataFrame({"health.incidence": [0.02, 0.1]}))
    found = sim.compare(SMALL, path, draws=draws, settings=SHORT, threads=1).set_index(KEYS).sort_index()
    key = ("region", "small", "income_poor_person_years_to_date", 2015)
    changes = []
    for incidence in (0.02, 0.1):
        settings = [*SHORT, f"health.incidence={incidence}"]
        base, other = (
            outcomes(one_thread(load_scenario(each, settings).scenario).run(), "small") for each in (SMALL, path)
        )
        changes.append(other[key] - base[key])
    low, high = np.quantile(changes, (0.05, 0.95))
    assert found.loc[key, ["difference", "low", "high"]].tolist() == pytest.approx([np.mean(changes), low, high])
    assert found["mc_error"].isna().all()


def test_a_draw_leaves_what_an_alternative_states():
    base = load_scenario(SMALL)
    other = load_scenario(SMALL, ["health.reimbursed=0.4", "instruments.dibao.effect.0.least_share=0.1"])
    stated = set(stated_otherwise(base.resolved, other.resolved))
    assert stated == {"health.reimbursed", "instruments.dibao.effect.0.least_share"}
    values = {"health.reimbursed": 0.9, "instruments.dibao.uptake": 0.5, "income.mean.2015": 8000.0}
    drawn = with_values(values, other, stated)
    assert drawn.scenario.health.reimbursed == 0.4
    assert drawn.scenario.instruments["dibao"].uptake == 0.5
    assert drawn.scenario.income.mean[2015] == 8000
    assert drawn.hash != other.hash
    with pytest.raises(DrawsError, match="health\\.incidents is not in the scenario"):
        with_values({"health.incidents": 0.1}, base, ())
    with pytest.raises(DrawsError, match="instruments\\.dibao is no number"):
        with_values({"instruments.dibao": 0.1}, base, ())


# what is refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("region: elsewhere\n", "other: is of elsewhere, the base of small"),
        ("population: {persons: 2400}\n", "other: has another population than the base (population.persons)"),
        ("period: {end: 2019-12}\n", "other: runs from 2011-12 to 2019-12, the base from 2011-12 to 2020-12"),
        ("income: {market_factor: {2012: 1.1}}\n", "other: changes income.market_factor"),
    ],
)
def test_scenarios_that_share_too_little_are_refused(tmp_path, text, message):
    other = write(tmp_path, "other", text)
    with pytest.raises(ComparisonError, match=message.replace("(", "\\(").replace(")", "\\)")):
        sim.compare(SMALL, other)


def test_alternatives_need_names_of_their_own(tmp_path):
    with pytest.raises(ComparisonError, match="two alternatives are called small"):
        sim.compare(SMALL, SMALL, SMALL)
    with pytest.raises(ComparisonError, match="no alternative"):
        sim.compare(SMALL)


def povsim(*arguments: object):
    return CliRunner().invoke(app, ["--allow-outside", *map(str, arguments)])


def test_the_command_refuses_with_exit_code_2_before_anything_runs(tmp_path):
    off = write(tmp_path, "off", "register: {off: true}\n")
    elsewhere = write(tmp_path, "elsewhere", "region: elsewhere\n")
    out = tmp_path / "out"
    for arguments, message in (
        ((elsewhere,), "elsewhere: is of elsewhere"),
        ((off, "--measure", "returns_persons"), "its register is off and gives no returns_persons"),
        ((off, "--measure", "retuns_persons"), "no measure 'retuns_persons'; did you mean returns_persons?"),
        ((off, "--draws", "8"), "--draws needs a fit of small, and there is none"),
        ((off, "--scale", "2"), "must lie above 0"),
    ):
        result = povsim("compare", SMALL, *arguments, "--out", out)
        assert result.exit_code == 2
        assert message in result.output
        assert not out.exists()


def test_the_command_writes_a_folder_that_verifies(tmp_path, without_dibao):
    path, found = without_dibao
    off = write(tmp_path, "off", "register: {off: true}\n")
    out = tmp_path / "out"
    settings = [part for each in SHORT for part in ("--set", each)]
    result = povsim("compare", SMALL, path, off, "--replicates", 2, "--threads", 1, "--out", out, *settings)
    assert result.exit_code == 0, result.output
    assert "no_dibao" in result.output
    written = pd.read_parquet(out / "differences.parquet")
    assert list(written.columns) == list(found.columns)
    # Without a register nobody can return to it, which is not the same as no returns.
    assert "returns_persons" not in set(written["measure"])
    assert "income_poor_persons" in set(written["measure"])
    page = (out / "report.html").read_text()
    assert page.count("<svg") == 2 * 3
    assert "://" not in page.replace("http://www.w3.org", "")
    assert povsim("verify", out).exit_code == 0


# the page


def test_the_page_says_what_is_stated_otherwise_what_it_comes_to_and_what_is_the_same(tmp_path):
    same = write(tmp_path, "same", "name: Another name")
    off = write(tmp_path, "off", "instruments: {dibao: {off: true}}\nhealth: {incidence: {value: 0.2, assumed: much}}")
    out = tmp_path / "out"
    short = [argument for each in SHORT for argument in ("--set", each)]
    result = CliRunner().invoke(
        app, ["--allow-outside", "compare", str(SMALL), str(same), str(off), "--out", str(out), *short]
    )
    assert result.exit_code == 0, result.output
    assert "same is the same as the base in every measure" in " ".join(result.output.split())
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "same is the same as the base in every measure, year and place." in page
    assert "off, at the end of 2015: people below the income line +" in page
    assert "switched off: dibao" in page
    assert "health.incidence" in page
    assert "nothing that affects results" in page
    assert "+0" not in page
