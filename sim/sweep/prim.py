"""Boxes of worlds in which something fails: the patient rule induction method of Friedman and Fisher (1999).

Statistics and Computing 9, 123-143. A box starts around all points; a thin slice is peeled off again and again
where that raises the share of failures inside most, then pasted back where that raises it too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PEEL = 0.05  # share of a box's points that one peel takes
SMALLEST = 0.05  # share of all points that a box holds at least
MOST_BOXES = 4
LEVEL = 0.05  # a side is kept where chance restricts it so well with at most this probability

Floats = NDArray[np.float64]
Failed = NDArray[np.bool_]


@dataclass(frozen=True)
class Box:
    """Ranges of factors, both ends included, and what lies inside.

    Attributes
    ----------
    low, high : (factors,) ends; infinite where a factor is not restricted
    points : inside, of those that no earlier box holds
    failures : of these; density is their ratio
    coverage : share of all failures that lie inside
    p_values : (factors,) probability of as many failures if the factor were not restricted
    """

    low: Floats
    high: Floats
    points: int
    failures: int
    coverage: float
    p_values: Floats

    @property
    def density(self) -> float:
        """Share of failures inside."""
        return self.failures / self.points if self.points else 0.0


def boxes(x: Floats, failed: Failed) -> list[Box]:
    """Boxes with ever fewer of the failures; none where no box is denser than all points together.

    Parameters
    ----------
    x : (points, factors); failed : (points,)
    """
    found: list[Box] = []
    left = np.ones(len(x), bool)
    base = failed.mean() if len(failed) else 0.0
    while len(found) < MOST_BOXES and failed[left].any() and not failed[left].all():
        low, high = _pasted(x[left], failed[left], *_peeled(x[left], failed[left], max(2, int(SMALLEST * len(x)))))
        low, high, p_values = _needed(x[left], failed[left], low, high)
        inside = _inside(x, low, high) & left
        box = Box(
            low, high, int(inside.sum()), int(failed[inside].sum()), failed[inside].sum() / failed.sum(), p_values
        )
        if box.density <= base or not np.isfinite([*low, *high]).any():
            break
        found.append(box)
        left &= ~inside
    return found


def _inside(x: Floats, low: Floats, high: Floats) -> Failed:
    return np.asarray(((x >= low) & (x <= high)).all(axis=1))


def _peeled(x: Floats, failed: Failed, least: int) -> tuple[Floats, Floats]:
    """Ends of the densest box on the way down to `least` points."""
    low, high = np.full(x.shape[1], -np.inf), np.full(x.shape[1], np.inf)
    best, best_density = (low, high), failed.mean()
    inside = np.ones(len(x), bool)
    while True:
        candidates = [
            (failed[kept].mean(), kept.sum(), new_low, new_high)
            for new_low, new_high in _slices(x[inside], low, high)
            if least <= (kept := _inside(x, new_low, new_high)).sum() < inside.sum()
        ]
        if not candidates:
            return best
        density, _, low, high = max(candidates, key=lambda each: each[:2])
        inside = _inside(x, low, high)
        if density > best_density:
            best, best_density = (low, high), density
        if best_density == 1.0:
            return best


def _slices(x: Floats, low: Floats, high: Floats) -> list[tuple[Floats, Floats]]:
    """The box with a slice less, from below and from above in each factor; all points of one value go together."""
    cut = []
    for factor in range(x.shape[1]):
        values = np.sort(x[:, factor])
        take = max(1, int(PEEL * len(values)))
        above = values[values > values[take - 1]]
        below = values[values < values[-take]]
        if len(above):
            cut.append((_with(low, factor, above[0]), high))
        if len(below):
            cut.append((low, _with(high, factor, below[-1])))
    return cut


def _with(ends: Floats, factor: int, value: float) -> Floats:
    changed = ends.copy()
    changed[factor] = value
    return changed


def _pasted(x: Floats, failed: Failed, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Ends moved outwards while that makes the box no less dense and larger."""
    while True:
        inside = _inside(x, low, high)
        best = (failed[inside].mean(), inside.sum())
        chosen = None
        for factor in range(x.shape[1]):
            free = x[_inside(x, _with(low, factor, -np.inf), _with(high, factor, np.inf)), factor]
            below, above = free[free < low[factor]], free[free > high[factor]]
            options = [(_with(low, factor, below.max()), high)] if len(below) else []
            options += [(low, _with(high, factor, above.min()))] if len(above) else []
            for new_low, new_high in options:
                kept = _inside(x, new_low, new_high)
                if (failed[kept].mean(), kept.sum()) > best:
                    best, chosen = (failed[kept].mean(), kept.sum()), (new_low, new_high)
        if chosen is None:
            return low, high
        low, high = chosen


def _needed(x: Floats, failed: Failed, low: Floats, high: Floats) -> tuple[Floats, Floats, Floats]:
    """Lets go of restrictions that chance explains: without them the box would be as dense, up to luck."""
    from scipy.stats import binomtest

    while True:
        p_values = np.ones(x.shape[1])
        inside = _inside(x, low, high)
        for factor in np.flatnonzero(np.isfinite(low) | np.isfinite(high)).tolist():
            wider = _inside(x, _with(low, factor, -np.inf), _with(high, factor, np.inf))
            test = binomtest(int(failed[inside].sum()), int(inside.sum()), failed[wider].mean(), alternative="greater")
            p_values[factor] = test.pvalue
        restricted = np.isfinite(low) | np.isfinite(high)
        worst = int(np.argmax(np.where(restricted, p_values, -1)))
        if not restricted.any() or p_values[worst] <= LEVEL:
            return low, high, p_values
        low, high = _with(low, worst, -np.inf), _with(high, worst, np.inf)
