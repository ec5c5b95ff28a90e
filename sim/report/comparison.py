"""The report of a comparison: a page of its own, and the short table in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from sim.language import ENGLISH, Language
from sim.report import figures_comparison
from sim.report.templates import environment
from sim.report.words import IN_ENGLISH, Words, whole
from sim.scenario import LoadedScenario
from sim.scenario.difference import compare

if TYPE_CHECKING:
    import pandas as pd

HEADLINE = (
    "income_poor_persons",
    "registered_persons",
    "income_poor_person_years_to_date",
    "returns_persons_to_date",
    "outlays_to_date",
)
PATHS = 8  # values that are named where an alternative states more of them otherwise
# Measures in words, in a terminal, which is narrow, and whether they are large sums of yuan.
NAMES = {
    "income_poor_persons": ("people below the income line", "people below the line", False),
    "registered_persons": ("people on the register", "people on the register", False),
    "income_poor_person_years_to_date": ("person-years below the line to date", "person-years below", False),
    "returns_persons_to_date": ("returns to date", "people returned", False),
    "outlays_to_date": ("outlays to date, m yuan", "outlays, m yuan", True),
    "poverty_gap": ("poverty gap, m yuan", "gap, m yuan", True),
    "members": ("households enrolled", "enrolled", False),
    "persons": ("people", "people", False),
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

    def nothing_changed(self, alternative: str) -> bool:
        """Whether each measure of an alternative is that of the base in every year and area."""
        return not self.table.loc[self.table["alternative"] == alternative, "difference"].any()

    def at(self, level: str, measure: str) -> pd.DataFrame:
        """Rows of a level and measure in the last year."""
        table = self.table
        return table[(table["level"] == level) & (table["measure"] == measure) & (table["year"] == self.year)]


def name_of(measure: str) -> tuple[str, str, bool]:
    """A measure in words, in a terminal, and whether it is a large sum of yuan."""
    words_of = measure.replace("_", " ")
    return NAMES.get(measure, (words_of, words_of, False))


def named(measure: str, words: Words) -> tuple[str, float]:
    """A measure in the words of a page, and its unit; one that no page has words for keeps its name."""
    name, _, is_money = name_of(measure)
    return words.say(name) if measure in NAMES else name, words.many_yuan if is_money else 1.0


def render(found: Comparison, language: Language = ENGLISH) -> str:
    """The comparison as one self-contained HTML page."""
    words, say, measures = Words(language), language, found.shown
    # A measure of instruments alone has no row for the region.
    of_region = {measure: at for measure in measures if len(at := found.at("region", measure))}
    return (
        environment(language)
        .get_template("comparison.html")
        .render(
            base=found.base.scenario,
            hash=found.base.hash,
            replicates=found.replicates,
            draws=found.draws,
            year=found.year,
            measures=[_heading(measure, at, words) for measure, at in of_region.items()],
            rows=[_row(found, name, of_region, words) for name in found.alternatives],
            summary=[_summary(found, name, of_region, words) for name in found.alternatives],
            bars=[_figure(found, measure, figures_comparison.bars, words) for measure in of_region],
            lines=[_figure(found, measure, figures_comparison.lines, words) for measure in of_region],
            sections=[
                _section(found, "county", say("Where"), say("County"), measures, words),
                _section(found, "kind", say("Which households"), say("Kind of household"), measures, words),
                _section(
                    found,
                    "instrument",
                    say("Through which instruments"),
                    say("Instrument"),
                    ("members", *measures),
                    words,
                ),
            ],
        )
    )


def _heading(measure: str, at: pd.DataFrame, words: Words) -> dict[str, Any]:
    name, unit = named(measure, words)
    return {"words": name, "base": at["base"].iloc[0] / unit}


def _row(found: Comparison, name: str, of_region: Mapping[str, pd.DataFrame], words: Words) -> dict[str, Any]:
    cells = []
    for measure, at in of_region.items():
        row, unit = at[at["alternative"] == name].iloc[0], named(measure, words)[1]
        cells.append({"value": row["difference"] / unit, **_cell(found, row, unit, words)})
    other = found.alternatives[name]
    return {
        "name": name,
        "about": other.scenario.name,
        "cells": cells,
        "differs": _differs(found.base, other, words),
    }


def _summary(found: Comparison, name: str, of_region: Mapping[str, pd.DataFrame], words: Words) -> str:
    """What an alternative comes to, in a sentence."""
    if found.nothing_changed(name):
        return words.say("{alternative} is the same as the base in every measure, year and place.", alternative=name)
    parts = []
    for measure, at in of_region.items():
        row, (called, unit) = at[at["alternative"] == name].iloc[0], named(measure, words)
        parts.append(f"{called} {' '.join(filter(None, _cell(found, row, unit, words).values()))}")
    changes = ("；" if words.chinese else "; ").join(parts)
    return words.say(
        "{alternative}, at the end of {year}: {changes}.", alternative=name, year=found.year, changes=changes
    )


def _differs(base: LoadedScenario, other: LoadedScenario, words: Words) -> list[str]:
    """What an alternative states otherwise than the base, a part of it each: instruments, then paths of values."""
    found = compare(base.unfitted or base, other.unfitted or other)
    off, on, removed, added = map(", ".join, (found.switched_off, found.switched_on, found.removed, found.added))
    switched = [
        off and words.say("switched off: {names}", names=off),
        on and words.say("switched on: {names}", names=on),
        removed and words.say("not there: {names}", names=removed),
        added and words.say("added: {names}", names=added),
    ]
    paths = list(dict.fromkeys(".".join(map(str, each.key.path)) for each in found.values))
    more = [words.say("{n} more", n=len(paths) - PATHS)] if len(paths) > PATHS else []
    return [*filter(None, switched), *paths[:PATHS], *more]


def _cell(found: Comparison, row: pd.Series, unit: float, words: Words) -> dict[str, str]:
    """A difference, its error of luck and its interval of parameters, where they are known."""
    difference, low, high = (words.change(row[key] / unit) for key in ("difference", "low", "high"))
    return {
        "difference": difference,
        "error": words.plus_minus(row["mc_error"] / unit) if found.replicates > 1 else "",
        "interval": f"[{low} … {high}]" if found.draws > 1 else "",
    }


def _figure(found: Comparison, measure: str, draw: Any, words: Words) -> dict[str, str]:
    table = found.table[(found.table["level"] == "region") & (found.table["measure"] == measure)]
    last = table[table["year"] == found.year]
    most = last.loc[last["difference"].abs().idxmax()]
    name, unit = named(measure, words)
    if most["difference"] == 0:
        sentence = words.say("No alternative changes it by {year}.", year=found.year)
    else:
        sentence = words.say(
            "{alternative} changes it most: by {change}, from {before} to {after} at the end of {year}.",
            alternative=most["alternative"],
            change=words.change(most["difference"] / unit),
            before=words.count(most["base"] / unit),
            after=words.count(most["alternative_value"] / unit),
            year=found.year,
        )
    columns = ["difference", "mc_error", "low", "high"]
    scaled = table.assign(**{column: table[column] / unit for column in columns})
    return {
        "title": name[0].upper() + name[1:],
        "svg": draw(measure, name, scaled, found.year, sentence, words),
        "sentence": sentence,
    }


def _section(
    found: Comparison,
    level: str,
    title: str,
    column: str,
    measures: tuple[str, ...] | list[str],
    words: Words,
) -> dict[str, Any]:
    """The first measure that the level has, area by area."""
    measure = next(each for each in (*measures, "persons") if len(found.at(level, each)))
    at, (name, unit) = found.at(level, measure), named(measure, words)
    wide = at.pivot(index="area", columns="alternative", values="difference")
    alternatives = list(found.alternatives)
    rows = []
    for area in dict.fromkeys(at["area"]):
        values = [wide.at[area, each] / unit for each in alternatives]
        shown = words.say(area) if level == "kind" else area
        rows.append((shown, [None if value != value else value for value in values]))
    return {
        "level": level,
        "named_by_scenario": level != "kind",
        "title": title,
        "column": column,
        "sentence": words.say(
            "Difference of each alternative from the base in {measure} at the end of {year}.",
            measure=name,
            year=found.year,
        ),
        "alternatives": alternatives,
        "rows": rows,
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
    units = [1e6 if is_money else 1.0 for *_, is_money in narrow]
    table.add_row(
        "base", *(whole(at["base"].iloc[0] / unit) for at, unit in zip(of_region.values(), units, strict=True))
    )
    for name in found.alternatives:
        rows = [at[at["alternative"] == name].iloc[0] for at in of_region.values()]
        cells = [_cell(found, row, unit, IN_ENGLISH) for row, unit in zip(rows, units, strict=True)]
        table.add_row(escape(name), *(escape("\n".join(filter(None, cell.values()))) for cell in cells))
    said = [
        "± is the standard error of luck"
        if found.replicates > 1
        else "one replicate: what luck leaves open is not known; give --replicates"
    ]
    if found.draws > 1:
        said.append("brackets hold 90 % of what parameters leave open")
    said += [
        f"{name} is the same as the base in every measure" for name in found.alternatives if found.nothing_changed(name)
    ]
    table.caption, table.caption_justify = escape("; ".join(said)), "left"
    return table
