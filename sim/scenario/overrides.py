"""Overrides of single values: ``path=value`` texts laid over a tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.scenario.problems import Place, Problem, ScenarioError, problem
from sim.scenario.read import read_text
from sim.scenario.tree import Node, canonical_key, merge

FILE = "--set"
LAYER = 1


def override(tree: Node, texts: Sequence[str], problems: list[Problem]) -> Node:
    """The tree with every ``path=value`` applied in turn; mappings are merged as `extends` merges them.

    Entries of a list are named by their number, from 0.
    """
    for line, text in enumerate(texts, start=1):
        place = Place(FILE, line, 1, LAYER)
        path, equals, value = text.partition("=")
        parts = tuple(canonical_key(part.strip()) for part in path.split("."))
        if not equals or "" in parts:
            problems.append(problem(place, path, "write path=value, for example population.scale=0.05"))
            continue
        try:
            node = read_text(value, place, problems, path=parts)
            tree = _assign(tree, parts, node, place)
        except ScenarioError as error:
            problems += [problem(place, path, each.message) for each in error.problems]
    return tree


def _assign(tree: Node, parts: Sequence[str | int], node: Node, place: Place) -> Node:
    if not parts:
        return merge(tree, node)
    part, *rest = parts
    if isinstance(tree.value, list):
        number = int(part) if str(part).isdecimal() else -1
        if not 0 <= number < len(tree.value):
            message = f"no entry {part}; allowed: 0 to {len(tree.value) - 1}"
            raise ScenarioError([problem(place, "", message)])
        items = list(tree.value)
        items[number] = _assign(items[number], rest, node, place)
        return replace(tree, value=items)
    if not isinstance(tree.value, dict):
        return _assign(replace(tree, value={}, provenance=None, place=place, key=place), parts, node, place)
    if part == "0" and part not in tree.value:
        return _assign(tree, rest, node, place)
    child = tree.value.get(part, Node({}, place, place))
    return replace(tree, value={**tree.value, part: _assign(child, rest, node, place)})
