"""How poor the village thinks a household is; instruments that take the poorest first look at this."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.columns import rule
from sim.kernel.luck import normals, stream
from sim.kernel.numeric import log

SEEN = stream("register.standing")


class Standing(NamedTuple):
    """Log standard deviation of the village's error, which stays with the household."""

    noise: np.float32


@rule("standing")
def standing(luck, income_12_months, members, p):
    """Log income per head with an error drawn once."""
    error, _ = normals(luck, SEEN)
    return log(max(income_12_months / members, 1)) + p.noise * error
