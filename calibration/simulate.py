"""Parameters in, simulated targets out: what a fit calls, some hundred times."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calibration.paths import change
from calibration.priors import OBSERVED_WITH, Priors
from calibration.sources import results_hash
from calibration.survey import Noise, Survey
from calibration.targets import Target

if TYPE_CHECKING:
    from sim.history import History
    from sim.scenario import Scenario

SIMULATED_ROUNDS = 2  # the market path is solved in the first, and what remains of it in the second is below 0.5 %


@dataclass(frozen=True)
class Simulated:
    """One run.

    Attributes
    ----------
    values : parameter -> value
    seed, scale : of the run
    targets : target -> simulated value in the target's unit
    curves : measure and year, as `register_incidence.2016` -> value, for pictures and validation
    market_factor : year -> the path solved for this draw; counterfactuals of the draw keep it
    """

    values: Mapping[str, float]
    seed: int
    scale: float
    targets: Mapping[str, float]
    curves: Mapping[str, float]
    market_factor: Mapping[int, float]


@dataclass(frozen=True)
class Simulator:
    """A scenario with free parameters, seen through targets. It can be sent to another process.

    Attributes
    ----------
    base : the scenario, as `as_written` gives it
    priors, targets : what is free, and what is observed; targets in role `ignore` are left out
    scale : share of villages that is simulated
    """

    base: Mapping[str, Any]
    priors: Priors
    targets: tuple[Target, ...]
    scale: float

    def scenario(self, values: Mapping[str, float], seed: int) -> Scenario:
        """The scenario with these parameter values, observed where targets need it."""
        from sim.scenario import Scenario

        written = apply(self.base, self.priors, values)
        written |= {"seed": seed, "population": {**written["population"], "scale": self.scale}, "reported": []}
        scenario = Scenario.model_validate(written)
        covered = [target.figure for target in self.targets if target.figure.operator == "coverage"]
        return scenario.model_copy(update={"reported": covered})

    def key(self, values: Mapping[str, float], seed: int) -> str:
        """Content hash of a run: whatever changes its result changes it."""
        figures = [
            (each.name, each.figure.operator, each.figure.since, each.figure.at, each.figure.instruments)
            for each in self.targets
        ]
        written = apply(self.base, self.priors, values)
        content = [
            written,
            dict(values),
            seed,
            self.scale,
            figures,
            SIMULATED_ROUNDS,
            results_hash(),
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def __call__(self, values: Mapping[str, float], seed: int) -> Simulated:
        """Solve the market path for these values, run, and observe."""
        return self.observed(self.scenario(values, seed), values, seed)

    def observed(
        self, scenario: Scenario, values: Mapping[str, float], seed: int, without: Sequence[str] = ()
    ) -> Simulated:
        """Solve the market path of a scenario, run it without the instruments named, and observe.

        Parameters
        ----------
        without : instruments that are switched off once the path is solved, so that it is the factual one
        """
        from calibration.market_path import corrected
        from calibration.operators import Seen, observe
        from sim.reported import Observation
        from sim.world import World

        survey = Survey()
        for last in range(SIMULATED_ROUNDS - 1, -1, -1):
            world = World(scenario, threads=1)
            history = world.run(lambda *_, world=world: survey.look(world))
            if last:
                scenario = switched_off(corrected(scenario, history), without)
        noise = Noise(**{field: values.get(name, 0.0) for name, field in OBSERVED_WITH.items()})
        seen = {
            target.name: observe(Seen(target.figure, Observation(history, target.figure), survey, noise))
            for target in self.targets
        }
        return Simulated(
            values=dict(values),
            seed=seed,
            scale=self.scale,
            targets={name: float("nan") if value is None else value for name, value in seen.items()},
            curves=_curves(history, survey, noise),
            market_factor=scenario.income.market_factor,
        )


def switched_off(scenario: Scenario, names: Sequence[str]) -> Scenario:
    """The scenario without the instruments named."""
    off = {name: scenario.instruments[name].model_copy(update={"off": True}) for name in names}
    return scenario.model_copy(update={"instruments": {**scenario.instruments, **off}})


def apply(base: Mapping[str, Any], priors: Priors, values: Mapping[str, float]) -> dict[str, Any]:
    """The scenario with parameter values in place."""
    written = dict(base)
    for parameter in priors.parameters:
        value = float(values[parameter.name])
        for path in parameter.set:
            written = change(written, path, lambda _, value=value: value)  # type: ignore[misc]
        for path in parameter.scale:
            written = change(written, path, lambda old, value=value: old * value)  # type: ignore[misc]
    return written


def _curves(history: History, survey: Survey, noise: Noise) -> dict[str, float]:
    """Measures by year that pictures, validation and the report's first paragraph need."""
    from sim.measures import at_december, of_year, register_start

    persons = at_december(history, "persons")
    registered = at_december(history, "registered_persons")
    start = register_start(history)
    planned, passing = history.yearly["planned_exits_persons"], history.yearly["passing_persons"]
    out: dict[str, float] = {}
    for i, year in enumerate(history.years.tolist()):
        out[f"survey_incidence.{year}"] = 100 * survey.incidence(year, noise)
        out[f"income_incidence.{year}"] = 100 * survey.income_incidence(year)
        if start is None or i < start:
            continue
        out[f"register_incidence.{year}"] = 100 * float(registered[i] / persons[i])
        out[f"register_persons.{year}"] = float(registered[i])
        out[f"villages_exited.{year}"] = float(of_year(history, "villages_exited")[i])
        for measure in ("exits", "returns", "struck_off", "identified", "exits_below_line", "returns_if_all_found"):
            out[f"{measure}.{year}"] = float(of_year(history, f"{measure}_persons")[i])
        out[f"county_years_with_plan.{year}"] = float((planned[i] > 0).sum())
        out[f"county_years_short_of_plan.{year}"] = float((passing[i] < planned[i]).sum())
    return out
