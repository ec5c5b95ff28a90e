"""What differs between two scenarios once both are resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sim.scenario.load import LoadedScenario, effective
from sim.scenario.model import Scenario
from sim.scenario.sources import unsourced
from sim.scenario.tree import Path

DEFAULT, NO_SOURCE = "default", "no source"


class Key(NamedTuple):
    """Where a value stands: its path, and its year, month or, in a list, its text; effects are numbered in the path."""

    path: Path
    at: str


@dataclass(frozen=True)
class Stated:
    """A value as one scenario has it.

    Attributes
    ----------
    source : the evidence or reason behind it, ``default``, or ``no source``; empty where none is needed
    """

    value: Any
    source: str


@dataclass(frozen=True)
class Difference:
    """One value that is not the same; None where a scenario does not have it.

    Attributes
    ----------
    unit, meaning : what the models say of it; the unit is empty where the value is no number
    """

    key: Key
    unit: str
    meaning: str
    first: Stated | None
    second: Stated | None


@dataclass(frozen=True)
class Comparison:
    """Everything that affects results and in which a second scenario differs from a first.

    Attributes
    ----------
    added, removed, switched_off, switched_on : instruments, whose values are not compared further
    values : in the order of the first scenario, then of the second
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    switched_off: tuple[str, ...]
    switched_on: tuple[str, ...]
    values: tuple[Difference, ...]

    def __bool__(self) -> bool:
        return any((self.added, self.removed, self.switched_off, self.switched_on, self.values))


def compare(first: LoadedScenario, second: LoadedScenario) -> Comparison:
    """Every effective difference between two loaded scenarios."""
    before, after = first.resolved["instruments"], second.resolved["instruments"]
    off = {name: (before[name]["off"], after[name]["off"]) for name in before if name in after}
    running = [name for name, each in off.items() if each == (False, False)]
    one, other = _stated(first, running), _stated(second, running)
    changed = [key for key in one | other if _value(one, key) != _value(other, key)]
    return Comparison(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        switched_off=tuple(name for name, each in off.items() if each == (False, True)),
        switched_on=tuple(name for name, each in off.items() if each == (True, False)),
        values=tuple(Difference(key, *_said(key), one.get(key), other.get(key)) for key in changed),
    )


def _value(stated: Mapping[Key, Stated], key: Key) -> Any:
    return stated[key].value if key in stated else None


def _stated(loaded: LoadedScenario, instruments: list[str]) -> dict[Key, Stated]:
    """Every value that affects results, with what it rests on."""
    counted = effective(loaded.resolved)
    counted["instruments"] = {name: counted["instruments"][name] for name in instruments}
    written = dict(_values(loaded.scenario.model_dump(by_alias=True, exclude_unset=True)))
    bare = set(unsourced(loaded))
    stated = {}
    for key, value in _values(counted):
        dotted = ".".join(map(str, (*key.path, key.at) if key.at else key.path))
        ground = loaded.provenance.get(dotted)
        source = NO_SOURCE if dotted in bare else "" if key in written or isinstance(value, dict) else DEFAULT
        stated[key] = Stated(value, f"{ground.kind}: {ground.text}" if ground else source)
    return stated


def _values(value: Any, path: Path = ()) -> Iterator[tuple[Key, Any]]:
    """Single values. What stands in a list is known by its text, since its place says nothing."""
    if isinstance(value, dict):
        for key, child in value.items():
            if re.fullmatch(r"\d{4}(-\d\d)?", str(key)):
                yield Key(path, str(key)), child
            else:
                yield from _values(child, (*path, key))
    elif isinstance(value, list) and path[-1] == "effect":
        for i, child in enumerate(value):
            yield from _values(child, (*path, i))
    elif isinstance(value, list):
        texts = [_text(each) for each in value]
        for i, (text, child) in enumerate(zip(texts, value, strict=True)):
            times = texts[: i + 1].count(text)
            yield Key(path, text if times == 1 else f"{text} ({times})"), child
    else:
        yield Key(path, ""), value


def _text(entry: Any) -> str:
    if isinstance(entry, dict):
        return f"{{{', '.join(f'{key}: {_text(each)}' for key, each in entry.items())}}}"
    return f"[{', '.join(map(_text, entry))}]" if isinstance(entry, list) else str(entry)


@cache
def _schema() -> dict[str, Any]:
    return Scenario.model_json_schema(by_alias=True)


def _said(key: Key) -> tuple[str, str]:
    """Unit and description that the models give the value at a key."""
    node, unit, meaning = _schema(), "", ""
    for part in (*key.path, key.at) if key.at else key.path:
        node = _inner(node)
        entries = [*node.get("patternProperties", {}).values(), node.get("additionalProperties"), node.get("items")]
        node = node.get("properties", {}).get(part) or next((each for each in entries if isinstance(each, dict)), {})
        meaning = node.get("description", meaning)
        unit = _inner(node).get("unit", unit) or node.get("unit", unit)
    return unit, meaning


def _inner(node: dict[str, Any]) -> dict[str, Any]:
    """The node that a reference means; one that may be left out, without that."""
    node = next((each for each in node.get("anyOf", ()) if each.get("type") != "null"), node)
    return _schema()["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
