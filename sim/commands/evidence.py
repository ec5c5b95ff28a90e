"""`povsim evidence`: the reported figures, what disagrees with them, and where scenarios use them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.commands.shared import plain_errors

if TYPE_CHECKING:
    from rich.console import Console

    from calibration.evidence import Evidence
    from sim.commands.evidence_uses import Use

SCENARIOS = Path("scenarios")
PIPED_WIDTH = 200  # holds the longest row: a pipe gets one line a row, to be searched


def evidence(
    name: Annotated[str | None, typer.Argument(metavar="ID", help="Everything about one row.")] = None,
    region: Annotated[str | None, typer.Option(help="The rows of one region.")] = None,
    conflicts: Annotated[bool, typer.Option("--conflicts", help="Rows that disagree, and what is done.")] = False,
    page: Annotated[bool, typer.Option("--page", help="The page docs/evidence.md.")] = False,
    scenarios: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Folder of scenarios that may use the row; ./scenarios."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print reported figures with their sources: all, those of a region, one, or those in conflict."""
    if sum((name is not None, region is not None, conflicts, page)) > 1 or (page and as_json):
        raise typer.BadParameter("give one of ID, --region, --conflicts and --page; --json goes with all but --page")
    if scenarios is not None and name is None:
        raise typer.BadParameter("has no effect without an ID", param_hint="--scenarios")
    with plain_errors():
        from calibration.evidence import load_evidence

        registry = load_evidence()
        if page:
            from sim.commands.evidence_page import render

            typer.echo(render(registry), nl=False)
        elif name is not None:
            _one(name, registry, scenarios or SCENARIOS, as_json)
        elif conflicts:
            _conflicts(registry, as_json)
        else:
            _listed(registry, region, as_json)


def _one(name: str, registry: Mapping[str, Evidence], folder: Path, as_json: bool) -> None:
    from calibration.evidence.reading import MAY_BE_USED
    from sim.commands import evidence_text
    from sim.commands.evidence_uses import uses

    _known(name, registry, "no evidence has the id")
    row = registry[name]
    others = [registry[other] for other in row.conflicts]
    found: list[Use] | None = uses(name, folder) if folder.is_dir() else None
    if as_json:
        used_by = None if found is None else [use._asdict() for use in found]
        may_be_used = MAY_BE_USED[row.kind]
        conflicting = [asdict(other) for other in others]
        _print_json(asdict(row) | {"may_be_used": may_be_used, "conflicting": conflicting, "used_by": used_by})
    else:
        console = _console()
        for part in evidence_text.one(row, others, found, folder):
            console.print(part)


def _conflicts(registry: Mapping[str, Evidence], as_json: bool) -> None:
    from calibration.evidence.reading import conflict_groups, treatments
    from sim.commands import evidence_text

    groups = conflict_groups(registry)
    if as_json:
        _print_json(
            [
                {"rows": [asdict(row) for row in group], "treatments": [each._asdict() for each in treatments(group)]}
                for group in groups
            ]
        )
    else:
        console = _console()
        for index, group in enumerate(groups, 1):
            for part in evidence_text.conflict(index, group, console.width):
                console.print(part)


def _listed(registry: Mapping[str, Evidence], region: str | None, as_json: bool) -> None:
    from sim.commands import evidence_text

    if region is not None:
        _known(region, {row.region: row for row in registry.values()}, "no evidence has the region")
    rows = [row for row in registry.values() if region in (None, row.region)]
    if as_json:
        _print_json([asdict(row) for row in rows])
    else:
        console = _console()
        console.print(evidence_text.listed(rows, console.width))
        console.print(evidence_text.LEGEND)


def _known(name: str, names: Mapping[str, Evidence], complaint: str) -> None:
    from calibration.evidence import EvidenceError
    from sim.scenario.problems import nearest

    if name not in names:
        raise EvidenceError([f"{complaint} {name!r}{nearest(name, names)}"])


def _console() -> Console:
    from rich.console import Console

    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    return console


def _print_json(content: Any) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
