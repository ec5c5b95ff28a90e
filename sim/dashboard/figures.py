"""Figures of a comparison of two saved runs, in the style of the report."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from sim.dashboard.comparison import Measure, Row
from sim.dashboard.shelf import Run
from sim.language import Language
from sim.report import words
from sim.report.svg import BLUE, INK, RED, legend, svg, years_axis

HEIGHT = 2.9
PLAIN = FuncFormatter(lambda value, _: f"{value:,.10g}")


def levels(measure: Measure, base: Run, other: Run, text: Language) -> str:
    """Both runs by year."""
    years, mine, theirs = _years(base), measure.of(base), measure.of(other)

    def draw(axes: Axes) -> None:
        axes.plot(years, _drawn(mine), color=BLUE, label=text("base"))
        axes.plot(years, _drawn(theirs), color=RED, ls="--", label=text("compared"))
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(PLAIN)
        years_axis(axes, years)
        legend(axes, 2)

    description = text(
        "{measure}: {mine} in the base and {theirs} in the compared run at the end of {year}.",
        measure=text(measure.label),
        mine=words.count(mine[-1]),
        theirs=words.count(theirs[-1]),
        year=years[-1],
    )
    return svg(f"levels-{measure.key}", description, draw, height=HEIGHT)


def differences(measure: Measure, base: Run, other: Run, text: Language) -> str:
    """The compared run less the base, by year."""
    years = _years(base)
    pairs = zip(measure.of(base), measure.of(other), strict=True)
    change = [Row(measure.label, *pair).difference for pair in pairs]

    def draw(axes: Axes) -> None:
        axes.plot(years, _drawn(change), color=INK, marker="o", ms=4)
        axes.axhline(0, color=INK, lw=0.8)
        axes.set_xlim(years[0] - 0.5, years[-1] + 0.5)
        axes.yaxis.set_major_formatter(PLAIN)
        axes.set_ylabel(text("compared less base"))
        years_axis(axes, years)

    description = text(
        "{measure}: difference of {change} at the end of {year}.",
        measure=text(measure.label),
        change=words.change(change[-1]),
        year=years[-1],
    )
    return svg(f"differences-{measure.key}", description, draw, height=HEIGHT)


def _drawn(values: list[float | None]) -> list[float]:
    """What is not known is not drawn."""
    return [math.nan if value is None else value for value in values]


def _years(run: Run) -> list[int]:
    return [int(row["year"]) for row in run.yearly]
