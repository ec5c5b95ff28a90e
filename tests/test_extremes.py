"""Scenarios at the edge of what may be said: they run, stay finite, and keep every law that any month keeps."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import test_identities as identities
from conftest import GANZHOU, NO_SPILL_OVERS, one_thread, run_to, watched
from small import load_small

from sim import finite
from sim.columns import HOUSEHOLD
from sim.month import MONTH
from sim.scenario import Scenario, load_scenario
from sim.scenario.instruments import MECHANISMS
from sim.world import World

LAWS = (
    identities.test_the_income_year_adds_up_the_sources_of_its_months,
    identities.test_last_years_income_is_the_sum_of_last_years_months,
    identities.test_no_source_of_income_is_negative,
    identities.test_streams_hold_exactly_what_enrolments_pay,
    identities.test_unit_costs_follow_from_admissions,
    identities.test_persons_are_conserved,
    identities.test_nobody_counts_twice_within_a_household,
    partial(identities.test_the_register_changes_by_its_counted_moves_alone, unit="persons"),
    identities.test_ever_registered_grows_by_identification_and_shrinks_by_strike_offs,
    identities.test_village_totals_equal_a_plain_recount,
    identities.test_income_poverty_is_income_below_the_survey_line,
)
EVERYTHING = GANZHOU.parent / "counterfactuals" / "ganzhou" / "everything_at_once.yaml"
NONE = f"switched_off=[{', '.join(MECHANISMS)}]"
YEARS = range(2010, 2021)
FLOWS = ("farm", "wage", "property", "transfer", "consumption", "outgoings", "borrowing")


def path(first: float, growth: float) -> str:
    return "{" + ", ".join(f"{year}: {first * growth ** (year - 2010)}" for year in YEARS) + "}"


EXTREMES = {
    "no instrument": (NONE,),
    "zero growth": (f"income.mean={path(5000, 1)}",),
    "income is nothing but a yuan": (f"income.mean={path(1, 1)}",),
    "prices double every year": (f"income.mean={path(4000, 2)}", f"lines.survey={path(2300, 2)}"),
    "an empty county": ("population.counties.west={persons: 0.0001}",),
    "everybody is ill": ("health.incidence=1", "health.recovery_months=1200"),
    "everybody loses work": ("work.separation=1", "work.finding=0"),
    "everybody leaves the household": ("family.leaving=1", "family.deaths=1", "family.births=0"),
    "disasters every month": ("disasters.hazard={none: 1, mild: 1, moderate: 1, severe: 1}", "disasters.farm_loss=1"),
    "no noise": ("income.permanent_sd=0", "income.transitory_sd=0", "income.village_sd=0"),
    "nobody owns anything": ("population.composition.assets_months=0", "accounts.debt_limit=0"),
    "all uncertain": ("income.log_sd=2", "income.transitory_sd=0.9"),
    "money without end": ("budget.yuan={2011: 1e15}",),
}


def accepted(*overrides: str) -> Scenario:
    return load_small("reported=[]", *overrides)


@pytest.mark.parametrize("name", EXTREMES)
def test_an_extreme_scenario_keeps_the_laws(name: str) -> None:
    world = one_thread(accepted(*EXTREMES[name]), keep_flows=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.enrolments.MANY", 10**6)
        states = watched(world, 85)
    for law in LAWS:
        law((world, states))


@pytest.mark.slow
def test_all_instruments_at_once() -> None:
    """Fifty instruments of Ganzhou on a hundredth of its villages."""
    scenario = load_scenario(EVERYTHING, ["population.scale=0.01"])
    world = one_thread(scenario.scenario, keep_flows=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.enrolments.MANY", 10**6)
        states = watched(world, 85)
    for law in LAWS:
        law((world, states))


def test_one_household() -> None:
    """A region of one household and one village runs like any other."""
    scenario = load_small("reported=[]", *NO_SPILL_OVERS)
    whole = scenario.population
    poor = whole.poor_villages.model_copy(update={"count": 0, "households": 0.0, "persons": 0.0})
    one = {"persons": 4.0, "households": 1.0, "villages": 1, "counties": {"south": whole.counties["south"]}}
    population = whole.model_copy(update={**one, "poor_villages": poor})
    scenario = scenario.model_copy(update={"population": population, "instruments": {}})
    world = one_thread(scenario, keep_flows=True)
    assert world.households == 1
    states = watched(world, 85)
    for law in LAWS:
        law((world, states))


# numbers that are none


def run_until_stopped(world: World) -> str:
    """What ends a run of two years; the year does not end unseen."""
    with pytest.raises(finite.NumberError) as stopped:
        run_to(world, world.month + 24)
    return str(stopped.value)


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e9])
@pytest.mark.parametrize(
    ("column", "shown", "rule"),
    [
        ("support", "income_this_year", "income_year"),
        ("dividends", "income_this_year", "income_year"),
        ("assets", "assets", "accounts"),
        ("income_this_year", "income_this_year", "income_year"),
    ],
)
def test_a_number_that_is_none_is_named(column: str, shown: str, rule: str, number: float) -> None:
    world = run_to(one_thread(accepted()), 2012 * 12 + 3)
    getattr(world.h, column)[77] = number
    said = run_until_stopped(world)
    assert said.startswith("2012-"), said
    assert f"village {world.areas.names[world.h.village[77]]}: " in said
    assert f"{shown} of household {world.h.identity[77]} is " in said
    assert f"(written by the rule {rule})" in said


def test_what_spoils_a_total_is_seen_in_the_same_month() -> None:
    world = run_to(one_thread(accepted()), 2012 * 12 + 3)
    world.h.permanent[77] = np.nan
    with pytest.raises(
        finite.NumberError, match=r"2012-05, .*: farm_income is no number .* by the rule earnings, then"
    ):
        world.step()


def test_a_certified_income_without_end_is_named() -> None:
    said = run_until_stopped(one_thread(accepted("register.review.noise=1e17")))
    assert "certified of household" in said
    assert "(written by the rule assess)" in said


def test_prices_beyond_counting_end_the_run_by_name() -> None:
    """Incomes grow thirtyfold every year until an amount does not fit into a total."""
    said = run_until_stopped(run_to(one_thread(accepted(f"income.mean={path(4000, 30)}")), 2012 * 12))
    assert "amounts lie below 134,217,728 yuan" in said


def test_the_columns_that_rules_write_are_known() -> None:
    """Every number of a household comes from a rule of the month or January, the register, or an instrument."""
    by_rule = {name for rule in MONTH for name in finite.written(rule)}
    assert {"farm", "assets", "debt", "income_12_months", "permanent", "members", "poor"} <= by_rule
    assert not by_rule & {"identity", "support", "first_key", "queue", "i"}
    assert set(finite.CARRIED_ON) <= set(HOUSEHOLD.columns)


# single precision


def test_single_precision_accumulates_no_error() -> None:
    """Ten years of monthly accounts added up in double precision: savings and debt differ by rounding alone."""
    states = watched(one_thread(load_small(*NO_SPILL_OVERS, NONE, "reported=[]"), keep_flows=True), 109)
    assets, debt = (getattr(states[0].h, name).astype(np.float64) for name in ("assets", "debt"))
    largest, moved = assets.copy(), 0.0
    for state in states[1:]:
        flow = {name: getattr(state.f, name).astype(np.float64) for name in FLOWS}
        income = flow["farm"] + flow["wage"] + flow["property"] + flow["transfer"]
        # What even credit does not pay is forgiven: savings do not fall below nothing.
        assets = np.maximum(assets + income - flow["consumption"] - flow["outgoings"] + flow["borrowing"], 0)
        debt += flow["borrowing"]
        largest = np.maximum(largest, np.maximum(assets, state.h.debt) + income + flow["outgoings"])
        moved += float(np.abs(flow["borrowing"]).sum())
    assert moved > 0
    # Each of the months rounds each of some four sums by at most half a unit in the last place.
    bound = 4 * len(states) * 2.0**-24 * largest + 0.01
    for name, expected in (("assets", assets), ("debt", debt)):
        error = np.abs(getattr(states[-1].h, name) - expected)
        assert (error <= bound).all(), f"{name} is off by {error.max():.4f} yuan"
