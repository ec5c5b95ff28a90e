"""Places of instruments: as many as planned, for those whose turn it is, as long and at the cost that was stated."""

import numpy as np
import pytest
from conftest import NO_SPILL_OVERS, load_ganzhou, one_thread, run_to, switched_off
from small import load_small

from sim.calendar import month_number

NAMES = sorted(load_ganzhou().instruments)
SOCIAL_SECURITY = [name for name in NAMES if load_ganzhou().instruments[name].mechanism == "social_security"]
UNLIMITED = "budget.yuan={2011: 1e15, 2014: 1e15, 2016: 1e15}"
ALONE = (*NO_SPILL_OVERS, UNLIMITED, "register.off=true")
FOR_EVERYBODY = 1_898_000
SUPPORT = "{source: transfer, yuan_per_year: 1200, paid_by: fund}"
MONTHS = range(month_number(2011, 1), month_number(2020, 12) + 1)
LARGEST = 8  # persons in a household


def alone(places, *settings, load=load_small, others=()):
    """A world with one instrument, `aid`, and no register; `places` is a mapping as text, settings follow it."""
    text = ", ".join((f"{{mechanism: social_security, effect: {SUPPORT}, places: {places}", *settings)) + "}"
    names = load().instruments
    return one_thread(load(*ALONE, *switched_off(names), *others, f"instruments.aid={text}"), keep_flows=True)


def in_ganzhou(places, *settings, others=()):
    """The same among the 19,000 households of a sample of Ganzhou; one stands for about a hundred."""
    return alone(places, *settings, load=load_ganzhou, others=("population.scale=0.01", *others))


def path(dates, month):
    """Places open by a month, in plain NumPy: evenly between the dates, at quarters and at the dates themselves."""
    if month < min(dates):
        return 0.0
    at = max(month - month % 3, max(date for date in dates if date <= month))
    return np.interp(at, sorted(dates), [dates[date] for date in sorted(dates)])


def has(world, name="aid"):
    """Whether each household is or was enrolled in an instrument."""
    return world.h.programmes >> np.uint64(world.instruments.names.index(name)) & np.uint64(1) == 1


def entries(world):
    """Runs the world to the end; month after month, who enrolled in the month."""
    before = has(world)
    while world.month < MONTHS[-1]:
        world.step()
        yield has(world) & ~before
        before = has(world)


def shares_near(found, expected, number):
    """Whether a share of `number` independent draws is the expected one, within four standard errors."""
    return abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / number)


# as many as planned


@pytest.mark.parametrize("by", ["poorest", "lot", "illness", "poor_villages", "unsafe_house"])
def test_households_are_admitted_along_the_path(by):
    """Every month as many households as places are open, whole places between the dates, whoever comes first."""
    dates = {month_number(2012, 2): 7, month_number(2014, 1): 53, month_number(2018, 6): 301}
    world = alone("{2012-02: 7, 2014-01: 53, 2018-06: 301}", f"target: {{by: {by}}}")
    for _ in entries(world):
        assert has(world).sum() == world.admitted.sum() == np.floor(path(dates, world.month) + 1e-9)


@pytest.mark.parametrize("unit", ["persons", "students"])
def test_units_are_admitted_along_the_path(unit):
    """Households come whole, so a county departs from its places by half a household's units at most."""
    dates = {month_number(2012, 1): 50, month_number(2016, 10): 200}
    world = alone("{2012-01: 50, 2016-10: 200}", f"unit: {unit}")
    admitted = 0.0
    for new in entries(world):
        admitted += world.h.members[new].sum() if unit == "persons" else world.h.students[new].sum()
        assert abs(world.admitted.sum() - path(dates, world.month)) <= 1 + LARGEST / 2 * len(world.areas.counties)
    assert admitted == pytest.approx(200, rel=0.15)


def test_samples_admit_as_many_as_everybody():
    """Half of the villages, each household weighted: the weighted admissions follow the same path."""
    world = alone("{2012-01: 100}", others=("population.scale=0.5",))
    run_to(world, MONTHS[0] + 12)
    weights = world.v.weight[world.h.village]
    assert weights[has(world)].sum() == pytest.approx(world.admitted.sum())
    assert abs(world.admitted.sum() - 100) <= weights.max() / 2 * len(world.areas.counties) + 1


