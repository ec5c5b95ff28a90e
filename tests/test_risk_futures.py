"""Futures: number 0 is the run itself, the others have luck of their own that two policies share."""

from math import exp, log, sqrt

import numpy as np
import pytest
from conftest import NO_SPILL_OVERS, enrolment_rows, one_thread, run_to, switched_off
from scipy.stats import norm
from small import load_small
from test_growth_alone import EQUAL_VILLAGES, NOTHING_HAPPENS, steady

from sim.analysis.risk_futures import Future, draw_leaving, each_future, last_possible
from sim.analysis.risk_watch import LINES, Outcomes, Watch
from sim.calendar import month_number
from sim.checkpoint import state_of
from sim.columns import HOUSEHOLD
from sim.enrolments import NEVER

DECEMBER = month_number(2016, 12)
NO_LUCK = (
    *NOTHING_HAPPENS[1:],
    "income.transitory_sd=0",
    "prices.sd=0",
    "register.review.noise=0",
    "register.detection={2016: 0}",
)


def snapshot(scenario, month=DECEMBER):
    """A future's world and the state of a December."""
    world = run_to(Future(scenario, 1), month)
    return world, {name: column.copy() for name, column in state_of(world).items()}


def lived(world, scenario, state, number, months=24):
    """Every column of the households after so many months of a future."""
    world.begin(scenario, state, number)
    for _ in range(months):
        world.step()
    return {name: getattr(world.h, name).copy() for name in HOUSEHOLD.columns}


def differing(one, other):
    return [name for name in one if one[name].tobytes() != other[name].tobytes()]


def running(world):
    """All that is known of the enrolments that go on, in an order of its own."""
    rows = enrolment_rows(world)
    return sorted(zip(*(column[rows.due != NEVER].tolist() for column in rows), strict=True))


@pytest.fixture(scope="module")
def small():
    scenario = load_small()
    return scenario, *snapshot(scenario)


def test_future_0_is_the_run_itself_bit_by_bit(small):
    scenario, world, state = small
    plain = run_to(one_thread(scenario), DECEMBER + 24)
    assert (
        differing(lived(world, scenario, state, 0), {name: getattr(plain.h, name) for name in HOUSEHOLD.columns}) == []
    )
    assert running(world) == running(plain)


def test_a_future_does_not_depend_on_what_was_lived_before_it_nor_on_the_world_that_lives_it(small):
    scenario, world, state = small
    lived(world, scenario, state, 3)
    again = lived(world, scenario, state, 5)
    assert differing(again, lived(Future(scenario, 1), scenario, state, 5)) == []


def test_futures_differ_in_luck_and_agree_in_what_lasts(small):
    scenario, world, state = small
    one, other = (lived(world, scenario, state, number) for number in (1, 2))
    assert {"ill", "transitory", "income_12_months", "jobless"} <= set(differing(one, other))
    assert not {"identity", "village", "first_key", "chronic", "schooling"} & set(differing(one, other))


def test_without_luck_every_future_is_the_run_itself():
    """Looking at every enrolment again in the first January, and drawing anew when who can not leave leaves, changes
    nothing: programmes that wait, ramp, top up and end go on bit by bit."""
    stay = [f"instruments.{name}.drop_out=0" for name in load_small().instruments]
    scenario = load_small(*NO_LUCK, *stay)
    world, state = snapshot(scenario)
    assert len(state["e.household"]) > 100
    one, other = (lived(world, scenario, state, number) for number in (0, 9))
    changed = set(differing(one, other))
    assert not changed & {"income_12_months", "status", "support", "crop_orchards", "programmes", "certified"}, changed


def test_two_policies_share_the_luck_of_a_future():
    """Only dibao, which nothing else hangs on: with it ended, the same households fall ill, lose jobs and change, and
    nobody has more."""
    names = [*switched_off(load_small().instruments, but="dibao"), *NO_SPILL_OVERS]
    policies = load_small(*names), load_small(*names, "instruments.dibao.ends=2017-01")
    kept, ended = (lived(*((s := snapshot(policy))[:1]), policy, s[1], 4) for policy in policies)
    for name in ("ill", "jobless", "members", "permanent", "transitory"):
        np.testing.assert_array_equal(kept[name], ended[name])
    assert (kept["income_12_months"] >= ended["income_12_months"]).all()
    assert (kept["income_12_months"] > ended["income_12_months"]).any()


