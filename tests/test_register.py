"""The register: who comes on, who goes off and who comes back each December, and when villages and counties leave."""

from types import SimpleNamespace

import numpy as np
import pytest
from conftest import copied, load_ganzhou, one_thread, run_to
from small import load_small

from sim.calendar import month_number
from sim.register.areas import LISTED, NEVER_LISTED
from sim.register.status import EXITED, NEVER, REGISTERED, RETURNED, STRUCK_OFF
from sim.scenario.instruments import CAUSES

HALF_A_HOUSEHOLD = 10.0  # persons; the last of a county comes whole if half of it fits, and nobody outgrows 20
SAMPLE = "population.scale=0.02"
STRICT = "register.review.softening.2014=0"
# Many fall back, to have something to look at.
RESTLESS = ("health.bill_median=20000", "income.transitory_persistence=0.3")


def decembers(*overrides, load=load_small):
    """December after December of a run: the world, its households in November, and the line of certification."""
    world = one_thread(load(*overrides))
    for year in range(2011, 2021):
        run_to(world, month_number(year, 11))
        november = copied(world.h)
        world.step()
        yield SimpleNamespace(
            year=year,
            world=world,
            before=november,
            h=world.h,
            line=float(world.now.exit_line),
            counts=world.year_counts,
            setting=world.scenario.register_,
            county=world.v.county[world.h.village],
            persons=world.h.members * world.v.weight[world.h.village],
        )


def on(status):
    return (status == REGISTERED) | (status == RETURNED)


def exits(december):
    """Whether each household exits in this review."""
    return on(december.before.status) & (december.h.status == EXITED)


def above_margin(december):
    """Whether each household is certified above the line and its margin."""
    return december.h.certified >= np.float32((1 + december.setting.review.margin) * december.line)


def due(december):
    """Whether a village of each county is on the plan's list by this year."""
    world = december.world
    return np.bincount(world.v.county, world.village_list_year <= december.year, len(world.areas.counties)) > 0


def of_counties(december, rows):
    """Persons of the chosen households by county."""
    return np.bincount(december.county[rows], december.persons[rows], len(december.world.areas.counties))


def identification(*overrides, load=load_small):
    """The December of 2013, when the register is set up."""
    return next(december for december in decembers(*overrides, load=load) if december.year == 2013)


def test_there_is_no_register_before_identification():
    for december in decembers():
        assert (december.before.status == NEVER).all()
        if december.year == 2013:
            break
        assert (december.h.status == NEVER).all()
        assert not december.h.cause.any()
        assert not december.world.register_totals.any()
    assert (december.h.status == REGISTERED).any()


@pytest.mark.parametrize(("load", "scale"), [(load_small, 1), (load_small, 0.5), (load_ganzhou, 0.02)])
def test_identification_fills_the_quota_of_every_county(load, scale):
    """The quota is shared by certified persons below the line; each county fills its part within half a household."""
    december = identification(f"population.scale={scale}", load=load)
    wanting = of_counties(december, december.h.certified < december.line)
    quota = december.setting.identification.persons * wanting / wanting.sum()
    found = of_counties(december, december.h.status == REGISTERED)
    assert (np.abs(found - quota) <= HALF_A_HOUSEHOLD * december.world.v.weight.max()).all()
    np.testing.assert_allclose(december.counts["identified_persons"], found)


def test_the_needy_are_identified():
    """Those identified are poorer, iller and worse housed than others; the line alone does not decide."""
    h = identification(SAMPLE, load=load_ganzhou).h
    chosen, income = h.status == REGISTERED, np.log(h.certified.clip(1))
    assert income[chosen].mean() < income[~chosen].mean() - 0.5
    assert (h.safe_house[chosen] < 0.5).mean() > (h.safe_house[~chosen] < 0.5).mean()
    assert h.chronic[chosen].mean() > h.chronic[~chosen].mean()


