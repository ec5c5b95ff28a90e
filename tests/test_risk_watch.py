"""Watching a future, worked by hand: three households, months written out."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.analysis.risk_watch import CAUSES, PAID, Outcomes, Watch
from sim.register.status import EXITED, RETURNED

YEAR = 12 * 2020 + 11  # December 2020
SURVEY, EXIT = 3000, 4000


class Tiny:
    """A world of three households: two of 1 and one of 2 members, a village with a disaster and one without."""

    def __init__(self):
        nothing = {name: np.zeros(3, np.float32) for name in (*PAID, "shelter")}
        self.h = SimpleNamespace(
            members=np.array([1, 1, 2], np.uint8), income_12_months=np.zeros(3, np.float32),
            ill=np.zeros(3, bool), jobless=np.zeros(3, bool), village=np.array([0, 1, 1]),
            status=np.full(3, EXITED, np.uint8), status_since=np.zeros(3, np.int16),
            certified=np.full(3, 9999, np.float32), **nothing,
        )  # fmt: skip
        self.v = SimpleNamespace(disaster_loss=np.array([0.3, 0.0], np.float32))
        self.month = YEAR
        self.scenario = SimpleNamespace(lines=SimpleNamespace(exit={2020: EXIT}))
        self.now = self._now()

    def _now(self):
        left = np.float32((11 - self.month % 12) / 12)
        return SimpleNamespace(survey_line=np.float32(SURVEY), exit_line=np.float32(EXIT), months_left=left)

    @property
    def offset(self):
        return self.month - YEAR

    def passes(self, watch, incomes):
        """A month in which twelve-month incomes a head come to this."""
        self.month += 1
        self.now = self._now()
        self.h.income_12_months[:] = np.array(incomes) * self.h.members
        watch.look()


@pytest.fixture
def world():
    return Tiny()


def watch_of(world):
    return Watch(world, np.arange(3))


def test_first_month_and_months_below_each_line(world):
    watch = watch_of(world)
    for incomes in [(5000, 3500, 5000), (3999, 2999, 5000), (4000, 3500, 5000)]:
        world.passes(watch, incomes)
    assert watch.first.tolist() == [[0, 2, 0], [2, 1, 0]]
    assert watch.months.tolist() == [[0, 1, 0], [1, 3, 0]]


def test_the_exit_line_is_reached_evenly(world):
    """From 4,000 to 5,200 by December: 4,100 in January, 4,200 in February."""
    world.scenario.lines.exit[2021] = 5200
    watch = watch_of(world)
    tiny_now, world._now = world._now, lambda: SimpleNamespace(**{**vars(tiny_now()), "exit_line": np.float32(5200)})
    world.passes(watch, (4099, 4100, 4200))
    world.passes(watch, (4100, 4199, 4200))
    assert watch.first[1].tolist() == [1, 2, 0]


def test_causes_in_their_order(world):
    """The first household's village has a disaster; the second is ill, and jobless too; the third gained a member."""
    watch = watch_of(world)
    world.h.ill[1] = world.h.jobless[1] = True
    world.h.members[2] = 3
    world.passes(watch, (3500, 3500, 3500))
    assert [CAUSES[code] for code in watch.cause[1]] == ["disaster", "illness", "household change"]
    assert (watch.cause[0] == 255).all()


def test_without_misfortune_it_is_low_earnings_and_a_safe_site_has_no_disaster(world):
    world.h.shelter[0] = 1
    watch = watch_of(world)
    world.passes(watch, (3500, 3500, 3500))
    assert [CAUSES[code] for code in watch.cause[1]] == ["low earnings"] * 3


def test_support_is_the_cause_only_where_it_would_have_sufficed(world):
    """Each loses 100 yuan a month from January on. Two months later 200 yuan are gone: they lift 3,850 over the line of
    4,000, but not 3,750, nor the 3,850 a head of a household of two. It is the cause although the second is ill."""
    world.h.support[:] = 100
    watch = watch_of(world)
    world.h.support[:] = 0
    world.h.shelter[0] = 1
    world.h.ill[1] = True
    world.passes(watch, (4200, 4200, 4200))
    world.passes(watch, (3750, 3850, 3850))
    assert [CAUSES[code] for code in watch.cause[1]] == ["low earnings", "support ended", "low earnings"]


def test_what_was_lost_last_year_counts_with_the_share_that_is_left_of_it(world):
    """1,200 yuan were lost in the first year. In January of the second, 100 more and 11/12 of those: 1,200 in all."""
    world.h.dividends[:] = 100
    watch = watch_of(world)
    world.h.dividends[:] = 0
    world.h.shelter[0] = 1
    for _ in range(12):
        world.passes(watch, (5000, 5000, 5000))
    world.passes(watch, (2801, 2799, 5000))
    assert [CAUSES[code] for code in watch.cause[1][:2]] == ["support ended", "low earnings"]


def test_a_top_up_counts_with_the_months_in_which_it_was_paid(world):
    """5, 10, 20, 40 % of 4,000 are 200, 400, 800, 1,600 a year. After three months a quarter of it is there: 50, 100,
    200, 400; after a year all of it."""
    watch = watch_of(world)
    for _ in range(2):
        world.passes(watch, (9000, 9000, 9000))
    world.passes(watch, (3900, 3750, 9000))
    assert watch.topped_up.tolist() == [[1, 1, 0], [0, 1, 0], [0, 1, 0], [0, 0, 0]]
    for _ in range(9):
        world.passes(watch, (9000, 9000, 9000))
    world.passes(watch, (3900, 3500, 2000))
    assert watch.topped_up.tolist() == [[1, 2, 1], [0, 2, 1], [0, 1, 1], [0, 0, 1]]


def test_the_register_sees_decembers_alone(world):
    """Below in June, certified below in December though above, and below and found in December."""
    watch = watch_of(world)
    for month in range(1, 12):
        world.passes(watch, (3000 if month == 6 else 5000, 5000, 5000))
    world.h.certified[:] = (5000, 3900, 3000)
    world.h.status[2], world.h.status_since[2] = RETURNED, 12
    world.passes(watch, (5000, 5000, 3500))
    assert watch.in_december.tolist() == [False, False, True]
    assert watch.certified.tolist() == [False, True, True]
    assert watch.both.tolist() == [False, False, True]
    assert watch.returned.tolist() == [0, 0, 12]


def test_who_is_on_the_register_again_is_not_counted_as_overlooked(world):
    """Returned in the first December; certified below the line in the second, it can not return once more."""
    watch = watch_of(world)
    world.h.status[0], world.h.status_since[0] = RETURNED, 6
    world.h.certified[0] = 3000
    for _ in range(12):
        world.passes(watch, (5000, 5000, 5000))
    assert not watch.certified[0]


def test_outcomes_of_several_futures(world):
    watches = []
    for income in (3500, 5000):
        tiny = Tiny()
        watches.append(watch_of(tiny))
        tiny.passes(watches[-1], (5000,) * 3)
        tiny.passes(watches[-1], (income,) * 3)
    out = Outcomes(watches)
    assert out.happened("exit", 2).tolist() == [[True] * 3, [False] * 3]
    assert not out.happened("exit", 1).any()
    assert not out.happened("survey", 2).any()
