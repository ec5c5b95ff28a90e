"""Where futures begin: the state of a December, and the households that have left the register by then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.analysis.design import Design
from sim.analysis.risk_futures import Future, each_future
from sim.analysis.risk_watch import LINES, Watch
from sim.calendar import month_text
from sim.checkpoint import state_of
from sim.register.status import EXITED
from sim.scenario import LoadedScenario, Problem, ScenarioError


class Start(NamedTuple):
    """A December from which futures are lived.

    Attributes
    ----------
    loaded : the scenario; worlds : one for each thread, the first of them at the December until futures begin
    state : all columns; rows : households that have left the register
    below : (lines, R) who is below each line; weight : (R,) households that each stands for
    """

    loaded: LoadedScenario
    worlds: list[Future]
    state: Mapping[str, np.ndarray]
    rows: np.ndarray
    below: np.ndarray
    weight: np.ndarray

    def live(
        self, numbers: Sequence[int], horizon: int, progress: Callable[[int, int], None] | None = None
    ) -> list[Watch]:
        """What the futures of these numbers bring."""

        def watch(world: Future) -> Any:
            return Watch(world, self.rows)

        for each in self.worlds:
            each.threads = 1
        return each_future(self.loaded.scenario, self.state, self.worlds, numbers, horizon, watch, progress)

    def design(self) -> Design:
        """Villages as sampling units within counties. Errors are those of a region with other such villages, also where
        all of this one's are simulated."""
        world = self.worlds[0]
        village, unit = np.unique(world.h.village[self.rows], return_inverse=True)
        return Design(unit, world.v.county[village].astype(np.intp), np.zeros(len(world.areas.counties)))


def start_at(loaded: LoadedScenario, month: int, threads: int | None) -> Start:
    """Lives the past with all threads, up to a month.

    Raises
    ------
    ScenarioError
        Where nobody has exited by then, or nobody is above the exit line.
    """
    first = Future(loaded.scenario, threads)
    while first.month < month:
        first.step()
    rows = np.flatnonzero(first.h.status == EXITED)
    below = _below(first, rows)
    if len(rows) == 0 or below[LINES.index("exit")].all():
        message = f"nobody has exited by {month_text(month)}" + (" and is above the exit line" if len(rows) else "")
        raise ScenarioError([Problem(str(loaded.files[-1]), 1, 1, "register", message)])
    worlds = [first, *(Future(loaded.scenario, 1) for _ in range(first.threads - 1))]
    state = {name: column.copy() for name, column in state_of(first).items()}
    return Start(loaded, worlds, state, rows, below, first.v.weight[first.h.village[rows]])


def _below(world: Future, rows: np.ndarray) -> np.ndarray:
    """(lines, R) who is below each line; in single precision, as the month compares them."""
    income, members = world.h.income_12_months[rows], world.h.members[rows].astype(np.float32)
    return np.array([income < line * members for line in (world.now.survey_line, world.now.exit_line)])