def test_recorded_causes_meet_the_reported_shares():
    """Each cause has its reported share of those identified, within four standard errors of independent draws."""
    december = identification("population.scale=0.05", load=load_ganzhou)
    chosen, causes = december.h.status == REGISTERED, december.setting.identification.causes
    assert (december.h.cause[~chosen] == 0).all()
    for code, cause in enumerate(CAUSES, start=1):
        share = causes[cause] / sum(causes.values())
        error = np.sqrt(share * (1 - share) / chosen.sum())
        assert abs((december.h.cause[chosen] == code).mean() - share) < 4 * error, cause


def test_causes_fit_the_household():
    """Schooling only where somebody learns; illness more often where somebody is ill."""
    h = identification(SAMPLE, load=load_ganzhou).h
    illness, schooling = (1 + CAUSES.index(cause) for cause in ("illness", "schooling"))
    chosen, sick = h.status == REGISTERED, h.ill | h.chronic
    assert (h.students[h.cause == schooling] > 0).all()
    assert (h.cause[chosen & sick] == illness).mean() > 2 * (h.cause[chosen & ~sick] == illness).mean()


# review


def test_without_softening_nobody_exits_who_does_not_pass():
    """Everybody who exits is certified above the line and its margin, safely housed, insured, with the children in
    school, and had a stable income last year."""
    seen = 0
    for december in decembers(SAMPLE, STRICT, load=load_ganzhou):
        h, out = december.h, exits(december)
        assert above_margin(december)[out].all()
        for guarantee in ("safe_house", "insured", "in_school", "safe_water"):
            assert (getattr(h, guarantee)[out] > 0.5).all(), guarantee
        stable = december.setting.review.stability * december.line * h.members
        assert (h.income_last_year[out] >= 0.999 * stable[out]).all()
        assert not december.counts["exits_below_line_persons"].any()
        seen += out.sum()
    assert seen > 500


def test_without_softening_no_more_exit_than_planned_or_pass():
    """A county's exits are the smaller of the plan and of those who pass, within half a household."""
    for december in decembers(STRICT):
        least = np.minimum(december.counts["planned_exits_persons"], december.counts["passing_persons"])
        assert (np.abs(december.counts["exits_persons"] - least) <= HALF_A_HOUSEHOLD).all()


@pytest.mark.parametrize("scale", [1, 0.5])
def test_with_full_softening_the_plan_is_met(scale):
    """Every county has as many candidates as its plan asks for, so it meets the plan within half a household;
    villages that are due may press for more."""
    shortfalls = 0
    for december in decembers(f"population.scale={scale}", "register.review.softening.2014=1"):
        plan, half = december.counts["planned_exits_persons"], HALF_A_HOUSEHOLD * december.world.v.weight.max()
        assert (december.counts["exits_persons"] >= plan - half).all()
        assert (december.counts["exits_persons"] <= plan + half)[~due(december)].all()
        shortfalls += (december.counts["passing_persons"] < plan).sum()
    assert shortfalls > 0


def test_the_plan_follows_the_pace_and_then_the_deadline():
    """A share of the stock while there is no plan, then what is left spread over the years to the deadline."""
    spread = {2014: 1 / 0.21, 2015: 1 / 0.21, 2016: 3, 2017: 4, 2018: 3, 2019: 2, 2020: 1}
    for december in decembers():
        if december.year in spread:
            off = (december.h.status == STRUCK_OFF) & (december.before.status != STRUCK_OFF)
            stock = of_counties(december, on(december.before.status) & ~off)
            np.testing.assert_allclose(december.counts["planned_exits_persons"], stock / spread[december.year])


def test_the_best_off_of_those_who_pass_go_first():
    """Where more pass than are planned, nobody stays who is certified above somebody who exits, in a county
    without villages that are due."""
    seen = 0
    for december in decembers(STRICT):
        h = december.h
        for county in np.flatnonzero(~due(december)):
            mine = on(december.before.status) & h.meets & above_margin(december) & (december.county == county)
            gone, stays = h.certified[mine & (h.status == EXITED)], h.certified[mine & on(h.status)]
            if len(gone) and len(stays):
                assert gone.min() >= stays.max()
                seen += 1
    assert seen >= 2


