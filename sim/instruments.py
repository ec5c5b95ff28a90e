"""Instruments of a scenario as the tables that the kernels read. Order and number of instruments change nothing
but these tables: luck belongs to an instrument's name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from sim.admission import BY, UNITS, Choice, Eligibility
from sim.calendar import year_of
from sim.columns import STREAMS
from sim.enrolments import MONEY_GRID, PER, SHARE_GRID, Effects
from sim.kernel.numeric import f4, u4
from sim.parameters import monthly
from sim.scenario.instruments import CAUSES, Eligible, Instrument, limits
from sim.scenario.model import Scenario
from sim.scenario.paths import at_year

STREAM_OF = {"wage": "job_wage", "property": "dividends", "transfer": "support"}
STREAM_ROW = {column.name: row for row, column in enumerate(STREAMS)}


@dataclass(frozen=True)
class Instruments:
    """Active instruments, sorted by name.

    Attributes
    ----------
    names, settings : their names and scenario entries
    effects : the table of all effects; eligibility, choice : one per instrument
    drop_out : monthly probability of leaving
    """

    names: list[str]
    settings: list[Instrument]
    effects: Effects
    eligibility: list[Eligibility]
    choice: list[Choice]
    drop_out: list[float]

    def with_mechanism(self, *mechanisms: str) -> np.ndarray:
        """(I,) whether the instrument belongs to one of the mechanisms."""
        return np.array([s.mechanism in mechanisms for s in self.settings], bool)

    def with_jobs(self) -> np.ndarray:
        """(I,) whether the instrument places workers in jobs."""
        return np.array([any(effect.source == "wage" for effect in s.effect) for s in self.settings], bool)

    def effect_rows(self, instrument: int) -> np.ndarray:
        """Rows of the effects of an instrument."""
        return np.flatnonzero(self.effects.instrument == instrument)


def bounds(comparison: str | None) -> tuple[np.float32, np.float32]:
    """Least and most value that a comparison such as '>=1' allows."""
    least, most = limits(comparison)
    return f4(least), f4(most)


def eligibility(eligible: Eligible, unit: str) -> Eligibility:
    """Bounds of an instrument; one that counts workers, students or elderly needs at least one of them."""

    def flag(value: bool | None) -> int:
        return -1 if value is None else int(value)

    workers, students, elderly = bounds(eligible.workers), bounds(eligible.students), bounds(eligible.elderly)
    return Eligibility(
        max(workers[0], f4(unit == "workers")), workers[1],
        max(students[0], f4(unit == "students")), students[1],
        max(elderly[0], f4(unit == "elderly")), elderly[1], *bounds(eligible.members),
        flag(eligible.registered), flag(eligible.exited), flag(eligible.monitored), flag(eligible.poor_village),
        flag(eligible.safe_house), flag(eligible.safe_water), flag(eligible.chronic),
        sum(1 << (CAUSES.index(cause) + 1) for cause in eligible.causes or ()),
    )  # fmt: skip


def _effects(settings: list[Instrument], years: range) -> Effects:
    rows = [(i, n, e) for i, s in enumerate(settings) for n, e in enumerate(s.effect)]
    stream_names = [
        f"crop_{e.crop or 'other'}" if e.source == "farm" else STREAM_OF.get(e.source, e.source) for _, _, e in rows
    ]
    standards = np.zeros((len(rows), len(years)), np.float32)
    for r, (_, _, e) in enumerate(rows):
        if e.standard is not None:
            standards[r] = [at_year(e.standard, year) / 12 for year in years]
    amounts = [
        (e.yuan_per_year / 12 if e.yuan_per_year is not None else e.share or 0.0) * e.additionality for *_, e in rows
    ]
    return Effects(
        instrument=np.array([i for i, _, _ in rows], np.int64),
        first=np.array([n == 0 for _, n, _ in rows], bool),
        stream=np.array([STREAM_ROW[name] for name in stream_names], np.int64),
        amount=np.array(amounts, np.float32),
        grid=np.array([SHARE_GRID if e.share is not None else MONEY_GRID for *_, e in rows], np.float32),
        per=np.array([PER.index(e.per) for *_, e in rows], np.int64),
        wait=np.array([e.first_after_months for *_, e in rows], np.int32),
        ramp=np.array([e.ramp_months for *_, e in rows], np.int32),
        by_fund=np.array([e.paid_by == "fund" for *_, e in rows], bool),
        yearly=np.array([e.standard is not None or e.per != "household" for *_, e in rows], bool),
        standard=standards,
        top_up=np.array([e.top_up_share for *_, e in rows], np.float32),
        least=np.array([e.least_share for *_, e in rows], np.float32),
        loan=np.array([settings[i].cost.loan * (n == 0) for i, n, _ in rows], np.float32),
        whole_village=np.array([_whole_village(settings[i]) for i, *_ in rows], bool),
    )


def _whole_village(setting: Instrument) -> bool:
    """Whether every household of a village receives the same, so that the village is enrolled as a whole."""
    return setting.unit == "villages" and all(e.per == "household" and e.standard is None for e in setting.effect)


def salt(name: str) -> np.uint32:
    """The number that an instrument's luck hangs on."""
    return u4(int.from_bytes(hashlib.blake2b(f"instrument {name}".encode(), digest_size=4).digest(), "little"))


def compile_instruments(scenario: Scenario, first_month: int) -> Instruments:
    """Tables of the instruments that are not off. `first_month` is the first simulated month."""
    names = sorted(name for name, setting in scenario.instruments.items() if not setting.off)
    settings = [scenario.instruments[name] for name in names]
    groups = [s.exclusive for s in settings]
    choices = []
    for i, (name, s) in enumerate(zip(names, settings, strict=True)):
        taken = 1 << i
        if s.exclusive is not None:
            taken = sum(1 << j for j, group in enumerate(groups) if group == s.exclusive)
        target = s.target
        choices.append(
            Choice(
                BY.index(target.by),
                f4(target.inclusion_error),
                f4(target.exclusion_error),
                f4(s.uptake),
                f4(s.spillover),
                UNITS.index(s.unit),
                salt(name),
                np.uint64(taken),
            )
        )
    years = range(year_of(first_month), year_of(scenario.period.end) + 1)
    return Instruments(
        names,
        settings,
        _effects(settings, years),
        [eligibility(s.eligible, s.unit) for s in settings],
        choices,
        [monthly(s.drop_out) for s in settings],
    )


__all__ = ["Instruments", "compile_instruments"]
