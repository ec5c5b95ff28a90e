"""The report: one page that needs nothing beside it."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2

from sim.calendar import month_text
from sim.report import figures, figures_money, words
from sim.report.assumptions import input_ids, provenance_rows
from sim.report.headline import cards
from sim.report.instruments import instrument_rows
from sim.report.tables import (
    binding,
    fifths,
    outlays_by_mechanism,
    poor_counties,
    reported_rows,
)
from sim.results.record import Record


@cache
def environment() -> jinja2.Environment:
    """Templates of this package, with the filters that write numbers."""
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("sim.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    templates.filters |= {"count": words.count, "percent": words.percent, "billions": words.billions}
    templates.filters |= {"quantity": words.quantity, "error": words.error, "change": words.change}
    return templates


def _context(record: Record) -> dict[str, Any]:
    scenario = record.loaded.scenario
    rows = provenance_rows(record.loaded.provenance, record.loaded.resolved)
    return {
        "scenario": scenario,
        "start": month_text(scenario.period.start),
        "end": month_text(scenario.period.end),
        "record": record,
        "cards": cards(record),
        "figure": {
            "incidence": figures.incidence(record),
            "incidence_log": figures.incidence(record, log=True),
            "flows": figures.flows(record),
            "areas": figures.areas(record),
            "income": figures_money.income(record),
            "poorest_fifth": figures_money.poorest_fifth(record),
            "fifths": figures_money.fifths(record),
            "outlays": figures_money.outlays(record),
        },
        "targets": reported_rows(record, input_ids(record.loaded.provenance)),
        "binding": binding(record),
        "first_survey": next((row for row in record.yearly if row["identified"]), None),
        "counties": poor_counties(record),
        "instruments": instrument_rows(record),
        "fifths": fifths(record),
        "outlays": outlays_by_mechanism(record),
        "assumed": [row for row in rows if row.kind == "assumed"],
        "sourced": [row for row in rows if row.kind == "evidence"],
        "words": words,
    }


def render(record: Record) -> str:
    """The report of a run as one self-contained HTML page."""
    return environment().get_template("page.html").render(_context(record))
