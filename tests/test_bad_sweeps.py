"""Every file in bad_sweeps/ is refused with exactly the problems that its first lines expect."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_bad_scenarios import EXPECTED

from sim.scenario import ScenarioError
from sim.sweep.read import load_sweep

FILES = sorted((Path(__file__).parent / "bad_sweeps").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_bad_sweep(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    expected = [EXPECTED.fullmatch(line) for line in path.read_text("utf-8").splitlines() if "# expect:" in line]
    with pytest.raises(ScenarioError) as caught:
        load_sweep(Path(path.name))
    found = {(each.line, each.column, each.path): each for each in caught.value.problems}
    wanted = sorted((line["line"], line["column"], line["path"], line["text"]) for line in expected)
    said = [(str(each.line), str(each.column), each.path, each.message) for each in caught.value.problems]
    assert len(said) == len(wanted), f"\n{caught.value}"
    for (*place, message), (*where, text) in zip(sorted(said), wanted, strict=True):
        assert place == where, f"\n{caught.value}"
        assert text in message
    assert {each.file for each in found.values()} == {path.name}
