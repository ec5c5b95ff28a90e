"""`povsim validate | explain | align | verify`: what a scenario says, and whether a result is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.commands.shared import FAILED, PageLanguage, ScenarioFile, Settings, Threads, load, plain_errors


def validate(scenario: ScenarioFile, settings: Settings = None) -> None:
    """Check a scenario, and list every problem at once."""
    with plain_errors():
        from sim.scenario import unsourced

        loaded = load(scenario, settings or [])
        if loaded.scenario.population.microdata is not None:
            from sim.microdata.check import read_table

            read_table(loaded.scenario)
        bare = unsourced(loaded)
        typer.echo(f"{scenario}: valid, {len(loaded.scenario.instruments)} instruments, hash {loaded.hash[:12]}")
        if bare:
            typer.echo(f"{len(bare)} numbers say neither where they come from nor why they are assumed:")
            for path in bare:
                typer.echo(f"  {path}")


def explain(scenario: ScenarioFile, settings: Settings = None, lang: PageLanguage = "en") -> None:
    """Print a scenario as sentences with their sources, in English or Chinese."""
    with plain_errors():
        from calibration.evidence import load_evidence
        from sim.language import Language
        from sim.scenario import explain as sentences

        typer.echo(sentences(load(scenario, settings or []), load_evidence(), Language(lang)))


def verify(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that a run wrote.")]) -> None:
    """Compare the files of a result with the hashes in its manifest."""
    with plain_errors():
        from sim.results import verify as differences

        found = differences(folder)
        for difference in found:
            typer.echo(difference, err=True)
        if found:
            raise typer.Exit(FAILED)
        typer.echo(f"{folder}: every file is as the run wrote it")


def align(
    scenario: ScenarioFile,
    settings: Settings = None,
    threads: Threads = None,
) -> None:
    """Solve the market factors with which simulated mean incomes equal the reported ones."""
    with plain_errors():
        from calibration.market_path import solve_market_factor

        factors = solve_market_factor(load(scenario, settings or []).scenario, threads=threads)
        typer.echo("  market_factor:")
        for year, factor in factors.items():
            typer.echo(f"    {year}: {factor}")
