"""One run from a loaded scenario to its record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from calibration.evidence import evidence_hash, load_evidence
from calibration.use import Use
from sim.analysis.runs import run_each
from sim.history import History
from sim.kernel.cache import mark_warm
from sim.results.bands import Bands, Outcome, bands, outcome
from sim.results.record import Record
from sim.scenario import LoadedScenario

Advance = Callable[[int, int, int], None]


class Pace:
    """Speed since the first month, which may have compiled the model and says nothing about the others."""

    def __init__(self) -> None:
        self.per_second: float | None = None
        self._first: tuple[float, int] | None = None

    def count(self, household_months: int) -> None:
        """To be called after each month with all household-months done."""
        if self._first is None:
            self._first = (perf_counter(), household_months)
            return
        began, before = self._first
        self.per_second = (household_months - before) / (perf_counter() - began)


def run_scenario(
    loaded: LoadedScenario,
    threads: int | None = None,
    panel: int = 0,
    progress: Advance | None = None,
    checkpoint: tuple[int, Path] | None = None,
) -> Record:
    """Simulate a scenario and compare it with what was reported.

    Parameters
    ----------
    threads : results do not depend on it; all processors by default
    panel : households whose years are kept
    progress : called after each month with months done, months in all, household-months done
    checkpoint : month number (a December) and the file to which the whole state is written then
    """
    started = perf_counter()
    from sim.world import World

    world = World(loaded.scenario, threads=threads)
    ready = perf_counter()
    households, persons = world.households, world.persons
    pace = Pace()

    def count(months: int, of: int, household_months: int) -> None:
        pace.count(household_months)
        if progress is not None:
            progress(months, of, household_months)

    history = world.run(count, panel, checkpoint)
    mark_warm()
    return Record(
        loaded=loaded,
        history=history,
        evidence=load_evidence(),
        evidence_hash=evidence_hash(),
        households=households,
        persons=persons,
        margins=world.margins,
        seconds={"prepare": ready - started, "simulate": perf_counter() - ready},
        household_months_per_second=pace.per_second,
        checkpoint=checkpoint[1] if checkpoint else None,
    )


def run_draws(
    loaded: LoadedScenario,
    fit: Use,
    number: int,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Bands:
    """Simulate equally likely draws of a fit, each with its own market path, under the luck of the scenario.

    Parameters
    ----------
    loaded : the scenario with numbers of its own
    number : of draws; one that comes several times is run once
    progress : called after each run with runs done and runs in all
    """
    evidence = load_evidence()
    drawn = fit.draws(number)
    distinct = {draw.number: draw for draw in drawn}
    scenarios = [fit.with_draw(loaded, draw).scenario for draw in distinct.values()]

    def seen(history: History) -> Outcome:
        return outcome(history, loaded.scenario, evidence)

    runs = dict(zip(distinct, run_each(scenarios, seen, threads, progress), strict=True))
    return bands([runs[draw.number] for draw in drawn])
