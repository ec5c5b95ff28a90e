"""Illness, recovery and the medical bill."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.columns import rule
from sim.kernel.luck import draw, normals, stream
from sim.kernel.numeric import exp

FALLS_ILL = stream("health.falls_ill")
BILL = stream("health.bill")


class Health(NamedTuple):
    """Probabilities are monthly."""

    incidence: np.float32
    chronic_factor: np.float32
    elderly_factor: np.float32
    recovery: np.float32
    bill_log_median: np.float32
    bill_log_sd: np.float32
    reimbursed: np.float32


@rule("ill falls_ill out_of_pocket reimbursed")
def health(luck, ill, chronic, elderly, illness_level, p):
    """Falls ill or recovers."""
    u = draw(luck, FALLS_ILL)
    risk = p.incidence * illness_level
    if chronic:
        risk = risk * p.chronic_factor
    if elderly > 0:
        risk = risk * p.elderly_factor
    falls_ill = (u < risk) & (not ill)
    # Bad luck is a low number in either state, as in `work`.
    ill = falls_ill | (ill & (u < 1 - p.recovery))
    return ill, falls_ill, 0, 0


@rule("out_of_pocket reimbursed medical_this_year", where="falls_ill")
def medical_bill(luck, medical_cover, medical_this_year, now, p):
    """A lognormal bill that grows with the region's income, less insurance, less what instruments cover."""
    deviation, _ = normals(luck, BILL)
    bill = exp(p.bill_log_median + p.bill_log_sd * deviation) * now.income_growth
    left = 1 - p.reimbursed
    cover = min(max(medical_cover, 0), left)
    paid = bill * (left - cover)
    return paid, bill * cover, medical_this_year + paid
