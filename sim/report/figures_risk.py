"""Figures of return risk, each an inline SVG with a description for those who can not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter, StrMethodFormatter

from sim.report.svg import BLUE, GREEN, INK, ORANGE, PALE, RED, SKY, legend, svg
from sim.report.words import count

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.risk import Risk

OUTCOMES = {"survey": ("survey line", BLUE), "exit": ("exit line", ORANGE), "returned": ("registered again", RED)}
SCORES = (GREEN, BLUE, ORANGE, INK)
MOST_BARS = 18
LONGEST = 38  # letters of a name


def by_group(found: Risk, by: str, description: str, ordered: bool = False) -> str:
    """Probability of falling below each line within the horizon, group by group, with its Monte-Carlo error.

    `ordered` sorts groups by the risk at the exit line; more than `MOST_BARS` are cut.
    """
    table = found.rates[(found.rates["by"] == by) & (found.rates["within"] == found.horizon)]
    of_exit = table[table["outcome"] == "exit"]
    names = list(of_exit.sort_values("probability", ascending=False)["group"] if ordered else of_exit["group"])
    names = names[:MOST_BARS]

    def draw(axes: Axes) -> None:
        for place, outcome in enumerate(OUTCOMES):
            label, colour = OUTCOMES[outcome]
            rows = table[table["outcome"] == outcome].set_index("group").reindex(names)
            at = np.arange(len(names)) + 0.27 * (place - 1)
            axes.barh(
                at, 100 * rows["probability"], 0.25, xerr=100 * rows["error"], color=colour, label=label, ecolor=INK
            )
        _names(axes, names)
        axes.set_xlabel(f"% within {found.horizon} months")
        legend(axes, 3)

    return svg(by.replace(" ", "-"), description, draw, height=1.2 + 0.42 * len(names))


def causes(found: Risk, description: str) -> str:
    """Share of each cause among falls."""
    table = found.causes.pivot(index="cause", columns="line", values="share").sort_values("exit", ascending=False)

    def draw(axes: Axes) -> None:
        for place, line in enumerate(("survey", "exit")):
            label, colour = OUTCOMES[line]
            at = np.arange(len(table)) + 0.36 * (place - 0.5)
            axes.barh(at, 100 * table[line], 0.34, color=colour, label=label)
        _names(axes, list(table.index))
        axes.set_xlabel("% of falls")
        legend(axes, 2)

    return svg("causes", description, draw)


def gap(found: Risk, description: str) -> str:
    """From income to the register, step by step."""
    colours = [BLUE, ORANGE, ORANGE, SKY, PALE, SKY, RED]

    def draw(axes: Axes) -> None:
        axes.barh(np.arange(len(found.gap)), found.gap["households"], 0.7, color=colours)
        for at, households in enumerate(found.gap["households"]):
            axes.annotate(count(households), (households, at), (4, 0), textcoords="offset points", va="center")
        _names(axes, list(found.gap["step"]))
        axes.set_xlabel("expected households")
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axes.locator_params(axis="x", nbins=5)
        axes.margins(x=0.14)

    return svg("gap", description, draw)


def roc(found: Risk, description: str) -> str:
    """ROC curves of all scores."""
    areas = found.accuracy[
        (found.accuracy["outcome"] == "exit")
        & (found.accuracy["within"] == found.horizon)
        & (found.accuracy["among"] == "above the line")
    ].set_index("score")

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=PALE, lw=1)
        for (name, curve), colour in zip(found.roc.groupby("score", sort=False), SCORES, strict=True):
            area, error = areas.at[name, "area"], areas.at[name, "area_error"]
            axes.plot(curve["stayers"], curve["fallers"], color=colour, label=f"{name}: {area:.3f} ± {error:.3f}")
        axes.set_xlabel("share of stayers watched")
        axes.set_ylabel("share of fallers watched")
        legend(axes, 1)

    return svg("roc", description, draw, height=4.4)


def calibration(found: Risk, description: str) -> str:
    """What was predicted beside what happened, by tenth of the households."""

    def draw(axes: Axes) -> None:
        top = max(found.calibration["predicted"].max(), found.calibration["happened"].max())
        axes.plot([0, 100 * top], [0, 100 * top], color=PALE, lw=1)
        for (name, part), colour in zip(found.calibration.groupby("score", sort=False), (GREEN, INK), strict=True):
            axes.plot(100 * part["predicted"], 100 * part["happened"], "o-", color=colour, label=name, lw=1)
        axes.set_xlabel("predicted, %")
        axes.set_ylabel("happened, %")
        axes.legend(loc="upper left")

    return svg("calibration", description, draw, height=4.4)


def top_up(found: Risk, description: str) -> str:
    """Household-months below the line that a top-up avoids, by its size and by how far down the list it goes."""
    table = found.top_up[found.top_up["score"] == "monitoring list"]

    def draw(axes: Axes) -> None:
        for (part, rows), colour in zip(table.groupby("part"), (SKY, BLUE, GREEN), strict=True):
            share = 100 * rows["months_avoided"] / rows["months"]
            axes.plot(rows["yuan"], share, "o-", color=colour, label=f"first {100 * part:.0f} % of the list")
        axes.set_xlabel("top-up, yuan a head and year")
        axes.set_ylabel("% of their months below avoided")
        axes.yaxis.set_major_formatter(PercentFormatter(decimals=0, symbol=""))
        axes.set_ylim(bottom=0)
        legend(axes, 3)

    return svg("topup", description, draw)


def _names(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), [name if len(name) <= LONGEST else f"{name[:LONGEST]}…" for name in names])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True)


def probability(rates: pd.DataFrame, by: str, group: str, outcome: str, within: int) -> tuple[float, float]:
    """Probability and Monte-Carlo error of one row of the rates."""
    row = rates[
        (rates["by"] == by) & (rates["group"] == group) & (rates["outcome"] == outcome) & (rates["within"] == within)
    ]
    return (float(row["probability"].iloc[0]), float(row["error"].iloc[0])) if len(row) else (float("nan"),) * 2
