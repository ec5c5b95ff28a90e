"""`povsim compare`: what alternatives change, under the same luck as their base."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.fits import NoFit, draws_for
from sim.commands.shared import (
    BAD_INPUT,
    FAILED,
    Force,
    PageLanguage,
    Quiet,
    Scale,
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
    from sim.language import Code
    from sim.report.comparison import Comparison


def compare(
    base: Annotated[Path, typer.Argument(metavar="BASE", help="Scenario that the others are compared with.")],
    alternatives: Annotated[list[Path], typer.Argument(metavar="ALT…", help="Scenarios of the same region.")],
    out: Annotated[Path, typer.Option(help="Folder for the result.")] = Path("results/comparison"),
    replicates: Annotated[int, typer.Option(min=1, help="Seeds that all scenarios share.")] = 1,
    draws: Annotated[int | None, typer.Option(min=1, help="Parameter draws from the region's fit.")] = None,
    no_fit: NoFit = False,
    measure: Annotated[
        list[str] | None, typer.Option(help="Measure of the tables and pictures; may be given several times.")
    ] = None,
    seed: Seed = None,
    scale: Scale = None,
    settings: Settings = None,
    threads: Threads = None,
    force: Force = False,
    lang: PageLanguage = "en",
    quiet: Quiet = False,
) -> None:
    """Compare alternatives with a base under shared luck."""
    settings = with_size(settings, scale, seed)
    with plain_errors():
        from sim.analysis.comparable import ComparisonError, by_name, check_comparable, check_measures
        from sim.analysis.compare import compare as differences
        from sim.analysis.draws import DrawsError
        from sim.report.comparison import HEADLINE, Comparison
        from sim.results import check_writable

        check_writable(out, force)
        first, *others = (load(path, settings) for path in (base, *alternatives))
        try:
            check_comparable(first, by_name(others))
            check_measures(measure or (), [first, *others])
            drawn = draws_for(first, no_fit, draws, quiet)
            with runs_bar(quiet) as progress:
                table = differences(
                    first, *others, replicates=replicates, draws=drawn, threads=threads, progress=progress
                )
        except (ComparisonError, DrawsError) as error:
            fail(str(error), BAD_INPUT)
        found = Comparison(first, by_name(others), table, replicates, len(drawn), tuple(measure or HEADLINE))
        _write(found, out, force, lang)
        if not quiet:
            from sim.report.comparison import terminal

            show([terminal(found)])
            typer.echo(f"open {out / 'report.html'}")


def _write(found: Comparison, out: Path, force: bool, lang: Code) -> None:
    from sim.language import Language
    from sim.report.comparison import render
    from sim.results import FolderError
    from sim.results.analysis import write_analysis

    scenarios = {"base": found.base, **found.alternatives}
    about = {
        "scenarios": {name: {"name": each.scenario.name, "hash": each.hash} for name, each in scenarios.items()},
        "seed": found.base.scenario.seed,
        "replicates": found.replicates,
        "draws": found.draws,
    }
    try:
        write_analysis(out, {"differences": found.table}, render(found, Language(lang)), about, force)
    except FolderError as error:
        fail(f"the runs are done, but {error}", FAILED)
