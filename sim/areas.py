"""Counties and villages of a scenario, their sizes, and which of them a sample keeps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.admission import share_out
from sim.scenario.model import Population, Scenario

SEVERITY = ("none", "mild", "moderate", "severe")


@dataclass(frozen=True)
class Areas:
    """Villages sorted by county; `V` rows each, of the whole region or of a sample.

    Attributes
    ----------
    counties : names; poor_county : (C,) designated poor counties
    number : (V,) number of the village in the whole region; names : its name
    county, households, severity : (V,) row of the county, households, class of SEVERITY (0: not designated)
    effect : (V,) log income of the village relative to the region
    weight : (V,) households that one simulated household stands for
    road_lot : (V,) between 0 and 1: a poor village has its road once their share exceeds this
    """

    counties: list[str]
    poor_county: np.ndarray
    number: np.ndarray
    names: list[str]
    county: np.ndarray
    households: np.ndarray
    severity: np.ndarray
    effect: np.ndarray
    weight: np.ndarray
    road_lot: np.ndarray

    @property
    def poor(self) -> np.ndarray:
        """(V,) whether the village is a designated poor village."""
        return self.severity > 0


def _spread(total: float, weights: np.ndarray, least: int) -> np.ndarray:
    """Whole numbers in proportion to the weights, at least `least` each where the total allows."""
    if len(weights) == 0:
        return np.zeros(0, np.int64)
    base = np.full(len(weights), min(least, int(total) // len(weights)))
    left = round(total) - base.sum()
    exact = left * weights / weights.sum()
    parts = np.floor(exact)
    short = round(left - parts.sum())
    parts[np.argsort(parts - exact, kind="stable")[:short]] += 1
    return (base + parts).astype(np.int64)


def poor_share(population: Population) -> float:
    """Share of persons who live in poor villages."""
    return population.poor_villages.persons / population.persons


def draw_areas(scenario: Scenario) -> Areas:
    """All villages of the region: numbers and sizes meet the reported totals exactly."""
    population, poor = scenario.population, scenario.population.poor_villages
    luck = np.random.default_rng([scenario.seed, 1])
    counties = list(population.counties)
    persons = np.array([population.counties[name].persons for name in counties])
    poor_county = np.array([population.counties[name].poor for name in counties])
    villages = _spread(population.villages, persons, 1)
    odds = villages * np.where(poor_county, poor.concentration, 1.0)
    designated = np.minimum(_spread(poor.count, odds, 0), villages)
    while (missing := poor.count - int(designated.sum())) > 0:
        room = villages - designated
        designated += np.minimum(_spread(missing, np.where(room > 0, odds, 0), 0), room)
    county = np.repeat(np.arange(len(counties)), villages)
    is_poor = np.concatenate([np.arange(n) < d for n, d in zip(villages, designated, strict=True)])
    size = np.exp(0.4 * luck.standard_normal(len(county)))
    households = np.zeros(len(county), np.int64)
    households[is_poor] = _spread(poor.households, size[is_poor], 1)
    # Households outside poor villages are fewer where a county's weight is small, so sizes follow the county.
    per_village = (persons / villages)[county]
    rest = ~is_poor
    households[rest] = _spread(population.households - poor.households, (size * per_village)[rest], 1)
    share = poor_share(population)
    gap = scenario.income.poor_village_gap
    effect = scenario.income.village_sd * luck.standard_normal(len(county))
    effect = effect + np.where(is_poor, -gap * (1 - share), gap * share)
    severity = np.zeros(len(county), np.int64)
    classes = _spread(poor.count, np.array([poor.severity[name] for name in SEVERITY[1:]], float), 0)  # type: ignore[index]
    poorest_last = np.flatnonzero(is_poor)[np.argsort(-effect[is_poor], kind="stable")]
    severity[poorest_last] = np.repeat([1, 2, 3], classes)
    number = np.arange(len(county))
    within = number - np.repeat(np.cumsum(villages) - villages, villages)
    names = [f"{counties[c]}/{w + 1}" for c, w in zip(county, within, strict=True)]
    return Areas(
        counties, poor_county, number, names, county, households, severity, effect, np.ones(len(county)),
        luck.random(len(county)),
    )  # fmt: skip


def sample(areas: Areas, scale: float, seed: int) -> Areas:
    """Whole villages, stratified by county and designation, spread over severity and size; weights restore totals.

    A sample of households would leave 27 in a village, too few to see a threshold of 2 %.
    """
    if scale >= 1:
        return areas
    luck = np.random.default_rng([seed, 2])
    stratum = 2 * areas.county + areas.poor
    strata, stratum = np.unique(stratum, return_inverse=True)
    size = np.bincount(stratum)
    wanted = share_out(max(round(scale * len(areas.county)), 1), size).astype(int)
    kept: list[int] = []
    for s in range(len(strata)):
        rows = np.flatnonzero(stratum == s)
        rows = rows[np.lexsort((areas.households[rows], areas.severity[rows]))]
        step = len(rows) / max(wanted[s], 1)
        kept.extend(rows[np.floor((luck.random() + np.arange(wanted[s])) * step).astype(int)])
    rows = np.sort(np.array(kept, int))
    stand_for = areas.households * areas.weight
    everybody = np.bincount(stratum, stand_for, len(strata))
    present = np.bincount(stratum[rows], stand_for[rows], len(strata))
    # A stratum without a sampled village is stood for by the others of its designation, or by all.
    for poor in (0, 1):
        mine = strata % 2 == poor
        if present[mine].any() and (present[mine] == 0).any():
            everybody[mine & (present > 0)] *= everybody[mine].sum() / everybody[mine & (present > 0)].sum()
    ratio = np.divide(everybody, present, out=np.zeros_like(everybody, float), where=present > 0)
    weight = ratio[stratum[rows]] * areas.weight[rows]
    weight *= stand_for.sum() / (weight * areas.households[rows]).sum()
    return Areas(
        areas.counties, areas.poor_county, areas.number[rows], [areas.names[r] for r in rows], areas.county[rows],
        areas.households[rows], areas.severity[rows], areas.effect[rows], weight, areas.road_lot[rows],
    )  # fmt: skip
