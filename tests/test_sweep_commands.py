"""`povsim sweep`: mistakes are named before anything runs, exit codes tell whether all is done."""

from __future__ import annotations

import csv
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.sweep.drive import Counts
from sim.sweep.folder import prepare_folder
from sim.sweep.progress import line
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
    before = {path: path.stat().st_mtime_ns for path in half.rglob("*")}
    result = povsim("run", tmp_path / "other.yaml", "--out", half)
    assert {path: path.stat().st_mtime_ns for path in half.rglob("*")} == before
    assert result.exit_code == 2
    assert "holds another sweep, 'Small sweep', with other factors" in result.stderr


def test_a_combination_that_the_scenario_refuses_fails_alone_and_can_be_made_again(tmp_path):
    """A register of December 2014 has no place in a period that ends in 2013; every other combination has."""
    (tmp_path / "sweep.yaml").write_text(
        f"""
name: two dates
base: {HERE / "small.yaml"}
factors:
  start: {{path: register.identification.at, values: ["2012-12", "2014-12"]}}
  last: {{path: period.end, values: ["2013-12", "2015-12"]}}
design: {{kind: grid}}
outputs: {{measures: [income_incidence]}}
"""
    )
    folder = prepare_folder(load_sweep(tmp_path / "sweep.yaml"), tmp_path / "out")
    work(str(folder.path), [0, 1, 2, 3])
    result = povsim("status", folder.path)
    assert (result.exit_code, result.stdout) == (1, "4 planned = 3 done + 1 failed + 0 missing\n")
    assert "run 2 failed: ScenarioError: --set:1:1: register.identification.at: lies after the period" in result.stderr
    (command,) = [text.strip() for text in result.stderr.splitlines() if text.startswith("  povsim run ")]
    again = CliRunner().invoke(app, [*shlex.split(command)[1:], "--out", str(tmp_path / "again")])
    assert again.exit_code == 2
    assert "register.identification.at: lies after the period" in again.stderr


def test_progress_in_words():
    """25 runs in 50 s are 0.5 a second; 50 of 100 are left, which takes 100 s."""
    counts = Counts(planned=100, done=40, failed=10, made=25, lost=3, alive=2)
    assert line(counts, 50) == "40 of 100 runs, 0.50 runs/s, 0:01:40 left, 2 workers, 10 failed, 3 workers lost"
    assert line(Counts(planned=5, done=0), 0) == "0 of 5 runs, 0.00 runs/s, time left unknown, 0 workers, 0 failed"


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
    unsaid = povsim("analyse", tmp_path / "out")
    assert unsaid.exit_code == 2
    assert "prim needs --measure" in unsaid.stderr
    boxes = ["--measure", "income_incidence", "--above"]
    nowhere = povsim("analyse", tmp_path / "out", *boxes, 100)
    assert nowhere.exit_code == 2
    assert "happens nowhere" in nowhere.stderr
    assert povsim("analyse", tmp_path / "out", *boxes, 18, "--year", 2013).exit_code == 0
    assert {path.name for path in (tmp_path / "out" / "analysis").iterdir()} == {"prim.csv", "prim.html"}


@pytest.mark.parametrize(
    ("method", "design", "runs", "index"),
    [("sobol", "{kind: saltelli, samples: 4}", 16, "ST"), ("morris", "{kind: morris, trajectories: 4}", 12, "mu_star")],
)
def test_indices_of_a_sweep_have_verdicts_and_a_figure(method, design, runs, index, tmp_path):
    pytest.importorskip("SALib")
    text = SMALL.read_text().replace("../small.yaml", str(HERE / "small.yaml")).replace("count: 2", "count: 1")
    (tmp_path / "sweep.yaml").write_text(text.replace("{kind: sobol, points: 16}", design))
    folder = prepare_folder(load_sweep(tmp_path / "sweep.yaml"), tmp_path / "out")
    work(str(folder.path), list(range(runs)))
    assert povsim("collect", folder.path).exit_code == 0
    result = povsim("analyse", folder.path, "--measure", "income_incidence", "--year", 2013)  # the design's own method
    assert result.exit_code == 0, result.stderr
    assert "Not converged" in result.stdout
    with (folder.path / "analysis" / f"{method}.csv").open() as table:
        rows = [row for row in csv.DictReader(table) if row["index"] == index]
    assert [row["factor"] for row in rows] == ["illness", "no_vegetables"]
    assert any(row["verdict"] == "not converged" for row in rows)
    page = (folder.path / "analysis" / f"{method}.html").read_text()
    assert page.count("<svg") == 1
    assert "Not converged" in page


def test_plan_shows_runs_and_costs():
    result = povsim("plan", SMALL)
    assert result.exit_code == 0, result.output
    assert "16 points, 32 runs" in result.stdout
    for word in ("core-hours", "GB of memory", "on disk", "no_vegetables"):
        assert word in result.stdout
