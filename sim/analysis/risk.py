"""Who falls back: from a snapshot of every household, many futures under one policy.

Given twice, on income and on the register, with the gap between them; and as a monitoring list that uses only what a
village knows.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import pandas as pd
from threadpoolctl import threadpool_limits

from calibration.use import load_fitted
from sim.analysis import risk_monitoring as monitoring
from sim.analysis.risk_effects import under_effect_sizes
from sim.analysis.risk_futures import MOST_FUTURES
from sim.analysis.risk_observables import by_instrument, observables
from sim.analysis.risk_period import check_months, standing_still
from sim.analysis.risk_start import start_at
from sim.analysis.risk_tables import causes, gap, groupings, household_table, rates, withdrawn
from sim.analysis.risk_watch import Outcomes
from sim.kernel.cache import mark_warm
from sim.scenario import LoadedScenario


@dataclass(frozen=True)
class Risk:
    """What many futures brought to the households that had exited. Tables are described where they are made.

    Attributes
    ----------
    loaded : the scenario; at : month of the snapshot; horizon : months; futures : how many
    survey_line, exit_line : yuan a head and year at the snapshot
    households : one row each (`risk_tables.household_table`), with the list's probability
    monitoring : the list, ranked (`risk_monitoring.ranked`)
    rates, causes, withdrawn, gap : see `risk_tables`; effect_sizes : see `risk_effects`
    accuracy, roc, calibration, top_up : see `risk_monitoring`
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
    withdrawn: pd.DataFrame
    effect_sizes: pd.DataFrame
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
    scenario : loaded, or a file, taken at the median of a fit; its period must reach to the end of the futures
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
    loaded = load_fitted(scenario)
    month = check_months(loaded, at, horizon)
    started = perf_counter()
    start = start_at(loaded, month, threads)
    mark_warm()
    world, rows = start.worlds[0], start.rows
    known, ending = observables(world, rows, horizon), by_instrument(world, rows, horizon)[2]
    survey_line, exit_line = float(world.now.survey_line), float(world.now.exit_line)
    design = start.design()
    reached = perf_counter()
    watched = start.live(range(1, futures + 1), horizon, progress)
    lived = perf_counter()
    sized = under_effect_sizes(start, month, watched, horizon, threads)
    ready = perf_counter()
    with threadpool_limits(1):  # several threads are slower than one on matrices of this size
        out = Outcomes(watched)
        table = household_table(known, start.below, start.weight, out, horizon)
        labels = {name: each.label or name for name, each in loaded.scenario.instruments.items()}
        judged = monitoring.Judged(table, design, out, horizon, exit_line)
        model, probability = monitoring.fit(judged)
        return Risk(
            loaded=loaded,
            at=month,
            horizon=horizon,
            futures=futures,
            survey_line=survey_line,
            exit_line=exit_line,
            households=table.assign(probability=probability),
            monitoring=monitoring.ranked(table, list(known), probability),
            rates=rates(table, groupings(known, labels), out, horizon),
            causes=causes(table, out),
            withdrawn=withdrawn(table, ending, [labels[name] for name in world.instruments.names], out),
            effect_sizes=sized,
            gap=gap(table, out, horizon),
            accuracy=monitoring.accuracy(judged, probability),
            roc=monitoring.curves(judged, probability),
            calibration=monitoring.calibrated(judged, probability),
            top_up=monitoring.top_ups(judged, probability),
            coefficients=model.coefficients.rename("coefficient").rename_axis("regressor").reset_index(),
            seconds={
                "past": reached - started,
                "futures": lived - reached,
                "effect sizes": ready - lived,
                "tables": perf_counter() - ready,
            },
        )
