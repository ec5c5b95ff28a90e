"""Nothing that a file holds is run, leads out of its folder, or is taken for part of a page, a terminal or a table."""

import ast
import io
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from made_history import made_record
from rich.console import Console
from small import SMALL
from typer.testing import CliRunner

from sim.checkpoint import restore
from sim.cli import app
from sim.kernel import cache
from sim.report import terminal
from sim.report.page import render
from sim.results.analysis import for_spreadsheets
from sim.scenario import ScenarioError, load_scenario
from sim.scenario.within import root_of
from sim.sweep.pictures import page

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*(ROOT / "sim").rglob("*.py"), *(ROOT / "calibration").rglob("*.py")])
SCRIPT = "<script>alert(1)</script>"
SEEN = "&lt;script&gt;alert(1)&lt;/script&gt;"


def povsim(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


# code


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system [exit 7]", "!!python/name:os.system", "!x y"])
def test_no_object_is_made_of_a_scenario(tmp_path, tag):
    path = tmp_path / "scenario.yaml"
    path.write_text(f"extends: {SMALL}\nname: {tag}\n")
    with pytest.raises(ScenarioError, match="is not allowed"):
        load_scenario(path)


def called(path):
    """Names of what a file calls or hands on, as it writes them."""
    return {
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute | ast.Name)
    }


def test_no_file_is_unpickled():
    """Two processes of a sweep hand each other calls as pickles over a pipe of their own; nothing else is one."""
    assert {path.name for path in SOURCES if {"pickle", "joblib", "dill", "marshal"} & called(path)} == {"processes.py"}
    assert not [path.name for path in SOURCES if {"eval", "yaml.load", "os.system"} & called(path)]
    assert {path.name for path in SOURCES if "np.load" in called(path)} == {"checkpoint.py", "populations.py"}
    assert not [path.name for path in SOURCES if "allow_pickle=True" in path.read_text(encoding="utf-8")]


def test_a_checkpoint_with_an_object_is_refused(tmp_path):
    class Harm:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "harm"),))

    np.savez(tmp_path / "checkpoint.npz", **{"h.identity": np.array([Harm()], object)})
    with pytest.raises(ValueError, match="allow_pickle=False"):
        restore(None, tmp_path / "checkpoint.npz")
    assert not (tmp_path / "harm").exists()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty cache folder, and nothing remembered of another one."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache.folder.cache_clear()
    yield tmp_path / "poverty-exit"
    cache.folder.cache_clear()


def test_the_compile_cache_is_the_users_own(home):
    assert cache.folder().parent == home
    assert {stat.S_IMODE(path.stat().st_mode) for path in (home, cache.folder())} == {0o700}


@pytest.mark.parametrize("which", ["the cache", "its folder of this state of the sources"])
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_compile_cache_that_others_can_write_is_not_used(home, mode, which):
    inner = cache.folder()
    (home if which == "the cache" else inner).chmod(mode)
    cache.folder.cache_clear()
    assert cache.folder() is None


