"""The income year, consumption, savings and debt; the accounting identity holds every month."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.columns import rule


class Accounts(NamedTuple):
    """Yuan per head and month, and monthly shares."""

    fixed_consumption: np.float32
    consumption_share: np.float32
    debt_limit: np.float32
    interest: np.float32
    repayment: np.float32
    schooling_cost: np.float32


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


@rule("assets debt consumption outgoings borrowing unavoidable")
def accounts(
    members,
    students,
    farm,
    wage,
    property,
    transfer,
    out_of_pocket,
    income_12_months,
    assets,
    debt,
    unavoidable,
    now,
    p,
):
    """assets' = assets + income - consumption - outgoings + borrowing; consumption gives way when credit ends."""
    income = farm + wage + property + transfer
    yearly = income_12_months
    schooling = students * p.schooling_cost
    outgoings = out_of_pocket + schooling + debt * p.interest
    wanted = max(now.subsistence * members, p.fixed_consumption * members + p.consumption_share * yearly / 12)
    cash = assets + income - outgoings
    credit = max(p.debt_limit * yearly - debt, 0)
    spare = cash - wanted
    # Bills come first: consumption gives way, and what even that can not pay is debt over the limit.
    consumption = max(min(wanted, cash + credit), 0)
    needed = max(consumption - cash, 0)
    repayment = min(debt * p.repayment, max(spare, 0))
    borrowing = needed - repayment
    assets = max(cash - consumption + borrowing, 0)
    unavoidable = unavoidable + out_of_pocket + schooling
    return assets, debt + borrowing, consumption, outgoings, borrowing, unavoidable
