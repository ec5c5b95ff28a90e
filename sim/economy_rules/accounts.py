"""Consumption, savings and debt; the identity holds every month."""

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


@rule("assets debt consumption outgoings borrowing")
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
    interest_relief,
    now,
    p,
):
    """assets' = assets + income - consumption - outgoings + borrowing; consumption gives way when credit ends."""
    income = farm + wage + property + transfer
    yearly = income_12_months
    schooling = students * p.schooling_cost
    outgoings = out_of_pocket + schooling + debt * p.interest - interest_relief
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
    return assets, debt + borrowing, consumption, outgoings, borrowing
