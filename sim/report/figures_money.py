"""Figures of incomes and outlays, each an inline SVG with a description for those who can not see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from sim.history import FIFTHS, Floats
from sim.measures import income_by_source
from sim.report.svg import BLUE, GREEN, HATCHES, INK, ORANGE, PINK, SKY, bars, hover, legend, svg, years_axis
from sim.report.tables import FIFTHS_OF_PEOPLE, outlays_by_mechanism
from sim.report.words import MECHANISMS, SOURCES, Words, whole
from sim.results.record import Record
from sim.scenario import at_year

COLOURS = (GREEN, BLUE, PINK, ORANGE, SKY)
THOUSANDS = FuncFormatter(lambda value, _: f"{value:,.0f}")


def _stack(axes: Axes, at: Sequence[float], parts: Mapping[str, Floats]) -> None:
    """Stacked bars of each part over the places `at`."""
    bottom = np.zeros(len(at))
    for (label, values), colour, hatch in zip(parts.items(), COLOURS, HATCHES, strict=False):
        bars(axes, at, values, bottom, 0.75, fc=colour, label=label, hatch=hatch)
        bottom = bottom + values


def _yuan(words: Words, heading: object, parts: Mapping[str, float]) -> str:
    """What shows beside the pointer: yuan of each part and of all."""
    all_parts = {**parts, words.say("All"): sum(parts.values())}
    return words.values(heading, {name: words.say("{n} yuan", n=whole(yuan)) for name, yuan in all_parts.items()})


def _by_source(axes: Axes, years: list[int], by_source: Floats, words: Words) -> None:
    say = words.say
    parts = {say(SOURCES[source]): by_source[:, i] for i, source in enumerate(FIFTHS)}
    _stack(axes, years, parts)
    axes.set_ylabel(say("yuan per head and year"))
    axes.yaxis.set_major_formatter(THOUSANDS)
    years_axis(axes, years)


def _texts(years: list[int], by_source: Floats, words: Words) -> list[str]:
    names = [words.say(SOURCES[source]) for source in FIFTHS]
    return [_yuan(words, year, dict(zip(names, row, strict=True))) for year, row in zip(years, by_source, strict=True)]


def income(record: Record, words: Words) -> str:
    """Income per head by source over time."""
    say = words.say
    years = record.history.years.tolist()
    by_source = income_by_source(record.history)

    def draw(axes: Axes) -> None:
        _by_source(axes, years, by_source, words)
        legend(axes, 2)
        hover(axes, years, _texts(years, by_source, words))

    total = by_source[-1].sum()
    shares = words.listed(
        [
            f"{words.within(say(SOURCES[name]))} {100 * part / total:.0f} %"
            for name, part in zip(FIFTHS, by_source[-1], strict=True)
        ]
    )
    description = say(
        "Mean income per head in {year}: {n} yuan, of which {shares}.", year=years[-1], n=whole(total), shares=shares
    )
    return svg("income", description, draw)


def poorest_fifth(record: Record, words: Words) -> str:
    """Income of the poorest fifth by source, with the survey line."""
    say = words.say
    years = record.history.years.tolist()
    by_source = record.history.fifths[:, 0]
    line = [at_year(record.loaded.scenario.lines.survey, year) for year in years]

    def draw(axes: Axes) -> None:
        _by_source(axes, years, by_source, words)
        axes.plot(years, line, color=INK, lw=1.8, marker="o", ms=3.5, label=say("poverty line"))
        legend(axes, 3)
        hover(axes, years, _texts(years, by_source, words))

    description = say(
        "Income per head of the poorest fifth: {before} yuan in {first}, {after} yuan in {last}; the line is {line} "
        "yuan.",
        before=whole(by_source[0].sum()),
        first=years[0],
        after=whole(by_source[-1].sum()),
        last=years[-1],
        line=whole(line[-1]),
    )
    return svg("poorest-fifth", description, draw)


def fifths(record: Record, words: Words) -> str:
    """Income by source of each fifth, in the first and the last year."""
    say = words.say
    years, income_of = record.history.years, record.history.fifths
    names = [say(name) for name in FIFTHS_OF_PEOPLE]
    texts = [
        words.values(
            name,
            {str(years[when]): say("{n} yuan", n=whole(income_of[when, place].sum())) for when in (0, -1)},
        )
        for place, name in enumerate(names)
    ]

    def draw(axes: Axes) -> None:
        for when, offset, alpha in ((0, -0.21, 0.55), (-1, 0.21, 1.0)):
            place, bottom = np.arange(5) + offset, np.zeros(5)
            for i, source in enumerate(FIFTHS):
                label = say(SOURCES[source]) if alpha == 1 else "_pale"
                part = income_of[when, :, i]
                look: dict[str, Any] = {"fc": COLOURS[i], "alpha": alpha, "hatch": HATCHES[i], "label": label}
                bars(axes, place, part, bottom, 0.38, **look)
                bottom = bottom + part
        axes.set_xticks(range(5), names)
        between = say("fifths of people; left bar {first}, right bar {last}", first=years[0], last=years[-1])
        axes.set_xlabel(between, fontsize=9.5)
        axes.set_ylabel(say("yuan per head and year"))
        axes.yaxis.set_major_formatter(THOUSANDS)
        legend(axes, 2)
        hover(axes, range(5), texts)

    last = words.listed(
        [f"{name} {whole(total)}" for name, total in zip(names, income_of[-1].sum(axis=1).tolist(), strict=True)]
    )
    description = say("Mean income per head by fifth of people in {year}, yuan: {last}.", year=years[-1], last=last)
    return svg("fifths", description, draw)


def outlays(record: Record, words: Words) -> str:
    """Outlays by mechanism and year."""
    say = words.say
    years = record.history.years.tolist()
    parts = {say(MECHANISMS[mechanism]): yuan for mechanism, yuan in outlays_by_mechanism(record).items()}
    texts = []
    for i, year in enumerate(years):
        of_year = {label: yuan[i] for label, yuan in parts.items()} | {
            say("All"): sum(yuan[i] for yuan in parts.values())
        }
        values = {label: say("{n} bn yuan", n=words.billions(yuan)) for label, yuan in of_year.items()}
        texts.append(words.values(year, values))

    def draw(axes: Axes) -> None:
        _stack(axes, years, {label: yuan / words.billion for label, yuan in parts.items()})
        axes.set_ylabel(say("bn yuan a year"))
        years_axis(axes, years)
        legend(axes, 2)
        hover(axes, years, texts)

    total = words.listed([f"{words.within(label)} {words.billions(yuan.sum())}" for label, yuan in parts.items()])
    return svg("outlays", say("Outlays by mechanism, bn yuan in all: {total}.", total=total), draw)
