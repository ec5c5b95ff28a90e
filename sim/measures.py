"""What a run says about each year: the table that summaries, reports and the terminal show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from sim.calendar import is_december, year_of
from sim.history import FIFTHS, Floats, History


class Year(TypedDict):
    """One year of a run; incidences in percent, flows in persons, villages and counties cumulative.

    Register figures are None before anybody is registered: no register is not a register of nobody.
    """

    year: int
    register_incidence: float | None
    register_persons: float | None
    income_incidence: float
    income_persons: float
    identified: float
    exits: float
    returns: float
    struck_off: float
    villages_exited: float
    counties_exited: float
    outlays_yuan: float


def decembers(history: History) -> NDArray[np.int64]:
    """Positions of the Decembers in `history.months`, one per year of `history.years`."""
    return np.flatnonzero([is_december(int(month)) for month in history.months])


def at_december(history: History, measure: str) -> Floats:
    """(Y,) total over counties of a monthly stock at the end of each year."""
    return history.monthly[measure][decembers(history)].sum(axis=1)


def of_year(history: History, measure: str) -> Floats:
    """(Y,) total over counties of a yearly measure."""
    return history.yearly[measure].sum(axis=1)


def yearly_outlays(history: History) -> Floats:
    """(Y, I) outlays of each instrument in the simulated months of each year, yuan."""
    outlays = history.of_instrument["outlays"].sum(axis=2)
    calendar = np.array([year_of(int(month)) for month in history.months])
    return np.array([outlays[calendar == year].sum(axis=0) for year in history.years])


def income_by_source(history: History) -> Floats:
    """(Y, 4) mean yearly income per head by source of FIFTHS, over all fifths of persons."""
    return history.fifths.mean(axis=1)


def register_start(history: History) -> int | None:
    """Position of the first year with a register, or None in a run without one."""
    present = (at_december(history, "registered_persons") > 0) | (of_year(history, "identified_persons") > 0)
    return int(np.argmax(present)) if present.any() else None


def months_of_year(history: History, year: int) -> NDArray[np.int64]:
    """Positions of a calendar year's simulated months."""
    return np.flatnonzero([year_of(int(month)) == year for month in history.months])


def mean_income(history: History, year: int) -> float | None:
    """Income per head in a calendar year, yuan; None unless all its months are simulated."""
    months = months_of_year(history, year)
    if len(months) < 12:
        return None
    income = sum(history.monthly[source][months].sum() for source in FIFTHS)
    persons = history.monthly["persons"][months].sum(axis=1).mean()
    return float(income / persons)


def yearly_table(history: History) -> list[Year]:
    """One row per December of the run."""
    persons = at_december(history, "persons")
    registered = at_december(history, "registered_persons")
    income_poor = at_december(history, "income_poor_persons")
    outlays = yearly_outlays(history).sum(axis=1)
    start = register_start(history)
    flows: Mapping[str, Floats] = {
        name: of_year(history, measure)
        for name, measure in {
            "identified": "identified_persons",
            "exits": "exits_persons",
            "returns": "returns_persons",
            "struck_off": "struck_off_persons",
            "villages_exited": "villages_exited",
            "counties_exited": "counties_exited",
        }.items()
    }
    rows = []
    for i, year in enumerate(history.years):
        listed = start is not None and i >= start
        rows.append(
            Year(
                year=int(year),
                register_incidence=100 * float(registered[i] / persons[i]) if listed else None,
                register_persons=float(registered[i]) if listed else None,
                income_incidence=100 * float(income_poor[i] / persons[i]),
                income_persons=float(income_poor[i]),
                identified=float(flows["identified"][i]),
                exits=float(flows["exits"][i]),
                returns=float(flows["returns"][i]),
                struck_off=float(flows["struck_off"][i]),
                villages_exited=float(flows["villages_exited"][i]),
                counties_exited=float(flows["counties_exited"][i]),
                outlays_yuan=float(outlays[i]),
            )
        )
    return rows
