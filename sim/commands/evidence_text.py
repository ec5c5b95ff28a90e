"""Evidence as a reader sees it in a terminal: tables that fit 80 columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from calibration.evidence import Evidence
from calibration.evidence.reading import CONFIDENCE_MEANS, MAY_BE_USED, treatments
from sim.scenario.wording import number

if TYPE_CHECKING:
    from sim.commands.evidence_uses import Use

KINDS = {
    "reported_outcome": "outcome",
    "reported_input": "input",
    "plan_target": "plan",
    "parameter": "parameter",
    "derived": "derived",
    "validation_only": "held out",
}
CONFIDENCES = {
    "verified_in_source": "source",
    "in_document": "document",
    "derived": "derived",
    "recalled_unverified": "recalled",
}
LEGEND = """
basis: read at its source, read in one of the five documents, derived from other
rows, or recalled and never seen. povsim evidence ID tells all about one row."""
TEXT_WIDTH = 64  # a label and this fit 80 columns
WIDE = 125  # columns that hold every row of the registry on one line
UNIT_WIDTH = 13  # of the longest word: units wrap on a narrow terminal, so that ids keep the room


def unit(row: Evidence) -> str:
    """The unit in words."""
    return row.unit.replace("_", " ")


def by_region(rows: Iterable[Evidence]) -> list[tuple[str, list[Evidence]]]:
    """Regions in the order of the alphabet, with their rows in the order of the registry."""
    return [(region, list(group)) for region, group in groupby(sorted(rows, key=_region), key=_region)]


def listed(rows: Sequence[Evidence], width: int) -> Table:
    """One line a row, below the name of its region; on a narrow terminal long ids and units take more."""
    table = _table("basis", width)
    for region, group in by_region(rows):
        table.add_row()
        table.add_row(Text(f"{region}: {len(group)}", style="bold"))
        for row in group:
            table.add_row(*_cells(row), CONFIDENCES[row.confidence])
    return table


def conflict(index: int, group: Sequence[Evidence], width: int) -> tuple[RenderableType, ...]:
    """Rows that conflict side by side, each with the numbers of the treatments that follow."""
    treated = treatments(group)
    table = _table("treatment", width)
    for row in group:
        numbers = [str(i) for i, each in enumerate(treated, 1) if row.id in each.ids]
        table.add_row(*_cells(row), " ".join(numbers))
    below = _grid()
    for i, each in enumerate(treated, 1):
        below.add_row(f"{i:9}", each.text)
    return Text(f"Conflict {index}", style="bold"), table, below, ""


def one(
    row: Evidence, others: Sequence[Evidence], uses: Sequence[Use] | None, folder: Path
) -> tuple[RenderableType, ...]:
    """Everything about a row, one entry below the other."""
    grid = _grid()
    for label, text in (
        ("value", f"{number(row.value)} {unit(row)}"),
        ("region", row.region),
        ("quantity", row.quantity),
        ("date", row.date),
        ("definition", row.definition),
        ("source", row.source),
        ("address", row.address),
        ("stated", row.as_of),
        ("kind", f"{row.kind}: {MAY_BE_USED[row.kind]}"),
        ("confidence", f"{row.confidence}: {CONFIDENCE_MEANS[row.confidence]}"),
        ("conflicts", _beside(others) if others else "none"),
        ("treatment", row.treatment),
        ("note", row.note),
        ("used in", _used(row, uses, folder)),
    ):
        if text:
            grid.add_row(label, text)
    return Text(row.id, style="bold"), grid


def _region(row: Evidence) -> str:
    return row.region


def _cells(row: Evidence) -> tuple[str, ...]:
    return row.id, number(row.value), unit(row), row.date, KINDS[row.kind]


def _table(last: str, width: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("id", overflow="fold")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("unit", max_width=None if width >= WIDE else UNIT_WIDTH)
    for name in ("date", "kind"):
        table.add_column(name, no_wrap=True)
    table.add_column(last)
    return table


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(max_width=TEXT_WIDTH, overflow="fold")
    return grid


def _beside(others: Sequence[Evidence]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    table.add_column(overflow="fold")
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    for other in others:
        table.add_row(*_cells(other))
    return table


def _used(row: Evidence, uses: Sequence[Use] | None, folder: Path) -> str:
    if uses is None:
        return f"unknown: there is no folder {folder} here; name one with --scenarios"
    lines = [f"{use.file}:{use.line} {use.path}" + (f" = {use.text}" if use.text != row.id else "") for use in uses]
    return "\n".join(lines) or f"no scenario in {folder}"
