"""The report of an attribution: a page of its own, and the short table in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from sim.analysis.attribution import GROWTH, TOTAL, Attribution
from sim.language import ENGLISH, Language
from sim.report import figures_attribution
from sim.report.effects import factor_rows, parts_by_size
from sim.report.templates import environment
from sim.report.words import IN_ENGLISH, MECHANISMS, Words, share_words, whole
from sim.scenario import LoadedScenario

if TYPE_CHECKING:
    import pandas as pd

# Measures in words, and whether they are large sums of yuan.
NAMES = {
    "registered_persons": ("people on the register", False),
    "income_poor_persons": ("people below the income line", False),
    "poverty_gap": ("poverty gap, m yuan", True),
    "person_years": ("person-years below the line", False),
    "returns": ("returns to the register", False),
}

HEADINGS = ("register", "income", "gap, m yuan", "person-years", "returns")


def render(loaded: LoadedScenario, by: str, found: Attribution, language: Language = ENGLISH) -> str:
    """The attribution as one self-contained HTML page."""
    words, say = Words(language), language
    year = int(found.parts["year"].max())
    last = found.parts[found.parts["year"] == year]
    labels = _labels(by, words, loaded)
    pairs = found.interactions
    pairs = pairs[(pairs["year"] == year) & (pairs["measure"] == "person_years")]
    pairs = pairs.sort_values("value", key=abs, ascending=False, kind="stable")
    return (
        environment(language)
        .get_template("attribution.html")
        .render(
            scenario=loaded.scenario,
            hash=loaded.hash,
            by=by,
            runs=found.runs,
            known=last["standard_error"].notna().all(),
            year=year,
            sentence=_sentence(last, labels, words),
            measures=[say(name) for name, _ in NAMES.values()],
            rows=[{**_row(last, part, words), "label": labels[part]} for part in dict.fromkeys(last["part"])],
            figures=[_figure(measure, found.parts, labels, words) for measure in NAMES],
            interactions=[
                {
                    "first": labels[pair["first"]],
                    "second": labels[pair["second"]],
                    "value": pair["value"],
                    "error": pair["standard_error"],
                }
                for pair in pairs.to_dict("records")
            ],
            factors=factor_rows(words),
            sized=parts_by_size(found, year, labels),
        )
    )


def _unit(is_money: bool, words: Words) -> float:
    return words.many_yuan if is_money else 1.0


def _figure(measure: str, parts: pd.DataFrame, labels: dict[str, str], words: Words) -> dict[str, str]:
    (name, is_money), say = NAMES[measure], words.say
    name = say(name)
    return {
        "title": name[0].upper() + name[1:],
        "svg": figures_attribution.parts(measure, name, _unit(is_money, words), parts, labels, words),
        "sentence": say(
            "Fall of {measure} by the end of each year, part on part; parts below zero raise it.", measure=name
        ),
    }


def _labels(by: str, words: Words, loaded: LoadedScenario | None = None) -> dict[str, str]:
    if by == "instrument" and loaded is not None:
        names = words.instruments(loaded.scenario)
    else:
        names = {name: words.say(label) for name, label in MECHANISMS.items()}
    return {GROWTH: words.say("Growth, no instrument"), TOTAL: words.say("total"), **names}


def _row(last: pd.DataFrame, part: str, words: Words) -> dict[str, Any]:
    of_part = last[last["part"] == part].set_index("measure")
    cost = of_part.loc["person_years"]
    return {
        "part": part,
        "cells": [
            {"value": value / _unit(is_money, words), "error": error / _unit(is_money, words)}
            for measure, (_, is_money) in NAMES.items()
            for value, error in [of_part.loc[measure, ["value", "standard_error"]]]
        ],
        "outlays": _known(cost["outlays"]),
        "price": _known(cost["yuan_per_person_year"]),
    }


def _known(value: float) -> float | None:
    return None if value != value else value


def sentence(last: pd.DataFrame, words: Words) -> str:
    """What counted most, from the parts by mechanism of one year."""
    return _sentence(last, _labels("mechanism", words), words)


def by_part(last: pd.DataFrame, words: Words) -> str:
    """The fall of people below the income line, part by part, with standard errors where they are known."""
    of_measure = last[last["measure"] == "income_poor_persons"].set_index("part")
    labels = _labels("mechanism", words)
    shown = []
    for part, row in of_measure.drop(TOTAL).iterrows():
        error = "" if row["standard_error"] != row["standard_error"] else f" {words.plus_minus(row['standard_error'])}"
        shown.append(f"{words.within(labels[str(part)])} {words.change(row['value'])}{error}")
    return words.listed(shown)


def _sentence(last: pd.DataFrame, labels: dict[str, str], words: Words) -> str:
    poor = last[last["measure"] == "income_poor_persons"].set_index("part")["value"]
    total = poor[TOTAL]
    largest = str(poor.drop([TOTAL, GROWTH]).idxmax())
    if total <= 0:
        return words.say("People below the income line did not become fewer.")
    return words.say(
        "Of the fall by {n} people below the income line, {growth} came with growth; of policy, {largest} counts most, "
        "with {share}.",
        n=words.about(total),
        growth=share_words(poor[GROWTH] / total),
        largest=words.within(labels[largest]),
        share=share_words(poor[largest] / total),
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
        row = _row(last, part, IN_ENGLISH)
        values = [_with_error(**cell) for cell in row["cells"]]
        table.add_row(escape(part), *values, IN_ENGLISH.billions(row["outlays"]), whole(row["price"]))
    return table


def _with_error(value: float, error: float) -> str:
    return IN_ENGLISH.change(value) + ("" if error != error else f"\n{IN_ENGLISH.plus_minus(error)}")
