"""`povsim diff`: every difference between two scenarios that affects results."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.commands.completion import scenario_files
from sim.commands.shared import load, plain_errors

if TYPE_CHECKING:
    from sim.scenario.difference import Comparison, Difference, Stated

WIDTH = 80
INSTRUMENTS = {
    "added": "only in B",
    "removed": "only in A",
    "switched_off": "switched off in B",
    "switched_on": "switched off in A",
}


def diff(
    first: Annotated[Path, typer.Argument(metavar="A", help="A scenario file.", autocompletion=scenario_files)],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another one.", autocompletion=scenario_files)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print every difference between two scenarios that affects results, with units and sources."""
    with plain_errors():
        from sim.scenario.difference import compare

        comparison = compare(load(first, []), load(second, []))
        if as_json:
            typer.echo(json.dumps(_as_json(first, second, comparison), ensure_ascii=False, indent=2))
        else:
            typer.echo("\n".join(_lines(first, second, comparison)))


def _as_json(first: Path, second: Path, comparison: Comparison) -> dict[str, Any]:
    values = [{"path": _dotted(each.key.path), "at": each.key.at or None, **asdict(each)} for each in comparison.values]
    return {
        "first": str(first),
        "second": str(second),
        "identical": not comparison,
        "instruments": {name: getattr(comparison, name) for name in INSTRUMENTS},
        "values": [{key: each for key, each in value.items() if key != "key"} for value in values],
    }


def _lines(first: Path, second: Path, comparison: Comparison) -> Iterator[str]:
    yield f"A  {first}"
    yield f"B  {second}"
    if not comparison:
        yield "\nNo difference that affects results."
    changes = _changes(comparison.values)
    switched = [(words, names) for key, words in INSTRUMENTS.items() if (names := getattr(comparison, key))]
    if switched:
        yield "\nInstruments"
        yield from (_filled(f"{words}: {', '.join(names)}", "  ", "    ") for words, names in switched)
    for section, told in groupby(changes, key=lambda change: str(change[0].key.path[0])):
        yield f"\n{section.capitalize().replace('_', ' ')}" if section != "instruments" or not switched else ""
        for change in told:
            yield from _change(change)


def _changes(values: Iterable[Difference]) -> list[list[Difference]]:
    """Differences that are told together: dates of one value, entries of one list, the same of several instruments."""
    changes: dict[Hashable, list[Difference]] = {}
    for path, group in groupby(values, key=lambda each: each.key.path):
        told = list(group)
        sides = [(each.key.at, repr(each.first), repr(each.second)) for each in told]
        same = (path[0], path[2:], *sides) if path[0] == "instruments" else path
        changes.setdefault(same, []).extend(told)
    return list(changes.values())


def _change(told: list[Difference]) -> Iterator[str]:
    """Where the change is, what it means, and both sides; those of the first instrument stand for all."""
    paths = list(dict.fromkeys(each.key.path for each in told))
    where = paths[0]
    if len(paths) > 1:
        names = ", ".join(str(path[1]) for path in paths)
        where = (where[0], f"{{{names}}}", *where[2:])
    unit = f" ({told[0].unit})" if told[0].unit else ""
    yield _filled(f"{_dotted(where)}{unit}", "  ", "    ")
    yield _filled(told[0].meaning, "    ", "    ")
    one = [each for each in told if each.key.path == paths[0]]
    for letter, sides in (("A", [each.first for each in one]), ("B", [each.second for each in one])):
        text = _side([(each.key.at, side) for each, side in zip(one, sides, strict=True)]) or "not stated"
        yield _filled(text, f"    {letter}  ", "       ")


def _side(values: list[tuple[str, Stated | None]]) -> str:
    """The values of one scenario; neighbours with one source name it once."""
    stated = [(at, each) for at, each in values if each is not None]
    parts = []
    for source, group in groupby(stated, key=lambda item: item[1].source):
        texts = ", ".join(_shown(at, each.value) for at, each in group)
        parts.append(f"{texts} ({source})" if source else texts)
    return "; ".join(parts)


def _shown(at: str, value: Any) -> str:
    from sim.scenario.wording import number

    if isinstance(value, dict):
        return at
    if isinstance(value, bool):
        return str(value).lower()
    text = number(value) if isinstance(value, int | float) else str(value)
    return f"{at} {text}" if at and at != text else text


def _dotted(path: Iterable[object]) -> str:
    return ".".join(map(str, path))


def _filled(text: str, first: str, further: str) -> str:
    return fill(text, WIDTH, initial_indent=first, subsequent_indent=further, break_on_hyphens=False)
