"""`povsim sweep`: mistakes are named before anything runs, exit codes tell whether all is done."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.sweep.folder import prepare_folder
from sim.sweep.read import load_sweep
from sim.sweep.work import work

HERE = Path(__file__).parent
SMALL = HERE / "sweeps" / "small.yaml"


def povsim(*arguments):
    return CliRunner().invoke(app, ["--allow-outside", "sweep", *map(str, arguments)])


@pytest.fixture(scope="module")
def half(tmp_path_factory):
    """The small sweep with half of its runs done."""
    folder = prepare_folder(load_sweep(SMALL), tmp_path_factory.mktemp("half") / "out")
    work(str(folder.path), list(range(16)))
    return folder.path


@pytest.fixture
def no_start(monkeypatch):
    """Fails where workers are started."""

    def refuse(*_):
        raise AssertionError("workers were started")

    monkeypatch.setattr("sim.sweep.start.Drive", refuse)
    monkeypatch.setattr("sim.sweep.folder.write_plan", refuse)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere.yaml"], "no such file"),
        ([HERE / "bad_sweeps" / "unknown_path.yaml"], "did you mean incidence"),
        ([HERE / "bad_sweeps" / "empty_range.yaml"], "is empty"),
        ([HERE / "bad_sweeps" / "same_path.yaml"], "the factor first changes health.incidence already"),
        ([HERE / "bad_sweeps" / "outputs.yaml"], "did you mean register_incidence"),
        ([SMALL, "--on", "threads"], "is no place for workers"),
        ([SMALL, "--on", "tcp://10.1.2.3:8786"], "--insecure"),
        ([SMALL, "--out", SMALL], "is a file"),
        ([SMALL, "--out", HERE], "holds what no sweep wrote"),
    ],
)
def test_bad_input_is_refused_before_the_first_run(arguments, complaint, no_start, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = povsim("run", *arguments)
    assert result.exit_code == 2, result.output
    assert complaint in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_another_sweep_is_refused(half, no_start, tmp_path):
    text = SMALL.read_text().replace("../small.yaml", str(HERE / "small.yaml")).replace("0.08", "0.07")
    (tmp_path / "other.yaml").write_text(text)
    result = povsim("run", tmp_path / "other.yaml", "--out", half)
    assert result.exit_code == 2
    assert "holds another sweep, 'Small sweep', with other factors" in result.stderr


def test_status_counts_and_exits_with_1_while_runs_are_missing(half):
    result = povsim("status", half)
    assert (result.exit_code, result.stdout) == (1, "32 planned = 16 done + 0 failed + 16 missing\n")


def test_collect_refuses_a_sweep_that_is_not_done_unless_told(half, tmp_path):
    shutil.copytree(half, tmp_path / "out")
    result = povsim("collect", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "16 of 32 runs are not done" in result.stderr
    assert not (tmp_path / "out" / "collected.parquet").exists()
    assert povsim("collect", tmp_path / "out", "--partial").exit_code == 0
    assert (tmp_path / "out" / "collected.parquet").exists()


@pytest.mark.parametrize("command", [["status"], ["collect"], ["analyse", "--method", "sobol"]])
def test_a_folder_without_a_sweep(command, tmp_path):
    result = povsim(command[0], tmp_path, *command[1:])
    assert result.exit_code == 2
    assert "holds no sweep" in result.stderr


def test_a_method_needs_its_design(half, tmp_path):
    shutil.copytree(half, tmp_path / "out")
    work(str(tmp_path / "out"), list(range(16, 32)))
    povsim("collect", tmp_path / "out")
    result = povsim("analyse", tmp_path / "out", "--method", "sobol")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "needs a design of kind saltelli, not sobol" in result.stderr
    wrong = povsim("analyse", tmp_path / "out", "--method", "sobol", "--measure", "income_incidenc")
    assert "did you mean income_incidence" in wrong.stderr
    boxes = ["--method", "prim", "--measure", "income_incidence", "--above"]
    nowhere = povsim("analyse", tmp_path / "out", *boxes, 100)
    assert nowhere.exit_code == 2
    assert "happens nowhere" in nowhere.stderr
    assert povsim("analyse", tmp_path / "out", *boxes, 18, "--year", 2013).exit_code == 0
    assert {path.name for path in (tmp_path / "out" / "analysis").iterdir()} == {"prim.csv", "prim.html"}


def test_plan_shows_runs_and_costs():
    result = povsim("plan", SMALL)
    assert result.exit_code == 0, result.output
    assert "16 points, 32 runs" in result.stdout
    for word in ("core-hours", "GB of memory", "on disk", "no_vegetables"):
        assert word in result.stdout
