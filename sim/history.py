"""What a run remembers: monthly totals of every county, yearly tables, instruments, spells, panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.scenario.instruments import CAUSES

Floats = NDArray[np.float64]

MONTHLY = {
    "households": "households",
    "persons": "persons",
    "farm_income": "yuan",
    "wage_income": "yuan",
    "property_income": "yuan",
    "transfer_income": "yuan",
    "income_poor_persons": "persons",
    "income_poor_households": "households",
    "registered_persons": "persons",
    "registered_households": "households",
    "exited_persons": "persons",
    "ill_households": "households",
    "jobless_households": "households",
    "out_of_pocket": "yuan",
    "reimbursed_by_instruments": "yuan",
    "arrivals": "persons",
    "departures": "persons",
}

YEARLY = {
    "survey_poor_persons": "persons",
    "poverty_gap": "yuan",
    "squared_poverty_gap": "share squared times persons",
    "identified_persons": "persons",
    "exits_persons": "persons",
    "returns_persons": "persons",
    "struck_off_persons": "persons",
    "identified_households": "households",
    "exits_households": "households",
    "returns_households": "households",
    "struck_off_households": "households",
    "planned_exits_persons": "persons",
    "passing_persons": "persons",
    "exits_below_line_persons": "persons",
    "returns_if_all_found_persons": "persons",
    "ever_registered_households": "households",
    "monitored_persons": "persons",
    "villages_exited": "villages",
    "counties_exited": "counties",
}

INSTRUMENT = {
    "members": "households",
    "admitted": "units of the instrument, cumulative",
    "held": "units of the instrument",
    "benefits": "yuan",
    "unit_costs": "yuan",
    "outlays": "yuan",
}

# Kinds of household by what splits them; each household is of one kind in every split, as it is in that December.
KINDS = {
    "labour": ("none", "weak", "able"),
    "cause": ("never registered", *CAUSES),
    "village": ("poor", "other"),
    "size": ("1", "2", "3", "4", "5 and more"),
}

OF_KIND = {
    "households": "households",
    "persons": "persons",
    "income_poor_persons": "persons",
    "poverty_gap": "yuan",
    "registered_persons": "persons",
    "exits_persons": "persons",
    "returns_persons": "persons",
}

FIFTHS = ("farm_income", "wage_income", "property_income", "transfer_income")


@dataclass
class History:
    """Weighted totals of a run. `T` months, `Y` Decembers, `C` counties, `V` villages, `I` instruments.

    Attributes
    ----------
    months : (T,) month numbers from the period's start to its end
    years : (Y,) calendar years whose December lies in the period
    counties, villages, instruments : names in order; `village_county` is the county of each village,
        `village_number` its number in the whole region (a household's key divided by 2 to the 32), `village_severity`
        its class in `sim.areas.SEVERITY`, `village_weight` the households that one of its households stands for
    monthly : measure of MONTHLY -> (T, C); flows are of that month, stocks at its end
    yearly : measure of YEARLY -> (Y, C); flows are of that year, villages and counties exited are cumulative
    of_instrument : measure of INSTRUMENT -> (T, I, C); outlays of that month are benefits and unit costs
    village_registered, village_persons, village_poor : (Y, V) persons in December
    village_is_poor : (V,) designated poor villages
    village_exit, county_exit : (V,), (C,) month of exit, -1 while listed, -2 where never listed
    fifths : (Y, 5, 4) mean yearly income per head by fifth of persons (poorest first) and source of FIFTHS,
        split by source as in December
    of_kind : measure of OF_KIND -> (Y, C, kinds), the kinds of KINDS in order; flows are of that year. Weak labour
        is some, beside a chronically ill or disabled member; the cause is the one that the register recorded
    covered_households : (Y, I) ever-registered households enrolled at some time (weighted)
    covered_any : names of several instruments -> (Y,) ever-registered households enrolled in any of them
    spells : columns household (uint64 key), kind (0 registered, 1 income poverty), start, end (month numbers),
        cause (code), censored (0 none, 1 left, 2 right, 3 both), ended (code of `sim.spells.ENDED`), returned (1 for
        a spell on the register that began as a return)
    panel : columns by household and year, or empty
    """

    months: NDArray[np.int64]
    years: NDArray[np.int64]
    counties: list[str]
    villages: list[str]
    village_county: NDArray[np.int64]
    village_number: NDArray[np.int64]
    village_severity: NDArray[np.uint8]
    village_weight: Floats
    instruments: list[str]
    monthly: Mapping[str, Floats]
    yearly: Mapping[str, Floats]
    of_instrument: Mapping[str, Floats]
    village_registered: Floats
    village_persons: Floats
    village_poor: Floats
    village_is_poor: NDArray[np.bool_]
    village_exit: NDArray[np.int64]
    county_exit: NDArray[np.int64]
    fifths: Floats
    covered_households: Floats
    of_kind: Mapping[str, Floats] = field(default_factory=dict)
    covered_any: dict[tuple[str, ...], Floats] = field(default_factory=dict)
    spells: dict[str, NDArray] = field(default_factory=dict)
    panel: dict[str, NDArray] = field(default_factory=dict)
