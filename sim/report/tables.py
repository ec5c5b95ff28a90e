"""The tables of the report as rows of plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.calendar import month_text
from sim.history import Floats
from sim.measures import of_year, yearly_outlays
from sim.report.words import MECHANISMS, OPERATORS, Words
from sim.reported import Target
from sim.results.record import Record
from sim.scenario import ReportedFigure

FIFTHS_OF_PEOPLE = ("poorest", "second", "third", "fourth", "richest")


@dataclass(frozen=True)
class ReportedRow:
    """A reported figure, the simulated one, and what to think of the difference."""

    target: Target
    measures: str
    period: str
    definition: str
    verdict: str
    is_input: bool


def reported_rows(record: Record, inputs: set[str], words: Words) -> list[ReportedRow]:
    """Every target in words; `inputs` are evidence ids that the scenario itself is built from."""
    return [
        ReportedRow(
            target=target,
            measures=_measures(figure, record, words),
            period=period(figure, target.at, words),
            definition=record.evidence[target.id].definition,
            verdict=words.verdict(target.relative_error, target.simulated),
            is_input=target.id in inputs,
        )
        for figure, target in zip(record.loaded.scenario.reported, record.targets, strict=True)
    ]


def period(figure: ReportedFigure, at: str, words: Words) -> str:
    """A figure's date, or its first and last month."""
    return at if figure.since is None else words.say("{first} to {last}", first=month_text(figure.since), last=at)


def _measures(figure: ReportedFigure, record: Record, words: Words) -> str:
    """What a figure measures, with the instrument when it is about one."""
    called, name = words.instruments(record.loaded.scenario), words.say(OPERATORS[figure.operator])
    if not figure.instruments:
        return name
    labels = words.first_and_others([called[each] for each in figure.instruments])
    return words.say("{name}: {value}", name=name, value=labels)


@dataclass(frozen=True)
class Binding:
    """How often the exit plan exceeded those who passed the review, and who left below the line."""

    county_years: int
    binding: int
    below: float
    below_share: float


def binding(record: Record) -> Binding:
    """The pressure of exit plans over the run's county-years."""
    history = record.history
    planned, passing = history.yearly["planned_exits_persons"], history.yearly["passing_persons"]
    exits = float(of_year(history, "exits_persons").sum())
    below = float(of_year(history, "exits_below_line_persons").sum())
    return Binding(
        county_years=int((planned > 0).sum()),
        binding=int((planned > passing).sum()),
        below=below,
        below_share=below / exits if exits else 0.0,
    )


def outlays_by_mechanism(record: Record) -> dict[str, Floats]:
    """Mechanism -> (Y,) outlays in yuan."""
    outlays = yearly_outlays(record.history)
    instruments = record.loaded.scenario.instruments
    of = np.array([instruments[name].mechanism for name in record.history.instruments], object)
    return {mechanism: outlays[:, of == mechanism].sum(axis=1) for mechanism in MECHANISMS}


def fifths(record: Record, words: Words) -> dict[str, Any]:
    """First and last year; of each fifth its name, mean income in both, and growth in percent a year."""
    years = record.history.years.tolist()
    before, after = (record.history.fifths[when].sum(axis=1).tolist() for when in (0, -1))
    between = max(years[-1] - years[0], 1)
    rows = [
        (words.say(name), first, last, 100 * ((last / first) ** (1 / between) - 1) if first > 0 else None)
        for name, first, last in zip(FIFTHS_OF_PEOPLE, before, after, strict=True)
    ]
    return {"years": (years[0], years[-1]), "rows": rows}