# returns and re-verification


def fallen(december):
    """Households that had exited before and are certified below the line."""
    return (december.before.status == EXITED) & (december.h.certified < december.line)


def test_without_detection_nobody_returns():
    """The fallen stay off the register, and are counted as what detection would have found."""
    hidden = 0
    for december in decembers(*RESTLESS, "register.detection={2016: 0, 2018: 0}"):
        assert not (december.h.status == RETURNED).any()
        assert not december.counts["returns_persons"].any()
        found = december.counts["returns_if_all_found_persons"]
        np.testing.assert_allclose(found, of_counties(december, fallen(december)))
        hidden += fallen(december).sum()
    assert hidden >= 10


def test_with_full_detection_everybody_below_the_line_returns():
    """They return at once, and nobody exits in the very December of the return."""
    found = 0
    for december in decembers(*RESTLESS, "register.detection={2016: 1, 2018: 1}"):
        returned = (december.h.status == RETURNED) & (december.before.status != RETURNED)
        np.testing.assert_array_equal(returned, fallen(december))
        found += returned.sum()
    assert found >= 10


def test_detection_finds_its_share():
    """Half of the fallen are found over the years, within four standard errors."""
    found = number = 0
    for december in decembers(*RESTLESS, SAMPLE, "register.detection={2016: 0.5, 2018: 0.5}", load=load_ganzhou):
        found += (fallen(december) & (december.h.status == RETURNED)).sum()
        number += fallen(december).sum()
    assert number > 300
    assert abs(found / number - 0.5) < 4 * np.sqrt(0.25 / number)


@pytest.mark.parametrize("share", [0.1, 0.9])
def test_only_those_above_the_line_are_struck_off(share):
    """No more persons than the year's share of a county's stock, and all of them certified above the line."""
    number, shares = 0, f"{{2014: {share}, 2017: {share}, 2018: {share}}}"
    for december in decembers(f"register.reverification.strike_off={shares}"):
        h = december.h
        gone = (h.status == STRUCK_OFF) & (december.before.status != STRUCK_OFF)
        assert on(december.before.status[gone]).all()
        assert (h.certified[gone] > december.line).all()
        returned = (h.status == RETURNED) & (december.before.status == EXITED)
        stock = of_counties(december, on(december.before.status) | returned)
        assert (of_counties(december, gone) <= share * stock + HALF_A_HOUSEHOLD).all()
        number += gone.sum()
    assert number >= 10


def test_the_overlooked_are_below_the_line():
    """After identification nobody comes on the register for the first time who is certified above the line."""
    number = 0
    for december in decembers("register.reverification.added.2014=0.1"):
        if december.year > 2013:
            new = (december.h.status == REGISTERED) & ~on(december.before.status)
            assert np.isin(december.before.status[new], (NEVER, STRUCK_OFF)).all()
            assert (december.h.certified[new] < december.line).all()
            assert (december.h.cause[new] > 0).all()
            number += new.sum()
    assert number >= 10


def test_status_changes_in_december_alone():
    world = one_thread(load_small())
    while world.month < month_number(2020, 12):
        before = world.h.status.copy()
        world.step()
        changed = before != world.h.status
        assert world.month % 12 == 11 or not changed.any()
        assert (world.h.status_since[changed] == world.offset).all()


def test_monitoring_starts_at_its_date():
    """From December 2019 on exactly those who are or were registered and are certified below 1.5 lines."""
    for december in decembers():
        ever = np.isin(december.h.status, (REGISTERED, EXITED, RETURNED))
        near = december.h.certified < np.float32(1.5 * december.line)
        np.testing.assert_array_equal(december.h.monitored, ever & near & (december.year >= 2019))
    assert december.h.monitored.any()


