"""One instrument of each mechanism in the small region, with what it does to a household worked out by hand."""

import numpy as np
import pytest
from conftest import NO_SPILL_OVERS, one_thread, run_to, switched_off
from small import load_small

from sim.calendar import month_number

UNLIMITED = "budget.yuan={2011: 1e15, 2014: 1e15, 2016: 1e15}"
CALM = (*NO_SPILL_OVERS, UNLIMITED, "register.off=true", "reported=[]")
ALL = sorted(load_small().instruments)
CENT = 0.01


def worlds(instruments, month, *settings):
    """The small region at the end of a month without any instrument and with these, which lie under the same luck."""
    off = switched_off(ALL)
    added = [f"instruments.{name}={text}" for name, text in instruments.items()]
    without = one_thread(load_small(*CALM, *off, *settings), keep_flows=True)
    with_them = one_thread(load_small(*CALM, *off, *settings, *added), keep_flows=True)
    return run_to(without, month_number(*month)), run_to(with_them, month_number(*month))


def enrolled(world, name):
    return (world.h.programmes >> np.uint64(world.instruments.names.index(name))) & np.uint64(1) == 1


def test_industry_adds_a_crop_at_its_price_less_what_a_disaster_takes():
    """2,400 yuan a year are 200 a month; they come after half a year, and a disaster takes 30 % of them."""
    tea = (
        "{mechanism: industry, places: {2012-01: 200}, "
        "effect: {source: farm, yuan_per_year: 2400, first_after_months: 6}}"
    )
    without, with_tea = worlds({"tea": tea}, (2012, 6), "disasters.hazard={none: 1, mild: 1, moderate: 1, severe: 1}")
    assert np.array_equal(with_tea.f.farm, without.f.farm), "nothing before the first harvest"
    for world in (without, with_tea):
        run_to(world, month_number(2012, 7))
    grown = np.where(enrolled(with_tea, "tea"), 200 * (1 - with_tea.f.farm_loss), 0)
    assert with_tea.f.farm - without.f.farm == pytest.approx(grown, abs=CENT)
    assert set(np.unique(with_tea.f.farm_loss).round(4)) == {0, np.float32(0.3).round(4)}


def test_employment_adds_the_wages_that_would_not_have_been_earned():
    """6,000 yuan a year of which four fifths are additional are 400 a month, at once, whatever the market does."""
    posts = (
        "{mechanism: employment, unit: workers, places: {2012-01: 100}, eligible: {workers: '>=1'}, "
        "effect: {source: wage, yuan_per_year: 6000, additionality: 0.8}}"
    )
    without, with_posts = worlds({"posts": posts}, (2012, 3))
    assert with_posts.f.wage - without.f.wage == pytest.approx(400.0 * enrolled(with_posts, "posts"), abs=CENT)
    assert enrolled(with_posts, "posts").sum() == 100


def test_relocation_gives_a_safe_house_and_moves_income_from_farm_to_wages():
    """A quarter of earning capacity leaves the farm, a third comes as wages; the site avoids nine tenths of a loss."""
    town = (
        "{mechanism: relocation, places: {2012-01: 20}, eligible: {safe_house: false}, effect: ["
        "{source: safe_house, share: 1}, {source: farm_share, share: -0.1}, {source: wage_share, share: 0.25}, "
        "{source: shelter, share: 0.9}]}"
    )
    still = ("work.separation=0", "health.incidence=0", "disasters.hazard={none: 1, mild: 1, moderate: 1, severe: 1}")
    without, with_town = worlds({"town": town}, (2012, 1), *still)
    moved = enrolled(with_town, "town")
    assert moved.sum() == 20
    assert not without.h.safe_house[moved].any()
    assert (with_town.h.safe_house[moved] == 1).all()
    h, f = with_town.h, with_town.f
    assert f.farm_loss[moved] == pytest.approx(0.1 * without.f.farm_loss[moved], abs=1e-5)
    working = moved & ~h.jobless & ~h.ill
    assert f.wage[working] - without.f.wage[working] == pytest.approx(0.25 * f.capacity[working], rel=1e-4)
    less_land = np.maximum(without.h.farm_share[working] - 0.1, 0)
    assert f.farm[working] == pytest.approx(f.capacity[working] * less_land * (1 - f.farm_loss[working]), rel=1e-3)


def test_social_security_tops_up_to_the_standard():
    """Assessed in January on the year before, without what it paid itself; at least 40 % of the standard."""
    dibao = (
        "{mechanism: social_security, unit: persons, places: {2012-01: 300}, "
        "effect: {source: transfer, per: person, paid_by: fund, standard: {2012: 3000}, least_share: 0.4}}"
    )
    without, with_dibao = worlds({"top_up": dibao}, (2012, 1))
    before, _ = worlds({}, (2011, 12))
    on = enrolled(with_dibao, "top_up")
    n = before.h.members.astype(float)
    paid = np.maximum(3000 / 12 * n - before.h.income_12_months / 12, 0.4 * 3000 / 12 * n)
    # Amounts lie on a grid of a sixty-fourth of a yuan.
    received = with_dibao.f.transfer - without.f.transfer
    assert received[on] == pytest.approx(paid[on], abs=1 / 64)
    assert not received[~on].any()
    poorest = np.sort((before.h.income_12_months / n)[on])
    assert poorest[-1] < np.median(before.h.income_12_months / n)


def test_enabling_raises_the_uptake_of_other_instruments_and_nothing_else():
    """Of those mobilised by half a further 20 % of all take part where 40 % would; who would have, still does."""
    tea = (
        "{mechanism: industry, uptake: 0.4, target: {by: lot}, places: {2013-01: 600}, "
        "effect: {source: farm, yuan_per_year: 2400}}"
    )
    customs = "{mechanism: enabling, places: {2012-01: 600}, effect: {source: mobilisation, share: 0.5}}"
    _, alone = worlds({"tea": tea}, (2013, 1))
    without, mobilised = worlds({"tea": tea, "pairing": customs}, (2013, 1))
    willing, more = enrolled(alone, "tea"), enrolled(mobilised, "tea")
    assert more[willing].all()
    four_errors = 4 * np.sqrt(0.6 * 0.4 / 600)
    assert abs(willing.mean() - 0.4) < four_errors
    assert abs(more.mean() - 0.6) < four_errors
    assert np.array_equal(mobilised.f.wage, without.f.wage)


def test_a_road_reaches_every_household_of_a_village_or_none():
    """Two of four poor villages, the hardest first: 3 % more farm income for all who live there."""
    road = (
        "{mechanism: enabling, unit: villages, places: {2012-01: 2}, eligible: {poor_village: true}, "
        "target: {by: poor_villages}, effect: {source: farm_uplift, share: 0.03}}"
    )
    without, with_road = worlds({"road": road}, (2012, 2))
    v, reached = with_road.v, enrolled(with_road, "road")
    villages = [reached[lo:hi] for lo, hi in zip(v.first, v.end, strict=True)]
    assert all(each.all() or not each.any() for each in villages)
    served = np.array([each.all() for each in villages])
    assert served.sum() == 2
    assert v.poor_village[served].all()
    assert v.severity[served].min() >= v.severity[~served].max()
    assert with_road.f.farm == pytest.approx(without.f.farm * np.where(reached, 1.03, 1), rel=1e-4)
