"""Attribution of real runs: parts sum to the total, order and idle instruments change nothing, errors are told."""

from __future__ import annotations

from math import inf

import numpy as np
import pandas as pd
import pytest
from conftest import one_thread
from made_history import blank
from small import SMALL, load_small
from typer.testing import CliRunner

import sim
from sim.analysis.attribution import AttributionError
from sim.analysis.game import MEASURES, STEPS, parts_of, with_only, without_growth
from sim.analysis.outcomes import outcomes
from sim.cli import app
from sim.scenario import load_scenario

SHORT = ("period.end=2014-12", "shocks=[]", "reported=[]")
IDLE = "instruments.idle={mechanism: industry, places: {2013-01: 0}, effect: {source: farm, yuan_per_year: 9000}}"
TWO = ("switched_off=[relocation, enabling, industry]",)
FEW = ("switched_off=[relocation, enabling, employment, social_security]", "instruments.dibao.off=false", IDLE)


def values(found, measure="person_years", year=2014):
    rows = found.parts[(found.parts["measure"] == measure) & (found.parts["year"] == year)]
    return rows.set_index("part")["value"]


@pytest.fixture(scope="module")
def by_mechanism():
    return sim.attribute(SMALL, settings=[*SHORT, *TWO], replicates=2, threads=1)


@pytest.fixture(scope="module")
def by_instrument():
    return sim.attribute(SMALL, "instrument", settings=[*SHORT, *FEW], replicates=2, threads=1)


@pytest.mark.parametrize("which", ["by_mechanism", "by_instrument"])
def test_parts_sum_to_the_total_to_the_last_digit_in_any_order(which, request):
    parts = request.getfixturevalue(which).parts
    rng = np.random.default_rng(1)
    for _, rows in parts.groupby(["measure", "year"]):
        part = rows.set_index("part")["value"]
        total = part.pop("total")
        assert sum(part.tolist()) == total
        assert sum(rng.permutation(part.to_numpy()).tolist()) == total
    assert set(parts["measure"]) == set(MEASURES)
    assert sorted(set(parts["year"])) == [2011, 2012, 2013, 2014]


def test_the_total_is_the_fall_from_the_first_december_to_full_policy(by_mechanism):
    """Two runs under each of two seeds, without the game."""
    falls = []
    for seed in (1, 2):
        names = [*SHORT, f"seed={seed}"]
        full = outcomes(one_thread(load_small(*names, *TWO)).run(), "small").sort_index().loc["region", "small"]
        everything = "switched_off=[relocation, enabling, industry, employment, social_security]"
        none = outcomes(one_thread(load_small(*names, everything)).run(), "small").sort_index().loc["region", "small"]
        poor, gap, returns = "income_poor_persons", "poverty_gap", "returns_persons_to_date"
        years = "income_poor_person_years_to_date"
        registered = "registered_persons"
        falls.append(
            {
                # The register is set up in December 2013, and the same number is put on it in every run.
                "registered_persons": none[registered, 2013] - full[registered, 2014],
                "income_poor_persons": none[poor, 2011] - full[poor, 2014],
                "poverty_gap": none[gap, 2011] - full[gap, 2014],
                # 37 months, December 2011 to December 2014
                "person_years": none[poor, 2011] * 37 / 12 - full[years, 2014],
                "returns": none[returns, 2014] - full[returns, 2014],
            }
        )
    for measure in MEASURES:
        total = values(by_mechanism, measure)["total"]
        assert total == pytest.approx(np.mean([fall[measure] for fall in falls]), abs=2 / STEPS), measure


def test_two_mechanisms_by_hand(by_mechanism):
    """Half of what each adds first and half of what it adds last, under one seed and the next."""
    split = {"employment": [], "social_security": []}
    scenario = load_small(*SHORT, *TWO)
    parts = parts_of(scenario, "mechanism")
    assert sorted(parts) == sorted(split)
    for seed in (1, 2):
        first, second = split
        poor = {}
        for acting in ((), (first,), (second,), (first, second)):
            history = one_thread(with_only(scenario, parts, frozenset(acting), seed)).run()
            poor[acting] = history.monthly["income_poor_persons"].sum() / 12
        both, none = poor[first, second], poor[()]
        split[first].append((none - poor[first,] + poor[second,] - both) / 2)
        split[second].append((none - poor[second,] + poor[first,] - both) / 2)
    found = by_mechanism.parts.set_index(["measure", "part", "year"]).loc["person_years"]
    for mechanism, each in split.items():
        row = found.loc[mechanism, 2014]
        assert row["value"] == pytest.approx(np.mean(each), abs=2 / STEPS)
        assert row["standard_error"] == pytest.approx(abs(each[0] - each[1]) / 2, abs=2 / STEPS)


def test_growth_does_not_hang_on_effect_sizes_and_parts_sum_under_each():
    found = sim.attribute(SMALL, settings=[*SHORT, *TWO], effect_sizes=True, threads=1)
    sized = found.effect_sizes
    stated = sized[sized["effect_size"] == "as stated"].drop(columns="effect_size").reset_index(drop=True)
    pd.testing.assert_frame_equal(stated, found.parts)
    for _, rows in sized.groupby(["effect_size", "measure", "year"]):
        part = rows.set_index("part")["value"]
        assert part.drop("total").sum() == part["total"]
    wide = sized.pivot(index=["measure", "year", "part"], columns="effect_size", values="value")
    growth, employment = (wide.xs(part, level="part") for part in ("growth", "employment"))
    assert (growth["low"] == growth["high"]).all()
    assert (employment["low"] != employment["high"]).any()


