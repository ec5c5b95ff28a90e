"""The best portfolio under a budget: how many of its places each instrument should get."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from calibration.use import load_fitted
from sim.analysis.budget_candidates import JUDGED, from_front, searched
from sim.analysis.budget_search import MEMBERS
from sim.analysis.draws import Draw, as_it_stands
from sim.analysis.frontier import judged
from sim.analysis.marginal import curves, runs_of, table
from sim.analysis.portfolio import COST, MEASURES, BudgetError, Objective, varied
from sim.analysis.runs import Advance
from sim.analysis.trials import Trials
from sim.history import Floats
from sim.results.store import Store
from sim.scenario import LoadedScenario, Scenario

if TYPE_CHECKING:
    import pandas as pd

SEARCHING = 2  # seeds under which the search compares portfolios
GENERATIONS = 15  # of the population
TRIES = 12  # of the greedy search for each instrument: each of four steps, and looked at three times


class Work(NamedTuple):
    """Runs that are ahead, at most, and how many seconds they may take."""

    curves: int
    greedy: int
    population: int
    judging: int
    seconds: float

    @property
    def runs(self) -> int:
        """All of them."""
        return self.curves + self.greedy + self.population + self.judging


class Budget(NamedTuple):
    """What a budget can buy. Portfolios are named as in `front`.

    Attributes
    ----------
    loaded, yuan, objective : what was asked
    allocation : portfolio, instrument, size (times the stated places), places, outlays
    front : portfolios judged by other luck than the search's; see `frontier.judged`
    curves : what each instrument alone costs and brings; see `marginal.table`
    tried : cost, persons, gap and return risk of every portfolio of the search, under the search's luck
    best : the portfolio with the lowest objective within the budget
    left_alone : instruments that cost the fund nothing and stay as stated
    runs, seeds, draws : done; judging seeds; draws of the parameters
    """

    loaded: LoadedScenario
    yuan: float
    objective: Objective
    allocation: pd.DataFrame
    front: pd.DataFrame
    curves: pd.DataFrame
    tried: pd.DataFrame
    best: str
    left_alone: list[str]
    runs: int
    seeds: int
    draws: int


def budget(
    scenario: LoadedScenario | Path | str,
    yuan: float,
    objective: Objective = "persons",
    *,
    vary: Sequence[str] = (),
    replicates: int = 8,
    draws: Sequence[Draw] = (as_it_stands,),
    most_runs: int = 1000,
    settings: Sequence[str] = (),
    threads: int | None = None,
    starting: Callable[[Work], None] | None = None,
    progress: Advance | None = None,
    kept: Path | None = None,
) -> Budget:
    """Searches the portfolio of places that lowers an objective most for a budget.

    Every instrument is first run alone at several sizes (the marginal cost curves). Then a greedy search and a
    population look for portfolios under the luck of two seeds; the best of them, and some from the front, are judged
    under other luck, since the best of many is partly a lucky one.

    Parameters
    ----------
    yuan : of the whole period, in the region's prices, at any scale
    objective : persons below the survey line or their poverty gap in the last December, or the percentage of households
        that fall below it within two years of leaving the register
    vary : instruments or mechanisms whose places are varied; all that cost the fund anything by default
    replicates : seeds that judge
    draws : parameter values, see `sim.analysis.draws`; the search meets them in turn, judging is under all
    most_runs : beyond which nothing is run
    settings : ``path=value`` texts laid over the file; runs should be small, as with ``population.scale=0.02``
    starting : told what is ahead before the many runs begin
    kept : folder in which runs are kept, so that the same call goes on after an interruption; the two that tell how
        long a run takes here are made anew

    Raises
    ------
    BudgetError
        For a budget that is zero or less or that what is not varied uses up, an objective that the scenario does not
        produce, instruments that it does not have, or more runs than allowed.
    """
    loaded = load_fitted(scenario, settings)
    _check(loaded, yuan, objective, replicates)
    drawn = [draw(loaded, ()) for draw in draws]
    seed = loaded.scenario.seed
    luck = [(n % len(drawn), seed + n) for n in range(max(SEARCHING, len(drawn)))]
    fresh = [(draw, seed + len(luck) + n) for draw in range(len(drawn)) for n in range(replicates)]
    first = Trials(drawn, varied(loaded.scenario, vary), 2, threads)
    names, left_alone, seconds = _costly(first, yuan, objective, luck)
    work = _work(len(names), len(luck), len(fresh), most_runs, seconds / (threads or len(os.sched_getaffinity(0))))
    if starting is not None:
        starting(work)
    store = None if kept is None else Store(kept)
    trials = Trials(drawn, names, work.runs, threads, progress, store)
    found = curves(trials, luck)
    tries = work.greedy // len(luck), work.population // len(luck)
    chosen = searched(trials, found, yuan, MEASURES.index(objective), luck, tries)
    chosen |= from_front(trials, chosen, luck)
    values = trials.run(np.array(list(chosen.values())), fresh)
    shape = (len(chosen), len(drawn), replicates, len(MEASURES))
    front = judged(list(chosen), values[..., : len(MEASURES)].reshape(shape), objective, yuan)
    affordable = front[front["within_budget"]]
    return Budget(
        loaded=loaded,
        yuan=yuan,
        objective=objective,
        allocation=_allocation(loaded.scenario, names, chosen, values[..., len(MEASURES) :].mean(axis=1)),
        front=front,
        curves=table(found),
        tried=_tried(trials, luck),
        best=str(affordable.loc[affordable[objective].idxmin(), "portfolio"]),
        left_alone=left_alone,
        runs=len(trials.done),
        seeds=replicates,
        draws=len(drawn),
    )


def _check(loaded: LoadedScenario, yuan: float, objective: str, replicates: int) -> None:
    scenario = loaded.scenario
    if not yuan > 0 or not np.isfinite(yuan):
        raise BudgetError(f"a budget of {yuan:,.0f} yuan buys nothing; it must lie above 0")
    if objective not in MEASURES[1:]:
        raise BudgetError(f"there is no objective {objective!r}; allowed: {', '.join(MEASURES[1:])}")
    if objective == "return_risk" and scenario.register_.off:
        raise BudgetError(f"{scenario.name}: its register is off, so that nobody leaves it and there is no return_risk")
    if replicates < 2:
        raise BudgetError(f"{replicates} replicates tell no error; 2 are needed at least")


def _costly(
    trials: Trials, yuan: float, objective: str, luck: Sequence[tuple[int, int]]
) -> tuple[list[str], list[str], float]:
    """Instruments that cost the fund something, those that do not, and the seconds of a run.

    Raises
    ------
    BudgetError
        Where what is not varied uses the budget up, or the scenario does not produce the objective.
    """
    names, one = trials.names, luck[:1]
    nothing = trials.run(np.zeros((1, len(names))), one)[0, 0]
    started = perf_counter()  # after the first run of all, which loads the model
    stated = trials.run(np.ones((1, len(names))), one)[0, 0]
    seconds = perf_counter() - started
    if np.isnan(stated[MEASURES.index(objective)]):
        raise BudgetError("nobody leaves the register above the line two years before the end: there is no return_risk")
    if yuan <= nothing[COST]:
        raise BudgetError(
            f"what is not varied costs {nothing[COST]:,.0f} yuan by itself, and the budget is {yuan:,.0f}; "
            "raise it, or vary more instruments"
        )
    own = dict(zip(names, stated[len(MEASURES) :], strict=True))
    costly = [name for name in names if own[name] > 0]
    if not costly:
        raise BudgetError(f"{', '.join(names)} cost the fund nothing, so that a budget says nothing about them")
    return costly, [name for name in names if name not in costly], seconds


def _work(instruments: int, luck: int, fresh: int, most_runs: int, seconds: float) -> Work:
    alone, judging = runs_of(instruments, luck), JUDGED * fresh
    least = 2 * 2 * MEMBERS * luck
    if (rest := most_runs - alone - judging) < least:
        raise BudgetError(
            f"{instruments} instruments take {alone:,} runs for their curves, {judging:,} to judge portfolios and "
            f"{least:,} for a search at least; {most_runs:,} are allowed. Allow more, vary fewer instruments, or ask "
            "for fewer replicates"
        )
    population = min(rest // 2, GENERATIONS * MEMBERS * luck)
    greedy = min(rest - population, TRIES * instruments * luck)
    return Work(alone, greedy, population, judging, (alone + greedy + population + judging) * seconds)


def _allocation(scenario: Scenario, names: list[str], chosen: dict[str, Floats], outlays: Floats) -> pd.DataFrame:
    import pandas as pd

    places = [max(scenario.instruments[name].places.values()) for name in names]
    rows = [
        (portfolio, name, float(size), float(size) * number, float(yuan))
        for (portfolio, sizes), spent in zip(chosen.items(), outlays, strict=True)
        for name, size, number, yuan in zip(names, sizes, places, spent, strict=True)
    ]
    return pd.DataFrame(rows, columns=["portfolio", "instrument", "size", "places", "outlays"])


def _tried(trials: Trials, luck: Sequence[tuple[int, int]]) -> pd.DataFrame:
    import pandas as pd

    values = trials.run(trials.tried(luck), luck).mean(axis=1)
    return pd.DataFrame(values[:, : len(MEASURES)], columns=list(MEASURES))
