"""Return risk of the small region: identities, what the list may know, refusals, the command and its files."""

import json

import numpy as np
import pandas as pd
import pytest
from small import SMALL
from test_growth_alone import NOTHING_HAPPENS
from typer.testing import CliRunner

from sim.analysis.risk import risk
from sim.analysis.risk_monitoring import LESS
from sim.analysis.risk_period import continuations
from sim.calendar import month_number
from sim.cli import app
from sim.columns import HOUSEHOLD
from sim.scenario import ScenarioError, load_scenario

LONG = ("period.end=2019-12", "reported=[]")
HIDDEN = {"permanent", "transitory", "income_12_months", "income_this_year", "income_last_year", "poor", "standing"}


def small(*overrides):
    return load_scenario(SMALL, (*LONG, *overrides))


@pytest.fixture(scope="module")
def found():
    return risk(small(), at="2016-12", horizon=24, futures=10, threads=1)


def test_probabilities_lie_between_nought_and_one_and_grow_with_time_and_with_the_line(found):
    table = found.households
    for outcome in ("survey", "exit", "returned"):
        assert table[f"{outcome}_12"].between(0, 1).all()
        assert table[f"{outcome}_24"].between(0, 1).all()
        assert (table[f"{outcome}_12"] <= table[f"{outcome}_24"]).all()
    assert (table["survey_24"] <= table["exit_24"]).all(), "the exit line lies above the survey line"
    assert 0 < table["exit_24"].mean() < 1


def test_expected_months_fit_the_probabilities(found):
    """Who falls is below for at least a month and at most for all of them, and has a cause."""
    table = found.households
    for line in ("survey", "exit"):
        months, share = table[f"{line}_months"], table[f"{line}_24"]
        assert (months >= share - 1e-12).all()
        assert (months <= 24 * share + 1e-12).all()
        assert (table[f"{line}_cause"].isna() == (share == 0)).all()


def test_the_way_from_income_to_the_register_adds_up(found):
    of = found.gap.set_index("step")["households"]
    both, besides = of["and certified below it then"], of["certified below it while above it"]
    assert of["certified below it in a December"] == pytest.approx(both + besides)
    assert both <= of["below the exit line in a December"] <= of["below the exit line in some month"]
    assert of["found and registered again"] <= of["certified below it in a December"]
    weight, returned = found.households["weight"], found.households["returned_24"]
    assert of["found and registered again"] == pytest.approx((weight * returned).sum())


def test_rates_are_means_over_those_above_the_line(found):
    table = found.households
    above = table[~table["below_exit"]]
    row = found.rates.query("by == 'everybody' and outcome == 'exit' and within == 24").iloc[0]
    assert row["households"] == pytest.approx(above["weight"].sum())
    assert row["probability"] == pytest.approx(np.average(above["exit_24"], weights=above["weight"]))
    for by in ("county", "since exit", "household", "recorded cause", "village", "announced withdrawal"):
        parts = found.rates.query("by == @by and outcome == 'exit' and within == 24")
        assert parts["households"].sum() == pytest.approx(row["households"]), by
        assert np.average(parts["probability"], weights=parts["households"]) == pytest.approx(row["probability"])


def test_causes_hold_every_fall(found):
    for line in ("survey", "exit"):
        above = found.households[~found.households[f"below_{line}"]]
        falls = found.causes[found.causes["line"] == line]
        assert falls["households"].sum() == pytest.approx((above["weight"] * above[f"{line}_24"]).sum())
        assert falls["share"].sum() == pytest.approx(1)


def test_the_list_is_ranked_and_knows_nothing_that_a_village_does_not(found):
    listed = found.monitoring
    assert listed["rank"].tolist() == list(range(1, len(found.households) + 1))
    assert listed["probability"].is_monotonic_decreasing
    assert set(listed["household"]) == set(found.households["household"])
    assert not HIDDEN & set(listed)
    assert not [name for name in listed if name.startswith(("survey_", "exit_", "returned_", "below_"))]
    seen = {name for name in listed if name in HOUSEHOLD.columns}
    assert seen <= {
        "village", "members", "workers", "students", "elderly", "chronic", "ill", "jobless", "safe_house", "schooling",
        "certified", "support",
    }  # fmt: skip


