"""Who waits for the places of an instrument: lists drawn up once a year, and gone down at every opening.

Counties draw up the list of an instrument's candidates before its first opening of the year, as village meetings
do. Drawing it up at every opening took half of a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.admission import (
    Choice,
    Eligibility,
    candidates,
    drop_enrolled,
    in_order,
    pool_of,
    take_first,
    within_reach,
)
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
    wanting : (C,) units of the county's candidates who were not admitted yet, also of those too far down to be listed
    next, end : (C,) the first who has not been admitted, and the end of each county
    """

    rows: np.ndarray
    units: np.ndarray
    wanting: np.ndarray
    next: np.ndarray
    end: np.ndarray

    def take(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Households who fill the places of each county, the last of them by half its units or more; (C,) units
        that they fill."""
        filled = np.zeros(len(places))
        rows = np.empty(int((self.end - self.next).sum()), self.rows.dtype)
        number = take_first(self.rows, self.units, self.next, self.end, np.asarray(places, np.float64), rows, filled)
        self.wanting -= filled
        return rows[:number], filled

    def drop_enrolled(self, programmes: np.ndarray, taken: np.uint64) -> None:
        """Takes those off the list who are enrolled in one of the instruments whose bits are `taken`."""
        drop_enrolled(self.rows, self.units, self.next, self.end, programmes, taken, self.wanting)


class Table(NamedTuple):
    """Households among whom candidates are looked for.

    all : their columns; rows : which rows of the region they are, None for all of it
    some : columns of every `stride`-th of them
    """

    all: Any
    rows: np.ndarray | None
    some: Any
    stride: int


def _table(h: Any, rows: np.ndarray | None) -> Table:
    households = h if rows is None else pool_of(h, rows)
    number = len(households.village)
    stride = max(1, number // LOOKED_OVER)
    return Table(households, rows, pool_of(households, np.arange(0, number, stride)), stride)


def draw_up_lists(world: World, numbers: Sequence[int]) -> dict[int, CandidateList]:
    """Lists of instruments by number. They only read the state, so they are drawn up side by side."""
    registered = [number for number in numbers if world.instruments.eligibility[number].registered == 1]
    among: dict[int, Table] = {}
    if registered:
        among |= dict.fromkeys(registered, _table(world.h, world.registered_pool))
    if others := [number for number in numbers if number not in registered]:
        among |= dict.fromkeys(others, _table(world.h, None))
    return dict(zip(numbers, world.side_by_side(lambda n: _draw_up(world, n, among[n]), numbers), strict=True))


def _draw_up(world: World, number: int, table: Table) -> CandidateList:
    """An instrument's list for the year."""
    eligible, choice = world.instruments.eligibility[number], world.instruments.choice[number]
    most = _places_until_december(world, number)
    _, others, sampled, _, seen = _ranked(world, table.some, eligible, choice, NOBODY, np.inf)
    # Only those whom this year's places can reach need to be ranked, with a reserve; where the look was too short
    # for one of the counties, everybody is.
    part = RESERVE * most / max(seen.sum() * table.stride, 1e-9)
    cut = np.quantile(sampled, part) if len(sampled) >= ENOUGH and part < 1 else np.inf
    rows, _, ranks, units, wanting = _ranked(world, table.all, eligible, choice, others, cut)
    share = np.divide(wanting, wanting.sum(), out=np.zeros_like(wanting), where=wanting.sum() > 0)
    county = world.v.county[table.all.village[rows]]
    if (np.bincount(county, units, len(share)) < np.minimum(1.2 * most * share + 1, wanting) - 1e-6).any():
        rows, _, ranks, units, wanting = _ranked(world, table.all, eligible, choice, others, np.inf)
    rows = rows if table.rows is None else table.rows[rows]
    ends = np.searchsorted(rows, world.county_bounds.astype(rows.dtype))
    reach = (2 * most * share / units.min(initial=1e9) + 100).astype(np.int64)
    near, last = within_reach(ranks, ends, reach)
    by_rank = np.concatenate([near[lo:hi][in_order(ranks[near[lo:hi]])] for lo, hi in pairwise(last)])
    return CandidateList(rows[by_rank], units[by_rank], wanting, last[:-1].copy(), last[1:].copy())


def _ranked(
    world: World, households: Any, eligible: Eligibility, choice: Choice, others: np.ndarray, cut: float
) -> tuple[np.ndarray, ...]:
    """Rows, needs, ranks and units of the candidates up to the cut; units of each county's candidates."""
    size = len(households.village) + 1
    columns = np.empty(size, np.uint32), np.empty(size), np.empty(size), np.empty(size)
    wanting = np.zeros(len(world.areas.counties))
    n = candidates(households, world.v, eligible, choice, others, cut, *columns, wanting)
    return *(column[:n] for column in columns), wanting


def _places_until_december(world: World, number: int) -> float:
    """Vacant places of the year, also those of instruments that may take the same households first."""
    december = world.month - world.month % 12 + 11
    rivals = [n for n in range(len(world.instruments.names)) if (int(world.instruments.choice[number].taken) >> n) & 1]
    vacant = [places_at(world.instruments.settings[n].places, december) - world.taken_units(n) for n in rivals]
    return max(sum(max(each, 0.0) for each in vacant), 0.5)
