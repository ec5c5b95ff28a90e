"""Which numbers of a scenario are assumed and why, and what the others rest on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from calibration.evidence import EvidenceError
from calibration.evidence.expression import ids_in

if TYPE_CHECKING:
    from sim.scenario.tree import Provenance


@dataclass(frozen=True)
class Ground:
    """One number of the scenario, or several that share their reason, and what it rests on."""

    path: str
    value: str
    kind: str
    text: str


def _value_at(resolved: Any, path: str) -> Any:
    """The value at a dotted path of a resolved scenario; None where defaults or lists hide it."""
    node = resolved
    for part in path.split("."):
        if isinstance(node, Mapping):
            node = node.get(part, node.get(int(part)) if part.isdigit() else None)
        elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        else:
            return None
    return node


def _shown(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}"


def provenance_rows(provenance: Mapping[str, Provenance], resolved: Mapping[str, Any]) -> list[Ground]:
    """Every number that says what it rests on, in the order of the scenario.

    Numbers below one mapping that share one reason, such as a county's persons, are one row.
    """
    rows: list[Ground] = []
    groups: dict[tuple[str, str], int] = {}
    for path, ground in provenance.items():
        value = _shown(_value_at(resolved, path))
        section = path.rsplit(".", 1)[0] if not ground.inherited else re.sub(r"\..*", "", path)
        key = (section, ground.text)
        if ground.inherited and key in groups:
            first = rows[groups[key]]
            rows[groups[key]] = Ground(first.path, f"{first.value}, {value}", first.kind, first.text)
            continue
        groups[key] = len(rows)
        rows.append(Ground(path, value, ground.kind, ground.text))
    return rows


def input_ids(provenance: Mapping[str, Provenance]) -> set[str]:
    """Evidence ids that the scenario's own numbers rest on: agreeing with them tests nothing."""
    used: set[str] = set()
    for path, ground in provenance.items():
        if ground.kind == "evidence" and not path.startswith("reported"):
            try:
                used.update(ids_in(ground.text))
            except EvidenceError:
                used.update(re.findall(r"[a-z][a-z0-9_]*", ground.text))
    return used