def test_uptake_is_the_share_of_those_asked_who_take_part():
    """With places for everybody, the share enrolled is the uptake, within four standard errors."""
    world = run_to(in_ganzhou(f"{{2012-01: {FOR_EVERYBODY}}}", "uptake: 0.37", "target: {by: lot}"), MONTHS[12])
    assert shares_near(has(world).mean(), 0.37, world.households)


# who leaves, and whose places are offered again


def test_a_yearly_share_drops_out():
    """After each of five years the share left is (1 - 0.2) to that power, within four standard errors."""
    world = run_to(in_ganzhou("{2012-01: 600000}", "target: {by: lot}", "drop_out: 0.2"), month_number(2012, 1))
    everybody = world.members.sum()
    for year in range(1, 6):
        run_to(world, month_number(2012 + year, 1))
        assert shares_near(world.members.sum() / everybody, 0.8**year, everybody)
        assert (world.h.support > 0).sum() == world.members.sum()


@pytest.mark.parametrize("months", [1, 5, 12, 30])
def test_support_lasts_its_months(months):
    """Everybody receives support in exactly as many months as stated, counted from entry."""
    received = np.zeros(600)
    world = alone("{2012-02: 40, 2015-05: 90}", f"lasts_months: {months}")
    for _ in entries(world):
        received += world.h.support > 0
    assert has(world).sum() == 90
    np.testing.assert_array_equal(received, months * has(world))
    assert world.members.sum() == 0


def test_an_end_ends_everybody():
    """From the month of `ends` on nobody receives anything, and no place opens."""
    world = run_to(alone("{2012-01: 40, 2017-01: 140}", "ends: 2015-05"), month_number(2015, 4))
    admitted = has(world).sum()
    assert admitted == np.floor(40 + 100 * 39 / 60)
    assert ((world.h.support > 0) == has(world)).all()
    for new in entries(world):
        assert not new.any()
        assert not world.h.support.any()
        assert world.members.sum() == 0


def test_places_of_those_who_left_are_refilled_in_january():
    """Each January as many enter as places were empty in December, and nobody enters in other months."""
    world, refilled, held = alone("{2012-01: 80}", "drop_out: 0.3", "refill: true"), 0, 0
    for new in entries(world):
        if world.month % 12 == 0 and world.month >= month_number(2012, 1):
            assert new.sum() == 80 - held
            refilled += new.sum()
        else:
            assert not new.any()
        held = world.members.sum()
    assert refilled > 80 + 9 * 10


def test_places_are_given_once_without_refill():
    world = run_to(alone("{2012-01: 80}", "drop_out: 0.3"), MONTHS[-1])
    assert has(world).sum() == 80 > 3 * world.members.sum()


# costs


@pytest.mark.parametrize(
    ("cost", "of_entry", "of_household", "of_person"),
    [
        ("{yuan_per_household: 5000}", 5000, 0, 0),
        ("{yuan_per_household_year: 600}", 0, 600, 0),
        ("{yuan_per_person_year: 240}", 0, 0, 240),
        ("{yuan_per_household: 100, yuan_per_household_year: 60, yuan_per_person_year: 12}", 100, 60, 12),
    ],
)
def test_costs_are_as_stated(cost, of_entry, of_household, of_person):
    """The year that 30 households enter and the next one: entry once, a twelfth of the yearly cost a month for
    each household and for each person who entered; the benefit of 1,200 yuan a year comes on top."""
    outlays, benefits, persons = [], [], 0
    world = alone("{2013-01: 30}", f"cost: {cost}")
    for new in entries(world):
        persons += world.h.members[new].sum(dtype=int)  # after births and deaths of the month of entry
        outlays.append(world.tables["unit_costs"].sum())
        benefits.append(world.tables["benefits"].sum())
    first, second = sum(outlays[24:36]), sum(outlays[36:48])
    assert sum(outlays[:24]) == 0
    assert second == pytest.approx(30 * of_household + persons * of_person, rel=0.02)
    assert first == pytest.approx(30 * of_entry + second)
    assert sum(benefits[36:48]) == pytest.approx(30 * 1200)


