"""The income year."""

from __future__ import annotations

from sim.columns import rule


@rule("income_last_year farm_this_year wage_this_year property_this_year transfer_this_year unavoidable")
def new_year(farm_this_year, wage_this_year, property_this_year, transfer_this_year):
    """In January the year before becomes last year's, and yearly sums start anew."""
    return farm_this_year + wage_this_year + property_this_year + transfer_this_year, 0, 0, 0, 0, 0


@rule("farm_this_year wage_this_year property_this_year transfer_this_year income_12_months")
def income_year(
    farm,
    wage,
    property,
    transfer,
    farm_this_year,
    wage_this_year,
    property_this_year,
    transfer_this_year,
    income_last_year,
    now,
):
    """Adds the month to the year.

    Twelve-month income is this year's so far and the share of last year's for the months still to come: exact in
    December, when the register and the survey look at it, without carrying twelve months of history.
    """
    farm_this_year = farm_this_year + farm
    wage_this_year = wage_this_year + wage
    property_this_year = property_this_year + property
    transfer_this_year = transfer_this_year + transfer
    so_far = farm_this_year + wage_this_year + property_this_year + transfer_this_year
    return (
        farm_this_year,
        wage_this_year,
        property_this_year,
        transfer_this_year,
        so_far + income_last_year * now.months_left,
    )
