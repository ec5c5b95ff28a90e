"""`povsim households`: the population at the start as a file, or what is in the file that a scenario has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.shared import (
    BAD_INPUT,
    Force,
    Quiet,
    Scale,
    ScenarioFile,
    Seed,
    Settings,
    fail,
    load,
    plain_errors,
    with_size,
)

if TYPE_CHECKING:
    from sim.scenario import LoadedScenario
    from sim.world import World


def households(
    scenario: ScenarioFile,
    out: Annotated[
        Path | None, typer.Option(help="File to write: .csv, .parquet or .dta; a scenario that runs it is put beside.")
    ] = None,
    seed: Seed = None,
    scale: Scale = None,
    settings: Settings = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Write the households of a scenario before its first month, or check those it has."""
    with plain_errors():
        if out is not None:
            _check_writable(out, force)
        loaded = load(scenario, with_size(settings, scale, seed))
        from sim.world import World

        world = World(loaded.scenario)
        if out is not None:
            _write(loaded, world, out, whole=bool(settings))
        if not quiet:
            typer.echo("\n".join(about(loaded, world)))
            if out is not None:
                typer.echo(f"wrote {out}; `povsim run {out.with_suffix('.yaml')}` runs it")


def about(loaded: LoadedScenario, world: World) -> list[str]:
    """What the households are, how many they stand for, and what of them is imputed."""
    stand_for = float((world.v.weight * world.households_of_village).sum())
    lines = [
        f"{loaded.files[-1]}: {world.households:,} households in {len(world.v.first):,} villages stand for "
        f"{stand_for:,.0f}"
    ]
    if loaded.scenario.population.microdata is not None:
        from sim.microdata.check import read_table

        table = read_table(loaded.scenario)
        lines.append(f"of {len(table):,} in {loaded.scenario.population.microdata}")
        lines += [
            f"imputed, drawn as for synthetic households: {', '.join(names)} of {count:,} households"
            for count, names in _alike(table.imputed).items()
        ]
    return lines


def _alike(imputed: Mapping[str, int]) -> dict[int, list[str]]:
    """Attributes by the number of households of which they are imputed."""
    alike: dict[int, list[str]] = {}
    for name, count in imputed.items():
        alike.setdefault(count, []).append(name)
    return alike


def _check_writable(out: Path, force: bool) -> None:
    from sim.scenario.microdata import SUFFIXES

    if out.suffix.lower() not in SUFFIXES:
        raise typer.BadParameter(f"{out} must end in {', '.join(SUFFIXES)}", param_hint="--out")
    if not out.absolute().parent.is_dir():
        fail(f"{out.parent} is no folder; make it first", BAD_INPUT)
    for file in (out, out.with_suffix(".yaml")):
        if file.is_dir() or (file.exists() and not force):
            fail(f"{file} exists already; give --force to replace it or another file with --out", BAD_INPUT)


def _write(loaded: LoadedScenario, world: World, out: Path, whole: bool) -> None:
    from sim.microdata.export import households_table, scenario_text
    from sim.microdata.files import appearing, write_table

    write_table(households_table(world), out)
    with appearing(out.with_suffix(".yaml")) as work:
        work.write_text(scenario_text(loaded, out, whole), encoding="utf-8")
