"""What a population meets: reported margins beside those of the households simulated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.areas import SEVERITY
from sim.scenario.model import Scenario


def margins(scenario: Scenario, h: Any, v: Any) -> list[dict[str, Any]]:
    """Reported margins beside the population's, with the half-width of a 95 % sampling interval."""
    population, poor = scenario.population, scenario.population.poor_villages
    weight = v.weight[h.village]
    in_poor = v.poor_village[h.village]
    everywhere = np.ones(len(weight), bool)
    persons = weight * h.members
    out: list[dict[str, Any]] = []

    def add(name: str, unit: str, reported: float, simulated: float, deviation: float) -> None:
        out.append(
            {
                "name": name,
                "unit": unit,
                "reported": float(reported),
                "simulated": float(simulated),
                "tolerance": 1.96 * float(deviation),
            }
        )

    def share(name: str, reported: float, of: np.ndarray, among: np.ndarray) -> None:
        base = (weight * among).sum()
        if base > 0:
            simulated = (weight * among * of).sum() / base
            add(
                name,
                "share",
                reported,
                simulated,
                math.sqrt(simulated * (1 - simulated) / max(among.sum(), 1)),
            )

    spread = h.members.std() * math.sqrt(float((weight**2).sum()))
    add("persons", "persons", population.persons, persons.sum(), spread)
    add("households", "households", population.households, weight.sum(), 1)
    villages = np.bincount(v.county, minlength=len(population.counties))
    everybody = bool((v.weight == 1).all())
    if everybody:
        add("villages", "villages", population.villages, villages.sum(), 0.5)
        add("poor villages", "villages", poor.count, v.poor_village.sum(), 0.5)
    spread_poor = h.members[in_poor].std() * math.sqrt(float((weight[in_poor] ** 2).sum())) if in_poor.any() else 1
    add("persons in poor villages", "persons", poor.persons, persons[in_poor].sum(), spread_poor)
    add("households in poor villages", "households", poor.households, weight[in_poor].sum(), 1)
    designated = v.poor_village.sum()
    for severity, reported in poor.severity.items():
        if designated:
            simulated = (v.severity == SEVERITY.index(severity)).sum() / designated
            add(
                f"{severity} among poor villages",
                "share",
                reported,
                simulated,
                0.5 / designated + (0 if everybody else math.sqrt(simulated * (1 - simulated) / designated)),
            )
    share("unsafe houses in poor villages", poor.unsafe_houses, h.safe_house < 0.5, in_poor)
    share("unsafe houses elsewhere", population.composition.unsafe_houses, h.safe_house < 0.5, ~in_poor)
    share("households without safe water", population.composition.unsafe_water, h.safe_water < 0.5, everywhere)
    share(
        "households with chronic illness or disability",
        population.composition.chronic,
        h.chronic,
        everywhere,
    )
    for name in ("workers", "students", "elderly"):
        simulated = (weight * getattr(h, name)).sum() / persons.sum()
        reported = getattr(population.composition, name)
        add(
            f"{name} among persons",
            "share",
            reported,
            simulated,
            math.sqrt(reported * (1 - reported) / h.members.sum()),
        )
    return out
