"""What villages and counties decide once a month, from last month's totals: prices, jobs, disasters, budgets."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.areas import SEVERITY
from sim.calendar import year_of
from sim.columns import CROPS
from sim.scenario.model import Scenario, Shock
from sim.scenario.paths import at_year


def luck_of(seed: int, decision: str, month: int, numbers: np.ndarray) -> np.ndarray:
    """A uniform number for each area in a month, a pure function of seed, decision, month and area number."""
    name = int.from_bytes(hashlib.blake2b(f"{seed} {decision} {month}".encode(), digest_size=8).digest(), "little")
    x = np.asarray(numbers, np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(name)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((x ^ (x >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal_of(seed: int, decision: str, month: int, numbers: np.ndarray) -> np.ndarray:
    """As `luck_of`, a standard normal number."""
    radius = np.sqrt(-2 * np.log1p(-luck_of(seed, decision, month, numbers)))
    return radius * np.cos(2 * math.pi * luck_of(seed, decision + ".turn", month, numbers))


@dataclass
class LastMonth:
    """Totals of the last month that places look at; (C,) by county, (V,) by village, weighted."""

    farm_income: np.ndarray
    crop_income: np.ndarray  # (crops, C) of instruments, at a price of 1
    workers: np.ndarray
    placed: np.ndarray
    adopters_share: np.ndarray  # (V,)


def _active(shock: Shock, month: int) -> bool:
    return shock.since <= month < shock.since + shock.months


def _where(shock: Shock, counties: list[str]) -> np.ndarray:
    return np.array([shock.county in ("all", name) for name in counties])


def starting_prices(scenario: Scenario, counties: int) -> np.ndarray:
    """(crops, C) log prices before the first month, spread as in any other."""
    numbers = np.arange(counties)
    fresh = [normal_of(scenario.seed, f"price.{crop}.start", 0, numbers) for crop in CROPS]
    return scenario.prices.sd * np.array(fresh)


def prices(scenario: Scenario, counties: list[str], month: int, noise: np.ndarray, last: LastMonth) -> np.ndarray:
    """(crops, C) price indices; moves `noise`, the autoregressive part of the log price, on by a month."""
    setting = scenario.prices
    kept = setting.persistence ** (1 / 12)
    numbers = np.arange(len(counties))
    out = np.empty_like(noise)
    for c, crop in enumerate(CROPS):
        fresh = normal_of(scenario.seed, f"price.{crop}", month, numbers)
        noise[c] = kept * noise[c] + setting.sd * math.sqrt(1 - kept**2) * fresh
        supply = np.divide(
            last.crop_income[c], last.farm_income, out=np.zeros(len(counties)), where=last.farm_income > 0
        )
        out[c] = np.exp(noise[c] - setting.sd**2 / 2 - setting.supply_elasticity * supply)
    for shock in scenario.shocks:
        if shock.kind == "price" and shock.crop is not None and _active(shock, month):
            out[CROPS.index(shock.crop), _where(shock, counties)] *= 1 + shock.change
    return out


def labour_market(
    scenario: Scenario, counties: list[str], month: int, last: LastMonth
) -> tuple[np.ndarray, np.ndarray]:
    """(C,) monthly probability of finding a job, and wages relative to the market path.

    Workers whom instruments placed fill openings, which the next one does not find, and tighten the market.
    """
    setting = scenario.work
    placed = np.divide(last.placed, last.workers, out=np.zeros(len(counties)), where=last.workers > 0)
    hazard = setting.finding / 12 * np.maximum(1 - setting.crowding * placed, 0)
    wages = 1 + setting.wage_response * placed
    hazard = hazard * _changed("jobs", scenario, counties, month)
    return -np.expm1(-hazard), wages * _changed("wages", scenario, counties, month)


def illness_level(scenario: Scenario, counties: list[str], month: int) -> np.ndarray:
    """(C,) incidence of illness relative to normal."""
    return _changed("illness", scenario, counties, month)


def _changed(kind: str, scenario: Scenario, counties: list[str], month: int) -> np.ndarray:
    """(C,) what this month's shocks of a kind leave of what is normal."""
    level = np.ones(len(counties))
    for shock in scenario.shocks:
        if shock.kind == kind and _active(shock, month):
            level = level * np.where(_where(shock, counties), 1 + shock.change, 1)
    return level


def disasters(scenario: Scenario, counties: list[str], month: int, v: Any, number: np.ndarray) -> None:
    """Strikes villages by lot and counts down the months; writes their loss of farm income."""
    setting = scenario.disasters
    by_class = {str(name): hazard for name, hazard in setting.hazard.items()}
    hazard = np.array([by_class.get(name, 0.0) for name in SEVERITY])[v.severity] / 12
    struck = (v.disaster_months == 0) & (luck_of(scenario.seed, "disaster", month, number) < hazard)
    v.disaster_months[:] = np.where(struck, setting.months, np.maximum(v.disaster_months - 1, 0))
    loss = np.where(v.disaster_months > 0, setting.farm_loss, 0.0)
    for shock in scenario.shocks:
        if shock.kind == "disaster" and _active(shock, month):
            hit = _where(shock, counties)[v.county] & (v.poor_village | (shock.villages == "all"))
            loss = np.maximum(loss, np.where(hit, -shock.change, 0.0))
    v.disaster_loss[:] = loss


def take_stock(
    scenario: Scenario,
    counties: list[str],
    number: np.ndarray,
    month: int,
    noise: np.ndarray,
    v: Any,
    last: LastMonth,
) -> None:
    """Writes what households read of their village and county this month."""
    for crop, price in zip(CROPS, prices(scenario, counties, month, noise, last), strict=True):
        getattr(v, f"price_{crop}")[:] = price[v.county]
    finding, wage_level = labour_market(scenario, counties, month, last)
    v.finding[:], v.wage_level[:] = finding[v.county], wage_level[v.county]
    v.illness_level[:] = illness_level(scenario, counties, month)[v.county]
    v.adoption[:] = last.adopters_share
    disasters(scenario, counties, month, v, number)


def budgets(scenario: Scenario, month: int, claim: np.ndarray) -> np.ndarray:
    """(C,) yuan that each county may spend this year; without limit where the scenario names no budget.

    `claim` are the weights by which the region's money is shared.
    """
    if scenario.budget is None or claim.sum() == 0:
        return np.full(len(claim), np.inf)
    return at_year(scenario.budget.yuan, year_of(month)) * claim / claim.sum()