def test_costs_per_person_count_those_who_entered():
    """To the yuan: the size of households in the month before they entered."""
    world = run_to(alone("{2013-01: 30}", "cost: {yuan_per_person_year: 240}"), month_number(2012, 12))
    members = world.h.members.copy()
    world.step()
    assert world.tables["unit_costs"].sum() == pytest.approx(members[has(world)].sum() * 20)


# money


def test_without_money_nothing_opens():
    assert not has(
        run_to(alone("{2012-01: 100}", others=("budget.yuan={2011: 0, 2014: 0, 2016: 0}",)), MONTHS[-1])
    ).any()


def test_an_exhausted_budget_opens_no_places():
    """Places open every quarter, but the first entries of a year spend each county's money until January."""
    cost, poor = "cost: {yuan_per_household: 5000}", ("budget.yuan={2011: 60, 2014: 60, 2016: 60}",)
    months = []
    world = alone("{2012-01: 10, 2020-01: 490}", cost, others=poor)
    for new in entries(world):
        opened = set(world.v.county[world.h.village[new]].tolist())
        assert not opened or world.month % 12 == 0
        months += [world.month] if opened else []
    assert months == [month_number(year, 1) for year in range(2012, 2021)]


def test_a_county_with_money_goes_on():
    """The places that a county without money can not give go to the others."""
    world = run_to(alone("{2013-04: 60}"), month_number(2013, 3))
    world.spent_this_year[0] = np.inf
    world.step()
    county = world.v.county[world.h.village[has(world)]]
    assert len(county) == 60
    assert set(county.tolist()) == {1, 2}


@pytest.mark.parametrize("name", SOCIAL_SECURITY)
def test_more_places_lower_nobodys_transfer(name):
    """Same luck, no limit of money, all other instruments as they are but those that exclude this one: more places
    in the month they open leave nobody with a lower transfer or a higher medical bill."""
    opening = month_number(2016, 1)
    base = load_ganzhou(*NO_SPILL_OVERS, UNLIMITED, "population.scale=0.01")
    group = base.instruments[name].exclusive
    rivals = [] if group is None else [n for n, each in base.instruments.items() if each.exclusive == group]
    others = {n: each for n, each in base.instruments.items() if n not in rivals}
    last, fewer = None, -1
    for places in (0, 5000, 20_000, 50_000, 200_000, 1_000_000):
        setting = base.instruments[name].model_copy(update={"places": {opening: places}})
        scenario = base.model_copy(update={"instruments": {**others, name: setting}})
        world = run_to(one_thread(scenario, keep_flows=True), opening)
        assert has(world, name).sum() >= fewer
        flows = world.f.transfer.copy(), world.f.out_of_pocket.copy()
        if last is not None:
            assert (flows[0] >= last[0]).all()
            assert (flows[1] <= last[1]).all()
        last, fewer = flows, has(world, name).sum()
    assert fewer > 10


# whose turn it is


def test_exclusive_instruments_never_take_a_household_twice():
    """Of resettlement and renovation, of industries, of dibao, of student aid: one of each for a household, ever."""
    world = run_to(one_thread(load_ganzhou("population.scale=0.02")), MONTHS[-1])
    groups = {setting.exclusive for setting in world.instruments.settings} - {None}
    assert groups == {"placement", "dibao", "main_industry", "student_aid"}
    for group in groups:
        members = [
            n for n, s in zip(world.instruments.names, world.instruments.settings, strict=True) if s.exclusive == group
        ]
        taken = np.sum([has(world, name) for name in members], axis=0)
        assert len(members) >= 2
        assert all(has(world, name).any() for name in members)
        assert taken.max() == 1


def test_the_poorest_come_first():
    """In every county nobody who was left out looked poorer than somebody who was admitted, but for the lot that
    decides between equals."""
    world = run_to(alone("{2013-01: 120}", "target: {by: poorest}"), month_number(2013, 1))
    county = world.v.county[world.h.village]
    for c in range(3):
        inside, outside = (world.h.standing[(county == c) & (has(world) == admitted)] for admitted in (True, False))
        assert inside.max() <= outside.min() + 2e-3


