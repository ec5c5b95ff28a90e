"""`povsim doctor`: whether everything is there that the commands need, and what to do where it is not."""

from __future__ import annotations

import json
from textwrap import fill
from typing import Annotated

import typer

from sim.commands.shared import FAILED

WIDTH = 100


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check installation, compile cache, fonts, memory, disk and cluster commands; ends with 1 where one is broken."""
    from sim.commands.doctor_checks import BROKEN, everything

    findings = everything()
    if as_json:
        typer.echo(json.dumps([each._asdict() for each in findings], ensure_ascii=False, indent=2))
    else:
        name = max(len(each.name) for each in findings)
        for each in findings:
            start = f"{each.state:8} {each.name:{name}}  "
            typer.echo(
                fill(f"{start}{each.message}", WIDTH, subsequent_indent=" " * len(start), break_on_hyphens=False)
            )
    if any(each.state == BROKEN for each in findings):
        raise typer.Exit(FAILED)
