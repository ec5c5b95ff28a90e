"""Does the method find what it should? Made-up data from known parameters, fitted like the reported ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calibration.emulate import Emulator
from calibration.posterior import log_posterior, sample
from calibration.targets import Target

Floats = NDArray[np.float64]

STEPS = 600
KEPT = 1000
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
    emulator: Emulator, targets: Sequence[Target], starts: Floats, scale: float, sets: int, seed: int
) -> Recovery:
    """Fit made-up data sets on the emulator.

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
    inside = np.zeros((*true.shape, len(INTERVALS)), bool)
    for number in range(sets):
        made_up = [replace(each, value=float(v)) for each, v in zip(targets, figures[number], strict=True)]
        chain = sample(log_posterior(emulator, made_up, scale), starts, STEPS, KEPT, seed + number)
        for which, share in enumerate(INTERVALS):
            low, high = np.quantile(chain.scores, ((1 - share) / 2, (1 + share) / 2), axis=0)
            inside[number, :, which] = (low <= true[number]) & (true[number] <= high)
    return Recovery(true, inside)
