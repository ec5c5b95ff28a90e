"""Changes of single numbers that a scenario states, named by path.

A part of a path is a key, the number of an entry of a list, `*` for every key or entry, or `<mechanism>` for every
instrument of that mechanism: `instruments.<industry>.effect.*.yuan_per_year`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
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


def change(written: Mapping[str, Any], path: str, new: Change, but: Collection[str] = ()) -> dict[str, Any]:
    """A copy of the scenario in which the numbers at a path are what `new` makes of them.

    A year that a path over years does not hold is added, with what holds in that year.

    Parameters
    ----------
    but : paths that stay as they are, with all that lies below them

    Raises
    ------
    PathError
        Where nothing is there to be changed.
    """
    changed, found = _walk(written, [canonical_key(part) for part in path.split(".")], path, new, but, "")
    if not found:
        raise PathError(f"{path} leads to no number of the scenario")
    return dict(changed)


def stated_otherwise(base: Any, other: Any, path: str = "") -> Iterator[str]:
    """Paths of the values that differ between two resolved scenarios."""
    if isinstance(base, dict) and isinstance(other, dict):
        for key in other:
            yield from stated_otherwise(base.get(key), other[key], f"{path}.{key}" if path else str(key))
    elif isinstance(base, list) and isinstance(other, list) and len(base) == len(other):
        for i, (mine, theirs) in enumerate(zip(base, other, strict=True)):
            yield from stated_otherwise(mine, theirs, f"{path}.{i}")
    elif base != other:
        yield path


def _walk(value: Any, parts: list[str | int], path: str, new: Change, but: Collection[str], at: str) -> tuple[Any, int]:
    """The changed value and how many numbers the path leads to; `at` is where the value stands."""
    if at in but:
        return value, 1
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
        held = _in_force(value, key) if isinstance(value, dict) else key
        changed, here = _walk(value[held], rest, path, new, but, f"{at}.{held}" if at else str(held))
        if key == held or changed is not value[held]:
            copy[key] = changed
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
    """The key that holds at a key: of a year that is not there, the latest before it, or else the first."""
    if key in value:
        return key
    return max((each for each in value if each <= key), default=min(value))