def test_top_ups_buy_more_the_larger_they_are(found):
    """And never spare more falls or months than there are."""
    for _, rows in found.top_up.groupby(["score", "part"]):
        assert rows["yuan"].is_monotonic_increasing
        assert rows["avoided"].is_monotonic_increasing
        assert rows["months_avoided"].is_monotonic_increasing
        assert (rows["avoided"] <= rows["falls"] + 1e-9).all()
        assert (rows["months_avoided"] <= rows["months"] + 1e-9).all()


def test_with_support_kept_the_risk_is_not_higher():
    """Dibao alone, luck shared: whoever falls with it falls without it."""
    names = [f"instruments.{name}.off=true" for name in small().scenario.instruments if name != "dibao"]
    spill_overs = (
        "prices.sd=0",
        "work.crowding=0",
        "work.wage_response=0",
        "shocks=[]",
        "register.detection={2016: 0}",
    )
    kept, ended = (
        risk(small(*names, *spill_overs, *ends), at="2016-12", futures=6, threads=1).households
        for ends in ((), ("instruments.dibao.ends=2017-01",))
    )
    assert (kept["household"] == ended["household"]).all()
    for column in ("survey_12", "exit_12", "exit_24", "exit_months"):
        assert (kept[column] <= ended[column]).all()
    assert kept["exit_months"].sum() < ended["exit_months"].sum()
    assert (ended["to_be_withdrawn"] > 0).sum() == ended["in_dibao"].sum() > 0
    assert (kept["to_be_withdrawn"] == 0).all()


def test_without_shocks_the_risk_is_nought_or_one():
    still = (*NOTHING_HAPPENS[1:], "income.transitory_sd=0", "register.review.noise=0", "prices.sd=0")
    stay = [f"instruments.{name}.drop_out=0" for name in small().scenario.instruments]
    table = risk(small(*still, *stay, "register.detection={2016: 0}"), at="2016-12", futures=4, threads=1).households
    for column in ("survey_12", "survey_24", "exit_12", "exit_24"):
        assert set(table[column].unique()) <= {0.0, 1.0}


def test_a_region_without_instruments_has_its_risk_too():
    names = [f"instruments.{name}.off=true" for name in small().scenario.instruments]
    table = risk(small(*names), at="2016-12", horizon=12, futures=4, threads=1)
    assert not [name for name in table.monitoring if name.startswith("in_")]
    assert (table.households["support"] == 0).all()
    assert table.causes.query("cause == 'support ended'")["households"].sum() == 0


def test_the_oracle_and_the_baselines_are_there_with_errors(found):
    table = found.accuracy
    assert set(table["score"]) == {"monitoring list", "oracle", "last income", LESS}
    chosen = table.query("outcome == 'exit' and within == 24")
    assert (chosen["area_error"] > 0).all()
    same = chosen[chosen["score"] == "last income"]
    assert (same["better"] == 0).all()
    assert (same["better_error"] == 0).all()


def test_falls_by_ended_support_are_shared_between_instruments_and_nothing_is_lost(found):
    """Payments that end by rule within the horizon, in this region those of aids that are paid for 36 or 72 months."""
    ended = found.causes[found.causes["cause"] == "support ended"].set_index("line")["households"]
    for line in ("survey", "exit"):
        assert found.withdrawn[line].sum() == pytest.approx(ended[line])
        assert (found.withdrawn[line] >= 0).all()
    announced = found.households["to_be_withdrawn"] * found.households["members"] * found.households["weight"]
    assert found.withdrawn["yuan"].sum() == pytest.approx(announced.sum())


def test_effects_as_stated_give_the_rates_themselves_and_others_do_not(found):
    """No more futures are lived here than effect sizes take, so that both come from the same ones."""
    sizes = found.effect_sizes.set_index(["effect_size", "outcome", "within"])["probability"]
    rates = found.rates[found.rates["by"] == "everybody"].set_index(["outcome", "within"])["probability"]
    assert sizes["as stated"].to_dict() == pytest.approx(rates.to_dict())
    assert sizes["low", "survey", 24] != sizes["high", "survey", 24]


