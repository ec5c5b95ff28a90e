"""Opens places: counties share them out, admit households from their lists, and the enrolments begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.admission import BY, first_in_rank, lots, share_out
from sim.candidate_lists import draw_up_lists
from sim.enrolments import DTYPES, FOR_EVER, Enrolments, enter, in_household_order, last_months
from sim.kernel.numeric import f4
from sim.scenario.paths import places_at

if TYPE_CHECKING:
    from sim.world import World


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
    world.lists |= draw_up_lists(world, fresh)
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


def _admit_villages(world: World, number: int, may_open: np.ndarray) -> np.ndarray:
    """All households of the villages that get the vacant places: in the region, not county by county, since a
    county's part would often be less than a village."""
    h, v, choice = world.h, world.v, world.instruments.choice[number]
    poor_village = world.instruments.eligibility[number].poor_village
    waiting = ((h.programmes[v.first] & choice.taken) == 0) & may_open[v.county]
    if poor_village >= 0:
        waiting &= v.poor_village == (poor_village == 1)
    rows = np.flatnonzero(waiting)
    lot = lots(h.first_key[v.first[rows]], h.second_key[v.first[rows]], choice.salt)
    need = -v.severity[rows].astype(np.float64) if BY[choice.by] == "poor_villages" else np.zeros(len(rows))
    units = world.village_weight[rows]
    chosen = first_in_rank(need + lot * 0.5, units, _vacant(world, number))
    world.admitted[number] += np.bincount(v.county[rows[chosen]], units[chosen], len(may_open))
    households = [np.arange(v.first[k], v.end[k]) for k in np.sort(rows[chosen])]
    return np.concatenate(households) if households else np.zeros(0, np.int64)


def _admit(world: World, number: int, may_open: np.ndarray) -> np.ndarray:
    """Households that get the vacant places of an instrument, county by county."""
    waiting = world.lists[number]
    if world.instruments.settings[number].exclusive is not None:
        # Another instrument of the same exclusive name may have taken some since the list was drawn up.
        waiting.drop_enrolled(world.h.programmes, world.instruments.choice[number].taken)
    given = share_out(_vacant(world, number), np.maximum(waiting.wanting, 0) * may_open)
    rows, filled = waiting.take(given)
    world.admitted[number] += filled
    return np.sort(rows)


def _enrol(world: World, number: int, rows: np.ndarray) -> Enrolments:
    """One row per household (or whole village) and effect, due when the effect begins."""
    h, v, setting, effects = world.h, world.v, world.instruments.settings[number], world.instruments.effects
    entries, persons = np.zeros((2, len(world.areas.counties)))
    enter(
        h, v, rows, np.uint64(1 << number), f4(setting.cost.own_payment), f4(setting.cost.loan),
        world.members[:, number], entries, persons,
    )  # fmt: skip
    world.entered[number] += entries
    world.entered_persons[number] += persons
    world.costs_of_entry[number] = entries * setting.cost.yuan_per_household
    mine = world.instruments.effect_rows(number)
    if effects.whole_village[mine].any():
        rows = rows[rows == v.first[h.village[rows]]]
    start = world.month - world.first_month
    last = FOR_EVER if setting.ends is None else setting.ends - world.month
    first = last if setting.tapers_from is None else setting.tapers_from - world.month
    leaves = last_months(
        h.first_key[rows], h.second_key[rows], world.instruments.choice[number].salt,
        f4(world.instruments.drop_out[number]), setting.lasts_months or FOR_EVER, first, last, start,
    )  # fmt: skip
    columns = {
        "household": np.repeat(rows, len(mine)),
        "effect": np.tile(mine, len(rows)),
        "start": np.full(len(rows) * len(mine), start),
        "leaves": np.repeat(leaves, len(mine)),
        "due": np.minimum(start + effects.wait[mine][None, :], leaves[:, None]).ravel(),
        "paid": np.zeros(len(rows) * len(mine)),
    }
    return Enrolments(**{name: columns[name].astype(dtype) for name, dtype in DTYPES.items()})
