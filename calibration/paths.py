"""Changes of single numbers that a scenario states, named by path.

A part of a path is a key, the number of an entry of a list, `*` for every key or entry, or `<mechanism>` for every
instrument of that mechanism: `instruments.<industry>.effect.*.yuan_per_year`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sim.scenario import Scenario
from sim.scenario.problems import nearest
from sim.scenario.tree import canonical_key

Change = Callable[[float], float]


class PathError(ValueError):
    """A path that leads to no number of the scenario."""


def as_written(scenario: Scenario) -> dict[str, Any]:
    """What a scenario states, without defaults: it can be changed and validated again."""
    written = scenario.model_dump(by_alias=True, exclude_none=True, exclude_unset=True, exclude={"extends"})
    return dict(written)


def change(written: Mapping[str, Any], path: str, new: Change) -> dict[str, Any]:
    """A copy of the scenario in which the numbers at a path are what `new` makes of them.

    A year that a path over years does not hold is added, with what holds in that year.

    Raises
    ------
    PathError
        Where nothing is there to be changed.
    """
    changed, found = _walk(written, [canonical_key(part) for part in path.split(".")], path, new)
    if not found:
        raise PathError(f"{path} leads to no number of the scenario")
    return dict(changed)


def _walk(value: Any, parts: list[str | int], path: str, new: Change) -> tuple[Any, int]:
    """The changed value and how many numbers were changed."""
    if not parts:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise PathError(f"{path} is no number")
        return new(value), 1
    part, *rest = parts
    chosen = _chosen(value, part, path, bool(rest))
    if chosen is None:
        return value, 0
    copy = list(value) if isinstance(value, list) else dict(value)
    count = 0
    for key in chosen:
        old = _in_force(value, key) if isinstance(value, dict) else value[key]
        copy[key], here = _walk(old, rest, path, new)
        count += here
    return copy, count


def _chosen(value: Any, part: str | int, path: str, further: bool) -> list[Any] | None:
    """Keys or numbers that a part of a path stands for; None where what it names is left out here."""
    if isinstance(value, list):
        if part == "*":
            return list(range(len(value)))
        if str(part).isdecimal() and int(part) < len(value):
            return [int(part)]
        raise PathError(f"{path}: no entry {part}; allowed: 0 to {len(value) - 1}")
    if not isinstance(value, dict):
        raise PathError(f"{path}: nothing lies below the number that {part} should be part of")
    if part == "*":
        return list(value)
    if isinstance(part, str) and part.startswith("<") and part.endswith(">"):
        return [key for key, each in value.items() if each.get("mechanism") == part[1:-1]]
    if part in value or (isinstance(part, int) and value and all(isinstance(key, int) for key in value)):
        return [part]
    if "*" in path and not further:
        return None
    raise PathError(f"{path}: {part} is not there{nearest(part, value)}")


def _in_force(value: Mapping[Any, Any], key: Any) -> Any:
    """What holds at a key; of a year that is not there, what holds in that year."""
    from sim.scenario.paths import at_year

    return value[key] if key in value else at_year(value, key)
