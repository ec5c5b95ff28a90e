"""The command line: exit codes, what is written and what is not, one line for every mistake."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from made_history import GANZHOU, made_record
from typer.testing import CliRunner

from sim.cli import app

ROOT = Path(__file__).parent.parent
POVSIM = [sys.executable, "-c", "from sim.cli import main; main()"]
SMALL = ("--households", "2000", "--set", "period.end=2014-12", "--threads", "1")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def made_runs(monkeypatch):
    """Runs that are made up instead of simulated; what they were asked for."""
    asked = []

    def run(loaded, threads, panel, progress, checkpoint):
        asked.append(loaded.scenario)
        progress(1, 2, 100)
        progress(2, 2, 200)
        return made_record((f"name={loaded.scenario.name!r}",))

    monkeypatch.setattr("sim.run.run_scenario", run)
    return asked


def povsim(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_run_writes_beside_its_name_and_says_where(folder, made_runs):
    result = povsim("run", GANZHOU)
    assert result.exit_code == 0, result.output
    assert {path.name for path in (folder / "results" / "ganzhou").iterdir()} >= {
        "report.html",
        "summary.json",
    }
    assert "open results/ganzhou/report.html" in result.stdout
    assert "reported" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_a_second_run_needs_force_and_says_so_before_it_simulates(folder, made_runs):
    assert povsim("run", GANZHOU, "--out", "out").exit_code == 0
    result = povsim("run", GANZHOU, "--out", "out")
    assert result.exit_code == 2
    assert "--force" in result.stderr
    assert len(made_runs) == 1
    assert povsim("run", GANZHOU, "--out", "out", "--force").exit_code == 0


def test_json_prints_the_summary_and_nothing_else(folder, made_runs):
    result = povsim("run", GANZHOU, "--json", "--out", "out")
    assert json.loads(result.stdout) == json.loads((folder / "out" / "summary.json").read_text())


def test_quiet_prints_nothing(folder, made_runs):
    result = povsim("run", GANZHOU, "--quiet")
    assert (result.exit_code, result.output) == (0, "")


def test_options_change_the_scenario(folder, made_runs):
    povsim("run", GANZHOU, "--seed", 7, "--households", 18980, "--set", "period.end=2015-12")
    povsim("run", GANZHOU, "--scale", "0.25", "--out", "other")
    assert made_runs[0].seed == 7
    assert made_runs[0].population.scale == pytest.approx(0.01)
    assert made_runs[0].period.end == 12 * 2015 + 11
    assert made_runs[1].population.scale == 0.25


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere.yaml"], "no such file"),
        (["."], "Is a directory"),
        ([GANZHOU, "--set", "seed"], "write path=value"),
        ([GANZHOU, "--set", "sed=1"], "did you mean seed"),
        ([GANZHOU, "--set", "population.scale=2"], "out of range"),
        ([GANZHOU, "--set", "period.start=2012-01", "--set", "period.end=2012-06"], "period"),
        ([GANZHOU, "--scale", "0"], "--scale"),
        ([GANZHOU, "--scale", "nan"], "--scale"),
        ([GANZHOU, "--scale", "1.01"], "--scale"),
        ([GANZHOU, "--seed", "-1"], "--seed"),
        ([GANZHOU, "--seed", "one"], "--seed"),
        ([GANZHOU, "--seed", str(2**63)], "--seed"),
        ([GANZHOU, "--threads", "0"], "--threads"),
        ([GANZHOU, "--panel", "-1"], "--panel"),
        ([GANZHOU, "--households", "0"], "--households"),
        ([GANZHOU, "--households", "3000000"], "1,898,000 households"),
        ([GANZHOU, "--households", "100", "--scale", "0.1"], "not both"),
        ([GANZHOU, "--out", f"{GANZHOU}/below"], "is a file"),
        ([GANZHOU, "--out", GANZHOU], "is a file"),
        ([GANZHOU, "--out", "/proc/result"], "can not be written"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_run_or_written(folder, made_runs, arguments, complaint):
    result = povsim("run", *arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
    assert made_runs == []
    assert list(folder.iterdir()) == []


def test_every_problem_of_a_scenario_has_its_line(folder):
    result = povsim("validate", GANZHOU, "--set", "sed=1", "--set", "instruments.dibao.uptake=3")
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert [line.split()[1] for line in lines] == ["sed:", "instruments.dibao.uptake:"]


def test_a_valid_scenario_is_called_valid():
    result = povsim("validate", GANZHOU)
    assert result.exit_code == 0
    assert "valid" in result.stdout


def test_a_scenario_is_explained_with_its_sources():
    result = povsim("explain", GANZHOU)
    assert result.exit_code == 0, result.output
    assert "gz_dibao_2016" in result.stdout


def test_verify_tells_whole_from_damaged_from_none(folder, made_runs):
    povsim("run", GANZHOU, "--out", "out")
    assert povsim("verify", "out").exit_code == 0
    (folder / "out" / "summary.json").write_text("{}")
    damaged = povsim("verify", "out")
    assert (damaged.exit_code, damaged.stdout) == (1, "")
    assert "summary.json" in damaged.stderr
    none = povsim("verify", ".")
    assert none.exit_code == 2
    assert "no result" in none.stderr


@pytest.mark.parametrize(("raised", "code"), [(KeyboardInterrupt(), 130), (MemoryError(), 1)])
def test_a_run_that_stops_leaves_nothing(folder, monkeypatch, raised, code):
    def stops(*_):
        raise raised

    monkeypatch.setattr("sim.run.run_scenario", stops)
    result = povsim("run", GANZHOU, "--quiet")
    assert result.exit_code == code
    assert len(result.stderr.splitlines()) == 1
    assert list(folder.iterdir()) == []


def test_a_result_that_can_not_be_kept_is_a_failed_run(folder, made_runs, monkeypatch):
    def render(*_):
        (folder / "out").mkdir()
        (folder / "out" / "taken").write_text("")
        return ""

    monkeypatch.setattr("sim.report.page.render", render)
    result = povsim("run", GANZHOU, "--out", "out")
    assert result.exit_code == 1
    assert "out" in result.stderr


def test_help_imports_nothing_heavy():
    code = "import sys; from sim.cli import app; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for heavy in ("numpy", "numba", "pandas", "matplotlib", "pyarrow", "pydantic", "mesa"):
        assert heavy not in loaded.split()


def real(folder, *arguments):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*POVSIM, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_a_real_run_is_the_same_for_any_number_of_threads(folder):
    first = real(folder, "run", str(GANZHOU), *SMALL, "--out", "one", "--panel", "50")
    assert first.returncode == 0, first.stderr
    second = real(folder, "run", str(GANZHOU), *SMALL[:-1], "2", "--out", "two", "--panel", "50")
    assert second.returncode == 0, second.stderr
    for name in ("series", "areas", "spells", "panel"):
        parts = [(folder / run / f"{name}.parquet").read_bytes() for run in ("one", "two")]
        assert parts[0] == parts[1]
    assert (folder / "one" / "report.html").read_bytes() == (folder / "two" / "report.html").read_bytes()
    assert povsim("verify", folder / "one").exit_code == 0


@pytest.mark.slow
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_real_run_that_is_stopped_leaves_nothing(folder, sent, code):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [*POVSIM, "run", str(GANZHOU), "--threads", "1", "--quiet"]
    process = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)
    time.sleep(5)  # a region takes at least twice that
    process.send_signal(sent)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == code, errors
    assert len(errors.splitlines()) <= 1
    assert list(folder.iterdir()) == []
