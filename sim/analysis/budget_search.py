"""Search for the portfolio that lowers an objective most within a budget: greedily, and by a population.

Both ask for true runs only: `Trial` takes portfolios (N, K) and returns the cost (N,) and the objective (N,) of each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Trial = Callable[[Floats], tuple[Floats, Floats]]

SIDE_BY_SIDE = 4  # candidates that the greedy search tries at once
MEMBERS = 16  # of the population; differential evolution takes 5 at least
CHEAPEST = 1e-6  # share of the budget; what costs less, or saves money, counts as costing that much


def greedy(trial: Trial, steps: Sequence[float], budget: float, first: Floats, most: int) -> Floats:
    """(steps taken + 1, K) portfolios from nothing on, each a step further where a yuan buys most.

    Parameters
    ----------
    steps : sizes that an instrument may have, from 0 on
    budget : yuan; a step that exceeds it is not taken
    first : (K,) what a yuan in each instrument is thought to buy at first; only decides what is looked at first
    most : portfolios that may be tried

    Notes
    -----
    What a yuan bought in a former step bounds what it buys now where returns diminish, so that few instruments are
    tried again in each step (M. Minoux, Accelerated greedy algorithms for maximizing submodular set functions, 1978).
    Where two instruments need one another the search may pass both by.
    """
    level = np.zeros(len(first), int)
    bound = first.copy()
    path = [np.zeros(len(first))]
    (cost,), (value,) = trial(np.array(path))
    fresh: dict[int, tuple[float, float]] = {}
    while True:
        best = max(fresh, key=lambda i: bound[i], default=None)
        waiting = [i for i in np.argsort(-bound, kind="stable") if i not in fresh and bound[i] > 0]
        if best is not None and (most == 0 or not waiting or bound[best] >= bound[waiting[0]]):
            level[best] += 1
            cost, value = fresh.pop(best)
            path.append(np.take(steps, level))
            fresh.clear()
            bound[best] *= level[best] + 1 < len(steps)
            continue
        looked_at = waiting[: min(SIDE_BY_SIDE, most)]
        if not looked_at:
            return np.array(path)
        most -= len(looked_at)
        tried = np.array([np.take(steps, level + (np.arange(len(level)) == i)) for i in looked_at])
        for i, one_cost, one_value in zip(looked_at, *trial(tried), strict=True):
            gain = (value - one_value) / max(one_cost - cost, CHEAPEST * budget)
            if one_cost > budget or not gain > 0:
                bound[i] = 0
            else:
                bound[i], fresh[i] = gain, (one_cost, one_value)


def within(sizes: Floats, costs: Floats, levels: Sequence[float], rest: float, budget: float) -> Floats:
    """Portfolios (N, K) made smaller, all instruments alike, until what they are thought to cost meets the budget.

    Parameters
    ----------
    costs : (K, levels) what each instrument alone costs at each size
    rest : what the others cost
    """

    def cost(portfolio: Floats) -> float:
        return rest + sum(float(np.interp(each, levels, row)) for each, row in zip(portfolio, costs, strict=True))

    def smaller(portfolio: Floats) -> Floats:
        if cost(portfolio) <= budget:
            return portfolio
        low, high = 0.0, 1.0
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if cost(middle * portfolio) <= budget else (low, middle)
        return low * portfolio

    return np.array([smaller(each) for each in sizes])


def population(
    trial: Trial, start: Floats, largest: float, budget: float, penalty: float, generations: int, seed: int
) -> None:
    """Differential evolution over sizes from 0 to `largest`; what it finds is among the portfolios tried.

    Parameters
    ----------
    start : (MEMBERS, K) the first generation
    penalty : what exceeding the budget by all of it adds to the objective

    Notes
    -----
    R. Storn and K. Price, Differential evolution, Journal of Global Optimization 11, 1997.
    """
    from scipy.optimize import differential_evolution

    def energy(columns: Floats) -> Floats:
        cost, value = trial(columns.T)
        return np.asarray(np.where(np.isnan(value), np.inf, value) + penalty * np.maximum(cost / budget - 1, 0))

    differential_evolution(
        energy, [(0, largest)] * start.shape[1], init=start, maxiter=generations - 1, tol=0, atol=0, polish=False,
        vectorized=True, updating="deferred", rng=np.random.default_rng(seed),
    )  # fmt: skip


def first_generation(known: Floats, largest: float, seed: int) -> Floats:
    """(MEMBERS, K) mixtures of the portfolios that are known, the first of them as they are, the others stirred."""
    rng = np.random.default_rng(seed)
    mixed = rng.dirichlet(np.ones(len(known)), MEMBERS) @ known
    stirred = np.clip(mixed * rng.lognormal(0, 0.5, mixed.shape) + rng.normal(0, 0.2, mixed.shape), 0, largest)
    return np.concatenate([known, stirred])[:MEMBERS]
