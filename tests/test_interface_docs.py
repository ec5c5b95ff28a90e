"""The examples in the interface's docstrings run, and nothing public goes without words."""

import ast
import doctest

import matplotlib as mpl
import pytest
from small import SMALL

import sim

ROOT = SMALL.parent.parent
INTERFACE = sorted((ROOT / "sim" / "interface").glob("*.py"))


@pytest.fixture(scope="module")
def study():
    mpl.use("Agg")
    return sim.load(SMALL)


@pytest.fixture(scope="module")
def result(study):
    return study.run(threads=1)


def examples():
    """Name and docstring of everything in the interface that shows an example."""
    for path in INTERFACE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and ">>>" in (ast.get_docstring(node) or ""):
                yield pytest.param(ast.get_docstring(node), id=f"{path.stem}.{node.name}")


@pytest.mark.parametrize("text", [*examples()])
def test_the_examples_of_docstrings_give_what_they_say(text, study, result, monkeypatch):
    monkeypatch.chdir(ROOT)
    test = doctest.DocTestParser().get_doctest(text, {"sim": sim, "study": study, "result": result}, "example", None, 0)
    said = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert test.examples
    assert not said, "".join(said)


def public():
    for path in INTERFACE:
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                yield pytest.param(node, id=f"{path.stem}.{node.name}")


@pytest.mark.parametrize("node", [*public()])
def test_everything_public_says_what_it_is(node):
    inherits = isinstance(node, ast.FunctionDef) and node.name in {
        "table",
        "summary",
        "scenario",
        "page",
        "write",
        "advance",
    }
    assert ast.get_docstring(node) or inherits
