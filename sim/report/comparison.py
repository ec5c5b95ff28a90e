"""The report of a comparison: a page of its own, and the short table in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from sim.report import figures_comparison, words
from sim.report.page import environment
from sim.scenario import LoadedScenario

if TYPE_CHECKING:
    import pandas as pd

HEADLINE = (
    "income_poor_persons",
    "registered_persons",
    "income_poor_person_years_to_date",
    "returns_persons_to_date",
    "outlays_to_date",
)
# Measures in words, in a terminal, which is narrow, and their unit in both.
NAMES = {
    "income_poor_persons": ("people below the income line", "income", 1.0),
    "registered_persons": ("people on the register", "register", 1.0),
    "income_poor_person_years_to_date": ("person-years below the line to date", "person-years", 1.0),
    "returns_persons_to_date": ("returns to date", "returns", 1.0),
    "outlays_to_date": ("outlays to date, m yuan", "m yuan", 1e6),
    "poverty_gap": ("poverty gap, m yuan", "gap, m yuan", 1e6),
}


@dataclass(frozen=True)
class Comparison:
    """Differences and what they are differences of.

    Attributes
    ----------
    table : from `sim.analysis.compare`
    replicates, draws : runs of each scenario
    measures : those of tables and pictures
    """

    base: LoadedScenario
    alternatives: Mapping[str, LoadedScenario]
    table: pd.DataFrame
    replicates: int
    draws: int
    measures: tuple[str, ...]

    @property
    def shown(self) -> list[str]:
        """Those of the measures that the scenarios gave."""
        there = set(self.table["measure"])
        return [measure for measure in self.measures if measure in there]

    @property
    def year(self) -> int:
        """The last year."""
        return int(self.table["year"].max())

    def at(self, level: str, measure: str) -> pd.DataFrame:
        """Rows of a level and measure in the last year."""
        table = self.table
        return table[(table["level"] == level) & (table["measure"] == measure) & (table["year"] == self.year)]


def name_of(measure: str) -> tuple[str, str, float]:
    """A measure in words, in a terminal, and its unit."""
    words_of = measure.replace("_", " ")
    return NAMES.get(measure, (words_of, words_of, 1.0))


def render(found: Comparison) -> str:
    """The comparison as one self-contained HTML page."""
    measures = found.shown
    # A measure of instruments alone has no row for the region.
    of_region = {measure: at for measure in measures if len(at := found.at("region", measure))}
    return (
        environment()
        .get_template("comparison.html")
        .render(
            base=found.base.scenario,
            hash=found.base.hash,
            replicates=found.replicates,
            draws=found.draws,
            year=found.year,
            measures=[_heading(measure, at) for measure, at in of_region.items()],
            rows=[_row(found, name, of_region) for name in found.alternatives],
            bars=[_figure(found, measure, figures_comparison.bars) for measure in of_region],
            lines=[_figure(found, measure, figures_comparison.lines) for measure in of_region],
            sections=[
                _section(found, "county", "Where", "County", measures),
                _section(found, "kind", "Which households", "Kind of household", measures),
                _section(found, "instrument", "Through which instruments", "Instrument", ("members", *measures)),
            ],
        )
    )


def _heading(measure: str, at: pd.DataFrame) -> dict[str, Any]:
    name, _, unit = name_of(measure)
    return {"words": name, "base": at["base"].iloc[0] / unit}


def _row(found: Comparison, name: str, of_region: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    cells = [
        _cell(found, at[at["alternative"] == name].iloc[0], name_of(measure)[2]) for measure, at in of_region.items()
    ]
    return {"name": name, "about": found.alternatives[name].scenario.name, "cells": cells}


def _cell(found: Comparison, row: pd.Series, unit: float) -> dict[str, str]:
    """A difference, its error of luck and its interval of parameters, where they are known."""
    difference, error, low, high = (words.change(row[key] / unit) for key in ("difference", "mc_error", "low", "high"))
    return {
        "difference": difference,
        "error": f"± {error.lstrip('+')}" if found.replicates > 1 else "",
        "interval": f"[{low} … {high}]" if found.draws > 1 else "",
    }


def _figure(found: Comparison, measure: str, draw: Any) -> dict[str, str]:
    table = found.table[(found.table["level"] == "region") & (found.table["measure"] == measure)]
    last = table[table["year"] == found.year]
    most = last.loc[last["difference"].abs().idxmax()]
    name, _, unit = name_of(measure)
    if most["difference"] == 0:
        sentence = f"No alternative changes it by {found.year}."
    else:
        sentence = (
            f"{most['alternative']} changes it most: by {words.change(most['difference'] / unit)}, from "
            f"{words.count(most['base'] / unit)} to {words.count(most['alternative_value'] / unit)} at the end of "
            f"{found.year}."
        )
    columns = ["difference", "mc_error", "low", "high"]
    scaled = table.assign(**{column: table[column] / unit for column in columns})
    return {
        "title": name[0].upper() + name[1:],
        "svg": draw(measure, name, scaled, found.year, sentence),
        "sentence": sentence,
    }


def _section(
    found: Comparison, level: str, title: str, column: str, measures: tuple[str, ...] | list[str]
) -> dict[str, Any]:
    """The first measure that the level has, area by area."""
    measure = next(each for each in (*measures, "persons") if len(found.at(level, each)))
    at, (name, _, unit) = found.at(level, measure), name_of(measure)
    areas = list(dict.fromkeys(at["area"]))
    wide = at.pivot(index="area", columns="alternative", values="difference")
    alternatives = list(found.alternatives)
    rows = [(area, [wide.at[area, each] / unit for each in alternatives]) for area in areas]
    return {
        "level": level,
        "title": title,
        "column": column,
        "sentence": f"Difference of each alternative from the base in {name} at the end of {found.year}.",
        "alternatives": alternatives,
        "rows": [(area, [None if value != value else value for value in values]) for area, values in rows],
    }


def terminal(found: Comparison) -> Table:
    """Differences at the end, each with its Monte-Carlo error and parameter interval where they are known."""
    title = f"Differences from {escape(found.base.scenario.name)} at the end of {found.year}"
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("alternative", no_wrap=True)
    of_region = {measure: at for measure in found.shown if len(at := found.at("region", measure))}
    narrow = [name_of(measure) for measure in of_region]
    for _, heading, _ in narrow:
        table.add_column(heading, justify="right")
    bases = zip(of_region.values(), narrow, strict=True)
    table.add_row("base", *(words.count(at["base"].iloc[0] / unit) for at, (*_, unit) in bases))
    for name in found.alternatives:
        rows = [at[at["alternative"] == name].iloc[0] for at in of_region.values()]
        cells = [_cell(found, row, unit) for row, (*_, unit) in zip(rows, narrow, strict=True)]
        table.add_row(escape(name), *(escape("\n".join(filter(None, cell.values()))) for cell in cells))
    if found.replicates == 1:
        table.caption = "one replicate: what luck leaves open is not known; give --replicates"
        table.caption_justify = "left"
    return table