def test_files_that_go_on_are_named(tmp_path):
    """Those that extend the file, also by way of others, to the month or beyond."""
    folder = tmp_path / "counterfactuals" / "here"
    folder.mkdir(parents=True)
    base, other = tmp_path / "base.yaml", tmp_path / "other.yaml"
    base.write_text("period: {end: 2020-12}")
    other.write_text("period: {end: 2030-12}")
    texts = {
        "longer": "extends: ../../base.yaml\nperiod: {end: 2025-12}",
        "ends": "extends: longer.yaml",
        "shorter": "extends: longer.yaml\nperiod: {end: 2021-12}",
        "as_long": "extends: ../../base.yaml",
        "circle": "extends: circle.yaml",
        "broken": "extends: [",
    }
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    assert [path.stem for path in continuations(base, month_number(2022, 12))] == ["longer", "ends"]
    assert continuations(base, month_number(2026, 12)) == []


@pytest.mark.parametrize(
    ("at", "error", "message"),
    [
        ("2016-06", ValueError, "did you mean 2016-12"),
        ("soon", ValueError, "is no month"),
        ("2025-12", ScenarioError, "does not lie in the period"),
        ("2012-12", ScenarioError, "nobody has exited"),
        (
            "2019-12",
            ScenarioError,
            "set it to 2021-12 or later, and say how these go on, which stand still after their last year: "
            "lines.survey, lines.exit, income.mean, budget.yuan, instruments.dibao.effect.standard",
        ),
    ],
)
def test_refusals(at, error, message):
    with pytest.raises(error, match=message):
        risk(small(), at=at, threads=1)


def test_a_region_without_a_register_is_refused():
    with pytest.raises(ScenarioError, match="nobody exits"):
        risk(small("register.off=true"), at="2016-12")


def povsim(*arguments):
    return CliRunner().invoke(app, ["risk", *map(str, arguments)])


def test_the_command_writes_its_folder_and_replaces_only_its_own(tmp_path):
    out = tmp_path / "risk"
    asked = (SMALL, "--at", "2016-12", "--horizon", 12, "--futures", 4, "--threads", 1, "--out", out)
    first = povsim(*asked)
    assert first.exit_code == 0, first.output
    assert "monitoring list" in first.stdout
    assert len(pd.read_csv(out / "monitoring.csv")) == len(pd.read_parquet(out / "households.parquet"))
    page = (out / "report.html").read_text("utf-8")
    assert "<svg" in page
    assert "http://" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "")
    made = json.loads((out / "manifest.json").read_text("utf-8"))
    assert (made["at"], made["horizon"], made["futures"]) == ("2016-12", 12, 4)
    assert povsim(*asked).exit_code == 2
    again = povsim(*asked, "--force", "--quiet")
    assert (again.exit_code, again.stdout) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--at", "2016-06"), "did you mean 2016-12"),
        (("--at", "2019-12"), "period.end"),
        (("--futures", "3"), "futures"),
    ],
)
def test_the_command_refuses_bad_input(arguments, message, tmp_path):
    result = povsim(SMALL, "--threads", 1, "--out", tmp_path / "risk", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "least"), [("support_kept", -0.02), ("support_ends_2021", 0.10)])
def test_the_list_is_worth_having_in_ganzhou(policy, least):
    """Better than ranking by last income by this much of the area under the ROC curve, and the error is far smaller."""
    folder = SMALL.parent.parent / "scenarios" / "counterfactuals" / "ganzhou"
    loaded = load_scenario(folder / f"{policy}.yaml", ["population.scale=0.02"])
    accuracy = risk(loaded, at="2020-12", horizon=24, futures=20, threads=1).accuracy
    row = accuracy.query(
        "outcome == 'exit' and within == 24 and among == 'above the line' and score == 'monitoring list'"
    )
    assert row["better"].iloc[0] > least
    assert row["better_error"].iloc[0] < 0.02
