"""Notebooks run from top to bottom, and what is kept of their output is small and says nothing of a machine."""

import re
import runpy
import sys
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LARGEST = 300_000  # bytes
MACHINE = re.compile(r"/home/|/root/|/tmp/|/usr/|/Users/|site-packages|[A-Z]:\\\\")


def named(path):
    return path.stem


def read(path):
    return nbformat.read(path, as_version=4)


def code(path):
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def test_there_is_one_for_each_question():
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05", "06"]
    listed = re.findall(r"\((\w+\.ipynb)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert listed == [path.name for path in NOTEBOOKS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_notebook_is_small_and_says_nothing_of_a_machine(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST
    assert not MACHINE.findall(text)
    nbformat.validate(read(path))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_its_output_was_made_in_one_go_and_without_complaint(path):
    cells = code(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert kinds <= {"display_data", "execute_result", "stream"}
    assert {output.get("name", "stdout") for cell in cells for output in cell.outputs} == {"stdout"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_it_begins_with_a_question_and_shows_a_picture(path):
    first = read(path).cells[0].source
    assert first.startswith("# ")
    assert "**Question.**" in first
    assert "**Method.**" in first
    assert any("image/png" in output.get("data", {}) for cell in code(path) for output in cell.outputs)


def test_from_loading_to_a_hazard_curve_takes_ten_lines():
    lines = code(NOTEBOOKS[0])[0].source.splitlines()
    assert len(lines) <= 10
    assert any(line.startswith("result.plot.hazard(") for line in lines)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sweeps run on Unix")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_it_runs_from_top_to_bottom(path):
    done = runpy.run_path(str(FOLDER / "execute.py"))["executed"](path)
    assert [cell.execution_count for cell in done.cells if cell.cell_type == "code"] == list(
        range(1, len(code(path)) + 1)
    )
