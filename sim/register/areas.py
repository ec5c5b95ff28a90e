"""When villages and counties leave the list of poor areas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.calendar import is_december, year_of
from sim.engine import REGISTER_TOTALS, TOTALS
from sim.scenario.paths import at_year

if TYPE_CHECKING:
    from sim.world import World

LISTED, NEVER_LISTED = -1, -2


def village_list(world: World) -> np.ndarray:
    """(V,) the year in which a poor village is on the plan's exit list; 9999 without one.

    Less severe villages come first; among equals by lot.
    """
    areas = world.areas
    year = np.full(len(areas.county), 9999)
    poor = np.flatnonzero(areas.poor)
    order = poor[np.lexsort((areas.road_lot[poor], areas.severity[poor]))]
    weight = np.cumsum(areas_weight(world)[order])
    start = 0.0
    for listed_year, number in sorted(world.scenario.register_.review.villages.items()):
        here = (weight > start) & (weight <= start + number + 0.5)
        year[order[here]] = listed_year
        start += number
    year[order[weight > start + 0.5]] = max(world.scenario.register_.review.villages, default=9999)
    return year


def areas_weight(world: World) -> np.ndarray:
    """(V,) villages of its designation that one simulated village stands for."""
    population, poor = world.scenario.population, world.areas.poor
    total = np.where(poor, population.poor_villages.count, population.villages - population.poor_villages.count)
    return total / np.where(poor, max(poor.sum(), 1), max((~poor).sum(), 1))


def leave_lists(world: World) -> None:
    """December: villages below the threshold with a road, then counties whose villages are all out.

    Inspection takes months: a county's exit is dated when it is announced.
    """
    register, v, month = world.scenario.register_, world.v, world.month
    if register.off or month < register.identification.at or not is_december(month):
        return
    registered = world.register_totals[:, REGISTER_TOTALS.index("registered_persons")]
    people = world.village_totals[:, TOTALS.index("persons")]
    if month >= register.village_exit.since:
        road = world.areas.road_lot < at_year(
            register.village_exit.paved_road or {2000: 1.0}, year_of(month), linear=True
        )
        out = (world.village_exit == LISTED) & (registered < register.village_exit.incidence * people) & road
        out &= world.village_list_year <= year_of(month)
        world.village_exit[out] = month
    if month >= register.county_exit.since:
        counties = len(world.areas.counties)
        share = np.bincount(v.county, registered * v.weight, counties) / np.maximum(
            np.bincount(v.county, people * v.weight, counties), 1
        )
        waiting = np.bincount(v.county, world.village_exit == LISTED, counties)
        out = (world.county_exit == LISTED) & (share < register.county_exit.incidence) & (waiting == 0)
        world.county_exit[out] = month + register.county_exit.inspection_months
