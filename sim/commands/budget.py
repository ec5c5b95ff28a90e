"""`povsim budget`: which portfolio of places lowers poverty most for a sum of money."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.commands.fits import NoFit, draws_for
from sim.commands.shared import (
    BAD_INPUT,
    FAILED,
    INTERRUPTED,
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
    from sim.analysis.budget import Budget, Work
    from sim.language import Code
    from sim.scenario import LoadedScenario

SMALL = 20_000  # households of a run, where no scale is given: about a second


def budget(
    scenario: ScenarioFile,
    yuan: Annotated[float, typer.Option("--budget", metavar="YUAN", help="For the whole period, for example 25e9.")],
    objective: Annotated[
        Literal["persons", "gap", "return_risk"],
        typer.Option(help="What to lower: persons below the line or their gap at the end, or falls after exit."),
    ] = "persons",
    vary: Annotated[
        list[str] | None,
        typer.Option(help="Mechanism or instrument whose places are varied; may be given several times. Default: all."),
    ] = None,
    replicates: Annotated[int, typer.Option(min=2, help="Seeds that judge what the search found.")] = 8,
    draws: Annotated[int | None, typer.Option(min=1, help="Parameter draws from the region's fit.")] = None,
    no_fit: NoFit = False,
    runs: Annotated[int, typer.Option(min=1, help="Most runs.")] = 1000,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder; results/NAME_budget by default. Runs are kept in it: given again, it goes on."),
    ] = None,
    seed: Seed = None,
    scale: Scale = None,
    settings: Settings = None,
    threads: Threads = None,
    force: Force = False,
    lang: PageLanguage = "en",
    quiet: Quiet = False,
) -> None:
    """Find the places for each instrument that lower poverty most for a budget."""
    with plain_errors():
        from sim.analysis.budget import budget as best
        from sim.analysis.draws import DrawsError
        from sim.analysis.portfolio import BudgetError
        from sim.results import RUNS, check_writable

        folder = out or Path("results") / f"{scenario.stem}_budget"
        check_writable(folder, force)
        loaded = _small(scenario, with_size(settings, scale, seed), scale)
        try:
            drawn = draws_for(loaded, no_fit, draws, quiet)
            with runs_bar(quiet) as progress:
                found = best(
                    loaded, yuan, objective, vary=vary or (), replicates=replicates, draws=drawn, most_runs=runs,
                    threads=threads, starting=None if quiet else _announce, progress=progress, kept=folder / RUNS,
                )  # fmt: skip
        except (BudgetError, DrawsError) as error:
            fail(str(error), BAD_INPUT)
        except KeyboardInterrupt:
            fail("interrupted; runs that are done are kept, and the same command goes on", INTERRUPTED)
        _write(found, folder, force, lang)
        if not quiet:
            from sim.report.budget import terminal

            show(terminal(found))
            typer.echo(f"open {folder / 'report.html'}")


def _small(scenario: Path, settings: list[str], scale: float | None) -> LoadedScenario:
    """The scenario at a scale of about SMALL households, where none is given."""
    loaded = load(scenario, settings)
    if scale is not None or any(each.startswith("population.scale=") for each in settings):
        return loaded
    share = min(1.0, SMALL / loaded.scenario.population.households)
    return load(scenario, [*settings, f"population.scale={share!r}"])


def _announce(work: Work) -> None:
    typer.echo(
        f"up to {work.runs:,} runs, about {max(work.seconds / 60, 1):,.0f} minutes: {work.curves:,} for the curves, "
        f"{work.greedy:,} and {work.population:,} for the two searches, {work.judging:,} to judge",
        err=True,
    )


def _write(found: Budget, folder: Path, force: bool, lang: Code) -> None:
    from sim.language import Language
    from sim.report.budget import render
    from sim.results import FolderError
    from sim.results.analysis import write_analysis

    scenario = found.loaded.scenario
    about = {
        "scenario": {"name": scenario.name, "hash": found.loaded.hash},
        "seed": scenario.seed,
        "budget": found.yuan,
        "objective": found.objective,
        "runs": found.runs,
        "replicates": found.seeds,
        "draws": found.draws,
    }
    tables = {"budget": found.allocation, "front": found.front, "curves": found.curves, "tried": found.tried}
    try:
        write_analysis(folder, tables, render(found, Language(lang)), about, force)
    except FolderError as error:
        fail(f"the runs are done, but {error}", FAILED)
