"""Who falls back: from a snapshot of every household, many futures under one policy.

Given twice, on income and on the register, with the gap between them; and as a monitoring list that uses only what a
village knows.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import pandas as pd

from sim.analysis import risk_monitoring as monitoring
from sim.analysis.design import Design
from sim.analysis.risk_futures import MOST_FUTURES, Future, each_future
from sim.analysis.risk_observables import observables
from sim.analysis.risk_period import check_months, standing_still
from sim.analysis.risk_tables import causes, gap, groupings, household_table, rates
from sim.analysis.risk_watch import LINES, Outcomes, Watch
from sim.checkpoint import state_of
from sim.kernel.cache import mark_warm
from sim.register.status import EXITED
from sim.scenario import LoadedScenario, Problem, ScenarioError, load_scenario


@dataclass(frozen=True)
class Risk:
    """What many futures brought to the households that had exited. Tables are described where they are made.

    Attributes
    ----------
    loaded : the scenario; at : month of the snapshot; horizon : months; futures : how many
    survey_line, exit_line : yuan a head and year at the snapshot
    households : one row each (`risk_tables.household_table`), with the list's probability
    monitoring : the list, ranked (`risk_monitoring.ranked`)
    rates, causes, gap : see `risk_tables`; accuracy, roc, calibration, top_up : see `risk_monitoring`
    coefficients : of the list's regression, a standard deviation of each regressor
    seconds : by stage
    """

    loaded: LoadedScenario
    at: int
    horizon: int
    futures: int
    survey_line: float
    exit_line: float
    households: pd.DataFrame
    monitoring: pd.DataFrame
    rates: pd.DataFrame
    causes: pd.DataFrame
    gap: pd.DataFrame
    accuracy: pd.DataFrame
    roc: pd.DataFrame
    calibration: pd.DataFrame
    top_up: pd.DataFrame
    coefficients: pd.DataFrame
    seconds: dict[str, float]

    @property
    def standing_still(self) -> list[str]:
        """Yearly paths of the scenario that say nothing of the last year of the futures and keep their last value."""
        return standing_still(self.loaded.scenario, self.at + self.horizon)


def risk(
    scenario: LoadedScenario | str | os.PathLike[str],
    at: str = "2020-12",
    horizon: int = 24,
    futures: int = 200,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Risk:
    """Simulates to a December, then many futures from there, and says who falls below the line.

    Parameters
    ----------
    scenario : loaded, or a file; its period must reach to the end of the futures
    at : the December of the snapshot; horizon : months of each future, at most 240
    futures : how many, at least 4; the first half ranks, the second half judges the ranking
    threads : all processors by default; results do not depend on it
    progress : called after each future with futures done and futures in all

    Raises
    ------
    ScenarioError
        Where the scenario does not reach far enough, or nobody has exited at the snapshot.
    ValueError
        Where `at` is no month, or horizon or futures can not be.
    """
    if not 1 <= horizon <= 240:
        raise ValueError(f"a horizon of {horizon} months; allowed: 1 to 240")
    if not 4 <= futures <= MOST_FUTURES:
        raise ValueError(f"{futures} futures; allowed: 4 to {MOST_FUTURES:,}")
    loaded = scenario if isinstance(scenario, LoadedScenario) else load_scenario(scenario)
    month = check_months(loaded, at, horizon)
    started = perf_counter()
    worlds = _worlds(loaded, threads)
    world = worlds[0]
    while world.month < month:
        world.step()
    mark_warm()
    rows = _exited(loaded, world, at)
    known, below = observables(world, rows, horizon), _below(world, rows)
    weight, design = world.v.weight[world.h.village[rows]], _design(world, rows)
    lines = world.now.survey_line, world.now.exit_line
    reached = perf_counter()

    state = {name: column.copy() for name, column in state_of(world).items()}
    for each in worlds:
        each.threads = 1
    watched = each_future(
        loaded.scenario, state, worlds, range(1, futures + 1), horizon, lambda each: Watch(each, rows), progress
    )
    lived = perf_counter()

    out = Outcomes(watched)
    table = household_table(known, below, weight, out, horizon)
    labels = {name: each.label or name for name, each in loaded.scenario.instruments.items()}
    judged = monitoring.Judged(table, design, out, horizon, float(lines[1]))
    model, probability = monitoring.fit(judged)
    return Risk(
        loaded=loaded,
        at=month,
        horizon=horizon,
        futures=futures,
        survey_line=float(lines[0]),
        exit_line=float(lines[1]),
        households=table.assign(probability=probability),
        monitoring=monitoring.ranked(table, list(known), probability),
        rates=rates(table, groupings(known, labels), out, horizon),
        causes=causes(table, out),
        gap=gap(table, out, horizon),
        accuracy=monitoring.accuracy(judged, probability),
        roc=monitoring.curves(judged, probability),
        calibration=monitoring.calibrated(judged, probability),
        top_up=monitoring.top_ups(judged, probability),
        coefficients=model.coefficients.rename("coefficient").rename_axis("regressor").reset_index(),
        seconds={"past": reached - started, "futures": lived - reached, "tables": perf_counter() - lived},
    )


def _worlds(loaded: LoadedScenario, threads: int | None) -> list[Future]:
    """One world for each thread; the first one lives the past with all of them."""
    first = Future(loaded.scenario, threads)
    return [first, *(Future(loaded.scenario, 1) for _ in range(first.threads - 1))]


def _exited(loaded: LoadedScenario, world: Future, at: str) -> np.ndarray:
    """Rows of those who have left the register; refused where nobody can fall."""
    rows = np.flatnonzero(world.h.status == EXITED)
    if len(rows) == 0 or _below(world, rows)[LINES.index("exit")].all():
        message = f"nobody has exited by {at} and is above the exit line" if len(rows) else f"nobody has exited by {at}"
        raise ScenarioError([Problem(str(loaded.files[-1]), 1, 1, "register", message)])
    return rows


def _below(world: Future, rows: np.ndarray) -> np.ndarray:
    """(lines, R) who is below each line at the snapshot; in single precision, as the month compares them."""
    income, members = world.h.income_12_months[rows], world.h.members[rows].astype(np.float32)
    return np.array([income < line * members for line in (world.now.survey_line, world.now.exit_line)])


def _design(world: Future, rows: np.ndarray) -> Design:
    """Villages as sampling units within counties. Errors are those of a region with other such villages, also where all
    of this one's are simulated."""
    village, unit = np.unique(world.h.village[rows], return_inverse=True)
    return Design(unit, world.v.county[village].astype(np.intp), np.zeros(len(world.areas.counties)))
