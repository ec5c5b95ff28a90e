"""The report of a budget: a page of its own, and short tables in a terminal."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.table import Table

from sim.analysis.marginal import SIZES, hardly_taken
from sim.language import ENGLISH, Language
from sim.report import figures_budget
from sim.report.templates import environment
from sim.report.words import DASH, IN_ENGLISH, Words, share_words
from sim.report.words import error as error_words

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.budget import Budget

# Measures in words, with their unit.
NAMES = {
    "cost": "outlays, bn yuan",
    "persons": "people below the income line",
    "gap": "poverty gap, m yuan",
    "return_risk": "falls below the line within two years of exit, %",
}
STATED = "as stated"


def unit_of(measure: str, words: Words) -> float:
    """What a value of a measure is divided by on the page."""
    return {"cost": words.billion, "gap": words.many_yuan}.get(measure, 1.0)


def number(value: float) -> str:
    """A number with at least three digits; a dash where there is none."""
    if value != value:
        return DASH
    return (f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:,.3g}").replace("-", "−")


def ranked(found: Budget) -> pd.DataFrame:
    """(instruments; column, size) the marginal curves, instruments that buy most of the objective first.

    The order is that of the next million, less two standard errors: what is known to buy something comes first.
    """
    column = f"million_buys_{found.objective}"
    wide = found.curves.pivot(index="instrument", columns="size").sort_index(axis=1)
    least = (wide[column, 1.5] - 2 * wide[f"{column}_error", 1.5]).sort_values(ascending=False, kind="stable")
    return wide.loc[least.index]


def render(found: Budget, language: Language = ENGLISH) -> str:
    """The budget as one self-contained HTML page."""
    words = Words(language)
    labels = words.instruments(found.loaded.scenario)
    shown = [name for name in NAMES if found.front[name].notna().any()]
    return (
        environment(language)
        .get_template("budget.html")
        .render(
            scenario=found.loaded.scenario,
            hash=found.loaded.hash,
            found=found,
            objective=language(NAMES[found.objective]),
            objective_heading=_heading(language(NAMES[found.objective])),
            sentence=sentence(found, words),
            headings=[language(NAMES[each]) for each in shown],
            portfolios=[_portfolio(found, row, shown, words) for row in found.front.to_dict("records")],
            fronts=[
                {
                    "title": _heading(language(NAMES[each])),
                    "svg": figures_budget.front(found, each, language(NAMES[each]), unit_of(each, words), words),
                }
                for each in shown
                if each != "cost"
            ],
            next_million=figures_budget.next_million(
                ranked(found), found.objective, language(NAMES[found.objective]), unit_of(found.objective, words),
                labels, words,
            ),
            steps=[f"{low:g} → {high:g}" for low, high in pairwise(SIZES)],
            curves=_curves(found, labels, words),
            told_apart=_told_apart(found, words),
            hardly_taken=_hardly_taken(found, labels, words),
            places=_places(found, labels),
            left_alone=[labels[each] for each in found.left_alone],
        )
    )  # fmt: skip


def _heading(name: str) -> str:
    return name[0].upper() + name[1:]


def sentence(found: Budget, words: Words) -> str:
    """What the budget buys, and whether it is told apart from other portfolios within it."""
    say, unit = words.say, unit_of(found.objective, words)
    rows = found.front.set_index("portfolio")
    best, stated, nothing = (rows.loc[each] for each in (found.best, STATED, "nothing"))

    def left(row: pd.Series) -> str:
        return (
            words.about(row[found.objective]) if found.objective == "persons" else number(row[found.objective] / unit)
        )

    text = say(
        "For {yuan} bn yuan the best portfolio found ({best}) leaves {value} ({measure}); without any place it would "
        "be {nothing}, and the stated places, which cost {cost} bn yuan, leave {stated}.",
        yuan=words.billions(found.yuan), best=_named(found.best, words), value=left(best),
        measure=say(NAMES[found.objective]), nothing=left(nothing), cost=words.billions(stated["cost"]),
        stated=left(stated),
    )  # fmt: skip
    others = rows.drop(found.best)
    alike = others.index[others["within_budget"] & ~others["told_apart"]]
    if len(alike):
        names = words.listed([_named(str(each), words) for each in alike])
        text += ("" if words.chinese else " ") + say("Luck does not tell it from: {names}.", names=names)
    return text


def _named(portfolio: str, words: Words) -> str:
    """A portfolio's name in the language of the page; some end in a number."""
    name, _, last = portfolio.rpartition(" ")
    return f"{words.say(name)} {last}" if last.isdecimal() else words.say(portfolio)


