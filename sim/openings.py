"""Opens places: counties share them out, admit households from their lists, and the enrolments begin.

Counties draw up the list of an instrument's candidates once a year, before its first opening, as village
meetings do; openings later in the year go down the list. Drawing it up at every opening took half of a run.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.admission import (
    BY,
    LOT,
    Choice,
    Eligibility,
    candidates,
    first_in_rank,
    in_order,
    pool_of,
    share_out,
    within_reach,
)
from sim.enrolments import DTYPES, FOR_EVER, Enrolments, in_household_order, last_months
from sim.kernel.luck import mix, uniform
from sim.kernel.numeric import f4, u4
from sim.scenario.paths import places_at

if TYPE_CHECKING:
    from sim.world import World

LOOKED_OVER = 20_000  # households that tell where candidates beyond reach begin
ENOUGH = 500
RESERVE = 4
NOBODY = np.zeros(0)


@dataclass
class CandidateList:
    """An instrument's candidates of a year, county after county in order of rank.

    Attributes
    ----------
    rows, units : household and the units that it fills, weighted
    filled : units of all up to and including this one
    wanting : (C,) units of the county's candidates who were not admitted yet, also of those too far down to be listed
    next, end : (C,) the first who has not been admitted, and the end of each county
    """

    rows: np.ndarray
    units: np.ndarray
    filled: np.ndarray
    wanting: np.ndarray
    next: np.ndarray
    end: np.ndarray

    def take(self, places: np.ndarray) -> np.ndarray:
        """Positions of those who fill the places of each county; the last of them by half its units or more."""
        taken = []
        for c, wanted in enumerate(places):
            lo, hi = self.next[c], self.end[c]
            if wanted > 0 and hi > lo:
                limit = wanted + (self.filled[lo - 1] if lo else 0.0)
                n = int(np.searchsorted(self.filled[lo:hi] - self.units[lo:hi] / 2, limit, side="right"))
                taken.append(np.arange(lo, lo + n))
                self.wanting[c] -= self.units[lo : lo + n].sum()
                self.next[c] += n
        return np.concatenate(taken) if taken else np.zeros(0, np.int64)

    def without(self, gone: np.ndarray) -> CandidateList:
        """The list from here on without those who are `gone`."""
        counties = len(self.end)
        listed = np.concatenate([np.arange(lo, hi) for lo, hi in zip(self.next, self.end, strict=True)])
        if not gone[listed].any():
            return self
        county = np.repeat(np.arange(counties), self.end - self.next)
        left, units = ~gone[listed], self.units[listed]
        edges = np.concatenate([[0], np.cumsum(np.bincount(county[left], minlength=counties))])
        wanting = self.wanting - np.bincount(county[~left], units[~left], counties)
        kept = listed[left]
        return CandidateList(
            self.rows[kept], units[left], np.cumsum(units[left]), wanting, edges[:-1].copy(), edges[1:]
        )


def open_places(world: World) -> None:
    """Admits to every instrument whose places are not all taken; new enrolments start this month.

    A county that has spent its budget opens no places. What no county could fill is offered again at the next
    opening.
    """
    started: list[Enrolments] = []
    world.costs_of_entry[:] = 0
    if world.month % 12 == 0:
        world.lists.clear()
    opening = [number for number in range(len(world.instruments.names)) if _vacant(world, number) >= 0.5]
    if not opening:
        return
    may_open = world.may_open()
    of_villages = [number for number in opening if world.instruments.settings[number].unit == "villages"]
    fresh = [number for number in opening if number not in world.lists and number not in of_villages]
    if any(world.instruments.settings[number].target.by == "poorest" for number in fresh):
        world.look_around()
    if fresh:
        world.pool_table = pool_of(world.h, world.registered_pool)
    # Lists only read the state, so they can be drawn up side by side.
    drawn_up = world.side_by_side(lambda number: _list(world, number), fresh)
    world.lists.update(zip(fresh, drawn_up, strict=True))
    for number in opening:
        rows = (_admit_villages if number in of_villages else _admit)(world, number, may_open)
        if len(rows):
            started.append(_enrol(world, number, rows))
    if started:
        new = Enrolments(*(np.concatenate(columns) for columns in zip(*started, strict=True)))
        world.enrolments.append(in_household_order(new))


def _vacant(world: World, number: int) -> float:
    """Places of an instrument to fill this month; those that were left are offered again in January."""
    setting, month = world.instruments.settings[number], world.month
    closes = setting.tapers_from or setting.ends
    if closes is not None and month >= closes:
        return 0.0
    offered = places_at(setting.places, month)
    more = offered > places_at(setting.places, month - 1)
    again = month % 12 == 0 if setting.refill else month % 3 == 0
    if offered <= 0 or not (more or again):
        return 0.0
    return offered - world.taken_units(number)


def _list(world: World, number: int) -> CandidateList:
    """Draws up an instrument's list for the year."""
    h, v, instruments = world.h, world.v, world.instruments
    eligible, choice = instruments.eligibility[number], instruments.choice[number]
    registered = eligible.registered == 1
    table, pool = (world.pool_table, world.registered_pool) if registered else (h, None)
    most = _places_until_december(world, number)
    stride = max(1, len(table.village) // LOOKED_OVER)
    _, others, sampled, _, seen = _ranked(world, table, eligible, choice, NOBODY, np.inf, stride)
    # Only those whom this year's places can reach need to be ranked, with a reserve; where the look was too short
    # for one of the counties, everybody is.
    part = RESERVE * most / max(seen.sum() * stride, 1e-9)
    cut = np.quantile(sampled, part) if len(sampled) >= ENOUGH and part < 1 else np.inf
    rows, _, ranks, units, wanting = _ranked(world, table, eligible, choice, others, cut)
    share = np.divide(wanting, wanting.sum(), out=np.zeros_like(wanting), where=wanting.sum() > 0)
    county = v.county[table.village[rows]]
    if (np.bincount(county, units, len(share)) < np.minimum(1.2 * most * share + 1, wanting) - 1e-6).any():
        rows, _, ranks, units, wanting = _ranked(world, table, eligible, choice, others, np.inf)
    rows = rows if pool is None else pool[rows]
    ends = np.searchsorted(rows, world.county_bounds.astype(rows.dtype))
    reach = (2 * most * share / units.min(initial=1e9) + 100).astype(np.int64)
    near, last = within_reach(ranks, ends, reach)
    by_rank = np.concatenate([near[lo:hi][in_order(ranks[near[lo:hi]])] for lo, hi in pairwise(last)])
    return CandidateList(rows[by_rank], units[by_rank], np.cumsum(units[by_rank]), wanting, last[:-1].copy(), last[1:])


def _places_until_december(world: World, number: int) -> float:
    """Vacant places of the year, also those of instruments that may take the same households first."""
    december = world.month - world.month % 12 + 11
    rivals = [n for n in range(len(world.instruments.names)) if (int(world.instruments.choice[number].taken) >> n) & 1]
    vacant = [places_at(world.instruments.settings[n].places, december) - world.taken_units(n) for n in rivals]
    return max(sum(max(each, 0.0) for each in vacant), 0.5)


def _admit_villages(world: World, number: int, may_open: np.ndarray) -> np.ndarray:
    """All households of the villages that get the vacant places: in the region, not county by county, since a
    county's part would often be less than a village."""
    h, v, choice = world.h, world.v, world.instruments.choice[number]
    poor_village = world.instruments.eligibility[number].poor_village
    waiting = ((h.programmes[v.first] & choice.taken) == 0) & may_open[v.county]
    if poor_village >= 0:
        waiting &= v.poor_village == (poor_village == 1)
    rows = np.flatnonzero(waiting)
    salt = mix(u4(choice.salt ^ LOT))
    lot = np.array([uniform(h.first_key[i], h.second_key[i], salt) for i in v.first[rows]])
    need = -v.severity[rows].astype(np.float64) if BY[choice.by] == "poor_villages" else np.zeros(len(rows))
    units = world.village_weight[rows]
    chosen = first_in_rank(need + lot * 0.5, units, _vacant(world, number))
    world.admitted[number] += np.bincount(v.county[rows[chosen]], units[chosen], len(may_open))
    households = [np.arange(v.first[k], v.end[k]) for k in np.sort(rows[chosen])]
    return np.concatenate(households) if households else np.zeros(0, np.int64)


def _ranked(
    world: World, table: Any, eligible: Eligibility, choice: Choice, others: np.ndarray, cut: float, stride: int = 1
) -> tuple[np.ndarray, ...]:
    """Rows in the table, needs, ranks and units of the candidates up to the cut; units of each county's candidates."""
    size = len(table.village) // stride + 1
    columns = np.empty(size, np.uint32), np.empty(size), np.empty(size), np.empty(size)
    wanting = np.zeros(len(world.areas.counties))
    n = candidates(table, world.v, eligible, choice, others, cut, stride, *columns, wanting)
    return *(column[:n] for column in columns), wanting


def _admit(world: World, number: int, may_open: np.ndarray) -> np.ndarray:
    """Households that get the vacant places of an instrument, county by county."""
    waiting, choice = world.lists[number], world.instruments.choice[number]
    if world.instruments.settings[number].exclusive is not None:
        # Another instrument of the same exclusive name may have taken some since the list was drawn up.
        gone = (world.h.programmes[waiting.rows] & choice.taken) != 0
        waiting = world.lists[number] = waiting.without(gone)
    given = share_out(_vacant(world, number), np.maximum(waiting.wanting, 0) * may_open)
    chosen = waiting.take(given)
    rows = waiting.rows[chosen]
    county = world.v.county[world.h.village[rows]]
    world.admitted[number] += np.bincount(county, waiting.units[chosen], len(may_open))
    return rows


def _enrol(world: World, number: int, rows: np.ndarray) -> Enrolments:
    """One row per household and effect, due when the effect begins."""
    h, v, setting = world.h, world.v, world.instruments.settings[number]
    h.programmes[rows] |= np.uint64(1 << number)
    h.assets[rows] -= f4(setting.cost.own_payment)  # what assets can not pay is borrowed this month
    h.debt[rows] += f4(setting.cost.loan)
    village = h.village[rows]
    county, weight, counties = v.county[village], v.weight[village], len(world.areas.counties)
    entries = np.bincount(county, weight, counties)
    world.entered[number] += entries
    world.entered_persons[number] += np.bincount(county, weight * h.members[rows], counties)
    world.costs_of_entry[number] = entries * setting.cost.yuan_per_household
    start = world.month - world.first_month
    last = FOR_EVER if setting.ends is None else setting.ends - world.month
    first = last if setting.tapers_from is None else setting.tapers_from - world.month
    leaves = last_months(
        h.first_key[rows], h.second_key[rows], world.instruments.choice[number].salt,
        f4(world.instruments.drop_out[number]), setting.lasts_months or FOR_EVER, first, last, start,
    )  # fmt: skip
    world.members[:, number] += np.bincount(village, minlength=len(v.first))
    effects = world.instruments.effect_rows(number)
    columns = {
        "household": np.repeat(rows, len(effects)),
        "effect": np.tile(effects, len(rows)),
        "start": np.full(len(rows) * len(effects), start),
        "leaves": np.repeat(leaves, len(effects)),
        "due": np.minimum(start + world.instruments.effects.wait[effects][None, :], leaves[:, None]).ravel(),
        "paid": np.zeros(len(rows) * len(effects)),
    }
    return Enrolments(**{name: columns[name].astype(dtype) for name, dtype in DTYPES.items()})