def test_an_instrument_without_places_gets_exactly_nothing(by_instrument):
    idle = by_instrument.parts[by_instrument.parts["part"] == "idle"]
    assert len(idle) == 5 * 4
    assert (idle[["value", "standard_error"]] == 0).all(axis=None)
    assert (idle["outlays"].dropna() == 0).all()
    pairs = by_instrument.interactions
    assert (pairs[(pairs["first"] == "idle") | (pairs["second"] == "idle")]["value"] == 0).all()


def test_the_order_in_a_file_changes_nothing(by_instrument, tmp_path):
    """The instruments of the resolved scenario, written the other way round."""
    import json

    resolved = dict(load_scenario(SMALL, FEW).resolved)
    resolved["instruments"] = dict(reversed(resolved["instruments"].items()))
    path = tmp_path / "other_way_round.yaml"
    path.write_text(json.dumps(resolved))
    again = sim.attribute(path, "instrument", settings=SHORT, replicates=2, threads=1)
    pd.testing.assert_frame_equal(again.parts, by_instrument.parts)
    pd.testing.assert_frame_equal(again.interactions, by_instrument.interactions)


def test_costs_stand_beside_person_years(by_mechanism):
    rows = by_mechanism.parts[by_mechanism.parts["year"] == 2014].set_index(["measure", "part"])
    assert rows["outlays"].dropna().index.unique("measure").tolist() == ["person_years"]
    years = rows.loc["person_years"]
    assert np.isnan(years.loc["growth", "outlays"])
    spent = [
        one_thread(load_small(*SHORT, *TWO, f"seed={seed}")).run().of_instrument["outlays"].sum() for seed in (1, 2)
    ]
    assert years.loc["total", "outlays"] == pytest.approx(np.mean(spent))
    assert years.loc["employment", "outlays"] + years.loc["social_security", "outlays"] == pytest.approx(np.mean(spent))
    for _, row in years[years["value"] > 0].dropna().iterrows():
        assert row["yuan_per_person_year"] == row["outlays"] / row["value"]


def test_returns_are_avoided_by_policy_alone_and_the_register_begins_when_it_is_set_up():
    history = blank(range(2012, 2015))
    history.monthly["income_poor_persons"][:, 0] = 12.0
    history.monthly["registered_persons"][23:, 0] = [5.0] * 13
    history.yearly["returns_persons"][:, 0] = [0, 0, 3]
    reference = dict(zip(MEASURES, (without_growth(history) / STEPS).tolist(), strict=True))
    assert reference == {
        "registered_persons": [0, 5, 5],
        "income_poor_persons": [12, 12, 12],
        "poverty_gap": [0, 0, 0],
        "person_years": [12, 24, 36],
        "returns": [0, 0, 3],
    }


# what is refused


def test_more_runs_than_allowed_are_refused_before_any_is_made():
    with pytest.raises(AttributionError, match="14 instruments with 4 replicates take 112 runs; 100 are allowed"):
        sim.attribute(SMALL, "instrument", settings=["instruments.customs.off=true"], most_runs=100)


def test_an_error_that_can_not_be_reached_is_refused():
    with pytest.raises(AttributionError, match=r"can not be sampled to a standard error of 0\.01%: 2 replicates reach"):
        sim.attribute(SMALL, settings=[*SHORT, *TWO], replicates=2, error=1e-4, most_runs=40, threads=1)


def test_replicates_are_added_until_the_error_is_reached():
    loose = sim.attribute(SMALL, settings=[*SHORT, *TWO], error=0.9, threads=1)
    assert loose.runs == 2 * 4
    assert loose.parts["standard_error"].max() < inf


@pytest.mark.parametrize(
    ("settings", "years", "message"),
    [
        (["switched_off=[industry, employment, relocation, social_security, enabling]"], [], "nothing to split"),
        ([], [2031], "2031 has no December in the scenario's period; allowed: 2011 to 2014"),
    ],
)
def test_what_can_not_be_split_is_refused(settings, years, message):
    with pytest.raises(AttributionError, match=message):
        sim.attribute(SMALL, settings=[*SHORT, *settings], years=years)


def test_the_command(tmp_path):
    def povsim(*arguments):
        return CliRunner().invoke(app, [*map(str, arguments)])

    settings = [part for each in (*SHORT, *TWO) for part in ("--set", each)]
    out = tmp_path / "out"
    result = povsim("attribute", SMALL, "--years", "2014", "--threads", 1, "--out", out, *settings)
    assert result.exit_code == 0, result.output
    assert "social_security" in result.output
    parts = pd.read_parquet(out / "attribution.parquet")
    assert list(parts.columns)[:5] == ["measure", "year", "part", "value", "standard_error"]
    assert parts["standard_error"].isna().all(), "one replicate tells no error"
    page = (out / "report.html").read_text()
    assert page.count("<svg") == len(MEASURES)
    assert povsim("verify", out).exit_code == 0
    refused = povsim("attribute", SMALL, "--years", "20x4", "--out", tmp_path / "other")
    assert refused.exit_code == 2
    refused = povsim("attribute", SMALL, "--runs", "3", "--out", tmp_path / "other")
    assert refused.exit_code == 2
    assert "5 mechanisms with 1 replicates take 32 runs; 3 are allowed" in refused.output
