"""What an analysis says: lines for the terminal, a CSV table and a page with figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.results.analysis import for_spreadsheets
from sim.sweep.analyse import Result, factors, failing_worlds, indices
from sim.sweep.folder import ANALYSIS, SweepFolder
from sim.sweep.parts import write_whole
from sim.sweep.pictures import box_figure, index_figure, page
from sim.sweep.prim import Box
from sim.sweep.sensitivity import NO_VARIATION, NOT_CONVERGED, WIDEST, verdict

INDEX_HEAD = ("factor", "index", "value", "low", "high", "verdict")
BOX_HEAD = ("box", "points", "failures", "density", "coverage", "factor", "from", "to", "p_value")


class Section(NamedTuple):
    """What is said of one result: title, a sentence, a figure, a table."""

    title: str
    text: str
    figure: str
    head: Sequence[str]
    rows: list[list[str]]


def index_sections(folder: SweepFolder, method: str, found: Sequence[Result]) -> list[Section]:
    """Indices of each result with their verdict."""
    sections = []
    for number, result in enumerate(found):
        each = indices(folder, method, result)
        said = verdict(each)
        text = {
            NOT_CONVERGED: f"Not converged: 95 % intervals are wider than {WIDEST:g} (hollow bars). Take more samples.",
            NO_VARIATION: "The result is the same at every point.",
        }.get(said, f"Converged: no 95 % interval is wider than {WIDEST:g}.")
        rows = [
            [index.factor, index.kind, *map(_number, (index.value, index.low, index.high)), index.verdict]
            for index in each
        ]
        sections.append(Section(result.title, text, index_figure(number, result, each), INDEX_HEAD, rows))
    return sections


def box_section(folder: SweepFolder, result: Result, above: float | None, below: float | None) -> Section:
    """Boxes around the worlds in which a result lies beyond a threshold."""
    found = failing_worlds(folder, result, above, below)
    names, x = factors(folder)
    failed = result.values > above if above is not None else result.values < (below or 0.0)
    beyond = f"above {above:g}" if above is not None else f"below {below:g}"
    text = f"{failed.sum():,} of {len(failed):,} points lie {beyond}."
    if not found:
        return Section(result.title, f"{text} No box holds more of them than chance explains.", "", BOX_HEAD, [])
    rows = [row for number, box in enumerate(found, 1) for row in _box_rows(number, box, names)]
    text += f" The first box holds {found[0].coverage:.0%} of them; {found[0].density:.0%} of its points are such."
    return Section(result.title, text, box_figure(result, names, x, failed, found[0]), BOX_HEAD, rows)


def _box_rows(number: int, box: Box, names: Sequence[str]) -> list[list[str]]:
    head = [str(number), str(box.points), str(box.failures), f"{box.density:.3f}", f"{box.coverage:.3f}"]
    restricted = np.flatnonzero(np.isfinite(box.low) | np.isfinite(box.high)).tolist()
    return [
        [*head, names[i], _number(box.low[i]), _number(box.high[i]), f"{box.p_values[i]:.2g}"]
        for i in sorted(restricted, key=lambda i: float(box.p_values[i]))
    ]


def _number(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else ""


def write(folder: SweepFolder, method: str, sections: Sequence[Section]) -> list[str]:
    """Write `analysis/METHOD.csv` and `.html`; their paths."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["result", *sections[0].head])
    rows = ([section.title, *row] for section in sections for row in section.rows)
    writer.writerows([for_spreadsheets(cell) for cell in row] for row in rows)
    content: list[dict[str, Any]] = [section._asdict() for section in sections]
    html = page(f"{folder.name}: {method}", content)
    (folder.path / ANALYSIS).mkdir(exist_ok=True)
    written = []
    for suffix, data in ((".csv", text.getvalue()), (".html", html)):
        path = folder.path / ANALYSIS / f"{method}{suffix}"
        write_whole(folder.path, path, data.encode())
        written.append(str(path))
    return written
