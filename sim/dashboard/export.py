"""A scenario file that extends another one and states only what levers changed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from sim.dashboard.levers import Card, Lever, Value
from sim.dashboard.settings import Positions, overrides
from sim.dashboard.source import Source
from sim.scenario import ScenarioError
from sim.scenario.overrides import override
from sim.scenario.problems import Problem
from sim.scenario.tree import Node

WIDTH = 120


def as_yaml(source: Source, moved: Positions, name: str, base: str, head: str = "") -> str:
    """The text of the file.

    Parameters
    ----------
    name : of the scenario
    base : what it extends, as the file is to say it
    head : comment above everything

    Raises
    ------
    ScenarioError
        Where a setting can not be laid over the scenario.
    """
    problems: list[Problem] = []
    tree = override(source.text.tree, overrides(source.levers, moved), problems)
    if problems:
        raise ScenarioError(problems)
    written = CommentedMap(extends=base, name=name)
    for key, value in _different(source.text.tree, tree):
        written[key] = value
    for each, value in moved.items():
        _comment(written, source.levers[each], value, source.cards[each])
    if head:
        written.yaml_set_start_comment(head)
    yaml = YAML()
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(written, text)
    return text.getvalue()


def _different(base: Node, over: Node) -> Iterator[tuple[str | int, Any]]:
    """Keys of a mapping whose values changed, with what a file has to say instead."""
    for key, child in over.value.items():
        old = base.value.get(key) if isinstance(base.value, dict) else None
        if child is old:
            continue
        if isinstance(child.value, dict) and old is not None:
            yield key, CommentedMap(_different(old, child))
        else:
            yield key, _whole(child)
            # A list replaces the one it extends, so that it has to repeat what its numbers rest on.
            if isinstance(child.value, list) and "evidence" in over.value and "evidence" in base.value:
                yield "evidence", _whole(over.value["evidence"])


def _whole(node: Node) -> Any:
    """Everything that a node says, with what its numbers rest on."""
    if isinstance(node.value, list):
        return CommentedSeq(_whole(child) for child in node.value)
    if not isinstance(node.value, dict):
        return _number(node)
    mapping = CommentedMap()
    for child in node.value.values():
        ground = child.provenance
        if ground is not None and ground.inherited and ground.kind == "assumed":
            mapping["assumed"] = ground.text
    for key, child in node.value.items():
        mapping[key] = _whole(child)
    return mapping


def _number(node: Node) -> Any:
    if node.provenance is None or node.provenance.inherited:
        return node.value
    leaf = CommentedMap(value=node.value)
    leaf[node.provenance.kind] = node.provenance.text
    leaf.fa.set_flow_style()
    return leaf


def _comment(written: CommentedMap, lever: Lever, value: Value, card: Card) -> None:
    """Says above what a lever changed which one it was, and the unit of its numbers."""
    *above, last = lever.id.split(".")
    node: Any = written
    for part in above:
        node = node.get(part, {})
    last = "off" if lever.kind == "switch" else last
    if last not in node:
        return
    moved = f", {lever.label} × {value:g}" if lever.kind == "times" else ""
    unit = ", ".join(dict.fromkeys(part.unit for part in lever.parts))
    words = " ".join(f"{card.title}{moved}{f' ({unit})' if unit else ''}".split())
    node.yaml_set_comment_before_after_key(last, before=words, indent=2 * len(above))
