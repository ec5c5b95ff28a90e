"""What a planner asks first: how much did poverty fall, by what, at what cost, and who may fall back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.history import FIFTHS
from sim.measures import of_year, yearly_outlays
from sim.report.words import SOURCES, about, billions, percent, share_words
from sim.results.record import Record


@dataclass(frozen=True)
class Card:
    """One question of the first screen, its answer in large print, and what lies behind it."""

    question: str
    answer: str
    details: list[str]


def _total(record: Record, measure: str) -> float:
    return float(of_year(record.history, measure).sum())


def _fall(record: Record) -> Card:
    first, last = record.yearly[0], record.yearly[-1]
    listed = next((row for row in record.yearly if row["register_persons"]), None)
    if listed is None:
        register = "Nobody is on a register in this run."
    else:
        start, end = (about(row["register_persons"] or 0.0) for row in (listed, last))
        register = (
            f"On the register: {percent(listed['register_incidence'])} of people ({start}) at the end of "
            f"{listed['year']}, {percent(last['register_incidence'])} ({end}) at the end of {last['year']}."
        )
    income = (
        f"Below the income line: {about(first['income_persons'])} people at the end of {first['year']}, "
        f"{about(last['income_persons'])} at the end of {last['year']}."
    )
    before, after = percent(first["income_incidence"]), percent(last["income_incidence"])
    return Card("How much did poverty fall?", f"{before} → {after} below the income line", [income, register])


def _by_what(record: Record) -> Card:
    years, poorest = record.history.years, record.history.fifths[:, 0]
    gains = dict(zip(FIFTHS, (poorest[-1] - poorest[0]).tolist(), strict=True))
    total = sum(gains.values())
    largest = max(gains, key=lambda source: gains[source])
    details = []
    if total > 0:
        answer = f"{SOURCES[largest]}: {share_words(gains[largest] / total)} of what the poorest fifth gained"
        ordered = sorted(gains, key=lambda source: -gains[source])
        split = ", ".join(f"{SOURCES[source].lower()} {gains[source]:+,.0f}" for source in ordered)
        details.append(
            f"The poorest fifth had {poorest[0].sum():,.0f} yuan a head in {years[0]} and "
            f"{poorest[-1].sum():,.0f} in {years[-1]}: {split.replace('-', '−')}."
        )
    else:
        answer = "The poorest fifth gained nothing"
    if exits := _total(record, "exits_persons"):
        below = _total(record, "exits_below_line_persons") / exits
        details.append(
            f"{about(exits)} people left the register by review, {share_words(below)} of them while certified below "
            f"the line of the review; {about(_total(record, 'struck_off_persons'))} were struck off."
        )
    details.append("This is book-keeping: what an instrument caused is the difference from a run without it.")
    return Card("By what?", answer, details)


def _cost(record: Record) -> Card:
    outlays = yearly_outlays(record.history)
    total, by_instrument = float(outlays.sum()), outlays.sum(axis=0)
    if not total:
        return Card("At what cost?", "No outlays", [])
    instruments = record.loaded.scenario.instruments
    names = [instruments[name].label or name for name in record.history.instruments]
    dearest = [i for i in np.argsort(-by_instrument, kind="stable")[:3] if by_instrument[i] > 0]
    split = "; ".join(f"{names[i]}, {billions(by_instrument[i])}" for i in dearest)
    details = [f"Most went to (bn yuan): {split}."]
    if exits := _total(record, "exits_persons"):
        details.append(f"That is {about(total / exits)} yuan for each person who left by review, whatever the reason.")
    years = record.history.years
    return Card("At what cost?", f"{billions(total)} bn yuan, {years[0]} to {years[-1]}", details)


def _at_risk(record: Record) -> Card:
    returns, exits = _total(record, "returns_persons"), _total(record, "exits_persons")
    monitored = float(of_year(record.history, "monitored_persons")[-1])
    last = record.yearly[-1]
    details = []
    if exits:
        details.append(
            f"{about(exits)} left. Had every fall below the line been found, "
            f"{about(_total(record, 'returns_if_all_found_persons'))} would have returned."
        )
    if monitored:
        details.append(f"{about(monitored)} people are monitored at the end of {last['year']}: they are near the line.")
    unlisted = last["income_persons"] - (last["register_persons"] or 0.0)
    if unlisted > 0:
        details.append(f"At the end {about(unlisted)} more people are below the income line than on the register.")
    else:
        details.append(f"At the end {about(-unlisted)} more people are on the register than below the income line.")
    return Card("Who is at risk of falling back?", f"{about(returns)} people returned to the register", details)


def cards(record: Record) -> list[Card]:
    """The four answers, in the order of the questions."""
    return [_fall(record), _by_what(record), _cost(record), _at_risk(record)]
