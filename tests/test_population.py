"""The synthetic population: exact counts, margins within their sampling error, and a sample of the very same people."""

import numpy as np
import pytest
from conftest import load_ganzhou, one_thread
from hypothesis import given
from hypothesis import strategies as st
from small import load_small

from sim.areas import SEVERITY
from sim.columns import HOUSEHOLD
from sim.parameters import first_month, market_income
from sim.population import tilted_sizes

SAMPLE = 0.05
COUNTIES, VILLAGES, POOR_VILLAGES, POOR_COUNTIES = 18, 3468, 932, 11
HOUSEHOLDS, IN_POOR_VILLAGES = 1_898_000, 461_800


def ganzhou(scale, seed=1):
    """Ganzhou before its first month, at a scale."""
    return one_thread(load_ganzhou(f"population.scale={scale}", f"seed={seed}"))


@pytest.fixture(scope="module")
def whole():
    return ganzhou(1.0)


@pytest.fixture(scope="module")
def sampled():
    return ganzhou(SAMPLE)


@pytest.fixture(scope="module", params=["whole", "sampled"])
def either(request, whole, sampled):
    """The whole region, then a sample of it."""
    return {"whole": whole, "sampled": sampled}[request.param]


def deviations(world):
    """How many of its tolerances each margin lies from what is reported."""
    return {m["name"]: abs(m["simulated"] - m["reported"]) / m["tolerance"] for m in world.margins}


# counts


def test_counties_villages_and_households_are_exactly_those_reported(whole):
    assert len(whole.areas.counties) == COUNTIES
    assert whole.areas.poor_county.sum() == POOR_COUNTIES
    assert len(whole.v.first) == VILLAGES
    assert whole.v.poor_village.sum() == POOR_VILLAGES
    assert whole.households == HOUSEHOLDS
    assert (whole.v.end - whole.v.first)[whole.v.poor_village].sum() == IN_POOR_VILLAGES
    assert (whole.v.weight == 1).all()


def test_every_county_has_villages_and_every_village_households(whole):
    assert (np.bincount(whole.v.county, minlength=COUNTIES) >= 1).all()
    assert (whole.v.end > whole.v.first).all()
    np.testing.assert_array_equal(whole.v.first[1:], whole.v.end[:-1])
    np.testing.assert_array_equal(whole.v.county, np.sort(whole.v.county))


def test_severity_is_shared_out_by_largest_remainder(whole):
    """0.188, 0.438 and 0.374 of 932 are 175.2, 408.2 and 348.6: the one village left over is severe."""
    assert np.bincount(whole.v.severity).tolist() == [VILLAGES - POOR_VILLAGES, 175, 408, 349]


def test_the_poorest_villages_are_the_severe_ones(whole):
    """No mildly poor village is poorer than a moderately poor one, and none of these than a severe one."""
    effect, severity = whole.areas.effect, whole.v.severity
    mild, moderate, severe = (effect[severity == SEVERITY.index(name)] for name in SEVERITY[1:])
    assert mild.min() >= moderate.max()
    assert moderate.min() >= severe.max()


def test_poor_villages_crowd_in_poor_counties(whole):
    """A village of a poor county is designated three times as often as one of another county."""
    in_poor_county = whole.areas.poor_county[whole.v.county]
    often, seldom = (whole.v.poor_village[where].mean() for where in (in_poor_county, ~in_poor_county))
    assert often / seldom == pytest.approx(3, rel=0.05)


# margins


def test_a_population_lies_within_the_tolerance_of_its_margins(whole, sampled):
    """Tolerances are half-widths of 95 % intervals: of all margins of two whole populations and eight samples
    nine in ten lie within theirs, and none is further away than 3.3 standard errors."""
    off = [*deviations(whole).values(), *deviations(ganzhou(1.0, 2)).values(), *deviations(sampled).values()]
    for seed in range(2, 9):
        off += deviations(ganzhou(SAMPLE, seed)).values()
    assert len(off) == 2 * 16 + 8 * 14
    assert np.mean(np.array(off) <= 1) >= 0.9
    assert max(off) < 3.3 / 1.96


def test_tolerances_grow_with_the_root_of_what_a_household_stands_for(whole, sampled):
    ours, theirs = (next(m for m in world.margins if m["name"] == "persons") for world in (sampled, whole))
    assert ours["tolerance"] / theirs["tolerance"] == pytest.approx(SAMPLE**-0.5, rel=0.1)


