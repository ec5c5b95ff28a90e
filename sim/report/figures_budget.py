"""Figures of a budget: what portfolios cost and leave, and what a million yuan buys in each instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter

from sim.report.svg import BLUE, GREEN, INK, ORANGE, PALE, RED, legend, svg

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.budget import Budget

MOST_BARS = 20
SHOWN = ("as stated", "all alike", "greedy")
COLOURS = (RED, ORANGE, GREEN)


def front(found: Budget, measure: str, name: str, unit: float, description: str) -> str:
    """Cost and a measure of all portfolios tried, and of those judged with twice their error of luck."""
    judged = found.front.set_index("portfolio")
    y, error = judged[measure] / unit, 2 * judged[f"{measure}_error"] / unit

    def draw(axes: Axes) -> None:
        axes.scatter(found.tried["cost"], found.tried[measure] / unit, s=5, color=PALE, alpha=0.5, lw=0, label="tried")
        others = judged.index.difference([*SHOWN, found.best])
        axes.errorbar(
            judged.loc[others, "cost"], y[others], error[others], fmt="o", ms=4, lw=1, color=INK, label="judged"
        )
        for each, colour in zip(SHOWN, COLOURS, strict=True):
            axes.errorbar(
                judged.at[each, "cost"], y[each], error[each], fmt="D", ms=7, lw=1.2, color=colour, label=each
            )
        best = judged.loc[found.best]
        axes.plot(best["cost"], y[found.best], "o", ms=15, mfc="none", mec=BLUE, mew=2, label="best in the budget")
        axes.axvline(found.yuan, color=BLUE, lw=1, ls="--")
        axes.xaxis.set_major_formatter(EngFormatter(sep=""))
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
        axes.set_xlabel("yuan, whole period")
        axes.set_ylabel(name)
        legend(axes, 3)

    return svg(f"front-{measure}", description, draw, height=4.2)


def next_million(table: pd.DataFrame, measure: str, name: str, labels: dict[str, str], description: str) -> str:
    """What a million yuan more and the last million buy in each instrument, with twice their errors; see `ranked`."""
    names = list(table.index[:MOST_BARS])
    rows = np.arange(len(names))

    def draw(axes: Axes) -> None:
        for size, shift, colour, label in ((1.5, -0.2, BLUE, "next million"), (1.0, 0.2, PALE, "last million")):
            of_size = table.loc[names, (slice(None), size)].droplevel(1, axis=1)
            value = of_size[f"million_buys_{measure}"].to_numpy()
            error = 2 * of_size[f"million_buys_{measure}_error"].to_numpy()
            axes.barh(rows + shift, value, 0.36, xerr=error, color=colour, ecolor=INK, label=label)
        axes.set_yticks(rows, [labels[each] for each in names])
        axes.invert_yaxis()
        axes.axvline(0, color=INK, lw=0.8)
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        axes.set_xlabel(f"{name} less, a million yuan")
        legend(axes, 2)

    return svg("next-million", description, draw, height=1.2 + 0.36 * len(names))
