"""Figures of a budget: what portfolios cost and leave, and what a million yuan buys in each instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from sim.report.svg import BLUE, GREEN, INK, ORANGE, PALE, RED, legend, svg
from sim.report.words import Words

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.budget import Budget

MOST_BARS = 20
LONGEST = 38  # letters of a name
SHOWN = ("as stated", "all alike", "greedy")
MARKS = ((RED, "D"), (ORANGE, "s"), (GREEN, "^"))


def front(found: Budget, measure: str, name: str, unit: float, words: Words) -> str:
    """Cost and a measure of all portfolios tried and of those judged. Most luck is shared by all of them: whiskers of
    the objective are twice the error of the difference from the best portfolio."""
    say, judged = words.say, found.front.set_index("portfolio")
    y, cost = judged[measure] / unit, judged["cost"]
    error = 2 * judged["behind_error"] / unit * (measure == found.objective)
    others = judged.index.difference(list(SHOWN))
    ahead = judged.index[judged["on_front"]].intersection(others)
    behind = others.difference(ahead)

    def draw(axes: Axes) -> None:
        axes.scatter(
            found.tried["cost"], found.tried[measure] / unit, s=6, color=PALE, alpha=0.5, lw=0, label=say("tried")
        )
        for each, inside, label in ((behind, "white", "judged"), (ahead, INK, "judged, on the front")):
            axes.errorbar(
                cost[each], y[each], error[each], fmt="o", ms=4, lw=1, color=INK, mfc=inside, label=say(label)
            )
        for each, (colour, mark) in zip(SHOWN, MARKS, strict=True):
            axes.errorbar(cost[each], y[each], error[each], fmt=mark, ms=7, lw=1.2, color=colour, label=say(each))
        best = say("best in the budget")
        axes.plot(cost[found.best], y[found.best], "o", ms=15, mfc="none", mec=BLUE, mew=2, label=best)
        axes.axvline(found.yuan, color=BLUE, lw=1, ls="--")
        axes.xaxis.set_major_formatter(words.ticks)
        axes.yaxis.set_major_formatter(words.ticks)
        axes.locator_params(axis="x", nbins=6)
        axes.set_xlabel(say("yuan, whole period"))
        axes.set_ylabel(name)
        legend(axes, 3)

    return svg(f"front-{measure}", say("Cost and {measure} of every portfolio.", measure=name), draw, height=4.2)


def next_million(
    table: pd.DataFrame, measure: str, name: str, unit: float, labels: dict[str, str], words: Words
) -> str:
    """What a million yuan more and the last million buy in each instrument, with twice their errors."""
    say, names = words.say, list(table.index[:MOST_BARS])
    rows = np.arange(len(names))
    shown = [label if len(label) <= LONGEST else f"{label[:LONGEST]}…" for label in (labels[each] for each in names)]

    def draw(axes: Axes) -> None:
        for size, shift, colour, label in ((1.5, -0.2, BLUE, "next million"), (1.0, 0.2, PALE, "last million")):
            value = table.loc[names, (f"million_buys_{measure}", size)].to_numpy() / unit
            error = 2 * table.loc[names, (f"million_buys_{measure}_error", size)].to_numpy() / unit
            axes.barh(rows + shift, value, 0.36, xerr=error, color=colour, ecolor=INK, label=say(label))
        axes.set_yticks(rows, shown)
        axes.invert_yaxis()
        axes.axvline(0, color=INK, lw=0.8)
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        axes.set_xlabel(say("{measure}: less for a million yuan", measure=name))
        legend(axes, 2)

    description = say("What the next and the last million yuan buy in each instrument.")
    return svg("next-million", description, draw, height=1.2 + 0.36 * len(names))
