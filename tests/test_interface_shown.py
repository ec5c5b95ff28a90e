"""What a notebook shows: pictures, cells, and docstrings whose examples run."""

import ast
import doctest

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from small import SMALL

import sim

ROOT = SMALL.parent.parent
INTERFACE = sorted((ROOT / "sim" / "interface").glob("*.py"))


@pytest.fixture(scope="module")
def study():
    return sim.load(SMALL)


@pytest.fixture(scope="module")
def result(study):
    return study.run(threads=1)


@pytest.fixture(autouse=True)
def close_figures():
    mpl.use("Agg")
    yield
    pyplot.close("all")


def test_pictures_show_the_tables(result):
    axes = result.plot.poverty()
    income, register = axes.lines[:2]
    assert income.get_ydata().tolist() == result.yearly["income_incidence"].tolist()
    assert np.array_equal(register.get_ydata(), result.yearly["register_incidence"], equal_nan=True)
    assert [line.get_ydata().tolist() for line in axes.lines[2:]] == [[26.71], [0.37]]
    table = result.hazard("exit", by="poor_village")
    drawn = [bars[0].get_ydata().tolist() for bars in result.plot.hazard("exit", by="poor_village").containers]
    assert drawn == [(100 * rows["hazard"]).tolist() for _, rows in table.groupby("poor_village")]


def test_pictures_go_where_they_are_wanted_and_leave_no_style_behind(result):
    before = dict(mpl.rcParams)
    _, axes = pyplot.subplots()
    assert result.plot.income(ax=axes) is axes
    assert dict(mpl.rcParams) == before


def test_what_a_cell_shows_is_escaped(study):
    named = study.named("<script>").with_({"period.end": "2012-12"})
    for shown in (named._repr_html_(), named.run(threads=1)._repr_html_()):
        assert "<script>" not in shown
        assert "&lt;script&gt;" in shown


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
