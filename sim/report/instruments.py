"""Every instrument: places, workers and money as they were reported beside what the run gives, with the source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from calibration.evidence.expression import ids_in
from sim.calendar import month_text, parse_month
from sim.measures import of_year, yearly_outlays
from sim.report.tables import period
from sim.report.words import MECHANISMS, Words
from sim.results.record import Record
from sim.scenario import Instrument, places_at

# What places rest on; a scenario may run as planned, but a plan is no report, and neither is arithmetic on reports.
REPORTED, DERIVED, PLANNED, ASSUMED = "reported", "worked out from reports", "planned", "assumed"
# Off by more, a row shows at once what the scenario notes about its instrument.
FAR_OFF = 0.03


@dataclass(frozen=True)
class Money:
    """Outlays or loans reported for an instrument, perhaps together with others, and the simulated ones."""

    reported: float
    simulated: float | None
    period: str
    is_lent: bool
    together_with: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class InstrumentRow:
    """One instrument.

    Attributes
    ----------
    note : what the scenario says about it
    places, at, grounds : places in `unit` at a month, and whether they are reported, worked out, planned or assumed
    simulated : admitted by then, or held then where places of those who left are offered again; None if not reached
    members : households enrolled at the end of the run
    covered : percent of the households ever registered that were enrolled at some time
    outlays : yuan in the whole run
    """

    label: str
    note: str
    mechanism: str
    unit: str
    places: float
    at: str
    grounds: str
    is_reported: bool
    simulated: float | None
    refill: bool
    members: float
    covered: float | None
    outlays: float
    money: list[Money]
    sources: list[str]

    @property
    def error(self) -> float | None:
        """Simulated over reported places, less 1."""
        return self.simulated / self.places - 1 if self.places and self.simulated is not None else None

    @property
    def is_far_off(self) -> bool:
        """Whether a reader will ask why."""
        return self.error is not None and abs(self.error) > FAR_OFF


def instrument_rows(record: Record, words: Words) -> list[InstrumentRow]:
    """Each instrument that was switched on, in order of the report's mechanisms."""
    history, scenario = record.history, record.loaded.scenario
    ever = float(of_year(history, "ever_registered_households")[-1])
    outlays = yearly_outlays(history).sum(axis=0)
    called = words.instruments(scenario)
    rows = []
    for i, name in enumerate(history.instruments):
        instrument = scenario.instruments[name]
        month, grounds, sources = _grounds(record, name, instrument)
        measure = history.of_instrument["held" if instrument.refill else "admitted"][:, i].sum(axis=1)
        when = np.flatnonzero(history.months == month)
        simulated = float(measure[when[0]]) if len(when) else None
        rows.append(
            InstrumentRow(
                label=called[name],
                note=words.say.own(instrument.note),
                mechanism=words.say(MECHANISMS[instrument.mechanism]),
                unit=words.unit(instrument.unit),
                places=places_at(instrument.places, month),
                at=month_text(month),
                grounds=words.say(grounds),
                is_reported=grounds == REPORTED,
                simulated=simulated,
                refill=instrument.refill,
                members=float(history.of_instrument["members"][-1, i].sum()),
                covered=100 * float(history.covered_households[-1, i]) / ever if ever else None,
                outlays=float(outlays[i]),
                money=_money(record, name, called, words) + _lent(record, name, simulated, month_text(month)),
                sources=sources,
            )
        )
    order = [words.say(name) for name in MECHANISMS.values()]
    return sorted(rows, key=lambda row: order.index(row.mechanism))


def _grounds(record: Record, name: str, instrument: Instrument) -> tuple[int, str, list[str]]:
    """The last date of the run whose places rest on evidence, or else simply the last; what they are; evidence ids.

    Places that opened before the run are those of its first month.
    """
    first, last = (int(record.history.months[each]) for each in (0, -1))
    prefix = f"instruments.{name}.places."
    of_date = {
        parse_month(path.removeprefix(prefix)): ground.text
        for path, ground in record.loaded.provenance.items()
        if path.startswith(prefix) and ground.kind == "evidence"
    }
    dates = [date for date in of_date if date <= last and instrument.places.get(date)]
    if not dates:
        return max(min(max(instrument.places), last), first), ASSUMED, []
    text = of_date[max(dates)]
    planned = any(record.evidence[each].kind == "plan_target" for each in ids_in(text))
    grounds = PLANNED if planned else REPORTED if text in record.evidence else DERIVED
    ids = dict.fromkeys(each for text in of_date.values() for each in ids_in(text))
    return max(*dates, first), grounds, list(ids)


def _money(record: Record, name: str, called: Mapping[str, str], words: Words) -> list[Money]:
    """Reported outlays in which the instrument takes part."""
    return [
        Money(
            reported=target.reported,
            simulated=target.simulated,
            period=period(figure, target.at, words),
            is_lent=False,
            together_with=tuple(called[each] for each in figure.instruments if each != name),
            source=target.id,
        )
        for figure, target in zip(record.loaded.scenario.reported, record.targets, strict=True)
        if figure.operator == "outlays" and name in figure.instruments
    ]


def _lent(record: Record, name: str, households: float | None, at: str) -> list[Money]:
    """Loans reported until a month, where a household's loan is worked out from their sum."""
    instrument, ground = (
        record.loaded.scenario.instruments[name],
        record.loaded.provenance.get(f"instruments.{name}.cost.loan"),
    )
    if ground is None or ground.kind != "evidence" or instrument.unit != "households":
        return []
    simulated = None if households is None else households * instrument.cost.loan
    return [
        Money(record.evidence[each].value, simulated, at, True, (), each)
        for each in ids_in(ground.text)
        if record.evidence[each].unit == "yuan"
    ]