def test_the_poorest_look_poorer_than_those_drawn_by_lot():
    means = {}
    for by in ("poorest", "lot"):
        world = run_to(alone("{2013-01: 120}", f"target: {{by: {by}}}"), month_number(2013, 1))
        world.look_around()
        means[by] = world.h.standing[has(world)].mean()
        everybody = world.h.standing.mean()
    assert means["poorest"] < everybody - 0.5
    assert abs(means["lot"] - everybody) < 0.2


@pytest.mark.parametrize(
    ("by", "worst"),
    [
        ("illness", lambda w: w.h.ill & w.h.chronic),
        ("poor_villages", lambda w: w.v.severity[w.h.village] == 3),
        ("unsafe_house", lambda w: w.h.safe_house < 0.5),
    ],
)
def test_other_needs_come_first(by, worst):
    """With as many places as there are households in the greatest need, they are admitted before others."""
    world = run_to(alone("{2013-01: 90}", f"target: {{by: {by}}}"), month_number(2012, 12))
    needy = worst(world)
    world.step()
    county = world.v.county[world.h.village]
    assert has(world)[needy].any()
    for c in range(3):
        mine = county == c
        assert has(world)[mine & needy].all() or not has(world)[mine & ~needy].any()


def admitted_by_standing(places, errors):
    """Who was admitted in a sample of Ganzhou, from the poorest-looking up, every household alike to its county."""
    world = run_to(in_ganzhou(f"{{2013-01: {places}}}", f"target: {{by: poorest, {errors}}}"), month_number(2013, 1))
    county, standing = world.v.county[world.h.village], world.h.standing
    share = np.zeros(world.households)  # place of each household in the order of its county, from 0 to 1
    for c in np.unique(county):
        mine = np.flatnonzero(county == c)
        share[mine[np.argsort(standing[mine], kind="stable")]] = np.arange(len(mine)) / len(mine)
    return has(world), share


@pytest.mark.parametrize("error", [0.1, 0.3, 0.6])
def test_the_inclusion_error_is_the_share_of_places_given_regardless_of_need(error):
    """A share `error` of the 5,700 admitted is spread over all levels of need: of them half are in the better-off
    half. Places for 30 % leave no other reason to admit anybody there. Within four standard errors."""
    admitted, share = admitted_by_standing(570_000, f"inclusion_error: {error}")
    assert shares_near((share[admitted] > 0.5).mean(), error / 2, admitted.sum())


@pytest.mark.parametrize("error", [0.1, 0.3, 0.6])
def test_the_exclusion_error_is_the_share_that_is_passed_over(error):
    """Places for 20 % would admit all of the poorest tenth, were they not passed over. Within four standard errors."""
    admitted, share = admitted_by_standing(380_000, f"exclusion_error: {error}")
    poorest = share < 0.05
    assert shares_near(admitted[poorest].mean(), 1 - error, poorest.sum())
    assert not admitted[share > 0.75].any()


def test_those_passed_over_come_last_not_never():
    """With places for everybody even those who were passed over are admitted."""
    admitted, _ = admitted_by_standing(FOR_EVERYBODY, "exclusion_error: 0.4")
    assert admitted.all()


def test_uptake_rises_with_adoption_in_the_village():
    """Half of the households of poor villages adopt one industry; a month later the uptake of another is
    0.3 × (1 + 1.5 × 0.5) there and 0.3 elsewhere, within four standard errors."""
    offer = f"places: {{2012-01: {FOR_EVERYBODY}}}, eligible: {{poor_village: true}}, uptake: 0.5, target: {{by: lot}}"
    seeds = f"instruments.seeds={{mechanism: industry, {offer}, effect: {{source: farm, yuan_per_year: 0}}}}"
    settings = ("uptake: 0.3", "spillover: 1.5", "target: {by: lot}")
    world = in_ganzhou(f"{{2012-02: {FOR_EVERYBODY}}}", *settings, others=(seeds,))
    run_to(world, month_number(2012, 2))
    poor = world.v.poor_village[world.h.village]
    adoption = has(world, "seeds")[poor].mean()
    assert shares_near(adoption, 0.5, poor.sum())
    assert not has(world, "seeds")[~poor].any()
    assert shares_near(has(world)[poor].mean(), 0.3 * (1 + 1.5 * adoption), poor.sum())
    assert shares_near(has(world)[~poor].mean(), 0.3, (~poor).sum())
