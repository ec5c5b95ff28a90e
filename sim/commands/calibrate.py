"""`povsim calibrate`: from priors and reported figures to fitted parameters with their uncertainty."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.shared import BAD_INPUT, ScenarioFile, Settings, fail, load, plain_errors

if TYPE_CHECKING:
    from calibration.pipeline import Calibration, Effort
    from calibration.simulate import Simulator
    from sim.scenario import LoadedScenario

MEDIAN_SCALE = 0.2  # some 700 villages, so that their luck moves the mean income by less than 1 %

Runs = Annotated[int, typer.Option(min=1, help="Runs of the design.")]
Scale = Annotated[float, typer.Option(min=0.001, max=1, help="Share of villages in the design's runs.")]


def calibrate(
    scenario: ScenarioFile,
    settings: Settings = None,
    targets: Annotated[Path | None, typer.Option(help="Targets; calibration/targets/REGION.yaml by default.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the fit; calibration/fits by default.")] = None,
    cache: Annotated[Path, typer.Option(help="Folder in which runs are kept, to go on after an interruption.")] = Path(
        "results/calibration"
    ),
    runs: Runs = 256,
    second_wave: Annotated[int, typer.Option(min=1, help="Runs where the posterior lies.")] = 64,
    draws: Annotated[int, typer.Option(min=2, help="True runs at draws of the posterior.")] = 100,
    scale: Scale = 0.05,
    draw_scale: Annotated[float, typer.Option(min=0.001, max=1, help="Share of villages in runs at draws.")] = 0.1,
    processes: Annotated[int | None, typer.Option(min=1, help="Processes; results do not depend on it.")] = None,
    point: Annotated[bool, typer.Option("--point", help="Stop after the point fit, and write nothing.")] = False,
    recovery: Annotated[int, typer.Option(min=0, help="Made-up data sets that are fitted to see what comes back.")] = 0,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Seed of designs, chains and luck.")] = 1,
) -> None:
    """Fit a scenario's parameters to what its region reported, and say what the figures can not tell."""
    with plain_errors():
        from calibration.design import DesignError
        from calibration.paths import as_written
        from calibration.pipeline import Effort
        from calibration.priors import load_priors
        from calibration.problem import FitError, fitted_targets
        from calibration.simulate import Simulator
        from calibration.targets import TARGETS, load_targets

        loaded = load(scenario, settings or [])
        sheet = targets or TARGETS / f"{loaded.scenario.region}.yaml"
        if not sheet.exists():
            fail(f"{sheet}: no targets for {loaded.scenario.region}; a fit needs a curve, not an end-point", BAD_INPUT)
        chosen = tuple(each for each in load_targets(sheet, instruments=loaded.scenario.instruments) if each.role != "ignore")
        base = as_written(loaded.scenario)
        simulator = Simulator(base, load_priors(base), chosen, scale)
        effort = Effort(runs, second_wave, draws, scale, draw_scale, max(draw_scale, MEDIAN_SCALE))
        try:
            fitted_targets(chosen)
            if point:
                _point(simulator, cache, processes, seed)
            else:
                _whole(simulator, effort, cache, processes, seed, loaded, out, settings or [], recovery)
        except (FitError, DesignError) as error:
            fail(f"{sheet}: {error}", BAD_INPUT)


def _point(simulator: Simulator, cache: Path, processes: int | None, seed: int) -> None:
    from calibration.fit import point_fit
    from calibration.runs import Store, processes_for
    from calibration.tables import point_table, target_table

    with processes_for(processes) as executor:
        found = point_fit(simulator, Store(cache), executor, seed, _progress("point fit"))
    _show(target_table(simulator.targets, found.run.targets), point_table(simulator.priors, found))


def _whole(
    simulator: Simulator,
    effort: Effort,
    cache: Path,
    processes: int | None,
    seed: int,
    loaded: LoadedScenario,
    out: Path | None,
    settings: list[str],
    recovery: int,
) -> None:
    from calibration.fitted import FITS
    from calibration.pipeline import calibrate as run_pipeline
    from calibration.record import fit_content, write_fit, write_text
    from calibration.recovery import recover
    from calibration.report.page import render
    from calibration.runs import Store, processes_for
    from calibration.score import unfitted, verdict
    from calibration.tables import foretold_table, recovery_table

    with processes_for(processes) as executor:
        found = run_pipeline(
            simulator, effort, Store(cache), executor, seed, lambda stage, done, of: _progress(stage)(done, of)
        )
    content = fit_content(found, simulator.priors, loaded.scenario.region, loaded.resolved, settings, effort, seed)
    file = write_fit(out or FITS, content, found)
    _report(found, simulator, content["warnings"], seed)
    rows = unfitted(found, simulator, loaded.scenario, effort, seed)
    _show(foretold_table(rows))
    typer.echo(verdict(rows))
    page = file.with_suffix(".html")
    write_text(page, render(found, simulator, rows, content, loaded.scenario.name, seed))
    typer.echo(f"open {page}")
    if recovery:
        recovered = recover(found.emulator, found.targets, found.starts, effort.scale, recovery, seed)
        _show(recovery_table(simulator.priors.names, recovered))
    typer.echo(f"wrote {file} and {file.with_suffix('.parquet').name}")


def _report(found: Calibration, simulator: Simulator, warnings: list[str], seed: int) -> None:
    from calibration.diagnose import bands, in_words, learned, ridges
    from calibration.tables import band_table, emulator_table, learned_table

    parameters = learned(simulator.priors, found.scores, found.weights)
    _show(
        band_table(bands(simulator.targets, found.posterior_runs, found.weights, seed)),
        learned_table(simulator.priors, parameters),
        emulator_table(found.targets, found.validation),
    )
    for sentence in in_words(simulator.priors, parameters, ridges(simulator.priors, found.chain.scores)):
        typer.echo(sentence)
    typer.echo(f"{found.effective:.0f} effective draws of {len(found.weights)}")
    for warning in warnings:
        typer.echo(f"no result: {warning}", err=True)


def _progress(stage: str):  # type: ignore[no-untyped-def]
    """Prints a stage's progress on one line of standard error."""

    def show(done: int, of: int) -> None:
        typer.echo(f"\r{stage}: {done} of {of} runs ", err=True, nl=done == of)

    return show


def _show(*tables: object) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 120
    for table in tables:
        console.print(table)
        console.print()
