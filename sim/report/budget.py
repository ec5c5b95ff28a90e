"""The report of a budget: a page of its own, and short tables in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table

from sim.report import figures_budget, words
from sim.report.page import environment

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.budget import Budget

# Measures in words, their unit on the page, and that unit.
NAMES = {
    "cost": ("cost", 1e9, "bn yuan"),
    "persons": ("people below the income line", 1.0, "persons"),
    "gap": ("poverty gap", 1e6, "m yuan"),
    "return_risk": ("households that fall within two years of exit", 1.0, "%"),
}
STATED = "as stated"


def ranked(found: Budget) -> pd.DataFrame:
    """(instruments; column, size) the marginal curves, instruments that buy most of the objective first.

    The order is that of the next million, less two standard errors: what is known to buy something comes first.
    """
    column = f"million_buys_{found.objective}"
    wide = found.curves.pivot(index="instrument", columns="size").sort_index(axis=1)
    least = (wide[column, 1.5] - 2 * wide[f"{column}_error", 1.5]).sort_values(ascending=False, kind="stable")
    return wide.loc[least.index]


def render(found: Budget) -> str:
    """The budget as one self-contained HTML page."""
    labels = {name: each.label or name for name, each in found.loaded.scenario.instruments.items()}
    shown = [name for name in NAMES if found.front[name].notna().any()]
    name, _, unit = NAMES[found.objective]
    return (
        environment()
        .get_template("budget.html")
        .render(
            scenario=found.loaded.scenario,
            hash=found.loaded.hash,
            found=found,
            objective=name,
            sentence=sentence(found),
            headings=[f"{NAMES[each][0]}, {NAMES[each][2]}" for each in shown],
            behind_unit=unit,
            portfolios=[_portfolio(found, row, shown) for row in found.front.to_dict("records")],
            fronts=[
                {"title": title[0].upper() + title[1:], "svg": figures_budget.front(found, each, *_axis(each))}
                for each, (title, *_) in NAMES.items()
                if each in shown and each != "cost"
            ],
            next_million=figures_budget.next_million(
                ranked(found), found.objective, name, labels, "What the next and the last million yuan buy."
            ),
            places=_places(found, labels),
            left_alone=[labels[each] for each in found.left_alone],
        )
    )


def _axis(measure: str) -> tuple[str, float, str]:
    name, unit, unit_name = NAMES[measure]
    return f"{name}, {unit_name}", unit, f"Cost and {name} of every portfolio."


def sentence(found: Budget) -> str:
    """What the budget buys, and whether it is told apart from what is stated."""
    rows = found.front.set_index("portfolio")
    name, unit, unit_name = NAMES[found.objective]
    best, stated, nothing = (rows.loc[each] for each in (found.best, STATED, "nothing"))
    value, before, none = (words.about(row[found.objective] / unit) for row in (best, stated, nothing))
    text = (
        f"For {words.billions(found.yuan)} bn yuan the best portfolio found ({found.best}) leaves {value} {unit_name} "
        f"({name}), without any place it would be {none}; the stated places cost {words.billions(stated['cost'])} "
        f"bn yuan and leave {before}."
    )
    alike = [
        each for each, row in rows.iterrows() if each != found.best and row["within_budget"] and not row["told_apart"]
    ]
    if alike:
        text += f" Luck does not tell it from {', '.join(map(str, alike))}."
    return text


def _portfolio(found: Budget, row: dict[str, Any], shown: list[str]) -> dict[str, Any]:
    unit = NAMES[found.objective][1]
    cells = []
    for name in shown:
        scale = NAMES[name][1]
        interval = (
            ""
            if found.draws == 1
            else f" [{_number(row[f'{name}_low'], scale)} … {_number(row[f'{name}_high'], scale)}]"
        )
        cells.append(f"{_number(row[name], scale)} ± {_number(row[f'{name}_error'], scale)}{interval}")
    return {
        "name": row["portfolio"],
        "best": row["portfolio"] == found.best,
        "cells": cells,
        "behind": f"{words.change(row['behind'] / unit)} ± {_number(row['behind_error'], unit)}",
        "told": "" if row["portfolio"] == found.best else "yes" if row["told_apart"] else "no",
        "within": "yes" if row["within_budget"] else "no",
        "front": "yes" if row["on_front"] else "no",
        "best_in": words.share_words(row["best_in"]),
    }


def _number(value: float, unit: float) -> str:
    if value != value:
        return "–"
    scaled = value / unit
    return f"{scaled:,.0f}" if abs(scaled) >= 100 or scaled == 0 else f"{scaled:,.3g}"


def _places(found: Budget, labels: dict[str, str]) -> list[dict[str, Any]]:
    """Instrument by instrument: size, places and outlays of the best portfolio, and what the stated one costs."""
    by_name = {name: rows.set_index("instrument") for name, rows in found.allocation.groupby("portfolio")}
    best, stated = by_name[found.best], by_name[STATED]
    return [
        {
            "label": labels[name],
            "stated_places": stated.at[name, "places"],
            "places": best.at[name, "places"],
            "size": f"{best.at[name, 'size']:.2f}",
            "stated_outlays": _number(stated.at[name, "outlays"], 1e6),
            "outlays": _number(best.at[name, "outlays"], 1e6),
        }
        for name in best.index
    ]


def terminal(found: Budget) -> list[Table]:
    """Portfolios, and what the next million buys in each instrument."""
    name, unit, unit_name = NAMES[found.objective]
    portfolios = _table(
        f"{name[0].upper()}{name[1:]}, {unit_name}, for {words.billions(found.yuan)} bn yuan",
        "portfolio", "bn yuan", found.objective, "± luck", "behind the best", "± luck", "told apart",
    )  # fmt: skip
    for row in found.front.to_dict("records"):
        cells = _portfolio(found, row, [])
        behind, error = cells["behind"].split(" ± ")
        value = (_number(row[found.objective], unit), _number(row[f"{found.objective}_error"], unit))
        label = f"{row['portfolio']} *" if cells["best"] else row["portfolio"]
        portfolios.add_row(label, _number(row["cost"], 1e9), *value, behind, error, cells["told"])
    portfolios.caption = "* best within the budget"
    million = _table(f"What a million yuan buys: {name}, less", "instrument", "next million", "±", "last million", "±")
    column = f"million_buys_{found.objective}"
    for instrument, row in ranked(found).head(12).iterrows():
        values = [(row[column, size], row[f"{column}_error", size]) for size in (1.5, 1.0)]
        million.add_row(str(instrument), *(_number(each, unit) for pair in values for each in pair))
    return [portfolios, million]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", caption_justify="left", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right", no_wrap=number == 0)
    return table
