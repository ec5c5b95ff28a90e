"""Another region foretold from a fit: behaviour and rule for planned exits as fitted, starting conditions its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from calibration.compare import Rivals
from calibration.design import jobs_at
from calibration.paths import PathError, as_written, change
from calibration.pipeline import Calibration
from calibration.priors import Priors
from calibration.runs import run_all
from calibration.simulate import Simulated, Simulator, apply
from calibration.targets import Target
from calibration.validate import Foretold, never_fitted
from sim.calendar import year_of
from sim.results.store import Store
from sim.scenario import LoadedScenario, Scenario

DRAWS = 48
SEED = 300_000


@dataclass(frozen=True)
class Transfer:
    """What a fit foretells for another region.

    Attributes
    ----------
    name : of the other scenario
    rows : its figures, none of which was fitted
    left_out : parameters that the other scenario has no place for
    """

    name: str
    rows: Sequence[Foretold]
    left_out: Sequence[str]


def transferable(priors: Priors, base: Mapping[str, Any]) -> Priors:
    """The parameters with those paths that another scenario holds; one that has none is left out."""
    kept = []
    for each in priors.parameters:
        own = replace(each, set=_held(each.set, base), scale=_held(each.scale, base))
        if own.set or own.scale or not (each.set or each.scale):
            kept.append(own)
    return replace(priors, parameters=tuple(kept))


def _held(paths: Sequence[str], base: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(path for path in paths if _leads_somewhere(path, base))


def _leads_somewhere(path: str, base: Mapping[str, Any]) -> bool:
    try:
        change(base, path, lambda old: old)
    except PathError:
        return False
    return True


def transfer(
    found: Calibration,
    fitted: Simulator,
    fitted_scenario: Scenario,
    other: LoadedScenario,
    targets: Sequence[Target],
    scale: float,
    store: Store,
    executor: Executor,
    seed: int,
    report: Callable[[int, int], None],
) -> Transfer:
    """Foretell another region's figures from true runs at equally likely draws of a fit.

    Parameters
    ----------
    fitted, fitted_scenario : what was fitted
    other, targets : the other region and its figures in role `validate`
    scale : share of its villages
    """
    base = as_written(other.scenario)
    priors = transferable(fitted.priors, base)
    simulator = Simulator(base, priors, tuple(targets), scale)
    ends = np.cumsum(found.weights)
    drawn = np.searchsorted(ends, (np.arange(DRAWS) + 0.5) / DRAWS * ends[-1])
    rows, counts = np.unique(np.minimum(drawn, len(ends) - 1), return_counts=True)
    columns = [fitted.priors.names.index(name) for name in priors.names]
    jobs = jobs_at(priors, found.scores[rows][:, columns], seed * 1_000_000 + SEED)
    runs = run_all(simulator, jobs, store, executor, report)
    middle = found.median.values
    as_fitted = Scenario.model_validate(apply(base, priors, middle))
    known = Rivals(fitted_scenario, 0.0).curve(found.targets)
    rivals = Rivals(as_fitted, _spread(fitted), _income_poverty(runs, counts / DRAWS, as_fitted), known)
    foretold = never_fitted(targets, runs, counts / DRAWS, seed, rivals, ())
    taught = [replace(row, how=f"figures of {fitted_scenario.region}") for row in foretold]
    left_out = [name for name in fitted.priors.names if name not in priors.names]
    return Transfer(other.scenario.name, taught, left_out)


def _spread(fitted: Simulator) -> float:
    """Median of the prior of the spread of incomes, so that no rival profits from the fit."""
    return next(float(each.value(0.0)) for each in fitted.priors.parameters if each.name == "log_sd")


def _income_poverty(runs: Sequence[Simulated], weights: np.ndarray, scenario: Scenario) -> dict[int, float]:
    years = range(year_of(scenario.register_.identification.at), year_of(scenario.period.end) + 1)
    return {year: float(weights @ np.array([run.curves[f"income_incidence.{year}"] for run in runs])) for year in years}
