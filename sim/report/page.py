"""The report: one page that needs nothing beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.calendar import month_text
from sim.language import ENGLISH, Language
from sim.report import counties, figures, figures_money
from sim.report.assumptions import input_ids, provenance_rows
from sim.report.headline import cards
from sim.report.instruments import instrument_rows
from sim.report.tables import binding, fifths, outlays_by_mechanism, reported_rows
from sim.report.templates import environment
from sim.report.vacancies import vacancies
from sim.report.words import MECHANISMS, Words
from sim.results.record import Record

if TYPE_CHECKING:
    import pandas as pd


def _context(record: Record, words: Words, parts: pd.DataFrame | None) -> dict[str, Any]:
    scenario = record.loaded.scenario
    rows = provenance_rows(record.loaded.provenance, record.loaded.resolved)
    return {
        "scenario": scenario,
        "start": month_text(scenario.period.start),
        "end": month_text(scenario.period.end),
        "record": record,
        "cards": cards(record, words, parts),
        "figure": {
            "incidence": figures.incidence(record, words),
            "incidence_log": figures.incidence(record, words, log=True),
            "flows": figures.flows(record, words),
            "areas": figures.areas(record, words),
            "income": figures_money.income(record, words),
            "poorest_fifth": figures_money.poorest_fifth(record, words),
            "fifths": figures_money.fifths(record, words),
            "outlays": figures_money.outlays(record, words),
        },
        "targets": reported_rows(record, input_ids(record.loaded.provenance), words),
        "binding": binding(record),
        "first_survey": next((row for row in record.yearly if row["identified"]), None),
        "counties": counties.counties(record, words),
        "county_figures": counties.figures(record, words),
        "instruments": instrument_rows(record, words),
        "vacancies": vacancies(record, words),
        "fifths": fifths(record, words),
        "outlays": {words.say(MECHANISMS[name]): yuan for name, yuan in outlays_by_mechanism(record).items()},
        "assumed": [row for row in rows if row.kind == "assumed"],
        "sourced": [row for row in rows if row.kind == "evidence"],
    }


def render(record: Record, language: Language = ENGLISH, parts: pd.DataFrame | None = None) -> str:
    """The report of a run as one self-contained HTML page.

    Parameters
    ----------
    parts : of an attribution of the same policy (see `sim.report.beside`); answers by what poverty fell
    """
    return environment(language).get_template("page.html").render(_context(record, Words(language), parts))
