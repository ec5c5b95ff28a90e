"""Income poverty."""

from __future__ import annotations

from sim.columns import rule


@rule("poor crossed")
def poverty(income_12_months, members, poor, now):
    """Whether twelve-month income per head lies below the survey line."""
    now_poor = income_12_months < now.survey_line * members
    return now_poor, now_poor != poor