def _portfolio(found: Budget, row: dict[str, Any], shown: list[str], words: Words) -> dict[str, Any]:
    cells = []
    for name in shown:
        value, error, low, high = (row[f"{name}{of}"] / unit_of(name, words) for of in ("", "_error", "_low", "_high"))
        interval = "" if found.draws == 1 else f" [{number(low)} … {number(high)}]"
        cells.append({"value": value, "text": f"{number(value)} ± {number(error)}{interval}"})
    unit, is_best = unit_of(found.objective, words), row["portfolio"] == found.best
    yes = {True: words.say("yes"), False: words.say("no")}
    return {
        "name": _named(row["portfolio"], words),
        "best": is_best,
        "cells": cells,
        "behind": row["behind"] / unit,
        "behind_text": DASH
        if is_best
        else f"{words.change(row['behind'] / unit)} ± {number(row['behind_error'] / unit)}",
        "told": DASH if is_best else yes[bool(row["told_apart"])],
        "within": yes[bool(row["within_budget"])],
        "front": yes[bool(row["on_front"])],
        "best_in": share_words(row["best_in"]),
    }


def _curves(found: Budget, labels: dict[str, str], words: Words) -> list[dict[str, Any]]:
    """Instrument by instrument: what a million yuan buys in each step from no places to twice those stated."""
    column, unit = f"million_buys_{found.objective}", unit_of(found.objective, words)
    return [
        {
            "label": labels[str(name)],
            "outlays": row["own_outlays", 1.0] / 1e6,
            "cells": [
                {"value": value, "text": DASH if value != value else f"{number(value)} ± {number(error)}"}
                for size in SIZES[1:]
                for value, error in [(row[column, size] / unit, row[f"{column}_error", size] / unit)]
            ],
        }
        for name, row in ranked(found).iterrows()
    ]


def _told_apart(found: Budget, words: Words) -> str:
    """How many of the curves say anything, so that nobody reads luck as a ranking."""
    column, table = f"million_buys_{found.objective}", ranked(found)
    sure = table[column, 1.5].abs() > 2 * table[f"{column}_error", 1.5]
    return words.say(
        "What the next million buys is told apart from nothing in {n} of {all} instruments; runs of more households "
        "(--scale) tell more of them apart.",
        n=int(sure.sum()), all=len(table),
    )  # fmt: skip


def _hardly_taken(found: Budget, labels: dict[str, str], words: Words) -> str:
    """Instruments whose further places find nobody, in a sentence; empty where there are none."""
    few = [f"{labels[name]} {error_words(share)}" for name, share in hardly_taken(found.curves).items()]
    text = (
        "With twice the places these instruments spend hardly more, or less, since few households or villages are left "
        "that they can reach: {names}."
    )
    return words.say(text, names=words.listed(few)) if few else ""


def _places(found: Budget, labels: dict[str, str]) -> list[dict[str, Any]]:
    """Instrument by instrument: places and outlays of the best portfolio and of the stated one."""
    by_name = {name: rows.set_index("instrument") for name, rows in found.allocation.groupby("portfolio")}
    best, stated = by_name[found.best], by_name[STATED]
    return [
        {
            "label": labels[name],
            "size": best.at[name, "size"],
            "places": (stated.at[name, "places"], best.at[name, "places"]),
            "outlays": (stated.at[name, "outlays"] / 1e6, best.at[name, "outlays"] / 1e6),
        }
        for name in best.index
    ]


def terminal(found: Budget) -> list[Table | str]:
    """Portfolios, what the next million buys in each instrument, and whose further places hardly anybody takes."""
    words, unit = IN_ENGLISH, unit_of(found.objective, IN_ENGLISH)
    portfolios = _table(
        f"For {words.billions(found.yuan)} bn yuan: {NAMES[found.objective]}",
        "portfolio (* best)", "bn yuan", found.objective, "± luck", "behind the best", "± luck", "told apart",
    )  # fmt: skip
    for row in found.front.to_dict("records"):
        cells = _portfolio(found, row, [], words)
        behind, _, error = cells["behind_text"].partition(" ± ")
        value = (number(row[found.objective] / unit), number(row[f"{found.objective}_error"] / unit))
        label = f"{row['portfolio']} *" if cells["best"] else row["portfolio"]
        portfolios.add_row(label, number(row["cost"] / words.billion), *value, behind, error, cells["told"])
    million = _table(
        f"What a million yuan buys, less {NAMES[found.objective]}",
        "instrument", "next million", "±", "last million", "±",
    )  # fmt: skip
    column = f"million_buys_{found.objective}"
    for instrument, row in ranked(found).head(12).iterrows():
        values = [(row[column, size], row[f"{column}_error", size]) for size in (1.5, 1.0)]
        million.add_row(str(instrument), *(number(each / unit) for pair in values for each in pair))
    few = _hardly_taken(found, {name: name for name in found.curves["instrument"]}, words)
    return [portfolios, million, "\n".join(filter(None, (_told_apart(found, words), few)))]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for position, column in enumerate(columns):
        table.add_column(column, justify="left" if position == 0 else "right", no_wrap=position == 0)
    return table
