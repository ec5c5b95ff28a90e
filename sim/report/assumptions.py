"""Which numbers of a scenario are assumed and why, and what the others rest on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from calibration.evidence import EvidenceError
from calibration.evidence.expression import ids_in

if TYPE_CHECKING:
    from sim.scenario.tree import Provenance


MOST_VALUES = 6


@dataclass(frozen=True)
class Ground:
    """A number of the scenario, or several that share their reason, and what it rests on."""

    path: str
    value: str
    kind: str
    text: str


def _value_at(resolved: Any, path: str) -> Any:
    """The value at a dotted path of a resolved scenario; None where none stands there."""
    node = resolved
    for part in path.split("."):
        if isinstance(node, Mapping):
            node = node.get(part, node.get(int(part)) if part.isdigit() else None)
        elif isinstance(node, list) and part.isdigit() and int(part) < len(node):
            node = node[int(part)]
        else:
            return None
    return node


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _row(paths: Sequence[str], resolved: Mapping[str, Any], ground: Provenance) -> Ground:
    values = [_value_at(resolved, path) for path in paths]
    shown = [f"{value:,.0f}" if abs(value) >= 1000 else f"{value:g}" for value in values]
    if len(shown) > MOST_VALUES:
        shown = [*shown[:MOST_VALUES], f"… ({len(shown)})"]
    path = paths[0]
    if len(paths) > 1:
        levels = zip(*(path.split(".") for path in paths), strict=False)
        common = [level[0] for level in takewhile(lambda level: len(set(level)) == 1, levels)]
        path = ".".join([*common, "…"])
    return Ground(path, ", ".join(shown), ground.kind, ground.text)


def provenance_rows(provenance: Mapping[str, Provenance], resolved: Mapping[str, Any]) -> list[Ground]:
    """Every number that says what it rests on, in the order of the scenario.

    Numbers that share a reason given for the whole section, such as the counties' persons, are one row.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for path, ground in provenance.items():
        if _is_number(_value_at(resolved, path)):
            section = path.split(".")[0] if ground.inherited else path
            groups.setdefault((section, ground.text), []).append(path)
    return [_row(paths, resolved, provenance[paths[0]]) for paths in groups.values()]


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
