"""December: identification, exits, returns, re-verification, monitoring; then villages and counties.

Everything here sees certified income, never true income. Counts are weighted; a county is reviewed on its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sim.admission import first_in_rank, share_out
from sim.calendar import year_of
from sim.engine import TOTALS
from sim.places import luck_of, normal_of
from sim.register.areas import LISTED
from sim.register.causes import record_causes
from sim.register.status import EXITED, NEVER, REGISTERED, RETURNED, STRUCK_OFF
from sim.scenario.paths import at_year

if TYPE_CHECKING:
    from sim.world import World


COUNTED = (
    *(
        f"{move}_{unit}"
        for move in ("identified", "exits", "returns", "struck_off")
        for unit in ("persons", "households")
    ),
    "planned_exits_persons",
    "passing_persons",
    "exits_below_line_persons",
    "returns_if_all_found_persons",
    "monitored_persons",
)


def december(world: World) -> None:
    """The register's year: who comes on, who goes off, who comes back, who is watched."""
    if world.scenario.register_.off:
        return
    identification = world.scenario.register_.identification
    if world.month == identification.at:
        identify(world)
    elif world.month > identification.at:
        find_returns(world)
        strike_off(world)
        review(world)
        add_overlooked(world)
        watch(world)
    world.refresh_pool()


def rows_with(world: World, *statuses: int) -> np.ndarray:
    """Households of these statuses, in order."""
    status = world.h.status
    chosen = status == statuses[0]
    for other in statuses[1:]:
        chosen |= status == other
    return np.flatnonzero(chosen)


def persons(world: World, rows: np.ndarray) -> np.ndarray:
    """Weighted persons of households."""
    return world.v.weight[world.h.village[rows]] * world.h.members[rows]


def county_of(world: World, rows: np.ndarray) -> np.ndarray:
    """County of households."""
    return world.v.county[world.h.village[rows]]


def move(world: World, rows: np.ndarray, status: int, measure: str) -> None:
    """Gives households a new status and counts them, persons and households by county."""
    h = world.h
    county, counties = county_of(world, rows), len(world.areas.counties)
    world.count(f"{measure}_persons", np.bincount(county, persons(world, rows), counties))
    world.count(f"{measure}_households", np.bincount(county, world.v.weight[h.village[rows]], counties))
    world.spells.close_register(h, rows, world.offset, status)
    h.status[rows] = status
    h.status_since[rows] = world.offset


def need(world: World, rows: np.ndarray) -> np.ndarray:
    """The proxy of need: low income, an unsafe house, illness, no labour, few members, little schooling, an error."""
    setting, h = world.scenario.register_.identification, world.h
    noise = normal_of(world.scenario.seed, "identification", 0, h.identity[rows])
    return (
        -np.log(np.maximum(h.certified[rows], 1.0))
        + setting.house_weight * (h.safe_house[rows] < 0.5)
        + setting.illness_weight * (h.ill[rows] | h.chronic[rows])
        + setting.labour_weight * (h.workers[rows] == 0)
        - setting.size_weight * h.members[rows]
        + setting.schooling_weight * (world.scenario.population.composition.schooling_years - h.schooling[rows])
        + setting.noise * noise
    )


def choose(
    world: World,
    rows: np.ndarray,
    rank: np.ndarray,
    quota: np.ndarray,
    area: np.ndarray | None = None,
    least: bool = False,
) -> np.ndarray:
    """The first by rank of each area, until its quota of persons is filled, by half the last household or wholly
    where it is the `least`; areas are counties unless given."""
    area = county_of(world, rows) if area is None else area
    units = persons(world, rows)
    ends = np.searchsorted(area, np.arange(len(quota) + 1))
    chosen = [
        lo + first_in_rank(rank[lo:hi], units[lo:hi], places, least)
        for lo, hi, places in zip(ends[:-1], ends[1:], quota, strict=True)
        if hi > lo and places > 0
    ]
    return rows[np.concatenate(chosen)] if chosen else rows[:0]


def identify(world: World) -> None:
    """The quota is shared out by persons below the line as certified, then filled by need."""
    rows = np.arange(len(world.h.members))
    below = rows[world.h.certified < world.now.exit_line]
    counties = len(world.areas.counties)
    wanting = np.bincount(county_of(world, below), persons(world, below), counties)
    quota = world.scenario.register_.identification.persons
    # The quota exceeds those below the line, so counties get it in proportion, not one by one.
    shares = quota * wanting / max(wanting.sum(), 1.0)
    chosen = choose(world, rows, -need(world, rows), shares)
    world.h.cause[chosen] = record_causes(world, chosen)
    move(world, chosen, REGISTERED, "identified")


