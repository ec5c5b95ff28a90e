"""Gives an input to the command line itself: it ends with a code and a sentence, and leaves a whole result or none."""

from __future__ import annotations

import shutil
from pathlib import Path

from reading import READERS, households, is_small, scenario, scenario_of
from typer.testing import CliRunner

from sim.cli import app
from sim.results import verify
from sim.scenario import load_scenario

CODES = {"accepted": (0, 1, 2), "refused": (2,)}
RUN = [kind for kind, reader in READERS.items() if reader in (scenario, households)]


def run(path: Path, outcome: str) -> None:
    """`povsim run` of a scenario, in a folder beside it.

    Parameters
    ----------
    outcome : of reading it; what was accepted may still hold no December, or end by name

    Raises
    ------
    AssertionError
        Where it shows a traceback, ends with another code, or leaves a part of a result.
    """
    path = scenario_of(path)
    if outcome == "accepted" and not is_small(load_scenario(path)):
        return
    before, out = sorted(path.parent.iterdir()), path.with_name("result")
    arguments = ["run", str(path), "--out", str(out), "--threads", "1", "--no-fit", "--quiet"]
    try:
        made = CliRunner().invoke(app, arguments)
        assert made.exception is None or isinstance(made.exception, SystemExit), repr(made.exception)
        assert "Traceback" not in made.output
        assert made.exit_code in CODES[outcome], f"code {made.exit_code}: {made.output[-300:]}"
        assert out.exists() == (made.exit_code == 0)
        if out.exists():
            assert not verify(out), "the result is not whole"
    finally:
        shutil.rmtree(out, ignore_errors=True)
    assert sorted(path.parent.iterdir()) == before, "something was left behind"
