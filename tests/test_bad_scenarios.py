"""Every file in bad_scenarios/ is refused with exactly the problems that its first lines expect."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from sim.scenario import ScenarioError, load_scenario

FILES = sorted((Path(__file__).parent / "bad_scenarios").glob("*.yaml"))
EXPECTED = re.compile(r"# expect: (?:(?P<file>[\w.]+):)?(?P<line>\d+):(?P<column>\d+): (?P<path>.+?): (?P<text>.+)")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_bad_scenario(path: Path) -> None:
    expected = [EXPECTED.fullmatch(line) for line in path.read_text("utf-8").splitlines() if "# expect:" in line]
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    found = caught.value.problems
    assert len(found) == len(expected), f"\n{caught.value}"
    for problem, line in zip(found, expected, strict=True):
        assert line is not None
        assert os.path.basename(problem.file) == (line["file"] or path.name)
        assert (problem.line, problem.column) == (int(line["line"]), int(line["column"])), str(problem)
        assert (problem.path or "scenario") == line["path"]
        assert line["text"] in problem.message
        assert str(problem) == f"{problem.file}:{line['line']}:{line['column']}: {line['path']}: {problem.message}"


def test_there_are_many() -> None:
    assert len(FILES) >= 25
