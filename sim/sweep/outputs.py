"""What a run hands to the collected table: measures by year, for the region or its counties."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    from sim.history import History
    from sim.scenario import Scenario

    Floats = np.ndarray[Any, np.dtype[np.float64]]

# Percent of persons in December.
INCIDENCES = {"register_incidence": "registered_persons", "income_incidence": "income_poor_persons"}
STOCKS = (
    "households", "persons", "income_poor_persons", "income_poor_households", "registered_persons",
    "registered_households", "exited_persons", "ill_households", "jobless_households",
)  # fmt: skip
FLOWS = (
    "farm_income", "wage_income", "property_income", "transfer_income", "out_of_pocket",
    "reimbursed_by_instruments", "arrivals", "departures",
)  # fmt: skip
YEARLY = (
    "survey_poor_persons", "poverty_gap", "squared_poverty_gap", "identified_persons", "exits_persons",
    "returns_persons", "struck_off_persons", "identified_households", "exits_households", "returns_households",
    "struck_off_households", "planned_exits_persons", "passing_persons", "exits_below_line_persons",
    "returns_if_all_found_persons", "ever_registered_households", "monitored_persons", "villages_exited",
    "counties_exited",
)  # fmt: skip
# `targets` is what the run says of each reported figure, under `target:` and its evidence id.
MEASURES = (*INCIDENCES, "outlays", "targets", *STOCKS, *FLOWS, *YEARLY)
LEVELS = ("region", "county")


class Row(NamedTuple):
    """A line of the table; the value is None where there is nothing to measure."""

    year: int
    level: str
    area: str
    measure: str
    value: float | None


def rows(
    scenario: Scenario, history: History, measures: Sequence[str], years: Sequence[int] | None, levels: Sequence[str]
) -> list[Row]:
    """The lines that a run adds to the table, in a fixed order."""
    found = [row for measure in measures for level in levels for row in _rows(scenario, history, measure, level)]
    return [row for row in found if years is None or row.year in years]


def _rows(scenario: Scenario, history: History, measure: str, level: str) -> Iterator[Row]:
    if measure == "targets":
        yield from _targets(scenario, history) if level == "region" else ()
        return
    import numpy as np

    areas = history.counties if level == "county" else [scenario.region]
    values = _by_county(history, measure)
    if measure in INCIDENCES:
        persons = _by_county(history, "persons")
        if level == "region":
            values, persons = values.sum(1, keepdims=True), persons.sum(1, keepdims=True)
        nobody = np.full(values.shape, np.nan)  # a sample may leave a county without villages
        values = np.divide(100 * values, persons, out=nobody, where=persons > 0)
        if measure == "register_incidence":
            values[: _first_registered(history)] = float("nan")
    elif level == "region":
        values = values.sum(1, keepdims=True)
    for year, of_year in zip(history.years.tolist(), values.tolist(), strict=True):
        for area, value in zip(areas, of_year, strict=True):
            yield Row(year, level, area, measure, None if value != value else value)


def _first_registered(history: History) -> int:
    """Years before there was a register: no register is not a register of nobody."""
    from sim.measures import register_start

    start = register_start(history)
    return len(history.years) if start is None else start


def _by_county(history: History, measure: str) -> Floats:
    """(Y, C) stocks in December, or flows of the calendar year, NaN unless all its months are reported."""
    import numpy as np

    from sim.measures import decembers, months_of_year

    if measure in history.yearly:
        return history.yearly[measure]
    measure = INCIDENCES.get(measure, measure)
    if measure in STOCKS:
        return history.monthly[measure][decembers(history)]
    monthly = history.of_instrument["outlays"].sum(1) if measure == "outlays" else history.monthly[measure]
    months = [months_of_year(history, year) for year in history.years]
    return np.array([monthly[each].sum(0) if len(each) == 12 else np.full(monthly.shape[1], np.nan) for each in months])


def _targets(scenario: Scenario, history: History) -> Iterator[Row]:
    from calibration.evidence import load_evidence
    from sim.reported import compare_reported

    for target in compare_reported(history, scenario, load_evidence()):
        year = int(target.at[:4])
        if year in history.years:
            yield Row(year, "region", scenario.region, f"target:{target.id}", target.simulated)
