"""The income year."""

from __future__ import annotations

from sim.columns import rule


@rule("income_last_year income_this_year medical_this_year")
def new_year(income_this_year):
    """In January the year before becomes last year's, and yearly sums start anew."""
    return income_this_year, 0, 0


@rule("income_this_year income_12_months")
def income_year(farm, wage, property, transfer, income_this_year, income_last_year, now):
    """Adds the month to the year.

    Twelve-month income is this year's so far and the share of last year's for the months still to come: exact in
    December, when the register and the survey look at it, without carrying twelve months of history.
    """
    income_this_year = income_this_year + (farm + wage + property + transfer)
    return income_this_year, income_this_year + income_last_year * now.months_left
