"""The figures that a fit did not see, foretold by the fit and by its rivals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from calibration.compare import ECONOMY, GROWTH, PLAN, Rivals
from calibration.pipeline import Calibration, Effort
from calibration.rivals import NAIVE
from calibration.simulate import Simulator
from calibration.validate import Foretold, by_date, left_out, never_fitted
from sim.calendar import year_of
from sim.scenario import Scenario

RIVALS = (*NAIVE, PLAN, GROWTH, ECONOMY)


def unfitted(found: Calibration, simulator: Simulator, scenario: Scenario, effort: Effort, seed: int) -> list[Foretold]:
    """Foretell later figures from earlier ones, each figure from all others, and those in role `validate`."""
    targets = found.targets
    rivals = Rivals(scenario, _first_spread(simulator, scenario), _income_poverty(found, scenario))
    groups = by_date(targets) | {f"all but {each.name}": [each.name] for each in targets}
    starts = np.vstack([found.starts, found.chain.scores])
    rows = left_out(found.emulator, targets, groups, starts, effort.scale, seed, rivals)
    others = [each for each in simulator.targets if each.role == "validate"]
    return rows + never_fitted(others, found.posterior_runs, found.weights, seed, rivals, targets)


def _first_spread(simulator: Simulator, scenario: Scenario) -> float:
    """Median of the prior of the spread of incomes, so that no rival profits from the fit."""
    priors = {each.name: each for each in simulator.priors.parameters}
    return float(priors["log_sd"].value(0.0)) if "log_sd" in priors else scenario.income.log_sd


def _income_poverty(found: Calibration, scenario: Scenario) -> dict[int, float]:
    """Incidence in percent of income poverty by year, the posterior's mean."""
    years = range(year_of(scenario.register_.identification.at), year_of(scenario.period.end) + 1)
    return {
        year: float(found.weights @ np.array([run.curves[f"income_incidence.{year}"] for run in found.posterior_runs]))
        for year in years
    }


@dataclass(frozen=True)
class Standing:
    """A rival beside the model, on figures that the fit did not see.

    Attributes
    ----------
    figures : that the rival has something to say about
    error, model_error : mean error of rival and model on these, in percent of what was reported
    nearer : how often the rival comes nearer than the model
    no_evidence : how often its figure lies inside the model's band, so that the figure can not tell the two apart
    """

    rival: str
    figures: int
    error: float
    model_error: float
    nearer: int
    no_evidence: int


def standings(rows: Sequence[Foretold]) -> list[Standing]:
    """Every rival beside the model; rivals without a figure are left out."""
    found = []
    for name in RIVALS:
        both = _once([row for row in rows if name in row.rivals])
        if both:
            found.append(
                Standing(
                    rival=name,
                    figures=len(both),
                    error=100 * float(np.mean([abs(row.rivals[name] / row.target.value - 1) for row in both])),
                    model_error=100 * float(np.mean([abs(row.median / row.target.value - 1) for row in both])),
                    nearer=sum(name in row.better for row in both),
                    no_evidence=sum(name in row.also_inside for row in both),
                )
            )
    return found


def _once(rows: Sequence[Foretold]) -> list[Foretold]:
    """A figure counts once, in its last row, and a stock that is reported in persons and in percent counts once too."""
    return list({(row.target.figure.since, row.target.figure.at): row for row in rows if row.target.value}.values())


def verdict(rows: Sequence[Foretold]) -> str:
    """Whether figures that were not fitted test the economy, or follow from the plan alone."""
    plan = next((each for each in standings(rows) if each.rival == PLAN), None)
    if plan is None:
        return "No figure that was not fitted can be compared with plan arithmetic: nothing here tests the economy."
    compared = (
        f"mean error of {plan.model_error:.0f} % against {plan.error:.0f} % on {plan.figures} figures that the fit did "
        "not see"
    )
    if plan.error <= plan.model_error:
        return f"The curve does not test the economy: plan arithmetic without households does as well ({compared})."
    if plan.no_evidence == plan.figures:
        return (
            "The curve does not test the economy: on every figure plan arithmetic without households lies inside the "
            f"model's band ({compared})."
        )
    inside = (
        f"; on {plan.no_evidence} of them plan arithmetic lies inside the model's band too, so they are no evidence"
    )
    return (
        "The model comes nearer than plan arithmetic without households "
        f"({compared}{inside if plan.no_evidence else ''})."
    )


def administration(found: Calibration) -> tuple[float, float]:
    """Share of county-years with a plan that fewer passed than planned, and share of exits below the line."""
    short, planned, below, exits = (
        found.weights @ np.array([_total(run.curves, measure) for run in found.posterior_runs])
        for measure in ("county_years_short_of_plan", "county_years_with_plan", "exits_below_line", "exits")
    )
    return float(short / max(planned, 1.0)), float(below / max(exits, 1.0))


def _total(curves: Mapping[str, float], measure: str) -> float:
    """A measure added up over its years."""
    return sum(value for name, value in curves.items() if name.rpartition(".")[0] == measure)
