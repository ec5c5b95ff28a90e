"""Figures of a comparison of two saved runs, in the style of the report."""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from sim.dashboard.comparison import Measure, Row
from sim.dashboard.shelf import Run
from sim.language import Language
from sim.report.svg import BLUE, INK, RED, hover, legend, svg, years_axis
from sim.report.words import Words

HEIGHT = 2.9


def levels(measure: Measure, base: Run, other: Run, text: Language) -> str:
    """Both runs by year."""
    words = Words(text)
    years, mine, theirs = _years(base), measure.of(base), measure.of(other)
    pairs = [(words.count(before), words.count(after)) for before, after in zip(mine, theirs, strict=True)]
    texts = [
        words.values(year, {text("base"): before, text("compared"): after})
        for year, (before, after) in zip(years, pairs, strict=True)
    ]

    def draw(axes: Axes) -> None:
        axes.plot(years, _drawn(mine), color=BLUE, label=text("base"))
        axes.plot(years, _drawn(theirs), color=RED, ls="--", label=text("compared"))
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(words.ticks)
        years_axis(axes, years)
        legend(axes, 2)
        hover(axes, years, texts)

    description = text(
        "{measure}: {mine} in the base and {theirs} in the compared run at the end of {year}.",
        measure=text(measure.label),
        mine=pairs[-1][0],
        theirs=pairs[-1][1],
        year=years[-1],
    )
    return svg(f"levels-{measure.key}", description, draw, height=HEIGHT)


def differences(measure: Measure, base: Run, other: Run, text: Language) -> str:
    """The compared run less the base, by year."""
    words = Words(text)
    years = _years(base)
    pairs = zip(measure.of(base), measure.of(other), strict=True)
    change = [Row(measure.label, *pair).difference for pair in pairs]
    said = [words.change(each) for each in change]

    def draw(axes: Axes) -> None:
        axes.plot(years, _drawn(change), color=INK, marker="o", ms=4)
        axes.axhline(0, color=INK, lw=0.8)
        axes.set_xlim(years[0] - 0.5, years[-1] + 0.5)
        axes.yaxis.set_major_formatter(words.ticks)
        axes.set_ylabel(text("compared less base"))
        years_axis(axes, years)
        hover(
            axes,
            years,
            [words.values(year, {text("Difference"): each}) for year, each in zip(years, said, strict=True)],
        )

    description = text(
        "{measure}: difference of {change} at the end of {year}.",
        measure=text(measure.label),
        change=said[-1],
        year=years[-1],
    )
    return svg(f"differences-{measure.key}", description, draw, height=HEIGHT)


def _drawn(values: list[float | None]) -> list[float]:
    """What is not known is not drawn."""
    return [math.nan if value is None else value for value in values]


def _years(run: Run) -> list[int]:
    return [int(row["year"]) for row in run.yearly]
