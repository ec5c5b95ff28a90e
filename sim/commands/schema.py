"""`povsim schema`: what an editor needs to check and complete a scenario or sweep file while it is written."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def schema(
    sweep: Annotated[bool, typer.Option("--sweep", help="That of sweep files instead of scenarios.")] = False,
) -> None:
    """Print the JSON Schema of scenario files; scenarios/schema.json and scenarios/sweeps/schema.json hold both."""
    from sim.scenario.schema import file_schema, scenario_schema
    from sim.sweep.model import Sweep

    content = file_schema(Sweep) if sweep else scenario_schema()
    typer.echo(json.dumps(content, indent=1, ensure_ascii=False))
