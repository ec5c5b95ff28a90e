"""A budget search that is interrupted goes on where it was, and finds the same to the byte."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
from grants import COSTLY, GRANTS, PLAIN
from typer.testing import CliRunner

import sim
from sim.analysis import trials
from sim.analysis.portfolio import brought
from sim.cli import app

YUAN = 2 * PLAIN + 0.5 * COSTLY


@pytest.fixture(scope="module")
def whole():
    return sim.budget(GRANTS, YUAN, "gap", replicates=2, most_runs=178, threads=1)


class StoppedError(Exception):
    """Stands for whatever ends a search early."""


@pytest.mark.parametrize("at", [1, 40, 100])
def test_a_search_that_was_interrupted_goes_on_and_finds_the_same(whole, tmp_path, monkeypatch, at):
    made = []
    monkeypatch.setattr(trials, "brought", lambda *args, **names: made.append(1) or brought(*args, **names))

    def search(stop_at):
        def progress(done, of):
            if done == stop_at:
                raise StoppedError

        made.clear()
        kept = tmp_path / "runs"
        return sim.budget(GRANTS, YUAN, "gap", replicates=2, most_runs=178, progress=progress, kept=kept)

    with pytest.raises(StoppedError):
        search(at)
    before = len(list((tmp_path / "runs").glob("*.parquet")))
    assert at - 1 <= before < whole.runs
    found = search(None)
    assert len(made) == 2 + whole.runs - before  # two tell how long a run takes
    for name in ("allocation", "front", "curves", "tried"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(whole, name), check_exact=True)
    assert (found.best, found.runs) == (whole.best, whole.runs)
    search(None)
    assert len(made) == 2


@pytest.mark.slow
def test_the_command_goes_on_after_ctrl_c_and_writes_the_same_bytes(tmp_path):
    arguments = [
        sys.executable, "-c", "from sim.cli import main; main()", "budget", GRANTS, "--budget", YUAN, "--objective",
        "gap", "--replicates", 2, "--runs", 178, "--threads", 1, "--scale", 1, "--quiet", "--out",
    ]  # fmt: skip

    def start(folder):
        return subprocess.Popen(list(map(str, [*arguments, folder])), stderr=subprocess.PIPE, text=True)

    out, whole = tmp_path / "out", tmp_path / "whole"
    stopped = start(out)
    while len(list(out.glob("runs/*.parquet"))) < 20:
        assert stopped.poll() is None
        time.sleep(0.01)
    stopped.send_signal(signal.SIGINT)
    assert "interrupted; runs that are done are kept" in stopped.communicate()[1]
    assert stopped.returncode == 130
    assert [path.name for path in out.iterdir()] == ["runs"]
    for folder in (out, whole):
        assert start(folder).communicate()[1] == ""
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    assert all((out / name).read_bytes() == (whole / name).read_bytes() for name in files)
    assert CliRunner().invoke(app, ["verify", str(out)]).exit_code == 0
