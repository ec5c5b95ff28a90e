"""Opens places: counties share them out, admit households, and the enrolments begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.admission import candidates, first_in_rank, share_out
from sim.calendar import year_of
from sim.enrolments import DTYPES, Enrolments, last_months, merge
from sim.kernel.numeric import f4, u4
from sim.scenario.paths import at_year, places_at

if TYPE_CHECKING:
    from sim.world import World


def open_places(world: World) -> None:
    """Admits to every instrument whose places are not all taken; new enrolments start this month.

    A county that has spent its budget opens no places. What no county could fill is offered again at the next
    opening.
    """
    started: list[Enrolments] = []
    world.costs_of_entry[:] = 0
    may_open: np.ndarray | None = None
    for number, setting in enumerate(world.instruments.settings):
        if setting.ends is not None and world.month >= setting.ends:
            continue
        offered = places_at(setting.places, world.month)
        before = places_at(setting.places, world.month - 1)
        quarter = world.month % 3 == 0
        if offered <= 0 or not (offered > before or quarter):
            continue
        vacant = offered - world.taken_units(number)
        if vacant < 0.5:
            continue
        if may_open is None:
            may_open = world.may_open()
        rows = _admitted(world, number, vacant, may_open)
        if len(rows):
            started.append(_enrol(world, number, rows))
    if started:
        new = Enrolments(*(np.concatenate(columns) for columns in zip(*started, strict=True)))
        world.enrolments = merge(world.enrolments, new)


def _admitted(world: World, number: int, vacant: float, may_open: np.ndarray) -> np.ndarray:
    """Households that get the vacant places of an instrument, county by county."""
    h, v = world.h, world.v
    pool = world.pool(world.instruments.eligibility[number].registered == 1)
    choice = world.instruments.choice[number]
    choice = choice._replace(uptake=f4(choice.uptake * at_year(world.scenario.mobilisation, year_of(world.month))))
    out, rank, units = np.empty(len(pool), pool.dtype), np.empty(len(pool)), np.empty(len(pool), np.float32)
    n = candidates(h, v, h.safe_house, pool, world.instruments.eligibility[number], choice, out, rank, units)
    out, rank, units = out[:n], rank[:n], units[:n].astype(np.float64)
    county = v.county[h.village[out]]
    wanting = np.bincount(county, units, len(may_open)) * may_open
    given = share_out(vacant, wanting)
    ends = np.searchsorted(county, np.arange(len(may_open) + 1))
    chosen = [
        lo + first_in_rank(rank[lo:hi], units[lo:hi], places)
        for lo, hi, places in zip(ends[:-1], ends[1:], given, strict=True)
        if places > 0 and hi > lo
    ]
    rows = np.concatenate(chosen) if chosen else np.zeros(0, np.int64)
    np.add.at(world.admitted[number], county[rows], units[rows])
    return out[rows]


def _enrol(world: World, number: int, rows: np.ndarray) -> Enrolments:
    """One row per household and effect, due at once."""
    h, setting = world.h, world.instruments.settings[number]
    h.programmes[rows] |= np.uint64(1 << number)
    h.own_payment[rows] += np.float32(setting.cost.own_payment)
    village = h.village[rows]
    entries = np.bincount(world.v.county[village], world.v.weight[village], len(world.areas.counties))
    world.entered[number] += entries
    world.costs_of_entry[number] = entries * setting.cost.yuan_per_household
    np.add.at(world.entered_persons[number], world.v.county[village], world.v.weight[village] * h.members[rows])
    start = world.month - world.first_month
    longest = setting.lasts_months or 30000
    if setting.ends is not None:
        longest = min(longest, setting.ends - world.month)
    leaves = last_months(
        h.first_key[rows], h.second_key[rows], u4(world.instruments.choice[number].salt ^ u4(0x2545F491)),
        f4(world.instruments.drop_out[number]), longest, start,
    )  # fmt: skip
    effects = world.instruments.effect_rows(number)
    columns = {
        "household": np.repeat(rows, len(effects)),
        "effect": np.tile(effects, len(rows)),
        "start": np.full(len(rows) * len(effects), start),
        "leaves": np.repeat(leaves, len(effects)),
        "due": np.full(len(rows) * len(effects), start),
        "paid": np.zeros(len(rows) * len(effects)),
    }
    return Enrolments(**{name: columns[name].astype(dtype) for name, dtype in DTYPES.items()})
