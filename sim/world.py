"""The state of a region and its month, without Mesa; calibration, analysis and sweeps need no more."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np

from sim import enrolments
from sim.areas import poor_share
from sim.calendar import is_december, year_of
from sim.candidate_lists import CandidateList
from sim.checkpoint import save
from sim.columns import CROPS, FLOW
from sim.engine import (
    MONEY,
    REGISTER_TOTALS,
    TOTALS,
    advance,
    count_register,
    look_around,
    look_back,
    turn_year,
)
from sim.enrolments import Assessed, settle
from sim.finite import check as check_numbers
from sim.history import History
from sim.instruments import STREAM_ROW, compile_instruments
from sim.kernel.rule import BLOCK
from sim.margins import margins
from sim.openings import open_places
from sim.parameters import first_month, now, rule_parameters
from sim.places import LastMonth, budgets, starting_prices, take_stock
from sim.population import People, people_of, populate
from sim.recorder import Recorder
from sim.register.areas import LISTED, NEVER_LISTED, areas_weight, leave_lists, village_list
from sim.register.december import COUNTED, december, rows_with
from sim.register.status import EXITED, REGISTERED, RETURNED
from sim.scenario.model import Scenario
from sim.spells import Spells

CHUNKS_PER_THREAD = 4
SHARE_OF_ALL = 0.01


class World:
    """All households, villages and counties of a scenario, and the month that moves them on.

    Parameters
    ----------
    scenario : the scenario; its `population.scale` decides between everybody and a sample of villages
    threads : threads that share the month; all processors by default. Results do not depend on it
    block : most households that a rule works on at a time. Results do not depend on it
    keep_flows : keep what happened within the month (`sim.columns.FLOW`) for every household
    drawn : the scenario's population where it has been drawn already; the world changes it

    Attributes
    ----------
    h, v : columns of households and villages; f : flows of the last month, empty unless kept (see `sim.columns`)
    ids : (R,) the user's names of own households; None where households are synthetic
    month : month number of the last month run
    margins : reported margins of the population beside the simulated ones
    """

    def __init__(
        self, scenario: Scenario, threads: int | None = None, block: int = BLOCK, keep_flows: bool = False,
        drawn: People | None = None,
    ) -> None:  # fmt: skip
        self.scenario = scenario
        self.threads = threads or len(os.sched_getaffinity(0))
        self.block = block
        people = drawn or people_of(scenario)
        self.areas, self.h, self.v, self.streams = people.areas, people.h, people.v, people.streams
        self.ids = people.ids
        self.keep_flows = keep_flows
        self.f = FLOW.empty(len(self.h.members) if keep_flows else 0)
        self.bounds = np.append(self.v.first, self.v.end[-1:])
        villages_before = np.searchsorted(self.v.county, np.arange(len(self.areas.counties) + 1))
        self.village_bounds = villages_before
        self.county_bounds = self.bounds[villages_before]
        self.first_month = first_month(scenario)
        self.month = self.first_month - 1
        self.poor_share = poor_share(scenario.population)
        self.parameters = rule_parameters(scenario, self.poor_share)
        self.instruments = compile_instruments(scenario, self.first_month)
        self.executor = ThreadPoolExecutor(self.threads)
        if drawn is None:
            sources = people.brought, people.effect, people.make
            self._each_chunk(lambda lo, hi: populate(self.h, self.v, *sources, lo, hi))
        self.margins = margins(scenario, self.h, self.v)
        self._start()

    def _start(self) -> None:
        instruments, counties, villages = (
            len(self.instruments.names),
            len(self.areas.counties),
            len(self.v.first),
        )
        self.now = now(self.scenario, self.first_month, self.poor_share)
        self.enrolments = [enrolments.none()]
        self.assessed = Assessed(*(getattr(self.h, name) for name in Assessed._fields))
        self.admitted = np.zeros((instruments, counties))
        self.entered = np.zeros((instruments, counties))
        self.entered_persons = np.zeros((instruments, counties))
        self.costs_of_entry = np.zeros((instruments, counties))
        self.members = np.zeros((villages, instruments), np.int64)
        self.paid = np.zeros((villages, len(self.instruments.effects.instrument)), np.int64)
        self.price_noise = starting_prices(self.scenario, counties)
        self.village_totals = np.zeros((villages, len(TOTALS)), np.int64)
        self.register_totals = np.zeros((villages, len(REGISTER_TOTALS)), np.int64)
        self.households_of_village = np.diff(self.bounds)
        self.village_weight = areas_weight(self)
        self.village_exit = np.where(self.areas.poor, LISTED, NEVER_LISTED)
        self.county_exit = np.where(self.areas.poor_county, LISTED, NEVER_LISTED)
        self.village_list_year = village_list(self)
        self.year_counts = {name: np.zeros(counties) for name in COUNTED}
        self.spent_this_year = np.zeros(counties)
        self.lists: dict[int, CandidateList] = {}
        self.spells = Spells(self.first_month)
        self.poverty_cause = np.zeros(len(self.h.members), np.uint8)
        self.workers = self.by_county(np.add.reduceat(self.h.workers.astype(np.float64), self.v.first))
        self.refresh_pool()

    # sizes and sums

    @property
    def households(self) -> int:
        """Households simulated."""
        return len(self.h.members)

    @property
    def persons(self) -> int:
        """Persons simulated."""
        return int(self.h.members.sum())

    @property
    def offset(self) -> int:
        """Months since the first simulated month."""
        return self.month - self.first_month

    def by_county(self, of_village: np.ndarray) -> np.ndarray:
        """(C, …) weighted sums of village values (V, …)."""
        weighted = (of_village.T * self.v.weight).T
        sums = np.zeros((len(self.areas.counties), *of_village.shape[1:]))
        there = np.flatnonzero(np.diff(self.village_bounds))
        sums[there] = np.add.reduceat(weighted, self.village_bounds[there], axis=0)
        return sums

    def count(self, name: str, by_county: np.ndarray) -> None:
        """Adds to this year's measure of COUNTED."""
        self.year_counts[name] = self.year_counts[name] + by_county

    def refresh_pool(self) -> None:
        """Looks up who is or was on the register; the pool of most instruments."""
        self.registered_pool = rows_with(self, REGISTERED, EXITED, RETURNED).astype(np.uint32)

    def taken_units(self, number: int) -> float:
        """Places of an instrument that are taken: all ever given, or those held now where they are offered again."""
        offered_again = self.instruments.settings[number].refill
        return float((self.held(slice(number, number + 1)) if offered_again else self.admitted[number]).sum())

    def held(self, numbers: slice = slice(None)) -> np.ndarray:
        """(I, C) units that those enrolled hold; they are taken to fill as many as an average entry did."""
        entered, enrolled = self.entered[numbers], self.by_county(self.members[:, numbers]).T
        return np.divide(self.admitted[numbers] * enrolled, entered, out=np.zeros_like(enrolled), where=entered > 0)

    def budgets(self) -> np.ndarray:
        """(C,) yuan that each county may spend this year, shared by who is or was on the register, and a little by
        everybody: the money of the years before the register, and of counties that registered nobody."""
        pool = np.bincount(self.h.village[self.registered_pool], minlength=len(self.v.first))
        return budgets(self.scenario, self.month, self.by_county(pool + SHARE_OF_ALL * self.households_of_village))

    def may_open(self) -> np.ndarray:
        """(C,) whether the county has money left this year."""
        return self.spent_this_year < self.budgets()

    # the month

    def _chunks(self) -> list[tuple[int, int]]:
        number = self.threads * CHUNKS_PER_THREAD if self.threads > 1 else 1
        cuts = np.linspace(0, self.households, number + 1)
        villages = np.unique(np.searchsorted(self.v.first, cuts))
        villages[-1] = len(self.v.first)
        return [(int(lo), int(hi)) for lo, hi in pairwise(villages)]

    def _each_chunk(self, work: Callable[[int, int], Any]) -> None:
        self.side_by_side(lambda chunk: work(*chunk), self._chunks())

    def each_county(self, work: Callable[[int], Any]) -> None:
        """Does the work for every county; sums by county are the same for any number of threads."""
        self.side_by_side(work, range(len(self.areas.counties)))

    def side_by_side(self, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """What `work` returns for each item, in order; threads share the items."""
        return [work(item) for item in items] if self.threads == 1 else list(self.executor.map(work, items))

    def look_around(self) -> None:
        """Refreshes how poor the village thinks each household is."""
        lasting = self.now._replace(salt=np.uint32(0))
        self._each_chunk(lambda lo, hi: look_around(self.h, self.f, self.v, self.parameters, lasting, lo, hi))

    def prepare(self) -> None:
        """Starts the next month: what places decided from last month's totals, and the places that open."""
        self.month += 1
        if self.month % 12 == 0:
            self.year_counts = {name: np.zeros(len(self.areas.counties)) for name in COUNTED}
            self.spent_this_year[:] = 0
        self.now = now(self.scenario, self.month, self.poor_share)
        if self.month % 12 == 0:
            self._each_chunk(lambda lo, hi: turn_year(self.h, self.f, self.v, self.parameters, self.now, lo, hi))
        last = self.last_month()
        take_stock(self.scenario, self.areas.counties, self.areas.number, self.month, self.price_noise, self.v, last)
        open_places(self)

    def settle_enrolments(self, first_village: int, end_village: int) -> None:
        """Changes what the households of some villages receive where an enrolment's turn has come."""
        year = year_of(self.month) - year_of(self.first_month)
        ends = self.bounds[[first_village, end_village]].astype(np.uint32)  # searching another type copies the column
        for part in self.enrolments:
            lo, hi = np.searchsorted(part.household, ends)
            settle(
                part, self.instruments.effects, self.streams, self.assessed, self.v.end,
                self.offset, self.month % 12, year, lo, hi, self.members, self.paid,
            )  # fmt: skip

    def _advance_chunk(self, first_village: int, end_village: int) -> None:
        self.settle_enrolments(first_village, end_village)
        kept = self.keeps_flows()
        flows = self.f if kept else FLOW.empty(self.block)
        advance(
            self.h, flows, self.v, self.parameters, self.now,
            first_village, end_village, self.block, kept, self.village_totals,
        )  # fmt: skip

    def keeps_flows(self) -> bool:
        """Whether this month's flows are kept for all households: in December for the yearly tables, or always."""
        return self.keep_flows or is_december(self.month)

    def step(self) -> None:
        """Runs one month for everybody."""
        self.prepare()
        self.village_totals[:] = 0
        if self.keeps_flows() and len(self.f.farm) == 0:
            self.f = FLOW.empty(self.households)
        self._each_chunk(self._advance_chunk)
        self.conclude()

    def conclude(self) -> None:
        """Ends the month: spells, outlays and, in December, the register; numbers that are none end the run."""
        self.spells.cross(self.h, self.poverty_cause, self.offset)
        self.tables = self.instrument_tables()
        self.spent_this_year += self.tables["outlays"].sum(0)
        if is_december(self.month):
            self._each_chunk(lambda lo, hi: look_back(self.h, self.f, self.v, self.parameters, self.now, lo, hi))
            december(self)
            self.enrolments = enrolments.tidy(self.enrolments)
        self._each_chunk(lambda lo, hi: count_register(self.h, self.v, lo, hi, self.register_totals))
        leave_lists(self)
        check_numbers(self)

    def last_month(self) -> LastMonth:
        """Totals that places look at before a month."""
        effects, paid = self.instruments.effects, self._of_effects()
        farm = self.by_county(self.village_totals[:, TOTALS.index("farm_income")]) / float(MONEY)
        crops = np.array([paid[effects.stream == STREAM_ROW[f"crop_{crop}"]].sum(0) for crop in CROPS])
        adopters = self.members[:, self.instruments.with_mechanism("industry")].sum(1)
        return LastMonth(
            farm_income=farm,
            crop_income=crops,
            workers=self.workers,
            placed=self.enrolled()[self.instruments.with_jobs()].sum(0),
            adopters_share=np.minimum(adopters / self.households_of_village, 1.0),
        )

    # money

    def _of_effects(self) -> np.ndarray:
        """(effects, C) what each effect pays a month, weighted, in its own unit."""
        return self.by_county(self.paid).T / self.instruments.effects.grid[:, None]

    def benefits(self) -> np.ndarray:
        """(I, C) yuan of this month that the fund paid to households or for their medical bills.

        Bills are shared between instruments with medical cover in proportion to their cover.
        """
        effects, paid = self.instruments.effects, self._of_effects()
        out = np.zeros(self.admitted.shape)
        np.add.at(out, effects.instrument[effects.by_fund], paid[effects.by_fund])
        cover = np.where((effects.stream == STREAM_ROW["medical_cover"])[:, None], paid, 0.0)
        bills = self.by_county(self.village_totals[:, TOTALS.index("reimbursed_by_instruments")]) / float(MONEY)
        share = np.divide(cover, cover.sum(0), out=np.zeros_like(cover), where=cover.sum(0) > 0)
        np.add.at(out, effects.instrument, bills * share)
        return out

    def unit_costs(self) -> np.ndarray:
        """(I, C) yuan of this month for entries and running costs."""
        persons = np.divide(self.entered_persons, self.entered, out=np.zeros_like(self.entered), where=self.entered > 0)
        cost = [setting.cost for setting in self.instruments.settings]
        per_household = np.array([c.yuan_per_household_year for c in cost])[:, None]
        per_person = np.array([c.yuan_per_person_year for c in cost])[:, None]
        return self.enrolled() * (per_household + per_person * persons) / 12 + self.costs_of_entry

    def enrolled(self) -> np.ndarray:
        """(I, C) households enrolled, weighted."""
        return self.by_county(self.members).T

    def instrument_tables(self) -> dict[str, np.ndarray]:
        """Measures of INSTRUMENT, (I, C) each."""
        benefits, costs = self.benefits(), self.unit_costs()
        return {
            "members": self.enrolled(),
            "admitted": self.admitted.copy(),
            "held": self.held(),
            "benefits": benefits,
            "unit_costs": costs,
            "outlays": benefits + costs,
        }

    # a whole run

    def run(
        self,
        progress: Callable[[int, int, int], None] | None = None,
        panel: int = 0,
        checkpoint: tuple[int, str | os.PathLike[str]] | None = None,
    ) -> History:
        """Runs to the period's end and returns what happened.

        Parameters
        ----------
        progress : called after each month with months done, months in all, household-months done
        panel : households whose years are kept one by one
        checkpoint : month number (a December) and file to which the state is written
        """
        recorder = Recorder(self, panel)
        total = self.scenario.period.end - self.month
        for done in range(1, total + 1):
            self.step()
            recorder.record()
            if checkpoint is not None and checkpoint[0] == self.month:
                save(self, checkpoint[1])
            if progress is not None:
                progress(done, total, done * self.households)
        return recorder.history()
