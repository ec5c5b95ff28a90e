"""A space-filling design over the priors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calibration.priors import Priors
from calibration.runs import Job

Floats = NDArray[np.float64]


class DesignError(ValueError):
    """A design that can not inform a fit."""


def sobol_scores(parameters: int, runs: int, seed: int) -> Floats:
    """(runs, parameters) standard-normal scores of a scrambled Sobol sequence, equally likely under the priors.

    Parameters
    ----------
    runs : rounded up to a power of two, for which the sequence is balanced

    Raises
    ------
    DesignError
        Where there are fewer runs than parameters.
    """
    from scipy.special import ndtri
    from scipy.stats import qmc

    if runs <= parameters:
        raise DesignError(f"{runs} runs can not tell {parameters} parameters apart; give {10 * parameters} or more")
    powers = int(np.ceil(np.log2(runs)))
    shares = qmc.Sobol(parameters, rng=np.random.default_rng([seed, 11])).random_base2(powers)
    return np.asarray(ndtri(np.clip(shares, 1e-6, 1 - 1e-6)))


def jobs_at(priors: Priors, scores: Floats, first_seed: int) -> list[Job]:
    """A job for each row of scores, each with luck of its own.

    With one luck for all an emulator would learn the luck of one sample of villages as if it were the region's.
    """
    return [Job(priors.values(row), first_seed + number) for number, row in enumerate(scores)]
