"""`povsim attribute`: which part of the fall of poverty is due to growth, and which to each mechanism or instrument."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.commands.fits import NoFit, fit_of
from sim.commands.shared import (
    BAD_INPUT,
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
    from sim.analysis.attribution import Attribution
    from sim.language import Code
    from sim.scenario import LoadedScenario


def attribute(
    scenario: ScenarioFile,
    by: Annotated[
        Literal["mechanism", "instrument"],
        typer.Option(help="Exact over all coalitions of mechanisms, or sampled over orders of instruments."),
    ] = "mechanism",
    years: Annotated[str | None, typer.Option(metavar="YEAR,…", help="Decembers to report; all by default.")] = None,
    replicates: Annotated[
        int | None,
        typer.Option(min=1, help="Seeds (1 by default), or pairs of orders with a seed each (4 by default)."),
    ] = None,
    error: Annotated[
        float | None,
        typer.Option(help="Add replicates until no part's standard error exceeds this share of the total."),
    ] = None,
    runs: Annotated[int, typer.Option(min=1, help="Most runs.")] = 2000,
    effect_sizes: Annotated[
        bool, typer.Option("--effect-sizes", help="Split again with low and high effects; takes three times as long.")
    ] = False,
    no_fit: NoFit = False,
    out: Annotated[Path | None, typer.Option(help="Folder; results/NAME_attribution by default.")] = None,
    seed: Seed = None,
    scale: Scale = None,
    settings: Settings = None,
    threads: Threads = None,
    force: Force = False,
    lang: PageLanguage = "en",
    quiet: Quiet = False,
) -> None:
    """Split the fall of poverty between growth and policy (Shapley values)."""
    settings = with_size(settings, scale, seed)
    if error is not None and not 0 < error < 1:
        raise typer.BadParameter("must lie between 0 and 1", param_hint="--error")
    chosen = _years(years)
    with plain_errors():
        from sim.analysis.attribution import AttributionError
        from sim.analysis.attribution import attribute as split
        from sim.results import check_writable

        folder = out or Path("results") / f"{scenario.stem}_attribution"
        check_writable(folder, force)
        loaded = load(scenario, settings)
        if (fit := fit_of(loaded, no_fit, None, quiet)) is not None:
            loaded = fit.with_median(loaded)
        try:
            with runs_bar(quiet) as progress:
                found = split(
                    loaded, by, years=chosen, replicates=replicates, error=error, most_runs=runs,
                    effect_sizes=effect_sizes, threads=threads, progress=progress,
                )  # fmt: skip
        except AttributionError as problem:
            fail(str(problem), BAD_INPUT)
        _write(loaded, by, found, folder, force, lang)
        if not quiet:
            from sim.report.attribution import terminal

            show([terminal(found)], width=120)
            typer.echo(f"open {folder / 'report.html'}")


def _years(text: str | None) -> list[int]:
    try:
        return [int(year) for year in text.split(",")] if text else []
    except ValueError:
        raise typer.BadParameter("write years, for example 2015,2020", param_hint="--years") from None


def _write(
    loaded: LoadedScenario,
    by: Literal["mechanism", "instrument"],
    found: Attribution,
    out: Path,
    force: bool,
    lang: Code,
) -> None:
    from sim.language import Language
    from sim.report.attribution import render
    from sim.report.beside import policy_hash
    from sim.results import FolderError
    from sim.results.analysis import write_analysis

    tables = {"attribution": found.parts, "interactions": found.interactions}
    if found.effect_sizes is not None:
        tables["effect_sizes"] = found.effect_sizes
    scenario = loaded.scenario
    about = {"name": scenario.name, "hash": loaded.hash, "seed": scenario.seed, "by": by, "runs": found.runs}
    about["policy"] = policy_hash(loaded)
    try:
        write_analysis(out, tables, render(loaded, by, found, Language(lang)), about, force)
    except FolderError as error:
        fail(f"the runs are done, but {error}", FAILED)
