"""How return risk moves with the effect sizes that are assumed of instruments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.analysis.effect_sizes import EFFECT_SIZES, STATED, with_effects
from sim.analysis.risk_start import Start, start_at
from sim.analysis.risk_tables import rates
from sim.analysis.risk_watch import LINES, Outcomes, Watch

FUTURES = 10  # of each size: thousands of households make up for few futures


def under_effect_sizes(
    start: Start, month: int, watched: Sequence[Watch], horizon: int, threads: int | None
) -> pd.DataFrame:
    """Risk of all who have left the register, where instruments do less, as much as and more than stated.

    Both the past and the futures have these effects, and all sizes share their luck.

    Parameters
    ----------
    watched : futures with the stated effects, of which the first are taken

    Columns
    -------
    effect_size : of EFFECT_SIZES; outcome, within, households, probability, error : as in `risk_tables.rates`
    """
    number = min(FUTURES, len(watched))
    parts = []
    for size in EFFECT_SIZES:
        stated = size == STATED
        other = start if stated else start_at(with_effects(start.loaded, size), month, threads)
        lived = watched[:number] if stated else other.live(range(1, number + 1), horizon)
        parts.append(_rates(other, Outcomes(list(lived)), horizon).assign(effect_size=size))
    table = pd.concat(parts, ignore_index=True)
    return table[["effect_size", "outcome", "within", "households", "probability", "error"]]


def _rates(start: Start, out: Outcomes, horizon: int) -> pd.DataFrame:
    table = pd.DataFrame({"weight": start.weight, **{f"below_{name}": start.below[n] for n, name in enumerate(LINES)}})
    return rates(table, {"everybody": [("everybody", np.ones(len(table), bool))]}, out, horizon)
