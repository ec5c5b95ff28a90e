"""Whatever is done to a scenario, loading it succeeds or says what is wrong and where."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sim.scenario import ScenarioError, load_scenario

SMALL = Path(__file__).parent / "small.yaml"
LINE = re.compile(r"[^\n]+:\d+:\d+: [^\n]+: [^\n]+")
TEXT = SMALL.read_text("utf-8")
QUIET = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every path into a scenario, of mappings and lists too."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, child in items for deeper in paths(child, (*path, key)))]


PATHS = [".".join(map(str, path)) for path in paths(YAML(typ="safe", pure=True).load(TEXT))[1:]]

scalars = st.one_of(
    st.integers(-3, 3),
    st.integers(),
    st.floats(),
    st.sampled_from([10**400, -(10**400), 2016, 201601, 24_191, 1e308]),
    st.booleans(),
    st.sampled_from(
        [
            "",
            "~",
            "2016-01",
            "2016-13",
            "all",
            "poorest",
            "farm",
            "yes",
            ">=1",
            "*a",
            "&a 1",
            "!!x y",
            "'",
            "[",
        ]
    ),
    st.sampled_from(["{value: 1, evidence: line_2011}", "{value: 1, assumed: x}", "{value: 2, evidence: '1/0'}"]),
    st.text(max_size=12),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["value", "evidence", "assumed", "off", "2016", "2016-01", "x", "0", "<<", "source", "crop"]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


def yaml(value: Any) -> str:
    """Flow YAML, with text left unquoted so that it can be anything."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {yaml(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(yaml, value)) + "]"
    return str(value)


def loads_or_explains(path: Path, *overrides: str) -> None:
    problems = None
    try:
        load_scenario(path, overrides)
    except ScenarioError as error:
        problems = error.problems
    assert problems is None or problems
    for problem in problems or []:
        assert LINE.fullmatch(str(problem)), str(problem)
        assert problem.line >= 1
        assert problem.column >= 1


@QUIET
@given(st.lists(st.tuples(st.sampled_from(PATHS), values), min_size=1, max_size=3))
def test_overrides_of_anything_with_anything(changes: list[tuple[str, Any]]) -> None:
    loads_or_explains(SMALL, *(f"{path}={yaml(value)}" for path, value in changes))


@QUIET
@given(st.data())
def test_characters_changed_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    text = TEXT
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 30))
        text = text[:start] + data.draw(st.text(max_size=5)) + text[start + length :]
    path = tmp_path / "changed.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    loads_or_explains(path)


@QUIET
@given(st.integers(0, len(TEXT.splitlines()) - 1), st.integers(0, len(TEXT.splitlines()) - 1))
def test_lines_left_out_or_moved(tmp_path: Path, source: int, target: int) -> None:
    lines = TEXT.splitlines()
    lines.insert(target, lines.pop(source))
    path = tmp_path / "moved.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    loads_or_explains(path)
    path.write_text("\n".join(lines[:source] + lines[source + 1 :]), encoding="utf-8")
    loads_or_explains(path)


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
def test_every_value_may_be_empty_or_a_mapping(path: str) -> None:
    loads_or_explains(SMALL, f"{path}=null")
    loads_or_explains(SMALL, f"{path}.x=1")
