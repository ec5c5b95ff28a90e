"""Effects at a fit's median: what each mechanism did, for three assumed effect sizes, and why fewer returned."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from calibration.paths import PathError, change
from calibration.runs import Job, run_all
from calibration.simulate import Simulated, Simulator, apply
from sim.results.store import Store

SIZES = (0.5, 1.0, 1.5)
# What the curve does not tell: how much an enrolment in industry or a job adds.
SIZED = (
    "instruments.<industry>.effect.*.yuan_per_year",
    "instruments.<industry>.effect.*.share",
    "instruments.<employment>.effect.*.yuan_per_year",
    "instruments.<employment>.effect.*.share",
)
MEASURES = ("income_incidence", "register_incidence")
ALL = "all of them"
SIZE, WITHOUT = "effect_size", "without"
FOUND_BEFORE, FOUND_AFTER = "detection_2016", "detection_2018"


@dataclass(frozen=True)
class Sized:
    """A simulator whose effects have another size, and which may lack a mechanism; the market path is the factual one.

    Attributes
    ----------
    parts : mechanism -> its instruments; number 0 of `without` is none, number i the i-th of them
    """

    simulator: Simulator
    parts: Mapping[str, Sequence[str]]

    def key(self, values: Mapping[str, float], seed: int) -> str:
        """Content hash of a run."""
        content = [self.simulator.key(values, seed), sorted(values.items()), self.parts]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def __call__(self, values: Mapping[str, float], seed: int) -> Simulated:
        """Solve the market path with every instrument, then run without the mechanism."""
        return self.simulator.observed(self._scenario(values, seed), values, seed, self._without(values))

    def _scenario(self, values: Mapping[str, float], seed: int) -> Any:
        """The factual scenario: effects have their size, and nothing is missing."""
        base: Mapping[str, Any] = apply(self.simulator.base, self.simulator.priors, values)
        for path in SIZED:
            try:
                base = change(base, path, lambda old: old * values[SIZE])
            except PathError:
                continue
        no_priors = replace(self.simulator.priors, parameters=())
        return replace(self.simulator, base=base, priors=no_priors).scenario(values, seed)

    def _without(self, values: Mapping[str, float]) -> Sequence[str]:
        number = int(values[WITHOUT])
        return [] if number == 0 else list(self.parts.values())[number - 1]


@dataclass(frozen=True)
class Effect:
    """What a mechanism took off poverty by a year, in points of incidence, for each assumed size of effects."""

    mechanism: str
    measure: str
    year: int
    points: Sequence[float]


@dataclass(frozen=True)
class Returns:
    """Shares of the exited who were registered again, in percent, and what the fall is due to.

    Attributes
    ----------
    before, after : 2016 and 2018
    income, detection : parts of the fall in points; each is the mean over the two orders of changing first one, then
        the other
    """

    before: float
    after: float
    income: float
    detection: float


def effects(
    simulator: Simulator,
    values: Mapping[str, float],
    years: Sequence[int],
    store: Store,
    executor: Executor,
    seed: int,
    report: Callable[[int, int], None],
) -> list[Effect]:
    """Effect of each mechanism and of all together, for three assumed effect sizes, under shared luck."""
    from sim.analysis.game import parts_of

    scenario = simulator.scenario(values, seed)
    parts = parts_of(scenario, "mechanism")
    parts[ALL] = [name for names in parts.values() for name in names]
    jobs = [
        Job({**values, SIZE: size, WITHOUT: float(number)}, seed) for size in SIZES for number in range(len(parts) + 1)
    ]
    runs = run_all(Sized(simulator, parts), jobs, store, executor, report)
    of_size = [runs[i : i + len(parts) + 1] for i in range(0, len(runs), len(parts) + 1)]
    return [
        Effect(
            mechanism,
            measure,
            year,
            [row[number].curves[f"{measure}.{year}"] - row[0].curves[f"{measure}.{year}"] for row in of_size],
        )
        for measure in MEASURES
        for year in years
        for number, mechanism in enumerate(parts, start=1)
    ]


def returns(
    simulator: Simulator, values: Mapping[str, float], store: Store, executor: Executor, seed: int
) -> Returns | None:
    """Split the fall of registered returns between 2016 and 2018 into income and detection, under shared luck.

    One run finds as in 2016 for ever; what it gives for 2018 is the fall by income alone. None where detection is not
    free, so that nothing can be held.
    """
    if FOUND_BEFORE not in values or FOUND_AFTER not in values:
        return None
    held = {**values, FOUND_AFTER: values[FOUND_BEFORE]}
    factual, as_before = run_all(simulator, [Job(values, seed), Job(held, seed)], store, executor)
    before, after = (_share(factual, year) for year in (2016, 2018))
    return split_fall(before, after, _share(as_before, 2018))


def split_fall(before: float, after: float, found_as_before: float) -> Returns:
    """Parts of a fall by two causes that multiply.

    Examples
    --------
    From 4 to 1 where income alone would have led to 2 (a half) and detection halves again: 1.5 points each.

    >>> split_fall(4.0, 1.0, 2.0)
    Returns(before=4.0, after=1.0, income=1.5, detection=1.5)
    """
    detection = after / found_as_before if found_as_before else 0.0
    income_first, detection_first = before - found_as_before, before - before * detection
    income = (income_first + (before * detection - after)) / 2
    return Returns(before, after, income, (detection_first + (found_as_before - after)) / 2)


def _share(run: Simulated, year: int) -> float:
    """Percent of those off the register at mid-year who came back in a year."""
    exits = [value for name, value in run.curves.items() if name.startswith("exits.") and int(name[6:]) <= year]
    stock = sum(exits) - exits[-1] / 2
    return 100 * run.curves[f"returns.{year}"] / stock if stock else 0.0
