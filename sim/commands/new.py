"""`povsim new`: a scenario file to start from, with comments, that is valid as it is."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from sim.commands.completion import scenario_files
from sim.commands.shared import BAD_INPUT, fail, load, plain_errors
from sim.shipped import SHIPPED

TEMPLATE = "template"


def regions() -> list[str]:
    """Names of the shipped regions."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml") if path.stem != TEMPLATE)


def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write, for example my_county.yaml.")],
    region: Annotated[
        str | None,
        typer.Option(help="Extend a shipped region: state only what differs.", autocompletion=regions),
    ] = None,
    extends: Annotated[
        Path | None,
        typer.Option(metavar="BASE", help="Extend any other scenario file.", autocompletion=scenario_files),
    ] = None,
    force: Annotated[bool, typer.Option(help="Replace the file if it is there.")] = False,
) -> None:
    """Write a scenario with comments: a change of another one, or a complete one for a region of your own."""
    if region is not None and extends is not None:
        raise typer.BadParameter("give --region or --extends, not both", param_hint="--region")
    if file.exists() and not force:
        fail(f"{file} exists already; give --force to replace it", BAD_INPUT)
    if not file.absolute().parent.is_dir():
        fail(f"{file.parent} is no folder", BAD_INPUT)
    base = _shipped(region) if region is not None else extends
    with plain_errors():
        if base is None:
            text = _template(file)
        else:
            from sim.commands.new_text import change_of

            text = change_of(load(base, []), file, _from(file, base), _schema(file))
        _write(file, text)
    typer.echo(f"{file}: written, and valid as it is; its comments say what to change")
    typer.echo(f"next: povsim validate {file}, then povsim run {file} --scale 0.1")


def _shipped(region: str) -> Path:
    from sim.scenario.problems import allowed, nearest

    if not regions():
        fail(f"{SHIPPED} holds no scenarios; name one with --extends", BAD_INPUT)
    if region not in regions():
        raise typer.BadParameter(
            f"there is no region {region!r}{nearest(region, regions())}{allowed(regions())}", param_hint="--region"
        )
    return SHIPPED / f"{region}.yaml"


def _template(file: Path) -> str:
    """The shipped template, whose first line names the schema from where the file lies."""
    text = (SHIPPED / f"{TEMPLATE}.yaml").read_text(encoding="utf-8")
    return f"{_schema(file)}\n{text.partition(chr(10))[2]}"


def _schema(file: Path) -> str:
    return f"# yaml-language-server: $schema={_from(file, SHIPPED / 'schema.json')}"


def _from(file: Path, other: Path) -> str:
    """The path of another file as one writes it in this one."""
    return Path(os.path.relpath(other.resolve(), file.resolve().parent)).as_posix()


def _write(file: Path, text: str) -> None:
    with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.absolute().parent) as work:
        written = Path(work) / file.name
        written.write_text(text, encoding="utf-8")
        written.replace(file)
