"""`povsim risk`: many futures from a snapshot of every household, and who falls back in them."""

from __future__ import annotations

from pathlib import Path
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
    from sim.analysis.risk import Risk
    from sim.language import Code

TABLES = (
    "households", "monitoring", "rates", "causes", "withdrawn", "effect_sizes", "gap", "accuracy", "roc", "calibration",
    "top_up", "coefficients",
)  # fmt: skip


def risk(
    scenario: ScenarioFile,
    at: Annotated[str, typer.Option(metavar="YYYY-12", help="December of the snapshot.")] = "2020-12",
    horizon: Annotated[int, typer.Option(min=1, max=240, help="Months of each future.")] = 24,
    futures: Annotated[int, typer.Option(min=4, max=65_535, help="How many; half rank, half judge.")] = 200,
    no_fit: NoFit = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the result; results/NAME_risk by default.")] = None,
    seed: Seed = None,
    scale: Scale = None,
    settings: Settings = None,
    threads: Threads = None,
    force: Force = False,
    lang: PageLanguage = "en",
    quiet: Quiet = False,
) -> None:
    """Say which households that have left the register are likely to fall back, and why."""
    settings = with_size(settings, scale, seed)
    with plain_errors():
        from sim.analysis.risk import risk as futures_of
        from sim.results import check_writable

        folder = out or Path("results") / f"{scenario.stem}_risk"
        check_writable(folder, force)
        loaded = load(scenario, settings)
        if (fit := fit_of(loaded, no_fit, None, quiet)) is not None:
            loaded = fit.with_median(loaded)
        with runs_bar(quiet) as progress:
            try:
                found = futures_of(loaded, at, horizon, futures, threads, progress)
            except ValueError as error:
                raise typer.BadParameter(str(error), param_hint="--at") from None
        _write(found, folder, force, lang)
        if not quiet:
            _show(found, folder)


def _write(found: Risk, folder: Path, force: bool, lang: Code) -> None:
    from sim.calendar import month_text
    from sim.language import Language
    from sim.report.risk import render
    from sim.results import FolderError
    from sim.results.analysis import write_analysis

    about = {
        "scenario": {"name": found.loaded.scenario.name, "hash": found.loaded.hash},
        "seed": found.loaded.scenario.seed,
        "at": month_text(found.at),
        "horizon": found.horizon,
        "futures": found.futures,
        "seconds": {stage: round(seconds, 3) for stage, seconds in found.seconds.items()},
    }
    tables = {name: getattr(found, name) for name in TABLES}
    try:
        write_analysis(folder, tables, render(found, Language(lang)), about, force, as_csv=("monitoring",))
    except FolderError as error:
        fail(f"the futures are done, but {error}", FAILED)


def _show(found: Risk, folder: Path) -> None:
    from sim.report.risk import terminal

    show(terminal(found), width=120)
    if found.standing_still:
        typer.echo(f"stand still from the end of the scenario's numbers on: {', '.join(found.standing_still)}")
    typer.echo(f"open {folder / 'report.html'}")
