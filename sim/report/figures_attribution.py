"""Figures of an attribution: the parts of each year, one on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter

from sim.report.svg import BLUE, GREEN, INK, ORANGE, PALE, PINK, RED, SKY, legend, svg, years_axis
from sim.report.words import change

if TYPE_CHECKING:
    import pandas as pd

COLOURS = (BLUE, ORANGE, GREEN, RED, PINK, SKY)


def largest_parts(table: pd.DataFrame) -> list[str]:
    """Parts that have a colour of their own in every figure: those that spare most person-years at the end."""
    last = table[(table["measure"] == "person_years") & (table["year"] == table["year"].max())]
    of_part = last.set_index("part")["value"].drop(["growth", "total"]).abs()
    return list(of_part.sort_values(ascending=False, kind="stable").index[: len(COLOURS)])


def parts(measure: str, name: str, unit: float, table: pd.DataFrame, labels: dict[str, str]) -> str:
    """Stacked bars of growth, the largest parts and all others; the total as a point."""
    wide = table[table["measure"] == measure].pivot(index="year", columns="part", values="value") / unit
    total, growth = wide.pop("total"), wide.pop("growth")
    largest = largest_parts(table)
    stacked = {labels["growth"]: growth.to_numpy()} | {labels[part]: wide[part].to_numpy() for part in largest}
    if len(largest) < wide.shape[1]:
        stacked["all others"] = wide.drop(columns=largest).sum(axis=1).to_numpy()
    years = [int(year) for year in wide.index]

    def draw(axes: Axes) -> None:
        above, below = np.zeros(len(years)), np.zeros(len(years))
        colours = (PALE, *COLOURS[: len(largest)], INK)
        for (label, values), colour in zip(stacked.items(), colours, strict=False):
            axes.bar(years, values, bottom=np.where(values >= 0, above, below), color=colour, label=label, width=0.7)
            above += np.maximum(values, 0)
            below += np.minimum(values, 0)
        axes.plot(
            years,
            total,
            color=INK,
            clip_on=False,
            zorder=5,
            ls="none",
            marker="D",
            ms=5,
            mfc="white",
            mew=1.5,
            label="total",
        )
        axes.axhline(0, color=INK, lw=0.8)
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
        axes.set_ylabel(f"fall of {name}")
        years_axis(axes, years)
        legend(axes, 2)

    whole, by_growth = (change(float(part.iloc[-1])) for part in (total, growth))
    description = f"Fall of {name} by {years[-1]}: {whole}, of which growth {by_growth}."
    return svg(f"parts-{measure}", description, draw, height=3.8)
