"""Income poverty, and what befell a household when it fell."""

from __future__ import annotations

from sim.columns import rule


@rule("poor crossed")
def poverty(income_12_months, members, poor, ill, jobless, farm_loss, arrived, departed, now):
    """Whether twelve-month income per head lies below the survey line.

    A crossing is 1 upwards; downwards it is 2 and the most telling misfortune of the month: a change of the
    household, a disaster, a lost job, illness.
    """
    below = income_12_months < now.survey_line * members
    cause = 2.0
    if arrived | departed:
        cause = 6.0
    if farm_loss > 0:
        cause = 5.0
    if jobless:
        cause = 4.0
    if ill:
        cause = 3.0
    crossed = 0.0
    if below & (not poor):
        crossed = cause
    if poor & (not below):
        crossed = 1.0
    return below, crossed
