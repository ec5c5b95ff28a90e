"""The short result in a terminal: two tables that fit 100 columns."""

from __future__ import annotations

from rich.table import Table

from sim.report.words import IN_ENGLISH, OPERATORS, error, percent, whole
from sim.results.record import Record


def yearly(record: Record) -> Table:
    """Poverty, flows, areas and outlays by year."""
    table = Table(title=record.loaded.scenario.name.replace("[", r"\["), title_justify="left", box=None, pad_edge=False)
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
            percent(row["register_incidence"]),
            percent(row["income_incidence"]),
            whole(row["exits"]),
            whole(row["returns"]),
            whole(row["struck_off"]),
            whole(row["villages_exited"]),
            whole(row["counties_exited"]),
            IN_ENGLISH.billions(row["outlays_yuan"]),
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
            ": ".join(filter(None, (OPERATORS[target.operator], about))),
            target.at,
            IN_ENGLISH.quantity(target.reported, target.unit),
            IN_ENGLISH.quantity(target.simulated, target.unit),
            error(target.relative_error),
        )
    return table
