"""The report of an attribution: a page of its own, and the short table in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from sim.analysis.attribution import GROWTH, TOTAL, Attribution
from sim.report import figures_attribution, words
from sim.report.page import environment
from sim.scenario import LoadedScenario

if TYPE_CHECKING:
    import pandas as pd

# Measures in words, and their unit on the page.
NAMES = {
    "registered_persons": ("people on the register", 1.0),
    "income_poor_persons": ("people below the income line", 1.0),
    "poverty_gap": ("poverty gap, m yuan", 1e6),
    "person_years": ("person-years below the line", 1.0),
    "returns": ("returns to the register", 1.0),
}

HEADINGS = ("register", "income", "gap, m yuan", "person-years", "returns")


def render(loaded: LoadedScenario, by: str, found: Attribution) -> str:
    """The attribution as one self-contained HTML page."""
    year = int(found.parts["year"].max())
    last = found.parts[found.parts["year"] == year]
    labels = _labels(loaded, by)
    pairs = found.interactions
    pairs = pairs[(pairs["year"] == year) & (pairs["measure"] == "person_years")]
    pairs = pairs.sort_values("value", key=abs, ascending=False, kind="stable")
    return (
        environment()
        .get_template("attribution.html")
        .render(
            scenario=loaded.scenario,
            hash=loaded.hash,
            by=by,
            runs=found.runs,
            known=last["standard_error"].notna().all(),
            year=year,
            sentence=_sentence(last, labels),
            measures=[name for name, _ in NAMES.values()],
            rows=[_row(last, part, labels) for part in dict.fromkeys(last["part"])],
            figures=[
                {
                    "title": name[0].upper() + name[1:],
                    "svg": figures_attribution.parts(measure, name, unit, found.parts, labels),
                    "sentence": f"Fall of {name} by the end of each year, part on part; parts below zero raise it.",
                }
                for measure, (name, unit) in NAMES.items()
            ],
            interactions=[
                {
                    "first": labels[pair["first"]],
                    "second": labels[pair["second"]],
                    "value": pair["value"],
                    "error": pair["standard_error"],
                }
                for pair in pairs.to_dict("records")
            ],
        )
    )


def _labels(loaded: LoadedScenario, by: str) -> dict[str, str]:
    if by == "mechanism":
        names = dict(words.MECHANISMS)
    else:
        names = {name: each.label or name for name, each in loaded.scenario.instruments.items()}
    return {GROWTH: "Growth, no instrument", TOTAL: TOTAL, **names}


def _row(last: pd.DataFrame, part: str, labels: dict[str, str]) -> dict[str, Any]:
    of_part = last[last["part"] == part].set_index("measure")
    cost = of_part.loc["person_years"]
    return {
        "part": part,
        "label": labels[part],
        "cells": [
            {"value": value / unit, "error": error / unit}
            for measure, (_, unit) in NAMES.items()
            for value, error in [of_part.loc[measure, ["value", "standard_error"]]]
        ],
        "outlays": _known(cost["outlays"]),
        "price": _known(cost["yuan_per_person_year"]),
    }


def _known(value: float) -> float | None:
    return None if value != value else value


def _sentence(last: pd.DataFrame, labels: dict[str, str]) -> str:
    poor = last[last["measure"] == "income_poor_persons"].set_index("part")["value"]
    total = poor[TOTAL]
    largest = poor.drop([TOTAL, GROWTH]).idxmax()
    if total <= 0:
        return "People below the income line did not become fewer."
    by_growth, by_largest = (words.share_words(poor[part] / total) for part in (GROWTH, largest))
    return (
        f"Of the fall by {words.about(total)} people below the income line, {by_growth} came with growth; "
        f"of policy, {labels[largest].lower()} counts most, with {by_largest}."
    )


def terminal(found: Attribution) -> Table:
    """Parts of the last year."""
    year = int(found.parts["year"].max())
    last = found.parts[found.parts["year"] == year]
    table = Table(title=f"Fall by the end of {year}", title_justify="left", box=None, pad_edge=False)
    table.add_column("part", no_wrap=True)
    for name in (*HEADINGS, "bn yuan", "yuan each"):
        table.add_column(name, justify="right")
    for part in dict.fromkeys(last["part"]):
        row = _row(last, part, dict.fromkeys(last["part"], ""))
        values = [_with_error(**cell) for cell in row["cells"]]
        table.add_row(escape(part), *values, words.billions(row["outlays"]), words.count(row["price"]))
    return table


def _with_error(value: float, error: float) -> str:
    return words.change(value) + ("" if error != error else f"\n± {words.count(error)}")
