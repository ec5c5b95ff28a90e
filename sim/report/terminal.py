"""The short result in a terminal: two tables that fit 100 columns, and places that found nobody."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from sim.report.vacancies import vacancies
from sim.report.words import IN_ENGLISH, OPERATORS, error, percent, whole
from sim.results.bands import Interval
from sim.results.record import Record
from sim.results.write import target_bands


def yearly(record: Record) -> Table:
    """Poverty, flows, areas and outlays by year."""
    table = Table(title=escape(record.loaded.scenario.name), title_justify="left", box=None, pad_edge=False)
    table.add_column("year")
    for name in (
        "register",
        *_if_bands(record),
        "income",
        *_if_bands(record),
        "exits",
        "returns",
        "struck off",
        "villages out",
        "counties out",
        "bn yuan",
    ):
        table.add_column(name, justify="right")
    for row in record.yearly:
        table.add_row(
            str(row["year"]),
            percent(row["register_incidence"]),
            *_band(record, row["year"], "register_incidence"),
            percent(row["income_incidence"]),
            *_band(record, row["year"], "income_incidence"),
            whole(row["exits"]),
            whole(row["returns"]),
            whole(row["struck_off"]),
            whole(row["villages_exited"]),
            whole(row["counties_exited"]),
            IN_ENGLISH.billions(row["outlays_yuan"]),
        )
    return table


def _if_bands(record: Record) -> list[str]:
    """The heading of a column of bands, where there are any."""
    return ["5 to 95 %"] if record.bands else []


def _band(record: Record, year: int, measure: str) -> list[str]:
    """A band of a year as a cell, where there are any."""
    if record.bands is None:
        return []
    band = record.bands.yearly[year].get(measure)
    return ["" if band is None else f"{band.low:.2g} to {band.high:.2g}"]


def reported(record: Record) -> Table:
    """Reported figures beside simulated ones."""
    table = Table(title="Reported and simulated", title_justify="left", box=None, pad_edge=False)
    table.add_column("figure")
    table.add_column("at")
    for name in ("reported", "simulated", *_if_bands(record), "off by"):
        table.add_column(name, justify="right")
    for figure, target, band in zip(record.loaded.scenario.reported, record.targets, target_bands(record), strict=True):
        others = len(figure.instruments) - 1
        about = figure.instruments[0] + (f" +{others}" if others else "") if target.operator == "outlays" else ""
        table.add_row(
            ": ".join(filter(None, (OPERATORS[target.operator], about))),
            target.at,
            IN_ENGLISH.quantity(target.reported, target.unit),
            IN_ENGLISH.quantity(target.simulated, target.unit),
            *(_quantities(band, target.unit) if record.bands else ()),
            error(target.relative_error),
        )
    return table


def vacant(record: Record) -> list[str]:
    """Instruments whose places found nobody, as one text; nothing where all did."""
    return [escape("\n".join(found))] if (found := vacancies(record, IN_ENGLISH)) else []


def _quantities(band: Interval | None, unit: str) -> list[str]:
    return ["" if band is None else f"{IN_ENGLISH.quantity(band.low, unit)} to {IN_ENGLISH.quantity(band.high, unit)}"]
