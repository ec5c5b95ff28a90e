"""The market path: what households would earn without instruments, so that what they earn with them is reported.

Reported mean incomes contain what instruments add and what shocks take. The path is solved once, for the factual
scenario, and written into it; every counterfactual keeps it, so that alignment can not leak into an effect.
"""

from __future__ import annotations

from sim.history import History
from sim.scenario import Scenario
from sim.world import World

ROUNDS = 3
VILLAGES = 700  # among 94 villages their luck alone moved the mean of Ankang by 1.5 %


def corrected(scenario: Scenario, history: History) -> Scenario:
    """The scenario with market factors that close the gap between simulated and reported means of one run.

    Factors are rounded to four digits.
    """
    income = scenario.income
    factor = dict(income.market_factor)
    for year, fifths in zip(history.years.tolist(), history.fifths, strict=True):
        if year in income.mean:
            simulated = fifths.sum(1).mean()
            factor[year] = round(float(factor.get(year, 1.0) * income.mean[year] / simulated), 4)
    path = income.model_copy(update={"market_factor": dict(sorted(factor.items()))})
    return scenario.model_copy(update={"income": path})


def solve_market_factor(scenario: Scenario, villages: int = VILLAGES, threads: int | None = None) -> dict[int, float]:
    """Market income over reported income, by year, that makes the simulated mean equal the reported one.

    Parameters
    ----------
    scenario : the factual scenario; its own market factors are where the search starts
    villages : about how many are simulated

    Returns
    -------
    dict
        Year to factor, rounded to four digits, for the years of the scenario's period.
    """
    scale = min(villages / scenario.population.villages, scenario.population.scale)
    scenario = scenario.model_copy(update={"population": scenario.population.model_copy(update={"scale": scale})})
    for _ in range(ROUNDS):
        scenario = corrected(scenario, World(scenario, threads).run())
    return scenario.income.market_factor
