"""What a planner asks first: how much did poverty fall, by what, at what cost, and who may fall back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.history import FIFTHS
from sim.measures import of_year, yearly_outlays
from sim.report.tables import outlays_by_mechanism
from sim.report.words import MECHANISMS, SOURCES, Words, percent, share_words, whole
from sim.results.record import Record

if TYPE_CHECKING:
    import pandas as pd

CURVE = ("survey_incidence", "register_incidence", "register_persons")


@dataclass(frozen=True)
class Card:
    """One question of the first screen, its answer in large print, and what lies behind it."""

    question: str
    answer: str
    details: list[str]


def _total(record: Record, measure: str) -> float:
    return float(of_year(record.history, measure).sum())


def _fall(record: Record, words: Words) -> Card:
    say, first, last = words.say, record.yearly[0], record.yearly[-1]
    listed = next((row for row in record.yearly if row["register_persons"]), None)
    details = [
        say(
            "Below the income line: {before} people at the end of {first}, {after} at the end of {last}.",
            before=words.about(first["income_persons"]),
            first=first["year"],
            after=words.about(last["income_persons"]),
            last=last["year"],
        )
    ]
    if listed is None:
        details.append(say("Nobody is on a register in this run."))
    else:
        details.append(
            say(
                "On the register: {before} of people ({n}) at the end of {first}, {after} ({m}) at the end of {last}.",
                before=percent(listed["register_incidence"]),
                n=words.about(listed["register_persons"] or 0.0),
                first=listed["year"],
                after=percent(last["register_incidence"]),
                m=words.about(last["register_persons"] or 0.0),
                last=last["year"],
            )
        )
    if reported := [target for target in record.targets if target.operator in CURVE]:
        figures = [f"{target.at} {words.quantity(target.reported, target.unit)} ({target.id})" for target in reported]
        details.append(say("Reported: {figures}.", figures=words.listed(figures)))
    answer = say(
        "{before} → {after} below the income line",
        before=percent(first["income_incidence"]),
        after=percent(last["income_incidence"]),
    )
    return Card(say("How much did poverty fall?"), answer, details)


def _by_what(record: Record, words: Words, parts: pd.DataFrame | None) -> Card:
    say = words.say
    question = say("By what?")
    answer, gains = _gains(record, words)
    given = [
        f"{words.within(say(MECHANISMS[name]))} {words.billions(float(yuan.sum()))}"
        for name, yuan in outlays_by_mechanism(record).items()
    ]
    details = [*gains, say("Spent on each mechanism, bn yuan: {given}.", given=words.listed(given))]
    if parts is None:
        details.append(
            say(
                "What a mechanism caused is the difference from runs without it: povsim attribute FILE splits the fall."
            )
        )
        return Card(question, answer, details)
    from sim.report.attribution import by_part, sentence

    last = parts[parts["year"] == parts["year"].max()]
    details.insert(
        0,
        say(
            "Fall of people below the income line by part, from povsim attribute, ± standard errors: {parts}.",
            parts=by_part(last, words),
        ),
    )
    return Card(question, sentence(last, words), details)


def _gains(record: Record, words: Words) -> tuple[str, list[str]]:
    """What the poorest fifth gained by source of income, in short and in a sentence."""
    say, years, poorest = words.say, record.history.years, record.history.fifths[:, 0]
    gains = dict(zip(FIFTHS, (poorest[-1] - poorest[0]).tolist(), strict=True))
    total = sum(gains.values())
    if total <= 0:
        return say("The poorest fifth gained nothing"), []
    ordered = sorted(gains, key=lambda source: -gains[source])
    split = words.listed(
        [f"{words.within(say(SOURCES[name]))} {gains[name]:+,.0f}".replace("-", "−") for name in ordered]
    )
    answer = say(
        "{source}: {share} of what the poorest fifth gained",
        source=say(SOURCES[ordered[0]]),
        share=share_words(gains[ordered[0]] / total),
    )
    told = say(
        "The poorest fifth had {before} yuan a head in {first} and {after} in {last}: {split}.",
        before=whole(poorest[0].sum()),
        first=years[0],
        after=whole(poorest[-1].sum()),
        last=years[-1],
        split=split,
    )
    return answer, [told]


def _cost(record: Record, words: Words) -> Card:
    say, question = words.say, words.say("At what cost?")
    outlays = yearly_outlays(record.history)
    total, by_instrument = float(outlays.sum()), outlays.sum(axis=0)
    if not total:
        return Card(question, say("No outlays"), [])
    called = words.instruments(record.loaded.scenario)
    names = [called[name] for name in record.history.instruments]
    dearest = [i for i in np.argsort(-by_instrument, kind="stable")[:3] if by_instrument[i] > 0]
    split = words.listed([f"{names[i]} {words.billions(by_instrument[i])}" for i in dearest])
    details = [say("Most went to (bn yuan): {split}.", split=split)]
    if exits := _total(record, "exits_persons"):
        each = words.about(total / exits)
        details.append(say("That is {n} yuan for each person who left by review, whatever the reason.", n=each))
    if poor := record.yearly[0]["income_persons"]:
        each = words.about(total / poor)
        details.append(say("It is {n} yuan for each person below the income line at the beginning.", n=each))
    years = record.history.years
    answer = say("{n} bn yuan, {first} to {last}", n=words.billions(total), first=years[0], last=years[-1])
    return Card(question, answer, details)


def _at_risk(record: Record, words: Words) -> Card:
    say, about = words.say, words.about
    returns, exits = _total(record, "returns_persons"), _total(record, "exits_persons")
    monitored = float(of_year(record.history, "monitored_persons")[-1])
    last = record.yearly[-1]
    details = []
    if exits:
        details.append(
            say(
                "{exits} left by review, {share} of them while certified below the line. Had every fall below the line "
                "been found, {n} would have returned.",
                exits=about(exits),
                share=share_words(_total(record, "exits_below_line_persons") / exits),
                n=about(_total(record, "returns_if_all_found_persons")),
            )
        )
    if monitored:
        near = record.loaded.scenario.register_.monitoring.line_multiple
        details.append(
            say(
                "{n} people are monitored at the end of {year}: certified below {multiple} times the line.",
                n=about(monitored),
                year=last["year"],
                multiple=f"{near:g}",
            )
        )
    unlisted = last["income_persons"] - (last["register_persons"] or 0.0)
    if unlisted > 0:
        n = about(unlisted)
        details.append(say("At the end {n} more people are below the income line than on the register.", n=n))
    else:
        n = about(-unlisted)
        details.append(say("At the end {n} more people are on the register than below the income line.", n=n))
    question = say("Who is at risk of falling back?")
    return Card(question, say("{n} people returned to the register", n=about(returns)), details)


def cards(record: Record, words: Words, parts: pd.DataFrame | None = None) -> list[Card]:
    """The four answers, in the order of the questions; `parts` are those of an attribution, where there is one."""
    return [_fall(record, words), _by_what(record, words, parts), _cost(record, words), _at_risk(record, words)]
