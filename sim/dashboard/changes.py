"""In what two resolved scenarios differ, in the words of the levers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.analysis.draws import stated_otherwise
from sim.dashboard.levers import Lever, Value
from sim.dashboard.settings import position
from sim.dashboard.source import Source
from sim.language import Language

# What a run is called, and how large it is, changes no policy; both are shown beside the changes.
APART = ("name", "description", "seed", "population.scale", "switched_off", "withdrawn")
MOST_OTHERS = 3


def changes(source: Source, run: Mapping[Any, Any], text: Language) -> list[str]:
    """What a run's scenario has otherwise than a served one, a line each."""
    paths = [path for path in stated_otherwise(source.plain, run) if not _within(path, APART)]
    lines, told = [], set[str]()
    for lever in source.levers.values():
        # A lever that stands where it stood may stand beside others that moved.
        moved = [path for path in paths if _moves(lever, path)]
        where = position(lever, run) if moved else None
        if where is not None:
            told.update(moved)
            lines.append(said(source, lever, where, text))
    others = [path for path in paths if path not in told]
    if others:
        shown = ", ".join(others[:MOST_OTHERS])
        more = len(others) - MOST_OTHERS
        lines.append(
            text("also {paths} and {more} more", paths=shown, more=more)
            if more > 0
            else text("also {paths}", paths=shown)
        )
    return lines


def said(source: Source, lever: Lever, where: Value, text: Language) -> str:
    """A lever and its position as people say it."""
    card = source.cards[lever.id]
    title = card.shown(text)
    if lever.kind == "switch":
        return f"{title}: {text('in use') if where else text('not in use')}"
    if lever.kind == "times":
        return f"{title}: {text(lever.label)} × {where:g}"
    unit = lever.parts[0].unit
    return f"{title}: {where:,.10g} {text(unit)}"


def positions_of(source: Source, run: Mapping[Any, Any]) -> dict[str, Value]:
    """Levers of a scenario that stand elsewhere in a run."""
    found = {name: position(lever, run) for name, lever in source.levers.items()}
    return {name: where for name, where in found.items() if where is not None and where != source.levers[name].default}


def nearest(sources: list[Source], run: Mapping[Any, Any]) -> Source | None:
    """The served scenario of the run's region that it differs least from."""
    of_region = [each for each in sources if each.loaded.scenario.region == run["region"]]

    def distance(source: Source) -> int:
        return sum(1 for _ in stated_otherwise(source.plain, run))

    return min(of_region, key=distance, default=None)


def _within(path: str, names: tuple[str, ...]) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in names)


def _moves(lever: Lever, path: str) -> bool:
    if lever.kind == "switch":
        return path == f"{lever.id.removesuffix('.on')}.off"
    return any(path == part.path for part in lever.parts)
