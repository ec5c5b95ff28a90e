"""Return risk of a whole run, from its spells: who leaves the register above the line and is soon below it."""

from __future__ import annotations

import numpy as np

from sim.history import Floats, History
from sim.spells import OUT

REGISTER, INCOME = 0, 1
MONTHS = 24
NEVER = np.int64(2**40)


def return_risk(history: History, months: int = MONTHS) -> float:
    """Percent of the households that left the register above the survey line and fell below it within so many months.

    Exits that were not watched for so long before the period ended are left out; nan where none is left.
    """
    spells = history.spells
    watched = (spells["ended"] == OUT) & (spells["end"] + months <= history.months[-1])
    exits = np.flatnonzero((spells["kind"] == REGISTER) & watched)
    household, left = spells["household"][exits], spells["end"][exits].astype(np.int64)
    start = _start_of_next(history, household, left)
    above = start > left
    weight = _weight(history, household) * above
    return float(100 * weight[start <= left + months].sum() / weight.sum()) if above.any() else np.nan


def _start_of_next(history: History, household: np.ndarray, month: np.ndarray) -> np.ndarray:
    """(n,) when each household's first spell below the line that lasts beyond a month began; NEVER where none does.

    A table of spells is sorted by household and start, and those of a household do not overlap.
    """
    spells = history.spells
    below = spells["kind"] == INCOME
    _, number = np.unique(np.concatenate([spells["household"][below], household]), return_inverse=True)
    of_spell, asked = number[: below.sum()], number[below.sum() :]
    ends = np.append(of_spell * NEVER + spells["end"][below], np.iinfo(np.int64).max)
    at = np.searchsorted(ends, asked * NEVER + month, side="right")
    found = np.append(of_spell, -1)[at] == asked
    return np.where(found, np.append(spells["start"][below], 0)[at], NEVER)


def _weight(history: History, household: np.ndarray) -> Floats:
    """(n,) households that each one stands for."""
    order = np.argsort(history.village_number)
    village = np.searchsorted(
        history.village_number[order], (household.astype(np.uint64) >> np.uint64(32)).astype(np.int64)
    )
    return np.asarray(history.village_weight[order[village]], np.float64)