def test_weighted_households_are_exactly_those_reported(either):
    weight = either.v.weight[either.h.village]
    assert weight.sum() == pytest.approx(HOUSEHOLDS, rel=1e-9)
    assert weight[either.v.poor_village[either.h.village]].sum() == pytest.approx(IN_POOR_VILLAGES, rel=1e-9)


def test_mean_income_and_its_spread_are_those_of_the_scenario(either):
    """Income per head has the scenario's mean over persons, and its log the scenario's spread over households;
    the few villages of a sample leave them two parts in a hundred."""
    weight = either.v.weight[either.h.village]
    allowed = 0.005 if (weight == 1).all() else 0.02
    mean = (weight * either.h.income_12_months).sum() / (weight * either.h.members).sum()
    expected = 12 * market_income(either.scenario, first_month(either.scenario))
    assert mean == pytest.approx(expected, rel=allowed)
    log_income = either.h.permanent.astype(float) + either.h.transitory
    middle = np.average(log_income, weights=weight)
    spread = np.sqrt(np.average((log_income - middle) ** 2, weights=weight))
    assert spread == pytest.approx(either.scenario.income.log_sd, rel=allowed)


def test_persons_of_a_household_add_up(whole):
    h = whole.h
    assert h.members.min() == 1
    assert h.members.max() == 8
    assert (h.workers.astype(int) + h.students + h.elderly <= h.members).all()


def test_shares_of_earning_capacity_add_up_to_one(whole):
    """Farm, wage, property and transfer shares of every household; none is negative at the start."""
    h, rent = whole.h, float(whole.parameters.earnings.property_share)
    total = h.farm_share.astype(float) + h.wage_share + h.transfer_share + rent
    np.testing.assert_allclose(total, 1, atol=2e-7)
    for share in (h.farm_share, h.wage_share, h.transfer_share):
        assert share.min() >= 0


@given(st.floats(1.001, 7.999))
def test_tilted_sizes_have_the_mean_asked_for(mean):
    """Household sizes 1 to 8 with any mean between: cumulative shares rise to 1, and the mean is met."""
    cumulative = tilted_sizes(mean).astype(np.float64)
    assert (np.diff(cumulative) >= 0).all()
    assert cumulative[0] >= 0
    assert cumulative[-1] == 1
    assert (np.diff(cumulative, prepend=0) * np.arange(1, 9)).sum() == pytest.approx(mean, abs=1e-5)


@pytest.mark.parametrize("mean", [0.5, 1.0, 8.0, 20.0])
def test_a_mean_size_that_no_household_can_have_is_refused(mean):
    with pytest.raises(ValueError, match=f"mean household size {mean:.2f} does not lie between 1 and 8"):
        tilted_sizes(mean)


# luck


def test_a_sample_holds_the_very_same_households_as_the_whole_region(whole, sampled):
    """Found by its identity, every sampled household equals itself in the whole region, column by column; only
    the row of its village is another."""
    rows = np.searchsorted(whole.h.identity, sampled.h.identity)
    for name in HOUSEHOLD.columns:
        if name != "village":
            ours, theirs = getattr(sampled.h, name), getattr(whole.h, name)[rows]
            assert ours.tobytes() == theirs.tobytes(), name
    names = [whole.areas.names[k] for k in whole.h.village[rows[sampled.v.first]]]
    assert names == sampled.areas.names


def test_a_sample_keeps_villages_whole(whole, sampled):
    size = dict(zip(whole.areas.number.tolist(), whole.areas.households.tolist(), strict=True))
    for number, households in zip(sampled.areas.number.tolist(), sampled.areas.households.tolist(), strict=True):
        assert households == size[number]
    assert len(sampled.v.first) == round(SAMPLE * VILLAGES)


def bits(world):
    """All columns of households and villages."""
    return {name: column.tobytes() for part in (world.h, world.v) for name, column in part._asdict().items()}


def test_the_same_seed_gives_the_same_bits():
    assert bits(one_thread(load_small())) == bits(one_thread(load_small(), threads=3))


def test_another_seed_gives_other_households():
    """Keys, capacity, assets and all else that is drawn by household differ nearly everywhere."""
    one, other = one_thread(load_ganzhou("population.scale=0.01")), ganzhou(0.01, 2)
    rows = min(one.households, other.households)
    for name in ("first_key", "second_key", "permanent", "transitory", "schooling", "assets"):
        assert (getattr(one.h, name)[:rows] == getattr(other.h, name)[:rows]).mean() < 0.01, name
    for name in ("members", "chronic", "safe_house", "ill"):
        assert (getattr(one.h, name)[:rows] != getattr(other.h, name)[:rows]).any(), name
    assert (one.areas.effect[:20] != other.areas.effect[:20]).all()
