"""Multidimensional poverty by counting deprivations.

Source: Alkire and Foster (2011), Journal of Public Economics 95. Standard errors by linearisation: means and ratios of
totals, as in Alkire and others (2015), Multidimensional Poverty Measurement and Analysis, chapter 8.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.analysis.design import Estimate, mean, ratio
from sim.analysis.frames import Floats

# Scores are sums of shares such as 1/3, which meet a cut-off only up to rounding.
ROUNDING = 1e-9


def censored(deprived: NDArray[np.bool_], shares: Floats, cutoff: float) -> tuple[Floats, NDArray[np.bool_]]:
    """(n,) share of dimensions that each poor person is deprived in, weighted, nought for others; (n,) who is poor."""
    score = deprived @ shares
    poor = score >= cutoff - ROUNDING
    return np.where(poor, score, 0.0), poor


def alkire_foster(
    deprived: NDArray[np.bool_], shares: Floats, cutoff: float, weight: Floats
) -> dict[tuple[str, int | None], Estimate]:
    """Measures of Alkire and Foster by name and dimension; None stands for all dimensions.

    Parameters
    ----------
    deprived : (n, d) whether each person is deprived in each dimension
    shares : (d,) weights of the dimensions, adding up to 1
    cutoff : share of the dimensions from which on a person is poor, above 0 and up to 1

    Returns
    -------
    `headcount` H, `intensity` A (mean deprivation of the poor), `adjusted_headcount` M0 = H A; by dimension the
    `censored_headcount` (poor and deprived in it) and the `contribution` to M0, which add up to 1. Intensity and
    contributions are nan where nobody is poor.
    """
    score, poor = censored(deprived, shares, cutoff)
    poor_and_deprived = deprived & poor[:, None]
    found: dict[tuple[str, int | None], Estimate] = {
        ("adjusted_headcount", None): mean(score, weight),
        ("headcount", None): mean(poor.astype(np.float64), weight),
        ("intensity", None): ratio(score, poor.astype(np.float64), weight),
    }
    for dimension, share in enumerate(shares):
        of_dimension = poor_and_deprived[:, dimension].astype(np.float64)
        found["censored_headcount", dimension] = mean(of_dimension, weight)
        found["contribution", dimension] = ratio(share * of_dimension, score, weight)
    return found
