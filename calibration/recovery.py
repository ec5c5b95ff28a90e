"""Does the method find what it should? Made-up data from known parameters, fitted like the reported ones."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from calibration.emulate import Emulator
from calibration.posterior import log_posterior, sample
from calibration.targets import Target

Floats = NDArray[np.float64]

STEPS = 600
KEPT = 1000
SENT_TOGETHER = 5
INTERVALS = (0.80, 0.90, 0.95)
FARTHEST = 2.5  # true scores lie where the emulator has learned


@dataclass(frozen=True)
class Recovery:
    """Coverage of known parameters by posterior intervals.

    Attributes
    ----------
    true : (S, P) scores from which data were made up
    inside : (S, P, 3) whether the interval of each share of INTERVALS holds the true score
    """

    true: Floats
    inside: NDArray[np.bool_]

    def coverage(self, share: float) -> Floats:
        """(P,) share of the data sets whose interval of this size holds the true value."""
        return np.asarray(self.inside[:, :, INTERVALS.index(share)].mean(0))


def recover(
    emulator: Emulator,
    targets: Sequence[Target],
    starts: Floats,
    scale: float,
    sets: int,
    seed: int,
    executor: Executor,
) -> Recovery:
    """Fit made-up data sets on the emulator, side by side.

    Parameters
    ----------
    targets : those fitted, whose errors the made-up figures get
    starts : (S, P) scores of which chains choose likely ones
    scale : of the runs that the emulator has learned from
    sets : made-up data sets
    """
    luck = np.random.default_rng([seed, 37])
    true = np.clip(luck.standard_normal((sets, starts.shape[1])), -FARTHEST, FARTHEST)
    mean, unknown = emulator(true)
    error = np.array([target.error for target in targets])
    figures = mean + np.sqrt(error**2 + unknown**2 + emulator.noise**2 * scale) * luck.standard_normal(mean.shape)
    fitted = partial(_intervals, emulator, targets, starts, scale)
    # The emulator is sent along with every few data sets, not with each.
    bounds = list(executor.map(fitted, figures, range(seed, seed + sets), chunksize=SENT_TOGETHER))
    inside = np.array(
        [(low <= known) & (known <= high) for known, (low, high) in zip(true[:, None], bounds, strict=True)]
    )
    return Recovery(true, inside.swapaxes(1, 2))


def _intervals(
    emulator: Emulator, targets: Sequence[Target], starts: Floats, scale: float, figures: Floats, seed: int
) -> tuple[Floats, Floats]:
    """(3, P) lower and upper ends of the intervals of each share, from a fit of some made-up figures."""
    from threadpoolctl import threadpool_limits

    made_up = [replace(each, value=float(v)) for each, v in zip(targets, figures, strict=True)]
    with threadpool_limits(1):
        chain = sample(log_posterior(emulator, made_up, scale), starts, STEPS, KEPT, seed)
    tails = [(1 - share) / 2 for share in INTERVALS]
    return np.quantile(chain.scores, tails, axis=0), np.quantile(chain.scores, [1 - each for each in tails], axis=0)
