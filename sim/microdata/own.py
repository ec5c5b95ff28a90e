"""Own households at the start of a run: their areas, and the columns that their file fills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.areas import Areas
from sim.microdata.arrange import Arranged, arrange
from sim.microdata.check import Table, read_table
from sim.microdata.income import Spread, components, shares
from sim.places import luck_of
from sim.scenario.model import Scenario

# What a household brings along instead of drawing it, as bits. Who lives there and what is earned always is.
BROUGHT = (
    "members", "workers", "students", "elderly", "chronic", "schooling", "farm_share", "ill", "jobless", "safe_house",
    "insured", "in_school", "safe_water", "assets",
)  # fmt: skip
BIT = {name: 1 << number for number, name in enumerate(BROUGHT)}


@dataclass(frozen=True)
class Own:
    """The households of a scenario's file.

    Attributes
    ----------
    table : as the file has them; arranged : as they are simulated; areas : their villages, all of them
    """

    table: Table
    arranged: Arranged
    areas: Areas

    def rows(self, areas: Areas) -> np.ndarray:
        """(S,) places in `arranged` of the households of some of the villages."""
        kept = np.isin(self.areas.number, areas.number)
        return np.flatnonzero(np.repeat(kept, self.arranged.households))

    def fill(
        self, h: Any, rows: np.ndarray, passing: np.ndarray, market_income: float, scenario: Scenario
    ) -> tuple[np.ndarray, Spread]:
        """Writes what the file says into the columns of households.

        Returns
        -------
        brought : (S,) bits of BIT for what each household need not draw
        lasting : mean and spread of the lasting component, beside which a household is poor or well off
        """
        row = self.arranged.row[rows]
        h.permanent[:], h.transitory[:], lasting = components(
            self.table, row, passing, market_income, scenario.income.transitory_sd
        )
        share = shares(self.table, scenario.income.property_share)
        brought = np.zeros(len(row), np.uint32)
        values = {**self.table.values, **share}
        for name in (*BROUGHT, "wage_share", "debt"):
            if name in values:
                column = values[name][row]
                there = ~np.isnan(column)
                getattr(h, name)[:] = np.where(there, column, 0)
                brought |= np.where(there, BIT.get(name, 0), 0).astype(np.uint32)
        return brought, lasting


def own_households(scenario: Scenario) -> Own:
    """The households of a scenario that has a file of them.

    Raises
    ------
    ScenarioError
        With everything that is wrong in the file.
    """
    table = read_table(scenario)
    counties = tuple(scenario.population.counties)
    found = arrange(table, counties)
    first = np.zeros(len(found.names), np.int64)
    village = np.repeat(np.arange(len(found.names)), found.households)
    first[village[::-1]] = found.row[::-1]
    lot = luck_of(scenario.seed, "road", 0, found.number)
    if "road_lot" in table.values:
        said = table.values["road_lot"][first]
        lot = np.where(np.isnan(said), lot, said)
    areas = Areas(
        counties=list(counties),
        poor_county=np.array([scenario.population.counties[name].poor for name in counties]),
        number=found.number,
        names=found.names,
        county=found.county,
        households=found.households,
        severity=table.values["severity"][first].astype(np.int64),
        effect=np.zeros(len(found.names)),
        weight=found.weight,
        road_lot=lot,
    )
    return Own(table, found, areas)
