"""`povsim schema`: what an editor needs to check and complete a scenario or sweep file while it is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sim.commands.shared import load, plain_errors


def schema(
    sweep: Annotated[bool, typer.Option("--sweep", help="That of sweep files instead of scenarios.")] = False,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="SCENARIO", help="The page docs/parameters.md instead: all keys, and a scenario's numbers."
        ),
    ] = None,
) -> None:
    """Print the JSON Schema of scenario files; scenarios/schema.json and scenarios/sweeps/schema.json hold both."""
    if page is not None:
        if sweep:
            raise typer.BadParameter("has no effect with --page", param_hint="--sweep")
        from sim.commands.parameters_page import render

        with plain_errors():
            typer.echo(render(load(page, [])), nl=False)
        return
    from sim.scenario.schema import file_schema, scenario_schema
    from sim.sweep.model import Sweep

    content = file_schema(Sweep) if sweep else scenario_schema()
    typer.echo(json.dumps(content, indent=1, ensure_ascii=False))
