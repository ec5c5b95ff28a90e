"""County by county: a table of all, and a figure of each that stands beside the region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from sim.calendar import month_text
from sim.history import Floats
from sim.measures import decembers, register_start
from sim.register.areas import LISTED, NEVER_LISTED
from sim.report.figures import LOOKS
from sim.report.svg import PALE, hover, legend, svg, years_axis
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


def figures(record: Record, words: Words) -> list[tuple[str, str]]:
    """Name and figure of each county; none where there is one county alone, which is the region, or too many."""
    history, say = record.history, words.say
    if not 1 < len(history.counties) <= MOST_FIGURES:
        return []
    years, start = history.years.tolist(), register_start(history)
    income, register = (incidence(record, measure) for measure in ("income_poor_persons", "registered_persons"))
    register[: len(years) if start is None else start] = np.nan
    region = np.array([row["income_incidence"] for row in record.yearly])
    labels = [say("region, below the income line"), say("below the income line"), say("on the register")]
    drawn = []
    for i, name in enumerate(history.counties):
        lines = dict(zip(labels, (region, income[:, i], register[:, i]), strict=True))
        drawn.append((name, _figure(f"county-{i}", name, years, lines, words)))
    return drawn


def _figure(id_: str, name: str, years: list[int], lines: dict[str, Floats], words: Words) -> str:
    say = words.say
    texts = [
        words.values(year, {label: percent(line[i]) for label, line in lines.items()}) for i, year in enumerate(years)
    ]

    def draw(axes: Axes) -> None:
        for (label, line), look in zip(lines.items(), ({"color": PALE, "lw": 1.6}, *LOOKS[1:]), strict=True):
            axes.plot(years, line, label=label, **look)
        axes.set_ylim(bottom=0)
        axes.set_ylabel(say("% of people"))
        years_axis(axes, years)
        legend(axes, 2)
        hover(axes, years, texts)

    _, income, register = lines.values()
    description = say(
        "{county}: below the income line {before} in {first}, {after} in {last}; on the register at the end "
        "{register}.",
        county=name,
        before=percent(income[0]),
        first=years[0],
        after=percent(income[-1]),
        last=years[-1],
        register=percent(register[-1]),
    )
    return svg(id_, description, draw, height=3.0)


def _left(month: int, end: int, words: Words) -> str:
    if month == NEVER_LISTED:
        return "–"
    if month == LISTED:
        return words.say("still listed")
    return month_text(month) if month <= end else words.say("passed, announced in {month}", month=month_text(month))
