"""Which factors move a result: Sobol indices and elementary effects, with a verdict on how far to trust them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.sweep.design import problem_of

RESAMPLES = 200
CONFIDENCE = 0.95
# Widest 95 % interval of a converged index, as a share of the output's variance (Sobol) or of the greatest effect
# (Morris): Sarrazin, Pianosi and Wagener (2016), Environmental Modelling & Software 79, 135-152; recalled, not re-read.
WIDEST = 0.05
CONVERGED, NOT_CONVERGED, NO_VARIATION = "converged", "not converged", "no variation"

Floats = NDArray[np.float64]


class Index(NamedTuple):
    """One index of one factor (or of two, for an interaction) and its 95 % interval."""

    factor: str
    kind: str
    value: float
    low: float
    high: float
    verdict: str


def sobol(names: list[str], results: Floats, second_order: bool, seed: int = 1) -> list[Index]:
    """First-order (S1), total (ST) and pairwise (S2) shares of variance.

    Parameters
    ----------
    results : (points,) in the order of a saltelli design
    """
    from SALib.analyze.sobol import analyze

    if np.ptp(results) == 0:
        return _nothing(names, ("S1", "ST"))
    found = analyze(
        problem_of(names), results, calc_second_order=second_order, num_resamples=RESAMPLES,
        conf_level=CONFIDENCE, seed=seed,
    )  # fmt: skip
    indices = [
        _judged(name, kind, found[kind][i], found[f"{kind}_conf"][i], 1.0)
        for kind in ("S1", "ST")
        for i, name in enumerate(names)
    ]
    if second_order:
        pairs = [(i, j) for i in range(len(names)) for j in range(i + 1, len(names))]
        indices += [
            _judged(f"{names[i]} × {names[j]}", "S2", found["S2"][i, j], found["S2_conf"][i, j], 1.0) for i, j in pairs
        ]
    return indices


def morris(names: list[str], points: Floats, results: Floats, levels: int, seed: int = 1) -> list[Index]:
    """Mean size of elementary effects (mu_star) and their spread (sigma), for a move across a factor's whole range.

    Parameters
    ----------
    points : (points, factors) on the unit cube; results : (points,), in the order of a morris design
    """
    from SALib.analyze.morris import analyze

    if np.ptp(results) == 0:
        return _nothing(names, ("mu_star",))
    found = analyze(
        problem_of(names), points, results, num_resamples=RESAMPLES, conf_level=CONFIDENCE, num_levels=levels, seed=seed
    )
    greatest = float(np.max(found["mu_star"]))
    indices = [
        _judged(name, "mu_star", found["mu_star"][i], found["mu_star_conf"][i], greatest)
        for i, name in enumerate(names)
    ]
    nan = float("nan")
    spread = [Index(name, "sigma", float(found["sigma"][i]), nan, nan, "") for i, name in enumerate(names)]
    return indices + spread


def _judged(name: str, kind: str, value: Any, half_width: Any, scale: float) -> Index:
    """An index with its interval; a missing interval counts as infinitely wide."""
    value, half = float(value), float(half_width)
    verdict = CONVERGED if 2 * half <= WIDEST * scale else NOT_CONVERGED
    return Index(name, kind, value, value - half, value + half, verdict)


def _nothing(names: list[str], kinds: tuple[str, ...]) -> list[Index]:
    """The result is the same at every point: there is nothing to share out."""
    nan = float("nan")
    return [Index(name, kind, nan, nan, nan, NO_VARIATION) for kind in kinds for name in names]


def verdict(indices: list[Index]) -> str:
    """The verdict on all indices together: the worst of them."""
    said = {index.verdict for index in indices}
    return next((each for each in (NO_VARIATION, NOT_CONVERGED) if each in said), CONVERGED)
