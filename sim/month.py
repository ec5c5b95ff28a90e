"""The month on one page: what happens to every household, in this order. This page is what runs.

Before it, in `world.py`, places take stock of last month, instruments open places and enrolments whose turn has
come change what households receive; after it, in December, the register reviews (`register/december.py`).
A household reads only last month's village and county, so the order of households can not matter.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any, NamedTuple

import numpy as np

from sim.economy_rules.accounts import Accounts, accounts
from sim.economy_rules.earnings import Earnings, capacity, earnings
from sim.economy_rules.family import Family, family, family_change
from sim.economy_rules.health import Health, health, medical_bill
from sim.economy_rules.income_year import income_year, new_year
from sim.economy_rules.poverty import poverty
from sim.economy_rules.work import Work, work
from sim.interventions.employment import employment
from sim.interventions.industry import industry
from sim.interventions.relocation import relocation
from sim.interventions.social_security import social_security
from sim.register.assess import Assess, assess
from sim.register.standing import Standing, standing

MONTH = (
    # who lives in the household
    family,
    family_change,
    # what befalls it
    health,
    medical_bill,
    work,
    relocation,
    # what it earns on its own
    capacity,
    earnings,
    # what the other interventions add
    industry,
    employment,
    social_security,
    # what it does with it
    income_year,
    accounts,
    # where that leaves it
    poverty,
)

# before the month, in January
JANUARY = (new_year,)

# after the month, in December, for the register
DECEMBER = (assess,)

# before places open to the poorest first
OPENING = (standing,)

PARAMETERS: dict[str, Any] = {
    "family": Family,
    "health": Health,
    "work": Work,
    "earnings": Earnings,
    "accounts": Accounts,
    "assess": Assess,
    "standing": Standing,
}
# A rule reads the parameters of its own file.
SHARED = {"family_change": "family", "medical_bill": "health", "capacity": "earnings"}

Parameters = namedtuple("Parameters", [*PARAMETERS, *SHARED])  # type: ignore[misc]


def parameters(**by_rule: Any) -> Parameters:
    """One value of each class of PARAMETERS, completed for the rules that share them."""
    return Parameters(**by_rule, **{rule: by_rule[owner] for rule, owner in SHARED.items()})


class Now(NamedTuple):
    """What holds for every household this month. Yuan are current."""

    salt: np.uint32
    months_left: np.float32  # share of the year after this month
    market_income: np.float32  # per head and month, before any instrument
    income_growth: np.float32  # mean income relative to the first year of the period
    survey_line: np.float32  # per head and year
    exit_line: np.float32  # per head and year
    subsistence: np.float32  # per head and month
