"""What a future does to the households that are watched: when they fall below a line, for how long, and why."""

from __future__ import annotations

import numpy as np

from sim.analysis.risk_futures import Future
from sim.calendar import is_december, year_of
from sim.columns import CROPS
from sim.kernel.numeric import f4
from sim.register.status import EXITED, RETURNED
from sim.scenario.paths import at_year
from sim.spells import INCOME_CAUSES

LINES = ("survey", "exit")
CAUSES = ("support ended", *INCOME_CAUSES)
SUPPORT, LOW, ILLNESS, JOB, DISASTER, CHANGE = range(6)
PAID = ("job_wage", "dividends", "support", *(f"crop_{crop}" for crop in CROPS))
TOP_UPS = (0.05, 0.10, 0.20, 0.40)  # shares of the exit line; a grid to read costs from, not a proposal


def paid_by_instruments(world: Future, rows: np.ndarray) -> np.ndarray:
    """(rows,) yuan a month that instruments add in money, crops at a price of 1."""
    return np.add.reduce([getattr(world.h, name)[rows] for name in PAID], dtype=np.float64)


def line_levels(world: Future) -> tuple[np.float32, np.float32]:
    """Survey and exit line of the month, yuan a head and year.

    The register asks for the exit line in December only; until then it is reached evenly, as `sim.parameters.now` has
    it of the survey line: a step in January would make households fall that did not move.
    """
    before = at_year(world.scenario.lines.exit, year_of(world.month) - 1)
    reached = f4(before + (world.now.exit_line - before) * (world.month % 12 + 1) / 12)
    return world.now.survey_line, reached


class Watch:
    """Some households in one future. Months are counted from the first after the snapshot.

    Attributes
    ----------
    first : (lines, R) first month below the line; 0 is never
    months : (lines, R) months below it
    cause : (lines, R) why the household was first below it, in order of CAUSES; 255 where it never was
    topped_up : (TOP_UPS, R) months below the exit line if a top-up were paid a head from the first month on
    in_december : (R,) below the exit line in a December, when the register looks
    certified : (R,) certified below the exit line while it could return; both : and truly below it in the same December
    returned : (R,) month in which it was registered again; 0 is never
    """

    def __init__(self, world: Future, rows: np.ndarray) -> None:
        self.world, self.rows = world, rows
        shape = len(LINES), len(rows)
        self.first, self.cause = np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8)
        self.months, self.topped_up = np.zeros(shape, np.uint8), np.zeros((len(TOP_UPS), len(rows)), np.uint8)
        self.in_december, self.certified, self.both = (np.zeros(len(rows), bool) for _ in range(3))
        self.returned = np.zeros(len(rows), np.uint8)
        self.month = 0
        self._yuan = np.array(TOP_UPS) * float(world.now.exit_line)
        self._members = world.h.members[rows].copy()
        self._paid = paid_by_instruments(world, rows)
        self._lost_this_year, self._lost_last_year = np.zeros(len(rows)), np.zeros(len(rows))

    def look(self) -> None:
        """Notes what the month that the world has just run brought."""
        world, h, rows = self.world, self.world.h, self.rows
        self.month += 1
        income, members = h.income_12_months[rows], h.members[rows]
        lost = self._lost_in_twelve_months()
        for line, level in enumerate(line_levels(world)):
            below = income < level * members.astype(f4)
            fallen = np.flatnonzero(below & (self.first[line] == 0))
            self.first[line, fallen] = self.month
            self.months[line] += below
            self.cause[line, fallen] = self._causes(fallen, income[fallen] + lost[fallen] >= level * members[fallen])
        # Of the twelve months that income is counted over, it has been paid in so many.
        paid = self._yuan[:, None] * min(self.month, 12) / 12
        self.topped_up += income / members + paid < level
        self._members = members
        if is_december(world.month):
            self._review(below)

    def _lost_in_twelve_months(self) -> np.ndarray:
        """Yuan of twelve-month income that would be there if instruments paid on as at the snapshot."""
        world = self.world
        if world.month % 12 == 0:
            self._lost_last_year, self._lost_this_year = self._lost_this_year, np.zeros(len(self.rows))
        self._lost_this_year = self._lost_this_year + np.maximum(self._paid - paid_by_instruments(world, self.rows), 0)
        return self._lost_this_year + self._lost_last_year * float(world.now.months_left)

    def _causes(self, fallen: np.ndarray, with_support_above: np.ndarray) -> np.ndarray:
        """Support, where the household would not have fallen with it; else the most telling misfortune of the month,
        in the order of `sim.economy_rules.poverty`."""
        h, v, rows = self.world.h, self.world.v, self.rows[fallen]
        cause = np.full(len(rows), LOW, np.uint8)
        cause[h.members[rows] != self._members[fallen]] = CHANGE
        cause[(v.disaster_loss[h.village[rows]] > 0) & (h.shelter[rows] < 1)] = DISASTER
        cause[h.jobless[rows]] = JOB
        cause[h.ill[rows]] = ILLNESS
        cause[with_support_above] = SUPPORT
        return cause

    def _review(self, below: np.ndarray) -> None:
        h, rows = self.world.h, self.rows
        self.in_december |= below
        status = h.status[rows]
        now_returned = (status == RETURNED) & (h.status_since[rows] == self.world.offset)
        seen_below = ((status == EXITED) | now_returned) & (h.certified[rows] < self.world.now.exit_line)
        self.certified |= seen_below
        self.both |= seen_below & below
        self.returned[now_returned & (self.returned == 0)] = self.month


class Outcomes:
    """What the futures brought to the watched households: the arrays of `Watch` with an axis for futures, (F, R),
    (lines, F, R) or (TOP_UPS, F, R), in order of the futures' numbers."""

    def __init__(self, watched: list[Watch]) -> None:
        self.first, self.months, self.cause, self.topped_up = (
            np.stack([getattr(each, name) for each in watched], axis=1)
            for name in ("first", "months", "cause", "topped_up")
        )
        self.in_december, self.certified, self.both, self.returned = (
            np.stack([getattr(each, name) for each in watched])
            for name in ("in_december", "certified", "both", "returned")
        )

    def happened(self, outcome: str, within: int) -> np.ndarray:
        """(F, R) whether the household fell below a line of LINES, or `returned` to the register, within the months."""
        month = self.returned if outcome == "returned" else self.first[LINES.index(outcome)]
        return (month > 0) & (month <= within)
