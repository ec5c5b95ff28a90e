"""What cadres see in December: certified income and whether the guarantees hold."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.columns import rule
from sim.kernel.luck import normals, stream
from sim.kernel.numeric import exp

NOISE = stream("register.noise")


class Assess(NamedTuple):
    """Log bias and noise of certification, the stability asked of last year's income, yuan per student and year."""

    bias: np.float32
    noise: np.float32
    stability: np.float32
    schooling_cost: np.float32


@rule("certified meets")
def assess(
    luck,
    members,
    students,
    income_this_year,
    income_last_year,
    medical_this_year,
    safe_house,
    insured,
    in_school,
    safe_water,
    now,
    p,
):
    """Certified income per head is the year's income less unavoidable costs, seen with bias and noise.

    Without the costs medical insurance would change no curve, although illness is the first cause of poverty.
    """
    unavoidable = medical_this_year + students * p.schooling_cost
    tested = (income_this_year - unavoidable) / members
    deviation, _ = normals(luck, NOISE)
    certified = tested * exp(p.bias + p.noise * deviation)
    stable = income_last_year >= p.stability * now.exit_line * members
    guaranteed = (safe_house > 0.5) & (insured > 0.5) & (in_school > 0.5) & (safe_water > 0.5)
    return certified, stable & guaranteed
