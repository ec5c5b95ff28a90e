"""The page on adding a rule: its changes fit the present tree, and after all of them the new rule runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from documents import ROOT, Block, parts

PAGE = ROOT / "docs" / "adding_a_rule.md"
CHANGES = [part for part in parts(PAGE) if isinstance(part, Block) and part.title]
TREE = ("sim", "calibration", "scenarios", "tests", "docs", "README.md", "pyproject.toml")


def change(block: Block, root: Path) -> None:
    """Writes the file of a block; a diff adds its lines beside those that stand there, which must stand there once."""
    file = root / block.title
    if block.language != "diff":
        file.write_text(block.text, encoding="utf-8")
        return
    lines = block.text.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] == " ")
    after = "".join(line[1:] for line in lines)
    text = file.read_text(encoding="utf-8")
    assert text.count(before) == 1, f"{block.place}: {block.title} does not hold these lines once"
    file.write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def tree(tmp_path):
    """A copy of the project with all changes of the page."""
    for name in TREE:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    for block in CHANGES:
        change(block, tmp_path)
    return tmp_path


def python(tree: Path, *arguments: str) -> str:
    """What Python says in the copy."""
    place = {**os.environ, "PYTHONPATH": str(tree), "MPLBACKEND": "agg"}
    done = subprocess.run([sys.executable, *arguments], cwd=tree, env=place, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def povsim(tree: Path, *words: str) -> str:
    return python(tree, "-c", f"import sys; sys.argv[1:] = {words!r}; from sim.cli import main; main()")


def test_its_changes_fit_the_present_tree(tree):
    """Each diff finds its place, and what comes out is Python."""
    assert {block.language for block in CHANGES} == {"python", "diff", "yaml"}
    for block in CHANGES:
        if block.title.endswith(".py"):
            compile((tree / block.title).read_text(encoding="utf-8"), block.title, "exec")


def test_a_diff_that_does_not_fit_is_found(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="does not hold these lines once"):
        change(Block(PAGE, 1, "diff", "a.py", " y = 1\n+z = 2\n"), tmp_path)


@pytest.mark.slow
def test_the_new_rule_runs(tree):
    """The documents are made again, tests that the page names pass (of the template's the quick one), and households
    without workers get money."""
    (tree / "scenarios" / "schema.json").write_text(povsim(tree, "schema"), encoding="utf-8")
    page = povsim(tree, "schema", "--page", "scenarios/ganzhou.yaml")
    (tree / "docs" / "parameters.md").write_text(page, encoding="utf-8")
    named = ["by_hand.py", "docs_model.py", "layers.py", "template.py::test_the_template_holds_every_key"]
    assert "passed" in python(tree, "-m", "pytest", "-q", *(f"tests/test_{name}" for name in named))
    small = """
from sim.scenario import load_scenario
from sim.world import World
for yuan in (0, 500):
    world = World(load_scenario("tests/small.yaml", [f"remittances.yuan={yuan}"]).scenario, threads=1)
    for month in range(12):
        world.step()
    h = world.h
    print(round(float(h.income_this_year[h.workers == 0].sum()), 2), int(h.members[h.workers == 0].sum()))
"""
    without, with_money = (
        [float(number) for number in line.split()] for line in python(tree, "-c", small).splitlines()
    )
    assert without[1] == with_money[1] > 0
    assert with_money[0] - without[0] > 0.5 * 500 * without[1]
