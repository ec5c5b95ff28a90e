"""County by county: a table of all, and a figure of each beside the region, which the page draws itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.calendar import month_text
from sim.history import Floats
from sim.measures import decembers, register_start
from sim.register.areas import LISTED, NEVER_LISTED
from sim.report.chart import Chart, Point
from sim.report.words import Words, percent
from sim.results.record import Record

MOST_FIGURES = 40  # beyond which the page would be slow to open


@dataclass(frozen=True)
class County:
    """A county of the region; incidences in percent of its people, None without a register.

    Attributes
    ----------
    left : when it left the list of poor counties, in words
    """

    name: str
    persons: float
    income: tuple[float, float]
    register: tuple[float | None, float | None]
    exits: float
    returns: float
    left: str


@dataclass(frozen=True)
class Figure:
    """The lines of a county in the chart of all, and what shows beside the pointer in each year."""

    name: str
    description: str
    income: list[Point]
    register: list[Point]
    texts: list[str]


@dataclass(frozen=True)
class Figures:
    """One chart for all counties, so that they can be compared, with the region's line; the labels of its lines."""

    chart: Chart
    labels: list[str]
    region: list[Point]
    counties: list[Figure]


def counties(record: Record, words: Words) -> list[County]:
    """Every county in the order of the scenario: first and last December, people who left and came back."""
    history = record.history
    persons = history.monthly["persons"][decembers(history)]
    income, register = (incidence(record, measure) for measure in ("income_poor_persons", "registered_persons"))
    start = register_start(history)
    return [
        County(
            name=name,
            persons=float(persons[-1, i]),
            income=(float(income[0, i]), float(income[-1, i])),
            register=(None, None) if start is None else (float(register[start, i]), float(register[-1, i])),
            exits=float(history.yearly["exits_persons"][:, i].sum()),
            returns=float(history.yearly["returns_persons"][:, i].sum()),
            left=_left(int(history.county_exit[i]), int(history.months[-1]), words),
        )
        for i, name in enumerate(history.counties)
    ]


def incidence(record: Record, measure: str) -> Floats:
    """(Y, C) percent of each county's people in December."""
    history, when = record.history, decembers(record.history)
    return 100 * history.monthly[measure][when] / np.maximum(history.monthly["persons"][when], 1)


def figures(record: Record, words: Words) -> Figures | None:
    """The figures; none where there is one county alone, which is the region, or too many."""
    history, say = record.history, words.say
    if not 1 < len(history.counties) <= MOST_FIGURES:
        return None
    years, start = history.years.tolist(), register_start(history)
    income, register = (incidence(record, measure) for measure in ("income_poor_persons", "registered_persons"))
    register[: len(years) if start is None else start] = np.nan
    region = np.array([row["income_incidence"] for row in record.yearly])
    chart = Chart.over(years, [region, income, register])
    labels = [say("region, below the income line"), say("below the income line"), say("on the register")]
    drawn = [
        _figure(name, chart, dict(zip(labels, (region, income[:, i], register[:, i]), strict=True)), words)
        for i, name in enumerate(history.counties)
    ]
    return Figures(chart, labels, chart.points(region), drawn)


def _figure(name: str, chart: Chart, lines: dict[str, Floats], words: Words) -> Figure:
    years, (_, income, register) = chart.years, lines.values()
    description = words.say(
        "{county}: below the income line {before} in {first}, {after} in {last}; on the register at the end "
        "{register}.",
        county=name,
        before=percent(income[0]),
        first=years[0],
        after=percent(income[-1]),
        last=years[-1],
        register=percent(register[-1]),
    )
    return Figure(
        name=name,
        description=description,
        income=chart.points(income),
        register=chart.points(register),
        texts=[
            words.values(year, {label: percent(line[i]) for label, line in lines.items()})
            for i, year in enumerate(years)
        ],
    )


def _left(month: int, end: int, words: Words) -> str:
    if month == NEVER_LISTED:
        return "–"
    if month == LISTED:
        return words.say("still listed")
    return month_text(month) if month <= end else words.say("passed, announced in {month}", month=month_text(month))