def test_who_may_leave_leaves_at_the_yearly_rate_and_never_after_the_rules_say():
    """Half a year's share is 1 - 0.5 ** 0.5; no enrolment lasts longer than the instrument."""
    every = [f"instruments.{name}.drop_out=0.5" for name in load_small().instruments if name != "village_roads"]
    world, state = snapshot(load_small(*every, "instruments.dibao.ends=2017-06"))
    waiting = []
    for number in range(1, 41):
        world.begin(world.scenario, state, number)
        part = world.enrolments[0]
        assert (part.leaves <= last_possible(world, part)).all()
        limited = last_possible(world, part) < world.offset + 7
        waiting.append((part.leaves - world.offset)[~limited & (part.due != NEVER) & _can_leave(world, part)])
    waiting = np.concatenate(waiting)
    share, expected = (waiting <= 6).mean(), 1 - sqrt(0.5)
    assert waiting.min() == 1
    assert share == pytest.approx(expected, abs=5 * sqrt(expected * (1 - expected) / (len(waiting) / 3)))


def _can_leave(world, part):
    return np.array(world.instruments.drop_out)[world.instruments.effects.instrument[part.effect]] > 0


def test_a_taper_lets_households_go_evenly_and_by_another_lot_in_each_future():
    """24 months from January 2017 on: half of the lots fall into the first year, whatever the future."""
    taper = ("instruments.dibao.drop_out=0", "instruments.dibao.tapers_from=2017-01", "instruments.dibao.ends=2018-12")
    world, state = snapshot(load_small(*taper))
    months = []
    for number in range(1, 41):
        world.begin(world.scenario, state, number)
        part = world.enrolments[0]
        of_dibao = world.instruments.effects.instrument[part.effect] == world.instruments.names.index("dibao")
        months.append((part.leaves - world.offset)[of_dibao & (part.due != NEVER)])
    months = np.array(months)
    assert (months.min(), months.max()) == (1, 24)
    assert (months.std(0) > 0).all()
    assert (months <= 12).mean() == pytest.approx(0.5, abs=4 * 0.5 / sqrt(months.size))


def test_effects_of_one_enrolment_end_together(small):
    scenario, world, state = small
    world.begin(scenario, state, 1)
    part = world.enrolments[0]
    draw_leaving(world, part)
    pair = world.instruments.effects.instrument[part.effect].astype(np.int64) * world.households + part.household
    for one in np.unique(pair):
        running = (pair == one) & (part.due != NEVER)
        assert len(np.unique(part.leaves[running])) <= 1


def test_threads_and_their_number_change_nothing(small):
    scenario, world, state = small
    rows = np.arange(world.households)
    one = Outcomes(each_future(scenario, state, [world], range(1, 6), 6, lambda each: Watch(each, rows)))
    worlds = [Future(scenario, 1) for _ in range(2)]
    two = Outcomes(each_future(scenario, state, worlds, range(1, 6), 6, lambda each: Watch(each, rows)))
    for name in vars(one):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


# Reported mean rural income, yuan per head and year, and a survey line of 2018 that is raised in 2019.
MEAN = {2016: 8729, 2017: 9717, 2018: 10782, 2019: 11941, 2020: 13036}
LINES_OF = {2018: 2995.0, 2019: 4500.0}
LOG_SD = 0.67


def counted(month):
    """Mean income of the year so far and the share of the last one's for the months to come, with even growth between
    mid-years."""

    def of(m):
        at = (m - 5.5) / 12
        year = int(at)
        return exp(log(MEAN[year]) + (at - year) * (log(MEAN[year + 1]) - log(MEAN[year]))) / 12

    year, months = month // 12, month % 12 + 1
    last = sum(of(m) for m in range(12 * year - 12, 12 * year))
    return sum(of(m) for m in range(12 * year, month + 1)) + (12 - months) / 12 * last


def below(line, mean):
    """Share of a lognormal below the line."""
    return norm.cdf((log(line / mean) + LOG_SD**2 / 2) / LOG_SD)


def line(month):
    """The survey line, which is reached evenly within the year."""
    before, after = LINES_OF[2018], LINES_OF[2019]
    return before + (after - before) * (month % 12 + 1) / 12


def test_growth_alone_crosses_a_raised_line_as_a_lognormal_says():
    """Incomes only grow, the line rises faster: the share that falls of those above is that of a lognormal between two
    multiples of the mean, and the same in each future."""
    scenario = steady(
        LOG_SD, *EQUAL_VILLAGES, "income.transitory_sd=0", "population.scale=0.02", "lines.survey.2019=4500"
    )
    december = month_number(2018, 12)
    world, state = snapshot(scenario, december)
    rows = np.arange(world.households)
    out = Outcomes(each_future(scenario, state, [world], [1, 2], 12, lambda each: Watch(each, rows)))
    first = out.first[LINES.index("survey")]
    above = ~state["h.poor"]
    assert (first[0] == first[1]).all()
    before = below(LINES_OF[2018], counted(december))
    highest = max(line(month) / counted(month) for month in range(december + 1, december + 13))
    expected = (below(highest, 1) - before) / (1 - before)
    error = sqrt(expected * (1 - expected) / above.sum())
    assert (first[0][above] > 0).mean() == pytest.approx(expected, abs=4 * error + 0.001)
