"""Every number of a shipped scenario that claims evidence equals it, computed here without the loader."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
SCENARIOS = sorted([*(ROOT / "scenarios").glob("*.yaml"), *(ROOT / "scenarios").glob("counterfactuals/**/*.yaml")])
PER_UNIT = {
    "percent": 100,
    "percent_per_year": 100,
    "percentage_points": 100,
    "per_thousand_persons_year": 1000,
}


@pytest.fixture(scope="module")
def registry() -> dict[str, dict[str, str]]:
    rows = {}
    for path in (ROOT / "calibration" / "evidence").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            rows.update({row["id"]: row for row in csv.DictReader(file)})
    return rows


def wrapped(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every mapping with a `value`, with its path."""
    if isinstance(value, dict) and "value" in value:
        yield path, value
    elif isinstance(value, dict | list):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from wrapped(child, f"{path}.{key}")


def evidence_lists(value: Any) -> Iterator[str]:
    """Ids named by instruments and reported figures."""
    for instrument in value.get("instruments", {}).values():
        yield from instrument.get("evidence", [])
    for figure in value.get("reported", []):
        yield figure["evidence"]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_numbers_equal_their_evidence(path: Path, registry: dict[str, dict[str, str]]) -> None:
    content = YAML(typ="safe", pure=True).load(path)
    for name in evidence_lists(content):
        assert name in registry
    for where, leaf in wrapped(content):
        assert len(leaf) == 2, f"{where}: a value and what it rests on"
        if "assumed" in leaf:
            assert isinstance(leaf["assumed"], str), where
            assert leaf["assumed"].strip(), where
            continue
        names = set(re.findall(r"[a-z_][a-z0-9_]*", leaf["evidence"]))
        assert names <= registry.keys(), f"{where}: {names - registry.keys()}"
        stated = eval(leaf["evidence"], {}, {name: float(registry[name]["value"]) for name in names})
        if leaf["evidence"] in registry:
            share = stated / PER_UNIT.get(registry[leaf["evidence"]]["unit"], 1)
            assert leaf["value"] == pytest.approx(stated, rel=1e-9) or leaf["value"] == pytest.approx(
                share, rel=1e-9
            ), where
        else:
            assert leaf["value"] == pytest.approx(stated, rel=0.005), where


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_reported_figures_are_outcomes_or_inputs(path: Path, registry: dict[str, dict[str, str]]) -> None:
    for figure in YAML(typ="safe", pure=True).load(path).get("reported", []):
        assert registry[figure["evidence"]]["kind"] in ("reported_outcome", "reported_input"), figure["evidence"]
