"""The command line; each command stands in `sim/commands/`."""

from __future__ import annotations

import gc
import signal
import sys
from typing import Annotated

import typer

from sim.commands.attribute import attribute
from sim.commands.budget import budget
from sim.commands.calibrate import calibrate
from sim.commands.compare import compare
from sim.commands.diff import diff
from sim.commands.doctor import doctor
from sim.commands.evidence import evidence
from sim.commands.households import households
from sim.commands.inspect import align, explain, validate, verify
from sim.commands.new import new
from sim.commands.risk import risk
from sim.commands.run import run
from sim.commands.schema import schema
from sim.commands.serve import serve
from sim.commands.shared import allow_outside
from sim.commands.sweep import app as sweep

TERMINATED = 143
# What a start imports stays: to look through it for garbage again and again would take a tenth of a small run.
OBJECTS_BETWEEN_COLLECTIONS = 50_000

app = typer.Typer(
    help="Simulate how rural households leave registered poverty, and how they fall back.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def before(
    outside: Annotated[
        bool, typer.Option("--allow-outside", help="Let files name files outside their folder, or folder `scenarios`.")
    ] = False,
) -> None:
    """Set what holds for every command."""
    allow_outside.set(outside)


for command in (
    new,
    run,
    serve,
    compare,
    attribute,
    risk,
    budget,
    households,
    validate,
    explain,
    diff,
    evidence,
    verify,
    align,
    calibrate,
    doctor,
    schema,
):
    app.command()(command)
app.add_typer(sweep, name="sweep")


def main() -> None:
    """Entry point of `povsim`."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    app()
