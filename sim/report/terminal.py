"""The short result in a terminal: two tables that fit 100 columns."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from sim.report import words
from sim.results.record import Record


def yearly(record: Record) -> Table:
    """Poverty, flows, areas and outlays by year."""
    table = Table(title=escape(record.loaded.scenario.name), title_justify="left", box=None, pad_edge=False)
    table.add_column("year")
    for name in (
        "register",
        "income",
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
            words.percent(row["register_incidence"]),
            words.percent(row["income_incidence"]),
            words.count(row["exits"]),
            words.count(row["returns"]),
            words.count(row["struck_off"]),
            words.count(row["villages_exited"]),
            words.count(row["counties_exited"]),
            words.billions(row["outlays_yuan"]),
        )
    return table


def reported(record: Record) -> Table:
    """Reported figures beside simulated ones."""
    table = Table(title="Reported and simulated", title_justify="left", box=None, pad_edge=False)
    table.add_column("figure")
    table.add_column("at")
    for name in ("reported", "simulated", "off by"):
        table.add_column(name, justify="right")
    for figure, target in zip(record.loaded.scenario.reported, record.targets, strict=True):
        others = len(figure.instruments) - 1
        about = figure.instruments[0] + (f" +{others}" if others else "") if target.operator == "outlays" else ""
        table.add_row(
            ": ".join(filter(None, (words.OPERATORS[target.operator], about))),
            target.at,
            words.quantity(target.reported, target.unit),
            words.quantity(target.simulated, target.unit),
            words.error(target.relative_error),
        )
    return table
