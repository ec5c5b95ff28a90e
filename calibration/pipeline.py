"""A whole calibration: point fit, design, emulator, chain, a second wave where the posterior lies, true draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.design import jobs_at, sobol_scores
from calibration.diagnose import weighted_quantile
from calibration.emulate import CrossValidation, Emulator
from calibration.fit import PointFit, point_fit
from calibration.posterior import Chain, effective_size, log_posterior, sample, weights_of
from calibration.problem import fitted_targets, simulated_values
from calibration.runs import run_all
from calibration.simulate import Simulated, Simulator
from calibration.targets import Target
from sim.results.store import Store

Floats = NDArray[np.float64]
Report = Callable[[str, int, int], None]

STARTS = 4096
KEPT = 4000
REPLICATES = 12
REPLICATE_SEED, DESIGN_SEED, WAVE_SEED, DRAW_SEED = 500, 1_000, 100_000, 200_000


@dataclass(frozen=True)
class Effort:
    """How much a calibration may cost; the default takes about ten minutes on two cores for Ganzhou.

    Attributes
    ----------
    design, wave, draws : runs of the design, of the second wave, and at draws of the posterior
    scale, draw_scale : share of villages in the first two and in the last
    median_scale : share of villages in the run at the median, whose market path other runs will use
    steps : of each walker of a chain
    """

    design: int = 256
    wave: int = 64
    draws: int = 100
    scale: float = 0.05
    draw_scale: float = 0.1
    median_scale: float = 0.2
    steps: int = 2000


@dataclass(frozen=True)
class Calibration:
    """What a calibration found.

    Attributes
    ----------
    targets : those fitted, in the order of the emulator
    prior_runs, posterior_runs : of the design, and at draws
    emulator, validation : after both waves, and its cross-validation
    chain : draws from the emulator's posterior
    scores, weights : (D, P) draws with true runs, and what these weigh
    median : the run at the median of every parameter, whose market path goes with it
    starts : (S, P) scores spread over the priors, among which chains find their starts
    """

    targets: Sequence[Target]
    point: PointFit
    prior_runs: Sequence[Simulated]
    posterior_runs: Sequence[Simulated]
    emulator: Emulator
    validation: CrossValidation
    chain: Chain
    scores: Floats
    weights: Floats
    median: Simulated
    starts: Floats

    @property
    def effective(self) -> float:
        """Draws that as many equal weights would be worth."""
        return effective_size(self.weights)


def calibrate(
    simulator: Simulator, effort: Effort, store: Store, executor: Executor, seed: int, report: Report
) -> Calibration:
    """Fit a scenario to its targets.

    Parameters
    ----------
    simulator : its scale is replaced by those of the effort
    store : runs that are there already are not made again
    report : called with the stage, runs done and runs in all
    """
    simulator = replace(simulator, scale=effort.scale)
    targets = fitted_targets(simulator.targets)
    priors = simulator.priors

    def runs_at(scores: Floats, first_seed: int, stage: str, scale: float) -> list[Simulated]:
        jobs = jobs_at(priors, scores, seed * 1_000_000 + first_seed)
        at_scale = replace(simulator, scale=scale)
        return run_all(at_scale, jobs, store, executor, lambda done, of: report(stage, done, of))

    design = sobol_scores(len(priors.parameters), effort.design, seed)
    point = point_fit(simulator, store, executor, seed, lambda done, of: report("point fit", done, of))
    prior_runs = runs_at(design, DESIGN_SEED, "design", effort.scale)
    same_point = np.tile(point.scores, (REPLICATES, 1))
    replicates = simulated_values(runs_at(same_point, REPLICATE_SEED, "replicates", effort.scale), targets)
    first = Emulator(design, simulated_values(prior_runs, targets), replicates, seed)
    starts = np.vstack([sobol_scores(len(priors.parameters), STARTS, seed + 1), point.scores])
    chain = sample(log_posterior(first, targets, effort.scale), starts, effort.steps, effort.wave, seed)
    wave_runs = runs_at(chain.scores, WAVE_SEED, "second wave", effort.scale)
    everywhere = np.vstack([design, chain.scores])
    emulator = Emulator(everywhere, simulated_values([*prior_runs, *wave_runs], targets), replicates, seed, first)
    chain = sample(
        log_posterior(emulator, targets, effort.scale), np.vstack([starts, chain.scores]), effort.steps, KEPT, seed + 1
    )
    scores = chain.scores[: effort.draws]
    posterior_runs = runs_at(scores, DRAW_SEED, "draws", effort.draw_scale)
    values = simulated_values(posterior_runs, targets)
    weights = weights_of(emulator, targets, scores, values, effort.scale, effort.draw_scale)
    middle = np.array([[weighted_quantile(column, weights, (0.5,))[0] for column in scores.T]])
    return Calibration(
        targets=targets,
        point=point,
        prior_runs=prior_runs,
        posterior_runs=posterior_runs,
        emulator=emulator,
        validation=emulator.cross_validate(seed),
        chain=chain,
        scores=scores,
        weights=weights,
        starts=starts,
        median=runs_at(middle, DRAW_SEED, "median", effort.median_scale)[0],
    )
