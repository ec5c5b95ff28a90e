"""Numbers and judgements in plain words."""

from __future__ import annotations

import math
from collections.abc import Sequence

MECHANISMS = {
    "industry": "Industry",
    "employment": "Employment",
    "relocation": "Relocation and housing",
    "social_security": "Social security",
    "enabling": "Enabling",
}

SOURCES = {
    "farm_income": "Farm and business",
    "wage_income": "Wages",
    "property_income": "Property",
    "transfer_income": "Transfers",
}

OPERATORS = {
    "survey_incidence": "People below the survey line",
    "register_incidence": "People on the register",
    "register_persons": "People on the register",
    "register_households_ever": "Households ever registered",
    "gross_exits": "People who left by review",
    "cumulative_reduction": "Fall from survey poverty to the register",
    "villages_exited": "Poor villages out",
    "counties_exited": "Poor counties out",
    "coverage": "Registered households reached",
    "outlays": "Outlays",
    "mean_income": "Mean income per head",
    "lowest_fifth_income": "Mean income of the poorest fifth",
    "returns_share": "Returns, share of those who had left",
}

UNITS = {"percent": "%", "yuan_per_person_year": "yuan a year", "person_times": "person-times"}

ONE = {"counties": "county", "villages": "village"}


def _percent(value: float, digits: int, sign: str = "") -> str:
    return f"{value:{sign}.{digits}f}\N{NO-BREAK SPACE}%"


def count(value: float | None) -> str:
    """A whole number with thousands separators; a dash when there is none."""
    return "–" if value is None else f"{value:,.0f}"


def about(value: float) -> str:
    """A count to three digits, for sentences; the tables have all of them."""
    digits = 2 - math.floor(math.log10(abs(value))) if value else 0
    return f"{round(value, digits):,.0f}"


def percent(value: float | None) -> str:
    """A percentage with the digits that matter: 26.7 %, 0.37 %."""
    if value is None:
        return "–"
    digits = 1 if abs(value) >= 1 else 2
    return _percent(value, digits)


def billions(yuan: float | None) -> str:
    """Yuan in billions."""
    if yuan is None:
        return "–"
    billion = yuan / 1e9
    return f"{billion:,.1f}" if abs(billion) >= 1 else f"{billion:.2f}"


def first_and_others(names: Sequence[str]) -> str:
    """The first of several names and how many others there are; nothing where there is none."""
    if len(names) < 2:
        return "".join(names)
    return f"{names[0]} and {len(names) - 1} other{'s' if len(names) > 2 else ''}"


def unit_words(unit: str) -> str:
    """A unit of the evidence registry as a reader says it."""
    return UNITS.get(unit, unit.replace("_", " "))


def quantity(value: float | None, unit: str) -> str:
    """A number with its unit, as in `quantity(26.71, "percent")`."""
    if value is None:
        return "–"
    if unit == "percent":
        return _percent(value, 2)
    if unit == "yuan" and abs(value) >= 1e7:
        return f"{value / 1e9:,.2f} bn yuan"
    return f"{value:,.0f} {ONE.get(unit, unit_words(unit)) if round(value) == 1 else unit_words(unit)}"


def error(relative: float | None) -> str:
    """A relative error with its sign."""
    if relative is None:
        return "–"
    if abs(relative) >= 10:
        return f"×{relative + 1:,.0f}"
    shown = _percent(100 * relative, 0 if abs(relative) >= 0.0995 else 1, sign="+")
    return shown.replace("-", "−")


def change(value: float | None) -> str:
    """A difference with its sign, in whole numbers; three digits where it is small."""
    if value is None or math.isnan(value):
        return "–"
    whole = abs(value) >= 100 or value == round(value)
    return (f"{value:+,.0f}" if whole else f"{value:+.3g}").replace("-", "−")


def verdict(relative: float | None, simulated: float | None) -> str:
    """How far off, in words."""
    if simulated is None:
        return "not reached by this run"
    if relative is None:
        return "no relative error from zero"
    size = abs(relative)
    if size < 0.02:
        return "on the figure"
    side = "too high" if relative > 0 else "too low"
    if size < 0.10:
        return f"close, a little {side}"
    if size < 0.25:
        return f"somewhat {side}"
    if size < 0.5:
        return f"much {side}"
    if simulated == 0:
        return "nothing of it"
    if relative > 0:
        return f"far {side}: {relative + 1:,.1f} times the figure"
    return f"far {side}: {percent(100 * (1 + relative))} of the figure"


def share_words(share: float) -> str:
    """A share as a percentage without false precision."""
    if math.isnan(share):
        return "–"
    return _percent(100 * share, 0 if share >= 0.01 or share == 0 else 1)


def margin(value: float, unit: str) -> str:
    """A margin of the population with its unit; shares in percent."""
    return _percent(100 * value, 2) if unit == "share" else f"{value:,.0f} {unit_words(unit)}"
