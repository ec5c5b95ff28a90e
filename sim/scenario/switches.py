"""Keys that name mechanisms or instruments, spread over the instruments: whatever a scenario adds is included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sim.scenario.instruments import MECHANISMS
from sim.scenario.problems import Problem, allowed, nearest, problem
from sim.scenario.tree import Node, find

SWITCHES = ("switched_off", "withdrawn")


def spread(tree: Node, problems: list[Problem]) -> Node:
    """The tree in which `switched_off` and `withdrawn` are said by each of their instruments.

    What an instrument says itself wins: one with `off: false` stays on, one that says `ends` keeps it.
    """
    instruments, found = find(tree, ("instruments",))
    if not found or not isinstance(instruments.value, dict):
        return tree
    changed = dict(instruments.value)
    for name, place in _named(tree, ("switched_off",), changed, problems):
        changed[name] = _with(changed[name], {"off": replace(place, value=True)})
    since, begins = find(tree, ("withdrawn", "from"))
    to, tapers = find(tree, ("withdrawn", "to"))
    for name, _ in _named(tree, ("withdrawn", "of"), changed, problems) if begins else ():
        if "ends" not in changed[name].value:
            ends = {"tapers_from": since, "ends": to} if tapers else {"ends": since}
            changed[name] = _with(changed[name], ends)
    return replace(tree, value={**tree.value, "instruments": replace(instruments, value=changed)})


def _with(instrument: Node, values: dict[str, Node]) -> Node:
    return replace(instrument, value={**values, **instrument.value})


def _named(
    tree: Node, path: tuple[str, ...], instruments: dict[str | int, Node], problems: list[Problem]
) -> Iterator[tuple[str | int, Node]]:
    """Instruments that a list of mechanisms and instruments names, each with the entry that does.

    A word that is both means the mechanism.
    """
    listed, found = find(tree, path)
    if not found or not isinstance(listed.value, list):
        return
    whole = {name: each for name, each in instruments.items() if isinstance(each.value, dict)}
    for i, entry in enumerate(listed.value):
        if isinstance(entry.value, dict | list):
            continue
        if entry.value in MECHANISMS:
            belonging = [name for name, each in whole.items() if find(each, ("mechanism",))[0].value == entry.value]
        else:
            belonging = [name for name in instruments if name == entry.value]
        if not belonging:
            problems.append(problem(entry.place, (*path, i), _nothing(entry.value, [*MECHANISMS, *map(str, whole)])))
        for name in belonging:
            if name in whole:
                yield name, entry


def _nothing(name: object, known: list[str]) -> str:
    if name in MECHANISMS:
        return f"has no effect: no instrument belongs to {name}"
    return f"there is no mechanism or instrument {name!r}{nearest(name, known)}{allowed(known)}"
