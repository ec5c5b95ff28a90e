"""The compiled parser of YAML and the one that says what is wrong read every text alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.scenario import ScenarioError, read
from sim.scenario.problems import Place, Problem
from sim.scenario.tree import Node

REPOSITORY = Path(__file__).parent.parent
START = Place("file.yaml", 1, 1)
FILES = sorted([*REPOSITORY.glob("scenarios/**/*.yaml"), *REPOSITORY.glob("tests/**/*.yaml")])
LINES = [line for file in FILES for line in file.read_text("utf-8").splitlines(keepends=True)]
INSERTED = (
    *(" ", "\n", ":", ": ", "- ", " #", "{", "}", "[", "]", ",", "'", '"', "\\", "? ", "~", "=", "%", "@", "\0", "中"),
    *("&a ", "&a: ", "*a", "<<: *a", "!!str ", "!!int ", "!x ", "|", "|\n ", "|#", ">", "---\n", "...\n"),
    *("%YAML 1.1\n---\n", "\t", "\r\n", "\x85", "\u2028", "\ufeff", "\xa0", "yes", "017", "1_000", "1:30", ".inf"),
)


def seen(text: str) -> tuple[Node | None, list[Problem]]:
    """What comes of reading a text."""
    problems: list[Problem] = []
    try:
        return read.read_text(text, START, problems), problems
    except ScenarioError as error:
        return None, error.problems


def with_both_parsers(text: str) -> tuple[object, object]:
    """What comes of reading a text with the compiled parser, and without it."""
    pytest.importorskip("_ruamel_yaml", reason="ruamel.yaml.clib is not installed")
    with pytest.MonkeyPatch.context() as patch:
        compiled = seen(text)
        patch.setattr(read, "CParser", None)
        return compiled, seen(text)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(REPOSITORY).as_posix())
def test_both_parsers_read_every_file_alike(file):
    compiled, other = with_both_parsers(file.read_text("utf-8-sig"))
    assert compiled == other


def test_what_is_in_order_the_compiled_parser_reads_alone(monkeypatch):
    pytest.importorskip("_ruamel_yaml", reason="ruamel.yaml.clib is not installed")
    monkeypatch.setattr(read, "Parser", None)
    tree, problems = seen((REPOSITORY / "scenarios" / "ganzhou.yaml").read_text("utf-8"))
    assert problems == []
    assert tree is not None
    assert tree.value["name"].value.startswith("Ganzhou")


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_both_parsers_read_what_is_broken_alike(data):
    first = data.draw(st.integers(0, len(LINES) - 6))
    text = "".join(LINES[first : first + 6])
    for inserted in data.draw(st.lists(st.sampled_from(INSERTED), min_size=1, max_size=3)):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + inserted + text[at + data.draw(st.integers(0, 3)) :]
    compiled, other = with_both_parsers(text)
    assert compiled == other


@pytest.mark.parametrize("deep", ["- " * 90_000, "? " * 90_000, "a: " + "[" * 400 + "]" * 400])
def test_what_is_nested_too_deeply_is_refused(deep):
    _, problems = seen(deep)
    assert any("deep" in problem.message or "holds too much" in problem.message for problem in problems)


@pytest.mark.parametrize("number", ["!!int ''", "!!int _", "!!float ''"])
def test_an_empty_number_is_refused(number):
    _, problems = seen(f"a: {number}")
    assert [problem.path for problem in problems] == ["a"]
