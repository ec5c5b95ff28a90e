"""YAML as a tree of values that know where they were written and on what they rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sim.scenario.problems import Place

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Provenance:
    """What a number rests on: an expression over evidence ids, or a reason for assuming it.

    Attributes
    ----------
    inherited : whether it is written at an enclosing mapping, for the bare numbers below
    """

    kind: Literal["evidence", "assumed"]
    text: str
    inherited: bool = False


@dataclass(frozen=True)
class Node:
    """A scalar, a mapping of nodes or a list of nodes.

    Attributes
    ----------
    value : scalar, ``dict[str | int, Node]`` or ``list[Node]``
    place : of the value
    key : of the key that holds it; of the value itself in a list
    provenance : of a scalar
    """

    value: Any
    place: Place
    key: Place
    provenance: Provenance | None = None

    @property
    def shown(self) -> Place:
        """Where a problem is reported: a mapping or list at its key, a scalar where it stands."""
        return self.key if isinstance(self.value, dict | list) else self.place


def canonical_key(text: str) -> str | int:
    """A key as it is compared: years are numbers, months have two digits."""
    if re.fullmatch(r"\d{4}", text):
        return int(text)
    month = re.fullmatch(r"(\d{4})-(\d)", text)
    return f"{month[1]}-0{month[2]}" if month else text


def merge(base: Node, over: Node) -> Node:
    """`base` with what `over` states instead; mappings are merged, anything else is replaced."""
    if not (isinstance(base.value, dict) and isinstance(over.value, dict)):
        return over
    merged = dict(base.value)
    for key, node in over.value.items():
        merged[key] = merge(merged[key], node) if key in merged else node
    return replace(over, value=merged)


def plain(node: Node) -> Any:
    """The bare values of a tree."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


def step(node: Node, part: str | int) -> Node | None:
    """The child at a part of a path; 0 of a mapping is itself, since a single effect needs no list."""
    if isinstance(node.value, dict):
        return node.value.get(part, node if part == 0 else None)
    if isinstance(node.value, list) and isinstance(part, int) and 0 <= part < len(node.value):
        child: Node = node.value[part]
        return child
    return None


def find(root: Node, path: Sequence[str | int]) -> tuple[Node, bool]:
    """The deepest node on a path, and whether that is its end."""
    node = root
    for part in path:
        child = step(node, part)
        if child is None:
            return node, False
        node = child
    return node, True


def leaves(node: Node, path: Path = ()) -> list[tuple[Path, Node]]:
    """Every scalar with its path; a single effect is the first of its list."""
    if isinstance(node.value, dict):
        if len(path) == 3 and path[0] == "instruments" and path[2] == "effect":
            path = (*path, 0)
        return [leaf for key, child in node.value.items() for leaf in leaves(child, (*path, key))]
    if isinstance(node.value, list):
        return [leaf for i, child in enumerate(node.value) for leaf in leaves(child, (*path, i))]
    return [(path, node)]
