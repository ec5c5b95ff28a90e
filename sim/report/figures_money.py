"""Figures of incomes and outlays, each an inline SVG with a description for those who can not see it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from sim.history import FIFTHS, Floats
from sim.measures import income_by_source
from sim.report.svg import BLUE, GREEN, INK, ORANGE, PINK, SKY, legend, svg, years_axis
from sim.report.tables import FIFTHS_OF_PEOPLE, outlays_by_mechanism
from sim.report.words import MECHANISMS, SOURCES, billions, count
from sim.results.record import Record
from sim.scenario import at_year

COLOURS = (GREEN, BLUE, PINK, ORANGE, SKY)
THOUSANDS = FuncFormatter(lambda value, _: f"{value:,.0f}")


def _stack(axes: Axes, at: list[int], parts: dict[str, Floats]) -> None:
    """Stacked bars of each part over the places `at`."""
    bottom = np.zeros(len(at))
    for (label, values), colour in zip(parts.items(), COLOURS, strict=False):
        axes.bar(at, values, bottom=bottom, color=colour, label=label, width=0.75)
        bottom = bottom + values


def _by_source(axes: Axes, years: list[int], income: Floats) -> None:
    _stack(axes, years, {SOURCES[source]: income[:, i] for i, source in enumerate(FIFTHS)})
    axes.set_ylabel("yuan per head and year")
    axes.yaxis.set_major_formatter(THOUSANDS)
    years_axis(axes, years)


def income(record: Record) -> str:
    """Income per head by source over time."""
    years = record.history.years.tolist()
    by_source = income_by_source(record.history)

    def draw(axes: Axes) -> None:
        _by_source(axes, years, by_source)
        legend(axes, 2)

    total = by_source[-1].sum()
    shares = ", ".join(
        f"{SOURCES[name].lower()} {100 * part / total:.0f} %" for name, part in zip(FIFTHS, by_source[-1], strict=True)
    )
    return svg("income", f"Mean income per head in {years[-1]}: {count(total)} yuan, of which {shares}.", draw)


def poorest_fifth(record: Record) -> str:
    """Income of the poorest fifth by source, with the survey line."""
    years = record.history.years.tolist()
    by_source = record.history.fifths[:, 0]
    line = [at_year(record.loaded.scenario.lines.survey, year) for year in years]

    def draw(axes: Axes) -> None:
        _by_source(axes, years, by_source)
        axes.plot(years, line, color=INK, lw=1.8, marker="o", ms=3.5, label="poverty line")
        legend(axes, 3)

    description = (
        f"Income per head of the poorest fifth: {count(by_source[0].sum())} yuan in {years[0]}, "
        f"{count(by_source[-1].sum())} yuan in {years[-1]}; the line is {count(line[-1])} yuan."
    )
    return svg("poorest-fifth", description, draw)


def fifths(record: Record) -> str:
    """Income by source of each fifth, in the first and the last year."""
    years, income_of = record.history.years, record.history.fifths

    def draw(axes: Axes) -> None:
        for when, offset, alpha in ((0, -0.21, 0.55), (-1, 0.21, 1.0)):
            place, bottom = np.arange(5) + offset, np.zeros(5)
            for i, source in enumerate(FIFTHS):
                label = SOURCES[source] if alpha == 1 else "_pale"
                part = income_of[when, :, i]
                axes.bar(place, part, 0.38, bottom=bottom, color=COLOURS[i], alpha=alpha, label=label)
                bottom = bottom + part
        axes.set_xticks(range(5), FIFTHS_OF_PEOPLE)
        axes.set_xlabel(f"fifths of people; left bar {years[0]}, right bar {years[-1]}", fontsize=9.5)
        axes.set_ylabel("yuan per head and year")
        axes.yaxis.set_major_formatter(THOUSANDS)
        legend(axes, 2)

    totals = zip(FIFTHS_OF_PEOPLE, income_of[-1].sum(axis=1), strict=True)
    last = ", ".join(f"{name} {count(total)}" for name, total in totals)
    return svg("fifths", f"Mean income per head by fifth of people in {years[-1]}, yuan: {last}.", draw)


def outlays(record: Record) -> str:
    """Outlays by mechanism and year."""
    years = record.history.years.tolist()
    parts = {MECHANISMS[mechanism]: yuan for mechanism, yuan in outlays_by_mechanism(record).items()}

    def draw(axes: Axes) -> None:
        _stack(axes, years, {label: yuan / 1e9 for label, yuan in parts.items()})
        axes.set_ylabel("bn yuan a year")
        years_axis(axes, years)
        legend(axes, 2)

    total = ", ".join(f"{label.lower()} {billions(yuan.sum())}" for label, yuan in parts.items())
    return svg("outlays", f"Outlays by mechanism, bn yuan in all: {total}.", draw)
