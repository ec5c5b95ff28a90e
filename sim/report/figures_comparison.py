"""Figures of a comparison: differences of all alternatives at the end, and of the largest by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes

from sim.report.svg import BLUE, GREEN, INK, ORANGE, PALE, PINK, RED, SKY, hover, legend, svg, years_axis
from sim.report.words import Words

if TYPE_CHECKING:
    import pandas as pd

COLOURS = (BLUE, RED, GREEN, ORANGE, PINK, SKY)
STYLES = ("-", "--", "-.", ":", "-", "--")
MARKERS = "os^Dvx"


def bars(measure: str, name: str, table: pd.DataFrame, year: int, description: str, words: Words) -> str:
    """One bar an alternative: thick whiskers are twice the error of luck, thin ones what parameters leave open."""
    last = table[table["year"] == year].sort_values("difference", kind="stable")
    rows = np.arange(len(last))
    difference, error = last["difference"].to_numpy(), 2 * last["mc_error"].to_numpy()
    texts = [
        words.values(row.alternative, {name: words.change(row.difference)})
        for row in last[["alternative", "difference"]].itertuples()
    ]

    def draw(axes: Axes) -> None:
        axes.barh(rows, difference, color=[BLUE if value < 0 else RED for value in difference], height=0.6)
        known = np.isfinite(error)
        axes.hlines(rows[known], (difference - error)[known], (difference + error)[known], color=INK, lw=3.2)
        axes.hlines(rows, last["low"], last["high"], color=PALE, lw=1.2)
        axes.axvline(0, color=INK, lw=0.8)
        axes.set_yticks(rows, last["alternative"].tolist())
        axes.grid(axis="y", visible=False)
        axes.grid(axis="x", visible=True)
        axes.xaxis.set_major_formatter(words.ticks)
        axes.locator_params(axis="x", nbins=6)
        axes.set_xlabel(words.say("difference in {measure}", measure=name))
        hover(axes, rows.tolist(), texts, along="y")

    return svg(f"bars-{measure}", description, draw, height=1.1 + 0.28 * len(last))


def lines(measure: str, name: str, table: pd.DataFrame, year: int, description: str, words: Words) -> str:
    """Differences by year of the alternatives that change most; bands are twice the error of luck."""
    last = table[table["year"] == year].set_index("alternative")["difference"].abs()
    largest = last.sort_values(ascending=False, kind="stable").index[: len(COLOURS)]
    years = sorted(int(each) for each in table["year"].unique())
    wide = table.pivot(index="year", columns="alternative", values="difference")
    texts = [words.values(year, {each: words.change(wide.at[year, each]) for each in largest}) for year in years]

    def draw(axes: Axes) -> None:
        for alternative, colour, style, marker in zip(largest, COLOURS, STYLES, MARKERS, strict=False):
            of_year = table[table["alternative"] == alternative].sort_values("year")
            difference, error = of_year["difference"].to_numpy(), 2 * of_year["mc_error"].to_numpy()
            axes.plot(years, difference, color=colour, ls=style, marker=marker, ms=4, label=alternative)
            if np.isfinite(error).all():
                axes.fill_between(years, difference - error, difference + error, color=colour, alpha=0.15, lw=0)
        axes.axhline(0, color=INK, lw=0.8)
        axes.yaxis.set_major_formatter(words.ticks)
        axes.set_ylabel(words.say("difference from the base"))
        years_axis(axes, years)
        legend(axes, 2)
        hover(axes, years, texts)

    return svg(f"lines-{measure}", description, draw)
