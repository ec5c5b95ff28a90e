"""Who gets the places that open: the first willing eligible households by (priority, lot), county by county."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from sim.columns import Households
from sim.kernel.luck import mix, uniform
from sim.kernel.numeric import CACHING, COMPILED, INLINED, f4, u4
from sim.register.status import EXITED, REGISTERED, RETURNED

BY = ("poorest", "lot", "illness", "poor_villages", "unsafe_house")
UNITS = ("households", "persons", "workers", "students", "elderly", "villages")
UPTAKE, LOT, FINE, ERRORS, WHOSE = (u4(n) for n in (0x51ED270B, 0xA3C59AC3, 0x68E31DA4, 0x1B873593, 0xCC9E2D51))
PASSED_OVER = f4(32)  # beyond any need
CUTS = 4096
AT_ONCE = 1024
ON, BACK, OUT = np.uint8(REGISTERED), np.uint8(RETURNED), np.uint8(EXITED)


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
    registered: int
    exited: int
    monitored: int
    poor_village: int
    safe_house: int
    safe_water: int
    chronic: int
    causes: int


class Choice(NamedTuple):
    """How an instrument chooses: rule of BY, errors, uptake, spill-over, unit of UNITS, its salt and its bits."""

    by: int
    inclusion_error: np.float32
    exclusion_error: np.float32
    uptake: np.float32
    spillover: np.float32
    unit: int
    salt: np.uint32
    taken: np.uint64


POOL = (
    "first_key", "second_key", "village", "members", "workers", "students", "elderly", "chronic", "ill", "status",
    "monitored", "cause", "safe_house", "safe_water", "mobilisation", "standing",
    "programmes",
)  # fmt: skip


def pool_of(h: Any, rows: np.ndarray) -> Any:
    """The columns that `candidates` looks at, of some households only, side by side: what is scattered over the
    region is slow to read, and every instrument of the year reads it."""
    return Households(**{name: getattr(h, name)[rows if name in POOL else slice(0)] for name in h._fields})


@njit(**INLINED)
def meets(h, eligibility, taken, start, number, may):
    """Writes for each of `number` households whether it meets the bounds that are its own and is not in yet.

    Without branches, so that the compiler looks at many households at once.
    """
    all_registered, registered = eligibility.registered < 0, eligibility.registered == 1
    all_exited, exited = eligibility.exited < 0, eligibility.exited == 1
    all_monitored, monitored = eligibility.monitored < 0, eligibility.monitored == 1
    for j in range(np.uint64(number)):
        i = np.uint64(start) + j
        out = h.status[i] == OUT
        on = (h.status[i] == ON) | (h.status[i] == BACK) | out
        ok = (h.programmes[i] & taken) == np.uint64(0)
        ok &= all_registered | (on == registered)
        ok &= all_exited | (out == exited)
        may[j] = ok & (all_monitored | (h.monitored[i] == monitored))
    if eligibility.safe_house >= 0:
        for j in range(np.uint64(number)):
            i = np.uint64(start) + j
            may[j] &= (h.safe_house[i] > f4(0.5)) == (eligibility.safe_house == 1)
    if eligibility.safe_water >= 0:
        for j in range(np.uint64(number)):
            i = np.uint64(start) + j
            may[j] &= (h.safe_water[i] > f4(0.5)) == (eligibility.safe_water == 1)
    if eligibility.chronic >= 0:
        for j in range(np.uint64(number)):
            i = np.uint64(start) + j
            may[j] &= h.chronic[i] == (eligibility.chronic == 1)
    if eligibility.causes != 0:
        for j in range(np.uint64(number)):
            i = np.uint64(start) + j
            may[j] &= ((eligibility.causes >> np.int64(h.cause[i])) & 1) != 0
    for j in range(np.uint64(number)):
        i = np.uint64(start) + j
        ok = (f4(h.workers[i]) >= eligibility.least_workers) & (f4(h.workers[i]) <= eligibility.most_workers)
        ok &= (f4(h.students[i]) >= eligibility.least_students) & (f4(h.students[i]) <= eligibility.most_students)
        may[j] &= ok
    for j in range(np.uint64(number)):
        i = np.uint64(start) + j
        ok = (f4(h.elderly[i]) >= eligibility.least_elderly) & (f4(h.elderly[i]) <= eligibility.most_elderly)
        ok &= (f4(h.members[i]) >= eligibility.least_members) & (f4(h.members[i]) <= eligibility.most_members)
        may[j] &= ok


@njit(cache=CACHING, **COMPILED)
def candidates(h, v, eligibility, choice, others, cut, rows, needs, ranks, units, wanting):
    """Willing eligible households among `h`; returns how many are ranked up to `cut`.

    Writes their rows, needs, ranks and units; `wanting` counts the weighted units of each county's candidates, also
    of those beyond the cut. Rank is need and, among equals, the lot, lowest first. With the probability of the
    inclusion error the need is one of the `others` instead, needs of other candidates, so that this share of places
    goes without regard to need; whom the exclusion error hits comes after all others. Willingness, lot and errors
    are drawn once for an instrument and household, not every month: who was passed over stays so, and a rise of
    uptake only adds households.
    """
    willing, erring = mix(u4(choice.salt ^ UPTAKE)), mix(u4(choice.salt ^ ERRORS))
    coarse, fine, whose = mix(u4(choice.salt ^ LOT)), mix(u4(choice.salt ^ FINE)), mix(u4(choice.salt ^ WHOSE))
    errs = choice.inclusion_error > f4(0) or choice.exclusion_error > f4(0)
    may, queue = np.empty(AT_ONCE, np.bool_), np.empty(AT_ONCE, np.int64)
    n = 0
    for start in range(0, len(h.village), AT_ONCE):
        looked_at = min(len(h.village) - start, AT_ONCE)
        meets(h, eligibility, choice.taken, start, looked_at, may)
        length = 0
        for j in range(looked_at):
            queue[length] = start + j
            length += may[j]
        for j in range(length):
            i = queue[j]
            k = h.village[i]
            if eligibility.poor_village >= 0 and v.poor_village[k] != (eligibility.poor_village == 1):
                continue
            a, b = h.first_key[i], h.second_key[i]
            uptake = choice.uptake * (f4(1) + choice.spillover * v.adoption[k]) * (f4(1) + h.mobilisation[i])
            if uptake < f4(1) and uniform(a, b, willing) >= uptake:
                continue
            filled = f4(1)
            if choice.unit == 1:
                filled = f4(h.members[i])
            elif choice.unit == 3:
                filled = f4(h.students[i])
            elif choice.unit == 4:
                filled = f4(h.elderly[i])
            weighted = np.float64(filled) * v.weight[k]
            wanting[v.county[k]] += weighted
            need = 0.0
            if choice.by == 0:
                need = np.float64(h.standing[i])
            elif choice.by == 2:
                need = np.float64(not h.ill[i]) + np.float64(not h.chronic[i])
            elif choice.by == 3:
                need = 3.0 - np.float64(v.severity[k])
            elif choice.by == 4:
                need = np.float64(min(h.safe_house[i], f4(1)))
            needs[n] = need
            if errs:
                error = uniform(a, b, erring)
                if error < choice.inclusion_error and len(others) > 0:
                    need = others[int(uniform(a, b, whose) * f4(len(others)))]
                elif error > f4(1) - choice.exclusion_error:
                    need += PASSED_OVER
            rank = need + np.float64(uniform(a, b, coarse)) * 1e-3
            if rank > cut:
                continue
            # With the fine lot 48 bits decide: no two of a county's candidates draw the same.
            rows[n], ranks[n], units[n] = i, rank + np.float64(uniform(a, b, fine)) * 2.0**-24 * 1e-3, weighted
            n += 1
    return n


@njit(cache=CACHING, **COMPILED)
def lots(first_key, second_key, salt):
    """A lot in [0, 1) for each pair of keys."""
    out = np.empty(len(first_key), np.float64)
    mixed = mix(u4(salt ^ LOT))
    for i in range(len(first_key)):
        out[i] = uniform(first_key[i], second_key[i], mixed)
    return out


def share_out(places: float, wanting: np.ndarray) -> np.ndarray:
    """Whole places for each county in proportion to what it could fill (highest averages, Sainte-Laguë).

    More places never take one from any county; the largest-remainder rule would now and then.
    """
    wanting = np.asarray(wanting, np.float64)
    total = wanting.sum()
    if total <= places or total == 0:
        return wanting.copy()
    places = int(places)
    # Rounding what each wants over a divisor is the rule's outcome for the sum of the parts: find the least divisor
    # that does not give too many, then hand out the few places that are left, one by one.
    low, high = total / (places + len(wanting)), 2 * total / max(places, 1) + 2 * wanting.max()
    for _ in range(60):
        divisor = (low + high) / 2
        if np.floor(wanting / divisor + 0.5).sum() > places:
            low = divisor
        else:
            high = divisor
    high *= 1 + 1e-12  # rounding would decide some ties and not others: all of them are left to the last step
    given = np.floor(wanting / high + 0.5)
    given -= (2 * given - 1) * high > 2 * wanting  # where adding a half rounded up
    for _ in range(places - int(given.sum())):
        given[np.argmax(wanting / (2 * given + 1))] += 1
    return given


def first_in_rank(rank: np.ndarray, units: np.ndarray, places: float, least: bool = False) -> np.ndarray:
    """Positions of those who come first by rank and fill at most `places` units, the last one included where
    it starts below the limit by half its units or more; at least `places` where `least`."""
    order = in_order(rank)
    before = np.cumsum(units[order]) - units[order]
    if least:
        return order[: np.searchsorted(before, places, side="left")]
    return order[: np.searchsorted(before + units[order] / 2, places, side="right")]


@njit(cache=CACHING, **COMPILED)
def within_reach(rank, ends, reach):
    """Positions of at least the first `reach[c]` by rank of each county c, not in order, and the end of each county.

    A histogram of ranks finds where to cut; candidates below the cut are all kept.
    """
    kept = np.empty(len(rank), np.int64)
    kept_ends = np.zeros(len(ends), np.int64)
    n = 0
    for c in range(len(ends) - 1):
        lo, hi = ends[c], ends[c + 1]
        lowest, highest = np.inf, -np.inf
        for i in range(lo, hi):
            lowest, highest = min(lowest, rank[i]), max(highest, rank[i])
        scale = CUTS / (highest - lowest) if highest > lowest else 0.0
        cut = CUTS
        if reach[c] < hi - lo and scale > 0:
            count = np.zeros(CUTS + 1, np.int64)
            for i in range(lo, hi):
                count[int((rank[i] - lowest) * scale)] += 1
            cut, below = 0, count[0]
            while below < reach[c]:
                cut += 1
                below += count[cut]
        for i in range(lo, hi):
            kept[n] = i
            n += int((rank[i] - lowest) * scale) <= cut
        kept_ends[c + 1] = n
    return kept[:n], kept_ends


def in_order(rank: np.ndarray) -> np.ndarray:
    """Positions in order of rank; equal ranks keep their order on every machine."""
    order = np.argsort(rank)
    ranked = rank[order]
    # The fast sort breaks ties as the processor likes; they are rare, so look before paying for a stable one.
    return np.argsort(rank, kind="stable") if (ranked[1:] == ranked[:-1]).any() else order


@njit(cache=CACHING, **COMPILED)
def take_first(rows, units, first, end, places, taken, filled):
    """Goes down each county's list until its places are filled, the last one included where half its units or more
    find place; writes households to `taken`, moves `first`, adds to (C,) `filled`, and returns how many there are."""
    n = 0
    for c in range(len(end)):
        while places[c] > 0 and first[c] < end[c] and filled[c] + units[first[c]] / 2 <= places[c]:
            taken[n] = rows[first[c]]
            filled[c] += units[first[c]]
            first[c] += 1
            n += 1
    return n


@njit(cache=CACHING, **COMPILED)
def drop_enrolled(rows, units, first, end, programmes, taken, wanting):
    """Takes off each county's list who has one of the bits `taken`; moves `end` and lowers (C,) `wanting`."""
    for c in range(len(end)):
        kept = first[c]
        for j in range(first[c], end[c]):
            if (programmes[rows[j]] & taken) != np.uint64(0):
                wanting[c] -= units[j]
            else:
                rows[kept], units[kept] = rows[j], units[j]
                kept += 1
        end[c] = kept
