"""`povsim run`: simulate a scenario, write its tables and report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.fits import NoFit, fit_of
from sim.commands.shared import (
    FAILED,
    Force,
    PageLanguage,
    Quiet,
    Scale,
    ScenarioFile,
    Seed,
    Settings,
    Threads,
    fail,
    load,
    plain_errors,
    runs_bar,
    show,
    with_size,
)

if TYPE_CHECKING:
    from calibration.use import Use
    from sim.language import Code
    from sim.results import Record
    from sim.scenario import LoadedScenario


def _sized(loaded: LoadedScenario, settings: list[str], households: int) -> LoadedScenario:
    """The scenario with the scale that simulates about so many households."""
    most = loaded.scenario.population.households
    if households > most:
        raise typer.BadParameter(f"the region has {most:,.0f} households", param_hint="--households")
    return load(loaded.files[-1], [*settings, f"population.scale={households / most!r}"])


def run(
    scenario: ScenarioFile,
    out: Annotated[Path | None, typer.Option(help="Folder for the result; results/NAME by default.")] = None,
    seed: Seed = None,
    scale: Scale = None,
    households: Annotated[int | None, typer.Option(min=1, help="Simulate about so many households.")] = None,
    settings: Settings = None,
    threads: Threads = None,
    panel: Annotated[int, typer.Option(min=0, help="Households whose years are kept in panel.parquet.")] = 0,
    checkpoint: Annotated[
        str | None,
        typer.Option(metavar="YYYY-12", help="Keep the state after this December in checkpoint.npz."),
    ] = None,
    draws: Annotated[
        int | None, typer.Option(min=2, help="Run draws of the region's fit too, for bands around its median.")
    ] = None,
    no_fit: NoFit = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print summary.json and nothing else.")] = False,
    force: Force = False,
    lang: PageLanguage = "en",
    quiet: Quiet = False,
) -> None:
    """Simulate a scenario and write its tables and report."""
    settings = with_size(settings, scale, seed)
    if scale is not None and households is not None:
        raise typer.BadParameter("give --scale or --households, not both", param_hint="--households")
    with plain_errors():
        from sim.results import check_writable

        folder = out or Path("results") / scenario.stem
        loaded = load(scenario, settings)
        if households is not None:
            loaded = _sized(loaded, settings, households)
        check_writable(folder, force)
        at = _december(loaded, checkpoint) if checkpoint else None
        fit = fit_of(loaded, no_fit, draws, quiet)
        with TemporaryDirectory(prefix=f".{folder.name}.", dir=_existing(folder)) as work:
            state = Path(work) / "checkpoint.npz"
            taken = loaded if fit is None else fit.with_median(loaded)
            record = _simulate(taken, threads, panel, quiet, (at, state) if at else None)
            if fit is not None:
                record = _with_bands(replace(record, fit=fit), loaded, fit, draws, threads, quiet)
            _write(record, folder, force, lang)
        if as_json:
            typer.echo((folder / "summary.json").read_text(encoding="utf-8"), nl=False)
        elif not quiet:
            from sim.report import terminal

            show((terminal.yearly(record), terminal.reported(record), *terminal.vacant(record)))
            typer.echo(f"open {folder / 'report.html'}")


def _december(loaded: LoadedScenario, text: str) -> int:
    """Month number of a December in the scenario's period."""
    from sim.calendar import is_december, parse_month

    try:
        month = parse_month(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--checkpoint") from None
    period = loaded.scenario.period
    if not is_december(month) or not period.start <= month <= period.end:
        raise typer.BadParameter("must be a December of the scenario's period", param_hint="--checkpoint")
    return month


def _existing(folder: Path) -> Path:
    """The nearest folder above that exists; a result's files lie there until they are renamed."""
    return next(parent for parent in folder.absolute().parents if parent.exists())


def _simulate(
    loaded: LoadedScenario,
    threads: int | None,
    panel: int,
    quiet: bool,
    checkpoint: tuple[int, Path] | None,
) -> Record:
    from rich.console import Console

    from sim.kernel.cache import is_warm
    from sim.progress import month_bar
    from sim.run import run_scenario

    console = Console(stderr=True, quiet=quiet)
    if not is_warm():
        console.print("compiling the model once, about 30 s; later starts use the cache", highlight=False)
    with month_bar(console) as progress:
        return run_scenario(loaded, threads, panel, progress, checkpoint)


def _with_bands(
    record: Record, loaded: LoadedScenario, fit: Use, draws: int | None, threads: int | None, quiet: bool
) -> Record:
    """The record of the median with bands, where draws are asked for.

    `loaded` is the scenario before the median was laid over it.
    """
    if draws is None:
        return record
    from time import perf_counter

    from sim.run import run_draws

    started = perf_counter()
    with runs_bar(quiet) as progress:
        found = run_draws(loaded, fit, draws, threads, progress)
    return replace(record, bands=found, seconds={**record.seconds, "draws": perf_counter() - started})


def _write(record: Record, folder: Path, force: bool, lang: Code) -> None:
    from time import perf_counter

    from sim.language import Language
    from sim.report.beside import attribution_beside
    from sim.report.page import render
    from sim.results import FolderError, write_results

    started = perf_counter()
    report = render(record, Language(lang), attribution_beside(folder, record.loaded))
    record.seconds["report"] = perf_counter() - started
    try:
        write_results(folder, record, report, force)
    except FolderError as error:
        fail(f"the run is done, but {error}", FAILED)
