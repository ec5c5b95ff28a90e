"""The portfolios worth judging: found by the greedy search and the population, and some along the front."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.analysis.budget_search import MEMBERS, first_generation, greedy, population, within
from sim.analysis.frontier import spread_out, unbeaten
from sim.analysis.marginal import SIZES, STATED, Curves
from sim.analysis.portfolio import COST, MEASURES, MOST
from sim.analysis.trials import Trials
from sim.history import Floats

AS_STATED, NOTHING, ALIKE, GREEDY, FOUND = "as stated", "nothing", "all alike", "greedy", "found"
BEST = 4  # of all tried, beside those with a name
JUDGED = 16  # portfolios that are run again under other luck
DIFFERENT = 0.25  # times the stated places of some instrument, below which two portfolios count as one
PENALTY = 10.0  # times the objective without any instrument, for spending twice the budget

Luck = Sequence[tuple[int, int]]


def searched(
    trials: Trials, found: Curves, budget: float, measure: int, luck: Luck, tries: tuple[int, int]
) -> dict[str, Floats]:
    """Name -> (K,) portfolio: none, as stated, all alike, the greedy one, and the best others that were tried.

    Parameters
    ----------
    measure : position of the objective; tries : portfolios that the greedy search and the population may try
    """
    stated = found.values[0, SIZES.index(STATED), :, COST].mean()
    alone = found.values[..., COST].mean(axis=2)

    def affordable(portfolios: Floats) -> Floats:
        return within(portfolios, alone - stated, SIZES, stated, budget)

    def trial(portfolios: Floats) -> tuple[Floats, Floats]:
        values = trials.run(portfolios, luck).mean(axis=1)
        return values[:, COST], values[:, measure]

    k = len(trials.names)
    path = greedy(trial, SIZES, budget, found.first(measure), tries[0])
    alike = affordable(np.full((1, k), MOST))[0]
    known = np.array([path[-1], *affordable(np.ones((1, k))), alike])
    worst = float(np.nanmax(found.values[..., measure]))
    population(
        lambda portfolios: trial(affordable(portfolios)),
        first_generation(known, MOST, trials.seed),
        MOST, budget, PENALTY * worst, tries[1] // MEMBERS, trials.seed,
    )  # fmt: skip
    chosen = {NOTHING: np.zeros(k), AS_STATED: np.ones(k), ALIKE: alike, GREEDY: path[-1]}
    everything = trials.tried(luck)
    cost, value = trial(everything)
    order = np.argsort(np.where(cost <= budget, np.nan_to_num(value, nan=np.inf), np.inf), kind="stable")
    names = [f"{FOUND} {n + 1}" for n in range(BEST)]
    return chosen | dict(zip(names, _others(everything[order], chosen), strict=False))


def from_front(trials: Trials, chosen: dict[str, Floats], luck: Luck) -> dict[str, Floats]:
    """Portfolios that no other one tried beats in cost, gap and return risk, evenly over their costs."""
    everything = trials.tried(luck)
    values = np.nan_to_num(trials.run(everything, luck).mean(axis=1)[:, : len(MEASURES)])
    front = unbeaten(values[:, [COST, MEASURES.index("gap"), MEASURES.index("return_risk")]])
    cheapest_first = np.argsort(values[front, COST], kind="stable")
    others = np.array(_others(everything[front][cheapest_first], chosen))
    shown = spread_out(np.arange(float(len(others))), JUDGED - len(chosen))
    return {f"front {n + 1}": others[each] for n, each in enumerate(shown)}


def _others(portfolios: Floats, chosen: dict[str, Floats]) -> list[Floats]:
    """Those that differ from all that are chosen, and from one another, in some instrument."""
    known, others = list(chosen.values()), []
    for each in portfolios:
        if all(np.abs(each - other).max() >= DIFFERENT for other in known):
            known.append(each)
            others.append(each)
    return others
