"""Two kinds of error kept apart: what luck would change, and what parameters not known would change."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LOW, HIGH = 0.05, 0.95


class Estimate(NamedTuple):
    """A mean over draws and replicates, by row.

    Attributes
    ----------
    mean : over all runs
    mc_error : standard error through luck; NaN with one replicate, which can not tell
    low, high : 5 and 95 % quantiles over draws of the parameters; NaN with one draw, which can not tell
    """

    mean: Floats
    mc_error: Floats
    low: Floats
    high: Floats


def estimate(values: Floats) -> Estimate:
    """Mean, Monte-Carlo error and parameter interval of values (draws, replicates, rows).

    Every draw has the same replicates, whose luck is the same. So luck that all draws share cancels between them, and
    what is left of it in a draw's mean, the interaction of draw and luck, is taken out of their spread as in a
    two-way analysis of variance with random effects: draws are pulled together around their mean accordingly.
    """
    draws, replicates, rows = values.shape
    mean = values.mean(axis=(0, 1))
    unknown = np.full(rows, np.nan)
    mc_error = values.mean(axis=0).std(axis=0, ddof=1) / np.sqrt(replicates) if replicates > 1 else unknown
    if draws == 1:
        return Estimate(mean, mc_error, unknown, unknown)
    of_draw = values.mean(axis=1) - mean
    spread = of_draw.var(axis=0, ddof=1)
    luck = np.zeros(rows)
    if replicates > 1:
        left = values - mean - of_draw[:, None] - (values.mean(axis=0) - mean)
        luck = (left**2).sum(axis=(0, 1)) / ((draws - 1) * (replicates - 1)) / replicates
    kept = np.sqrt(np.divide(np.maximum(spread - luck, 0), spread, out=np.zeros(rows), where=spread > 0))
    low, high = np.quantile(mean + kept * of_draw, (LOW, HIGH), axis=0)
    return Estimate(mean, mc_error, low, high)
