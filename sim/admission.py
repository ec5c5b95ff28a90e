"""Who gets the places that open: the first willing eligible households by (priority, lot), county by county."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from sim.kernel.luck import mix, uniform
from sim.kernel.numeric import CACHING, COMPILED, f4, log, turn, u4
from sim.register.status import EXITED, REGISTERED, RETURNED

BY = ("poorest", "lot", "illness", "poor_villages", "unsafe_house")
UNITS = ("households", "persons", "workers", "students")
UPTAKE, LOT, PROXY, ERRORS = u4(0x51ED270B), u4(0xA3C59AC3), u4(0x3C6EF372), u4(0x1B873593)
PASSED_OVER = f4(1e3)
PROXY_NOISE = f4(0.35)


class Eligibility(NamedTuple):
    """Bounds that a household must meet; -1 in a flag means that it does not matter."""

    least_workers: np.float32
    most_workers: np.float32
    least_students: np.float32
    most_students: np.float32
    least_elderly: np.float32
    most_elderly: np.float32
    least_members: np.float32
    most_members: np.float32
    registered: np.int64
    exited: np.int64
    monitored: np.int64
    poor_village: np.int64
    safe_house: np.int64
    chronic: np.int64
    causes: np.int64


class Choice(NamedTuple):
    """How an instrument chooses: rule of BY, errors, uptake, spill-over, unit of UNITS, its salt and its bits."""

    by: np.int64
    inclusion_error: np.float32
    exclusion_error: np.float32
    uptake: np.float32
    spillover: np.float32
    unit: np.int64
    salt: np.uint32
    taken: np.uint64


@njit(cache=CACHING, **COMPILED)
def candidates(h, v, streams_safe_house, rows, eligibility, choice, out, rank, units):
    """Willing eligible households among `rows`; returns how many were written to `out`, `rank` and `units`.

    A household's willingness, lot and errors are drawn once for an instrument, not every month: who was passed
    over stays so, and a rise of uptake only adds households.
    """
    n = 0
    for row in rows:
        i = np.uint64(row)
        k = h.village[i]
        on = (h.status[i] == REGISTERED) | (h.status[i] == RETURNED)
        out_again = h.status[i] == EXITED
        ok = (h.programmes[i] & choice.taken) == np.uint64(0)
        ok &= (eligibility.registered < 0) | ((on | out_again) == (eligibility.registered == 1))
        ok &= (eligibility.exited < 0) | (out_again == (eligibility.exited == 1))
        ok &= (eligibility.monitored < 0) | (h.monitored[i] == (eligibility.monitored == 1))
        ok &= (eligibility.poor_village < 0) | (v.poor_village[k] == (eligibility.poor_village == 1))
        ok &= (eligibility.safe_house < 0) | ((streams_safe_house[i] > f4(0.5)) == (eligibility.safe_house == 1))
        ok &= (eligibility.chronic < 0) | (h.chronic[i] == (eligibility.chronic == 1))
        ok &= (eligibility.causes == 0) | (((eligibility.causes >> np.int64(h.cause[i])) & 1) == 1)
        ok &= (h.workers[i] >= eligibility.least_workers) & (h.workers[i] <= eligibility.most_workers)
        ok &= (h.students[i] >= eligibility.least_students) & (h.students[i] <= eligibility.most_students)
        ok &= (h.elderly[i] >= eligibility.least_elderly) & (h.elderly[i] <= eligibility.most_elderly)
        ok &= (h.members[i] >= eligibility.least_members) & (h.members[i] <= eligibility.most_members)
        if not ok:
            continue
        a, b = h.first_key[i], h.second_key[i]
        uptake = choice.uptake * (f4(1) + choice.spillover * v.adoption[k])
        if uniform(a, b, mix(u4(choice.salt ^ UPTAKE))) >= uptake:
            continue
        lot = uniform(a, b, mix(u4(choice.salt ^ LOT)))
        first = f4(0)
        if choice.by == 0:
            sine, _ = turn(uniform(a, b, PROXY))
            noise = np.sqrt(f4(-2) * log(uniform(a, b, u4(~PROXY)) + f4(2.0**-25))) * sine
            first = log(max(h.income_12_months[i] / f4(h.members[i]), f4(1))) + PROXY_NOISE * noise
        elif choice.by == 2:
            first = f4(not h.ill[i]) + f4(not h.chronic[i])
        elif choice.by == 3:
            first = f4(3) - f4(v.severity[k])
        elif choice.by == 4:
            first = min(streams_safe_house[i], f4(1))
        error = uniform(a, b, mix(u4(choice.salt ^ ERRORS)))
        if error < choice.inclusion_error:
            first = lot * f4(12)
        elif error > f4(1) - choice.exclusion_error:
            first = first + PASSED_OVER
        out[n] = row
        rank[n] = np.float64(first) + np.float64(lot) * 1e-3
        units[n] = f4(1)
        if choice.unit == 1:
            units[n] = f4(h.members[i])
        elif choice.unit == 3:
            units[n] = f4(h.students[i])
        units[n] *= f4(v.weight[k])
        n += 1
    return n


def share_out(places: float, wanting: np.ndarray) -> np.ndarray:
    """Whole places for each county in proportion to what it could fill (highest averages, Sainte-Laguë).

    More places never take one from any county; the largest-remainder rule would now and then.
    """
    wanting = np.asarray(wanting, np.float64)
    total = wanting.sum()
    if total <= places or total == 0:
        return wanting.copy()
    places = int(places)
    given = np.maximum(np.floor(places * wanting / total) - 2, 0)
    for _ in range(places - int(given.sum())):
        given[np.argmax(wanting / (2 * given + 1))] += 1
    return given


def first_in_rank(rank: np.ndarray, units: np.ndarray, places: float) -> np.ndarray:
    """Positions of those who come first by rank and fill at most `places` units, the last one included where
    it starts below the limit by half its units or more."""
    if units.sum() <= places:
        return np.arange(len(rank))
    most = int(min(len(rank), places / units.min() + 1)) if len(rank) else 0
    chosen = np.argpartition(rank, most - 1)[:most] if 0 < most < len(rank) else np.arange(len(rank))
    order = chosen[np.argsort(rank[chosen], kind="stable")]
    filled = np.cumsum(units[order])
    return order[filled - units[order] / 2 <= places]