def test_a_compile_cache_behind_a_link_to_a_shared_folder_is_not_used(home, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    home.symlink_to(shared)
    assert cache.folder() is None


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_compile_cache_of_somebody_else_is_not_used(home):
    os.chown(cache.folder(), 12345, 12345)
    cache.folder.cache_clear()
    assert cache.folder() is None


# paths


@pytest.fixture
def folders(tmp_path):
    """A folder of scenarios with a folder in it, and a file outside."""
    inner = tmp_path / "scenarios" / "counterfactuals"
    inner.mkdir(parents=True)
    (tmp_path / "secret.yaml").write_text("name: secret\n")
    (tmp_path / "scenarios" / "base.yaml").write_text(SMALL.read_text())
    (inner / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    return inner


def test_a_scenario_may_extend_what_lies_below_the_folder_scenarios(folders):
    (folders / "x.yaml").write_text("extends: ../base.yaml\nname: x\n")
    assert povsim("validate", folders / "x.yaml").exit_code == 0


@pytest.mark.parametrize("base", ["../../secret.yaml", "link.yaml", "/dev/zero", "../../nothing.yaml"])
def test_a_scenario_can_not_leave_its_folder(folders, base):
    (folders / "x.yaml").write_text(f"name: x\nextends: {base}\n")
    result = povsim("validate", folders / "x.yaml")
    assert result.exit_code == 2
    assert ":2:10: extends: " in result.output
    assert "lies outside" in result.output
    assert "--allow-outside" in result.output


def test_it_may_extend_what_is_shipped(tmp_path):
    (tmp_path / "x.yaml").write_text(f"extends: {ROOT / 'scenarios' / 'ganzhou.yaml'}\nname: x\n")
    assert povsim("validate", tmp_path / "x.yaml").exit_code == 0


def test_it_may_where_the_user_says_so(tmp_path):
    (tmp_path / "x.yaml").write_text(f"extends: {SMALL}\nname: x\n")
    assert povsim("validate", tmp_path / "x.yaml").exit_code == 2
    assert povsim("--allow-outside", "validate", tmp_path / "x.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("base", "file", "place"),
    [("../../secret.yaml", "points.csv", ":2:7: base"), ("base.yaml", "/dev/zero", ":4:28: design.file")],
)
def test_a_sweep_can_not_leave_its_folder(folders, base, file, place):
    lines = [
        "name: x",
        f"base: {base}",
        "factors: {a: {path: health.incidence}}",
        f"design: {{kind: list, file: {file}}}",
    ]
    path = folders.parent / "sweep.yaml"
    path.write_text("\n".join([*lines, "outputs: {measures: [targets]}"]))
    result = povsim("sweep", "plan", path)
    assert result.exit_code == 2
    assert f"{place}: " in result.output
    assert "lies outside" in result.output


def test_the_folder_of_a_file_is_found(tmp_path):
    assert root_of(ROOT / "scenarios" / "sweeps" / "demo.yaml") == ROOT / "scenarios"
    assert root_of(tmp_path / "x.yaml") == tmp_path


# names


def renamed(record):
    """The record, counties and villages called by a script too."""
    record.history.counties[0] = SCRIPT
    record.history.villages[0] = SCRIPT
    return record


def test_a_script_shows_as_text_in_a_report():
    of_instrument = f"instruments.dibao.label={SCRIPT!r}"
    text = render(renamed(made_record((f"name={SCRIPT!r}", of_instrument, f"description={SCRIPT!r}"))))
    assert SCRIPT not in text
    assert text.count(SEEN) >= 3


def test_a_script_shows_as_text_in_the_analysis_of_a_sweep():
    sections = [{"title": SCRIPT, "text": SCRIPT, "figure": "", "head": [SCRIPT], "rows": [[SCRIPT]]}]
    text = page(SCRIPT, sections)
    assert SCRIPT not in text
    assert SEEN in text


@pytest.mark.parametrize("name", ["[red]x[/red]", "\\[red]x[/red]", "[link=https://a.b]x[/link]", "[/]", "a\\"])
def test_a_name_is_no_markup_in_a_terminal(name):
    shown = io.StringIO()
    Console(file=shown, width=100).print(terminal.yearly(made_record((f"name={name!r}",))))
    assert name in shown.getvalue()


@pytest.mark.parametrize("character", ["\\e[31m", "\\a", "\\x9b", "\\u202e", "\\0"])
def test_a_name_holds_nothing_that_a_terminal_obeys(tmp_path, character):
    path = tmp_path / "scenario.yaml"
    path.write_text(f'extends: {SMALL}\nname: "a{character}b"\n')
    with pytest.raises(ScenarioError, match=r":2:7: name: .* holds characters that can not be seen"):
        load_scenario(path)


@pytest.mark.parametrize("cell", ["=1+1", "@SUM(A1)", "-x", "+cmd|' /C calc'!A0", "\t=1"])
def test_a_name_is_no_formula_in_a_table(cell):
    assert for_spreadsheets(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-0.5", "+3", "-.5", "a=b", 7, -1.5, None, "赣州"])
def test_numbers_and_names_stay_what_they_are(cell):
    assert for_spreadsheets(cell) == cell