# villages and counties


@pytest.fixture(scope="module")
def leaving():
    """What decides about villages and counties in every December of a sample of Ganzhou, and its world at the end."""
    years = {}
    roads = "register.village_exit.paved_road={2015: 0.2, 2018: 0.5, 2020: 1}"
    for december in decembers("population.scale=0.05", roads, load=load_ganzhou):
        world, h = december.world, december.h
        people, registered = (
            np.bincount(h.village, h.members * of_them, len(world.v.first)) for of_them in (1.0, on(h.status))
        )
        years[december.year] = SimpleNamespace(people=people, registered=registered, exit=world.village_exit.copy())
    return years, world


def test_villages_leave_when_they_may_and_then_at_once(leaving):
    """A listed village leaves in the first December since 2016 in which it is due, below the threshold and has a
    paved road."""
    years, world = leaving
    setting, poor = world.scenario.register_.village_exit, world.areas.poor
    listed = poor.copy()
    for year, december in years.items():
        road = world.areas.road_lot < np.interp(year, *zip(*sorted(setting.paved_road.items()), strict=True))
        below = december.registered < setting.incidence * december.people
        goes = listed & below & road & (world.village_list_year <= year) & (year >= 2016)
        np.testing.assert_array_equal(december.exit == month_number(year, 12), goes)
        listed &= ~goes
    assert (world.village_exit[~poor] == NEVER_LISTED).all()
    assert (world.village_exit[listed] == LISTED).all()
    assert (~listed & poor).sum() > 10


def test_villages_are_due_as_planned(leaving):
    """As many villages are due by each year as the plan lists, and the more severe ones later."""
    _, world = leaving
    poor, planned = world.areas.poor, 0
    due_in, weight, severity = world.village_list_year[poor], world.village_weight[poor], world.areas.severity[poor]
    for year, number in sorted(world.scenario.register_.review.villages.items()):
        planned += number
        assert abs(weight[due_in <= year].sum() - planned) <= 1.5 * weight.max()
    assert all(severity[due_in == year].max() <= severity[due_in == year + 1].min() for year in (2016, 2017))
    assert (world.village_list_year[~poor] == 9999).all()


def test_counties_leave_after_all_their_villages(leaving):
    """A poor county's exit is announced five months after the first December since 2017 in which all its villages
    are off the list and less than the threshold is registered."""
    years, world = leaving
    setting, county = world.scenario.register_.county_exit, world.v.county
    expected = np.where(world.areas.poor_county, LISTED, NEVER_LISTED)
    for year in range(2017, 2021):
        registered = np.bincount(county, years[year].registered * world.v.weight, len(expected))
        people = np.bincount(county, years[year].people * world.v.weight, len(expected))
        villages_listed = np.bincount(county, years[year].exit == LISTED, len(expected)) > 0
        goes = (expected == LISTED) & ~villages_listed & (registered < setting.incidence * people)
        expected[goes] = month_number(year, 12) + setting.inspection_months
    np.testing.assert_array_equal(world.county_exit, expected)
    assert (expected >= 0).any()


def test_without_a_register_nothing_of_it_happens():
    """Nobody is registered, counted or watched, no area leaves a list, and no spell of registration is kept."""
    world = one_thread(load_small("register.off=true"))
    history = world.run()
    assert (world.h.status == NEVER).all()
    assert not any(column.any() for column in (world.h.monitored, world.h.cause, world.register_totals))
    assert (history.spells["kind"] == 1).all()
    assert max(world.village_exit.max(), world.county_exit.max()) < 0
    measures = ("identified", "exits", "returns", "struck", "planned", "passing", "ever", "monitored")
    moves = [name for name in history.yearly if name.split("_")[0] in measures]
    assert len(moves) == 14
    assert not any(history.yearly[name].any() for name in moves)
