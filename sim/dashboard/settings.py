"""Positions of levers: read from a browser, turned into settings of the scenario, and found again in a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sim.dashboard.levers import Lever, Value, at
from sim.language import Language

Positions = dict[str, Value]
Errors = dict[str, list[str]]

SIX_DIGITS = ".6g"
MOST_DIGITS = 8


def positions(levers: Mapping[str, Lever], sent: object, text: Language) -> tuple[Positions, Errors]:
    """The positions that a browser sent, without those left where they were; and what is wrong with the others.

    Whatever is no lever of the scenario is refused: a browser names no path of its own.
    """
    if not isinstance(sent, dict):
        return {}, {"": [text("The request holds no levers.")]}
    found: Positions = {}
    errors: Errors = {}
    for name, value in sent.items():
        lever = levers.get(name)
        if lever is None:
            errors.setdefault("", []).append(text("There is no lever of this name: {name}", name=str(name)[:80]))
        elif (message := _wrong(lever, value, text)) is not None:
            errors[name] = [message]
        elif value != lever.default:
            found[name] = value
    return found, errors


def _wrong(lever: Lever, value: object, text: Language) -> str | None:
    if lever.kind == "switch":
        return None if isinstance(value, bool) else text("must be on or off")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return text("must be a number")
    if not lever.low <= value <= lever.high:
        return text("must lie between {low} and {high}", low=f"{lever.low:g}", high=f"{lever.high:,.10g}")
    return None


def numbers(lever: Lever, value: Value) -> dict[str, float]:
    """Path -> number of all that a lever moves, at one of its positions."""
    if lever.kind == "value":
        return {part.path: _plain(float(value), part.whole) for part in lever.parts}
    return {part.path: _plain(part.value * float(value), part.whole) for part in lever.parts}


def _plain(value: float, whole: bool) -> float:
    short = round(value) if whole else float(format(value, SIX_DIGITS))
    return int(short) if short == int(short) else short


def overrides(levers: Mapping[str, Lever], moved: Positions) -> list[str]:
    """``path=value`` texts, as `--set` takes them; every number says that it was moved, and from where."""
    texts = []
    for name, value in moved.items():
        lever = levers[name]
        if lever.kind == "switch":
            texts.append(f"{name.removesuffix('.on')}.off={json.dumps(not value)}")
            continue
        before = {part.path: part.value for part in lever.parts}
        for path, number in numbers(lever, value).items():
            if number != before[path]:
                reason = f"moved in the dashboard; {before[path]:,.10g} in the scenario it extends"
                texts.append(f"{path}={json.dumps({'value': number, 'assumed': reason})}")
    return texts


def position(lever: Lever, resolved: Mapping[Any, Any]) -> Value | None:
    """Where a lever stands in another resolved scenario; None where no position gives its numbers."""
    if lever.kind == "switch":
        off = at(resolved, f"{lever.id.removesuffix('.on')}.off")
        return None if off is None else not off
    found = {part.path: at(resolved, part.path) for part in lever.parts}
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in found.values()):
        return None
    if all(found[part.path] == part.value for part in lever.parts):
        return lever.default
    largest = max(lever.parts, key=lambda part: abs(part.value))
    where = found[largest.path] / (largest.value if lever.kind == "times" else 1.0)
    # The shortest factor that gives the same numbers, which may have been rounded.
    near = (round(where, digits) for digits in range(MOST_DIGITS))
    return next((value for value in near if numbers(lever, value) == found), None)
