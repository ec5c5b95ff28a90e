"""Figures of an attribution: the parts of each year, one on the other."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from sim.report.svg import BLUE, GREEN, HATCHES, INK, ORANGE, PALE, PINK, RED, SKY, hover, legend, svg, years_axis
from sim.report.words import Words

if TYPE_CHECKING:
    import pandas as pd

COLOURS = (BLUE, ORANGE, GREEN, RED, PINK, SKY)
TOTAL: dict[str, Any] = {
    "color": INK,
    "clip_on": False,
    "zorder": 5,
    "ls": "none",
    "marker": "D",
    "ms": 5,
    "mfc": "white",
    "mew": 1.5,
}


def largest_parts(table: pd.DataFrame) -> list[str]:
    """Parts that have a colour of their own in every figure: those that spare most person-years at the end."""
    last = table[(table["measure"] == "person_years") & (table["year"] == table["year"].max())]
    of_part = last.set_index("part")["value"].drop(["growth", "total"]).abs()
    return list(of_part.sort_values(ascending=False, kind="stable").index[: len(COLOURS)])


def parts(measure: str, name: str, unit: float, table: pd.DataFrame, labels: dict[str, str], words: Words) -> str:
    """Stacked bars of growth, the largest parts and all others; the total as a point."""
    say = words.say
    wide = table[table["measure"] == measure].pivot(index="year", columns="part", values="value") / unit
    total, growth = wide.pop("total"), wide.pop("growth")
    largest = largest_parts(table)
    stacked = {labels["growth"]: growth.to_numpy()} | {labels[part]: wide[part].to_numpy() for part in largest}
    if len(largest) < wide.shape[1]:
        stacked[say("all others")] = wide.drop(columns=largest).sum(axis=1).to_numpy()
    years = [int(year) for year in wide.index]
    lines = stacked | {say("total"): total.to_numpy()}
    texts = [
        words.values(year, {label: words.change(float(values[i])) for label, values in lines.items()})
        for i, year in enumerate(years)
    ]

    def draw(axes: Axes) -> None:
        above, below = np.zeros(len(years)), np.zeros(len(years))
        colours = (PALE, *COLOURS[: len(largest)], INK)
        for (label, values), colour, hatch in zip(stacked.items(), colours, cycle(HATCHES), strict=False):
            bottom = np.where(values >= 0, above, below)
            axes.bar(years, values, bottom=bottom, color=colour, label=label, width=0.7, hatch=hatch)
            above += np.maximum(values, 0)
            below += np.minimum(values, 0)
        axes.plot(years, total, label=say("total"), **TOTAL)
        axes.axhline(0, color=INK, lw=0.8)
        axes.yaxis.set_major_formatter(words.ticks)
        axes.set_ylabel(say("fall of {measure}", measure=name))
        years_axis(axes, years)
        legend(axes, 2)
        hover(axes, years, texts)

    whole, by_growth = (words.change(float(part.iloc[-1])) for part in (total, growth))
    description = say(
        "Fall of {measure} by {year}: {total}, of which growth {growth}.",
        measure=name,
        year=years[-1],
        total=whole,
        growth=by_growth,
    )
    return svg(f"parts-{measure}", description, draw, height=3.8)
