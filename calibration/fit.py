"""The point fit: least squares on shared luck, with the priors as residuals."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.problem import fitted_targets, reported_values, simulated_values
from calibration.runs import Job, Progress, run_all
from calibration.simulate import Simulated, Simulator
from sim.results.store import Store

Floats = NDArray[np.float64]

STEP = 0.5  # in standard deviations of the prior: reviews count whole households, so small steps see nothing but noise
STEPS = (1.0, 0.5, 0.25)
ROUNDS = 3
LARGEST_SCORE = 2.5


@dataclass(frozen=True)
class PointFit:
    """The most probable parameters found.

    Attributes
    ----------
    scores : (P,) standard-normal scores of the parameters under their priors
    run : the run there
    loss : half the sum of squared residuals, of targets and of scores
    losses : at the start and after each round
    """

    scores: Floats
    run: Simulated
    loss: float
    losses: tuple[float, ...]


def point_fit(
    simulator: Simulator, store: Store, executor: Executor, seed: int, progress: Progress | None = None
) -> PointFit:
    """Gauss-Newton with differences taken side by side.

    Every run has the same luck, so that differences are due to parameters. A step is tried at several lengths at once,
    and the search ends when none is better.
    """
    targets = fitted_targets(simulator.targets)
    reported, error = reported_values(targets)

    def runs_at(rows: Sequence[Floats]) -> list[Simulated]:
        return run_all(simulator, [Job(simulator.priors.values(row), seed) for row in rows], store, executor, progress)

    def misfit(runs: Sequence[Simulated]) -> Floats:
        return (simulated_values(runs, targets) - reported) / error

    def loss(row: Floats, residual: Floats) -> float:
        return float(residual @ residual + row @ row) / 2

    size = len(simulator.priors.parameters)
    scores = np.zeros(size)
    steps = STEP * np.eye(size)
    runs = runs_at([scores])
    best, residual = runs[0], misfit(runs)[0]
    losses = [loss(scores, residual)]
    for _ in range(ROUNDS):
        # Differences point to the middle of the prior, where a score has room.
        signs = np.where(scores > 0, -1.0, 1.0)
        slope = (misfit(runs_at(list(scores + signs[:, None] * steps))) - residual) / (STEP * signs[:, None])
        wanted = np.linalg.solve(slope @ slope.T + np.eye(size), slope @ residual + scores)
        tried = [np.clip(scores - share * wanted, -LARGEST_SCORE, LARGEST_SCORE) for share in STEPS]
        runs = runs_at(tried)
        found = [loss(row, each) for row, each in zip(tried, misfit(runs), strict=True)]
        nearest = int(np.argmin(found))
        if found[nearest] >= losses[-1]:
            break
        scores, best, residual = tried[nearest], runs[nearest], misfit(runs)[nearest]
        losses.append(found[nearest])
    return PointFit(scores, best, losses[-1], tuple(losses))
