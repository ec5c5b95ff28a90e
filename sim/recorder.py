"""Builds a History month by month from a world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.calendar import is_december, year_of
from sim.engine import IN_MONEY, MONEY, REGISTER_TOTALS, TOTALS
from sim.history import INSTRUMENT, KINDS, MONTHLY, OF_KIND, YEARLY, History
from sim.register.status import REGISTERED, RETURNED
from sim.yearly import BINS, by_kind, covered, fifths, gaps, histogram

if TYPE_CHECKING:
    from sim.world import World

PANEL = ("identity", "members", "income_12_months", "assets", "debt", "status", "poor")
PANEL_FLOWS = ("farm", "wage", "property", "transfer")


class Recorder:
    """Collects what `History` holds."""

    def __init__(self, world: World, panel: int = 0) -> None:
        self.world = world
        self.months: list[int] = []
        self.years: list[int] = []
        self.monthly: dict[str, list[np.ndarray]] = {name: [] for name in MONTHLY}
        self.yearly: dict[str, list[np.ndarray]] = {name: [] for name in YEARLY}
        self.of_instrument: dict[str, list[np.ndarray]] = {name: [] for name in INSTRUMENT}
        self.villages: dict[str, list[np.ndarray]] = {"registered": [], "persons": [], "poor": []}
        self.fifths: list[np.ndarray] = []
        self.of_kind: dict[str, list[np.ndarray]] = {name: [] for name in OF_KIND}
        self.covered: list[np.ndarray] = []
        self.covered_any: dict[tuple[str, ...], list[float]] = {
            tuple(figure.instruments): [] for figure in world.scenario.reported if figure.operator == "coverage"
        }
        rows = len(world.h.members)
        self.panel_rows = np.unique(np.linspace(0, rows - 1, min(panel, rows)).astype(np.int64)) if panel else None
        self.panel: list[dict[str, np.ndarray]] = []

    def record(self) -> None:
        """Adds the month that the world has just run; nothing before the period starts."""
        world = self.world
        if world.month < world.scenario.period.start:
            return
        self.months.append(world.month)
        totals = world.village_totals
        self.monthly["households"].append(world.by_county(np.diff(world.bounds).astype(np.float64)))
        of_county = world.by_county(totals.astype(np.float64))
        for column, name in enumerate(TOTALS):
            unit = float(MONEY) if name in IN_MONEY else 1.0
            self.monthly[name].append(of_county[:, column] / unit)
        of_county = world.by_county(world.register_totals.astype(np.float64))
        for column, name in enumerate(REGISTER_TOTALS):
            self.monthly[name].append(of_county[:, column])
        for name, values in world.tables.items():
            self.of_instrument[name].append(values)
        if is_december(world.month):
            self._year()

    def _year(self) -> None:
        world, h, v = self.world, self.world.h, self.world.v
        counties = len(world.areas.counties)
        self.years.append(year_of(world.month))
        poverty, bins = np.zeros((3, counties)), np.zeros((counties, 5, BINS))
        line, bounds = float(world.now.survey_line), world.village_bounds
        world.each_county(lambda c: gaps(h, v, line, bounds[c], bounds[c + 1], poverty))
        world.each_county(lambda c: histogram(h, world.f, v, bounds[c], bounds[c + 1], bins[c]))
        self.fifths.append(fifths(bins.sum(0)))
        for name, row in zip(("survey_poor_persons", "poverty_gap", "squared_poverty_gap"), poverty, strict=True):
            self.yearly[name].append(row)
        kinds = np.zeros((counties, sum(map(len, KINDS.values())), len(OF_KIND)))
        world.each_county(lambda c: by_kind(h, v, line, world.offset, bounds[c], bounds[c + 1], kinds[c]))
        for column, name in enumerate(OF_KIND):
            self.of_kind[name].append(kinds[:, :, column])
        for name, values in world.year_counts.items():
            self.yearly[name].append(values)
        ever = world.registered_pool
        weight = v.weight[h.village[ever]]
        self.yearly["ever_registered_households"].append(np.bincount(v.county[h.village[ever]], weight, counties))
        gone = (world.village_exit >= 0) & (world.village_exit <= world.month)
        self.yearly["villages_exited"].append(np.bincount(v.county, gone * world.village_weight, counties))
        self.yearly["counties_exited"].append(
            ((world.county_exit >= 0) & (world.county_exit <= world.month)).astype(float)
        )
        self.villages["registered"].append(world.register_totals[:, 0] * v.weight)
        for name, total in (("persons", "persons"), ("poor", "income_poor_persons")):
            self.villages[name].append(world.village_totals[:, TOTALS.index(total)] * v.weight)
        programmes = h.programmes[ever]
        self.covered.append(covered(programmes, weight, len(world.instruments.names)))
        bit = {name: np.uint64(1 << number) for number, name in enumerate(world.instruments.names)}
        for names, series in self.covered_any.items():
            mask = np.uint64(sum(int(bit.get(name, 0)) for name in names))
            series.append(float(weight[(programmes & mask) != 0].sum()))
        if self.panel_rows is not None:
            rows = self.panel_rows
            year = {name: getattr(h, name)[rows].copy() for name in PANEL}
            year |= {f"{name}_in_december": getattr(world.f, name)[rows].copy() for name in PANEL_FLOWS}
            year["weight"] = v.weight[h.village[rows]]
            year["year"] = np.full(len(rows), year_of(world.month), np.int32)
            self.panel.append(year)

    def history(self) -> History:
        """Everything recorded, with open spells closed as censored."""
        world = self.world
        ever_on = np.flatnonzero(np.isin(world.h.status, (REGISTERED, RETURNED)))
        instruments = len(world.instruments.names)
        empty = np.zeros((0, len(world.areas.counties)))
        return History(
            months=np.array(self.months, np.int64),
            years=np.array(self.years, np.int64),
            counties=list(world.areas.counties),
            villages=list(world.areas.names),
            village_county=world.areas.county.astype(np.int64),
            village_number=world.areas.number.astype(np.int64),
            village_severity=world.areas.severity.astype(np.uint8),
            village_weight=world.areas.weight.astype(np.float64),
            instruments=list(world.instruments.names),
            monthly={name: np.array(rows) for name, rows in self.monthly.items()},
            yearly={name: np.array(rows) if rows else empty for name, rows in self.yearly.items()},
            of_instrument={
                name: np.array(rows).reshape(len(rows), instruments, len(world.areas.counties))
                for name, rows in self.of_instrument.items()
            },
            village_registered=np.array(self.villages["registered"]),
            village_persons=np.array(self.villages["persons"]),
            village_poor=np.array(self.villages["poor"]),
            village_is_poor=world.areas.poor,
            village_exit=world.village_exit.copy(),
            county_exit=world.county_exit.copy(),
            fifths=np.array(self.fifths),
            of_kind={name: np.array(rows) for name, rows in self.of_kind.items()},
            covered_households=np.array(self.covered),
            covered_any={names: np.array(values) for names, values in self.covered_any.items()},
            spells=world.spells.all(world.h, world.poverty_cause, world.offset, ever_on),
            panel={name: np.concatenate([year[name] for year in self.panel]) for name in self.panel[0]}
            if self.panel
            else {},
        )
