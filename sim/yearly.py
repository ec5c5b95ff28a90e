"""Distribution of income in December: gaps below the line and fifths of persons."""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.history import KINDS
from sim.kernel.numeric import CACHING, COMPILED, f4, log
from sim.register.status import EXITED, REGISTERED, RETURNED

CAUSED = len(KINDS["cause"])
BINS = 4096
LOWEST, HIGHEST = 1.0, 1e6  # yuan per head and year, ends of the logarithmic bins


@njit(cache=CACHING, **COMPILED)
def gaps(h, v, line, first_village, end_village, out):
    """Adds persons in poverty, their gap in yuan and squared relative gap, weighted, to `out` of each county."""
    for k in range(first_village, end_village):
        poor = gap = squared = 0.0
        for i in range(v.first[k], v.end[k]):
            n = np.float64(h.members[i])
            head = np.float64(h.income_12_months[i]) / n
            if h.poor[i]:
                poor += n
                gap += (line - head) * n
                squared += ((line - head) / line) ** 2 * n
        c = v.county[k]
        out[0, c] += poor * v.weight[k]
        out[1, c] += gap * v.weight[k]
        out[2, c] += squared * v.weight[k]


@njit(cache=CACHING, **COMPILED)
def by_kind(h, v, line, offset, first_village, end_village, out):
    """Adds the measures of `sim.history.OF_KIND`, weighted, to `out` (kinds, measures) of each household's kinds.

    `offset` is the month as `status_since` counts it: whoever's status changed in it exited or returned this year.
    """
    for k in range(first_village, end_village):
        weight = v.weight[k]
        for i in range(v.first[k], v.end[k]):
            n = h.members[i] * weight
            status, now = h.status[i], h.status_since[i] == offset
            registered = status in (REGISTERED, RETURNED)
            labour = 0 if h.workers[i] == 0 else 1 if h.chronic[i] else 2
            kinds = (
                labour,
                3 + h.cause[i],
                3 + CAUSED + (not v.poor_village[k]),
                5 + CAUSED + min(h.members[i], 5) - 1,
            )
            for kind in kinds:
                out[kind, 0] += weight
                out[kind, 1] += n
                if h.poor[i]:
                    out[kind, 2] += n
                    out[kind, 3] += (line * h.members[i] - np.float64(h.income_12_months[i])) * weight
                if registered:
                    out[kind, 4] += n
                if now:
                    out[kind, 5] += n * (status == EXITED)
                    out[kind, 6] += n * (status == RETURNED)


@njit(cache=CACHING, **COMPILED)
def histogram(h, f, v, first_village, end_village, out):
    """Adds persons and their yearly income by source to logarithmic bins of income per head; `out` is (5, BINS).

    The level is that of the year, the split by source that of December.
    """
    scale = f4((BINS - 1) / np.log(HIGHEST / LOWEST))
    for k in range(first_village, end_village):
        weight = v.weight[k]
        for i in range(v.first[k], v.end[k]):
            head = max(h.income_12_months[i] / f4(h.members[i]), f4(LOWEST))
            b = min(int(log(head / f4(LOWEST)) * scale), BINS - 1)
            month = f.farm[i] + f.wage[i] + f.property[i] + f.transfer[i]
            yearly = np.float64(h.income_12_months[i]) / max(np.float64(month), 1e-9) * weight
            out[0, b] += h.members[i] * weight
            out[1, b] += f.farm[i] * yearly
            out[2, b] += f.wage[i] * yearly
            out[3, b] += f.property[i] * yearly
            out[4, b] += f.transfer[i] * yearly


def fifths(bins: np.ndarray) -> np.ndarray:
    """(5, sources) mean yearly income per head by source in each fifth of persons, from `histogram`'s bins."""
    below = np.concatenate([[0.0], np.cumsum(bins[0])])
    total = below[-1]
    out = np.zeros((5, 4))
    for fifth in range(5):
        lo, hi = fifth * total / 5, (fifth + 1) * total / 5
        inside = np.clip(np.minimum(below[1:], hi) - np.maximum(below[:-1], lo), 0, None)
        part = np.divide(inside, bins[0], out=np.zeros(BINS), where=bins[0] > 0)
        out[fifth] = (bins[1:] * part).sum(1) / max(hi - lo, 1e-12)
    return out


@njit(cache=CACHING, **COMPILED)
def covered(programmes, weight, instruments):
    """(instruments,) weighted households whose bit of the instrument is set."""
    out = np.zeros(instruments)
    for i in range(len(programmes)):
        left = programmes[i]
        number = 0
        while left != np.uint64(0):
            if left & np.uint64(1):
                out[number] += weight[i]
            left >>= np.uint64(1)
            number += 1
    return out
