"""Everything that a calibration found, and how it is found out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from calibration.effects import Effect, Returns, effects, returns
from calibration.pipeline import DRAW_SEED, Calibration, Effort, calibrate
from calibration.record import fit_content
from calibration.recovery import Recovery, recover
from calibration.score import unfitted
from calibration.simulate import Simulator
from calibration.targets import Target
from calibration.transfer import Transfer, transfer
from calibration.validate import Foretold
from sim.calendar import year_of
from sim.results.store import Store
from sim.scenario import LoadedScenario

Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Wanted:
    """What a calibration is asked for.

    Attributes
    ----------
    settings : overrides under which the scenario was loaded
    others : another region and its figures, to be foretold from the fit
    recovery : made-up data sets to be fitted
    """

    effort: Effort
    seed: int
    settings: Sequence[str] = ()
    others: tuple[LoadedScenario, Sequence[Target]] | None = None
    recovery: int = 0


@dataclass(frozen=True)
class Findings:
    """What a calibration found.

    Attributes
    ----------
    content : of the fit's file
    rows : figures that the fit did not see, foretold
    """

    loaded: LoadedScenario
    simulator: Simulator
    found: Calibration
    content: dict[str, Any]
    rows: Sequence[Foretold]
    effects: Sequence[Effect]
    returns: Returns | None
    transfer: Transfer | None
    recovery: Recovery | None
    seed: int


def find_out(
    loaded: LoadedScenario, simulator: Simulator, wanted: Wanted, store: Store, executor: Executor, report: Report
) -> Findings:
    """Fit a scenario, and find out what the fit is worth.

    Parameters
    ----------
    report : called with the stage, runs done and runs in all
    """
    from threadpoolctl import threadpool_limits

    # Matrices of a few hundred rows gain nothing from threads, and their last bits would depend on them.
    with threadpool_limits(1):
        return _find_out(loaded, simulator, wanted, store, executor, report)


def _find_out(
    loaded: LoadedScenario, simulator: Simulator, wanted: Wanted, store: Store, executor: Executor, report: Report
) -> Findings:
    def stage(name: str) -> Callable[[int, int], None]:
        return lambda done, of: report(name, done, of)

    effort, seed = wanted.effort, wanted.seed
    found = calibrate(simulator, effort, store, executor, seed, report)
    larger = replace(simulator, scale=effort.draw_scale)
    values, luck = found.median.values, seed * 1_000_000 + DRAW_SEED
    period = loaded.scenario.period
    years = [year for year in (2015, 2018, 2020) if year_of(period.start) < year <= year_of(period.end)]
    other = None
    if wanted.others is not None:
        there, targets = wanted.others
        scale, step = effort.median_scale, stage("transfer")
        other = transfer(
            found, simulator, loaded.scenario, there, targets, scale, store, executor, seed, step
        )  # fmt: skip
    recovered = None
    if wanted.recovery:
        recovered = recover(found.emulator, found.targets, found.starts, effort.scale, wanted.recovery, seed, executor)
    return Findings(
        loaded=loaded,
        simulator=simulator,
        found=found,
        content=fit_content(
            found, simulator.priors, loaded.scenario.region, loaded.resolved, wanted.settings, effort, seed
        ),
        rows=unfitted(found, simulator, loaded.scenario, effort, seed),
        effects=effects(larger, values, years, store, executor, luck, stage("effects")),
        returns=returns(replace(larger, scale=effort.median_scale), values, store, executor, luck),
        transfer=other,
        recovery=recovered,
        seed=seed,
    )
