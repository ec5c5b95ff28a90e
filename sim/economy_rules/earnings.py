"""Market income by source."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.columns import rule
from sim.kernel.luck import normals, stream
from sim.kernel.numeric import exp

SHOCK = stream("earnings.shock")


class Earnings(NamedTuple):
    """Monthly persistence and standard deviation of the two log components, and what shocks take away."""

    permanent_kept: np.float32
    permanent_sd: np.float32
    transitory_kept: np.float32
    transitory_sd: np.float32
    property_share: np.float32
    illness_loss: np.float32
    wage_loss: np.float32


@rule("permanent transitory capacity")
def capacity(luck, members, permanent, transitory, now, p):
    """Earning capacity: the region's market income, a lasting and a passing component.

    The lasting component shrinks so slightly that its spread stays what it was at the start; a plain random
    walk would widen the distribution year by year.
    """
    lasting, passing = normals(luck, SHOCK)
    permanent = p.permanent_kept * permanent + p.permanent_sd * lasting
    transitory = p.transitory_kept * transitory + p.transitory_sd * passing
    return permanent, transitory, now.market_income * members * exp(permanent + transitory)


@rule("farm wage property transfer")
def earnings(capacity, farm_share, wage_share, transfer_share, skill, farm_loss, ill, jobless, wage_level, p):
    """Splits capacity into sources; illness, disasters and a lost job take their part.

    Shares add up to one at the start. Resettlement moves the farm and the wage share, and so the total.
    """
    healthy = 1.0
    if ill:
        healthy = 1 - p.illness_loss
    working = healthy
    if jobless:
        working = healthy * (1 - p.wage_loss)
    # Who had little land to begin with can not give up more of it than there is.
    farm = capacity * max(farm_share, 0) * healthy * (1 - farm_loss)
    wage = capacity * wage_share * working * wage_level * (1 + skill)
    return farm, wage, capacity * p.property_share, capacity * transfer_share
