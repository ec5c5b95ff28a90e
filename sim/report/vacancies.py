"""Places that found nobody: the worst instruments in a sentence each."""

from __future__ import annotations

from sim.calendar import month_text
from sim.report.words import Words, share_words
from sim.results.record import Record
from sim.scenario import Instrument, Scenario, places_at

EMPTY = 0.1  # share of an instrument's places
BY_CHANCE = 5  # simulated households or villages that a sample may lack
WORST = 3


def vacancies(record: Record, words: Words) -> list[str]:
    """Sentences on the instruments with the largest shares of places that nobody had taken when the last ones opened.

    Small numbers of places, which a sample meets roughly, are left out.
    """
    history, scenario = record.history, record.loaded.scenario
    called, found = words.instruments(scenario), []
    for number, name in enumerate(history.instruments):
        instrument = scenario.instruments[name]
        month = _last_opening(instrument, int(history.months[0]), int(history.months[-1]))
        measure = history.of_instrument["held" if instrument.refill else "admitted"]
        offered, taken = places_at(instrument.places, month), float(measure[month - history.months[0], number].sum())
        if offered - taken > max(EMPTY * offered, BY_CHANCE * _units_of_one(instrument, scenario)):
            sentence = words.say(
                "{name}: of places for {offered} {unit} by {month}, {taken} were taken, {share} found nobody: {why}.",
                name=called[name], offered=words.count(offered), unit=words.unit(instrument.unit),
                month=month_text(month), taken=words.count(taken), share=share_words(1 - taken / offered),
                why=_why(instrument, scenario, words),
            )  # fmt: skip
            found.append((taken / offered, sentence))
    sentences = [sentence for _, sentence in sorted(found)]
    more = len(sentences) - WORST
    return sentences[:WORST] + ([words.say("Further instruments with such places: {n}.", n=more)] if more > 0 else [])


def _last_opening(instrument: Instrument, first: int, last: int) -> int:
    """The last month of a run in which an instrument opens places."""
    closes = instrument.tapers_from or instrument.ends
    return last if closes is None else max(first, min(last, closes - 1))


def _units_of_one(instrument: Instrument, scenario: Scenario) -> float:
    """Units of an instrument that one simulated household or village stands for."""
    population = scenario.population
    size = population.persons / population.households if instrument.unit == "persons" else 1.0
    return size / population.scale


def _why(instrument: Instrument, scenario: Scenario, words: Words) -> str:
    """What is known of the reason: places stay empty where no list of candidates is left, or no money."""
    say, reasons = words.say, []
    if instrument.unit == "villages":
        reasons.append(say("no village was left that it may go to"))
    else:
        reasons.append(say("no household was left that its rules allow and that takes part"))
    if scenario.budget is not None:
        reasons[0] += say(", or its county had spent the money of the year")
    if instrument.uptake < 1:
        reasons.append(say("of those asked {share} take part", share=share_words(instrument.uptake)))
    if instrument.exclusive is not None:
        reasons.append(say("a household holds one place of this kind at most ({kind})", kind=instrument.exclusive))
    return ("；" if words.chinese else "; ").join(reasons)