def find_returns(world: World) -> None:
    """An exited household below the line is found with the year's probability and registered again."""
    h, register = world.h, world.scenario.register_
    fallen = np.flatnonzero((h.status == EXITED) & (h.certified < world.now.exit_line))
    counties = len(world.areas.counties)
    world.count(
        "returns_if_all_found_persons",
        np.bincount(county_of(world, fallen), persons(world, fallen), counties),
    )
    logs = {year: math.log(max(share, 1e-9)) for year, share in register.detection.items()}
    detection = math.exp(at_year(logs, year_of(world.month), linear=True))
    lot = luck_of(world.scenario.seed, "return.found", world.month, h.identity[fallen])
    move(world, fallen[lot < detection], RETURNED, "returns")


def strike_off(world: World) -> None:
    """Re-verification takes the best-off of the registered off the list, without an exit."""
    rows = rows_with(world, REGISTERED, RETURNED)
    share = at_year(world.scenario.register_.reverification.strike_off, year_of(world.month))
    stock = np.bincount(county_of(world, rows), persons(world, rows), len(world.areas.counties))
    above = rows[world.h.certified[rows] > world.now.exit_line]
    move(world, choose(world, above, -world.h.certified[above], share * stock), STRUCK_OFF, "struck_off")


def review(world: World) -> None:
    """Exits. More pass than planned: the best-off go first, of the year's villages before others, and of those who
    pass beyond the plan a part. Fewer pass: part of the shortfall is met by those nearest to the margin. Of the
    villages that are due and would stay on the list the same part presses for exits until it can leave, the nearest
    first: half a village's excess would not help it.
    """
    h, setting = world.h, world.scenario.register_.review
    counties = len(world.areas.counties)
    rows = rows_with(world, REGISTERED, RETURNED)
    # Whoever came back this very year is not reviewed at once.
    rows = rows[h.status_since[rows] != world.offset]
    certified = h.certified[rows]
    line = float(world.now.exit_line)
    passes = h.meets[rows] & (certified >= (1 + setting.margin) * line)
    units, county = persons(world, rows), county_of(world, rows)
    plan = setting.planned(year_of(world.month)) * np.bincount(county, units, counties)
    passing = np.bincount(county, units * passes, counties)
    softening, excess = (at_year(each, year_of(world.month)) for each in (setting.softening, setting.excess))
    quota = np.where(passing >= plan, plan + excess * (passing - plan), passing + softening * (plan - passing))
    due = (world.village_list_year <= year_of(world.month)) & (world.village_exit == LISTED)
    listed = due[h.village[rows]]
    rank = np.where(passes, -1e9, 0.0) - 1e8 * (passes & listed) - 1e7 * h.meets[rows] - certified
    chosen = choose(world, rows, rank, quota)
    staying = np.ones(world.households, bool)
    staying[chosen] = False
    rest = listed & staying[rows]
    left = rows[rest]
    threshold = world.scenario.register_.village_exit.incidence
    people = world.village_totals[:, TOTALS.index("persons")] * world.v.weight
    village = h.village[left]
    excess = np.bincount(village, persons(world, left), len(people)) - threshold * people
    short = np.flatnonzero(due & (excess > 0))
    nearest = short[first_in_rank(excess[short] / people[short], np.ones(len(short)), softening * len(short))]
    wanted = np.zeros(len(people))
    wanted[nearest] = excess[nearest]
    # The last household that is too many for the threshold exits as well: a fraction of one kept most villages listed.
    pressed = choose(world, left, rank[rest], wanted, village, least=True)
    chosen = np.sort(np.concatenate([chosen, pressed]))
    world.count("planned_exits_persons", plan)
    world.count("passing_persons", passing)
    below = chosen[h.certified[chosen] < line]
    world.count("exits_below_line_persons", np.bincount(county_of(world, below), persons(world, below), counties))
    move(world, chosen, EXITED, "exits")


def add_overlooked(world: World) -> None:
    """Dynamic adjustment: households below the line that are not on the register, neediest first."""
    year = year_of(world.month)
    rate = at_year(world.scenario.register_.reverification.added, year, linear=True)
    on = rows_with(world, REGISTERED, RETURNED)
    counties = len(world.areas.counties)
    stock = np.bincount(county_of(world, on), persons(world, on), counties)
    h = world.h
    below = np.flatnonzero(((h.status == NEVER) | (h.status == STRUCK_OFF)) & (h.certified < world.now.exit_line))
    chosen = choose(
        world,
        below,
        -need(world, below),
        share_out(rate * stock.sum(), np.bincount(county_of(world, below), persons(world, below), counties)),
    )
    world.h.cause[chosen] = record_causes(world, chosen)
    move(world, chosen, REGISTERED, "identified")


def watch(world: World) -> None:
    """Monitoring: exited and registered households whose certified income is below a multiple of the line."""
    h, setting = world.h, world.scenario.register_.monitoring
    if world.month < setting.since:
        return
    ever = rows_with(world, REGISTERED, EXITED, RETURNED)
    h.monitored[:] = False
    watched = ever[h.certified[ever] < setting.line_multiple * world.now.exit_line]
    h.monitored[watched] = True
    counties = len(world.areas.counties)
    world.count("monitored_persons", np.bincount(county_of(world, watched), persons(world, watched), counties))
