"""Marginal cost curves: what each instrument alone costs and brings as its places go from none to twice the stated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.analysis.portfolio import COST, MEASURES, MOST
from sim.analysis.trials import Trials
from sim.history import Floats

if TYPE_CHECKING:
    import pandas as pd

STATED = 1.0
SIZES = (0.0, 0.5, STATED, 1.5, MOST)
MILLION = 1e6
FEW = 0.2  # of further places, below which hardly anybody takes them


class Curves(NamedTuple):
    """Runs in which one instrument has other places than stated.

    Attributes
    ----------
    names : instruments (K,)
    values : (K, SIZES, L, MEASURES) under each luck; own : (K, SIZES) mean outlays of the instrument itself, yuan
    """

    names: list[str]
    values: Floats
    own: Floats

    def first(self, measure: int) -> Floats:
        """(K,) what a yuan buys on average between no places and those stated; 0 where it buys nothing."""
        mean = np.nan_to_num(self.values.mean(axis=2))
        spent, gained = mean[:, 2, COST] - mean[:, 0, COST], mean[:, 0, measure] - mean[:, 2, measure]
        return np.where(gained > 0, gained / np.maximum(spent, 1.0), 0.0)


def runs_of(instruments: int, luck: int) -> int:
    """Runs that the curves take: each size but the stated one, which all share."""
    return (instruments * (len(SIZES) - 1) + 1) * luck


def curves(trials: Trials, luck: Sequence[tuple[int, int]]) -> Curves:
    """Runs each instrument at each of SIZES, all others as stated."""
    k = len(trials.names)
    portfolios = np.ones((k, len(SIZES), k))
    for instrument in range(k):
        portfolios[instrument, :, instrument] = SIZES
    values = trials.run(portfolios.reshape(-1, k), luck).reshape(k, len(SIZES), len(luck), -1)
    own = np.array([values[i, :, :, len(MEASURES) + i].mean(axis=1) for i in range(k)])
    return Curves(trials.names, values[..., : len(MEASURES)], own)


def table(found: Curves) -> pd.DataFrame:
    """One row per instrument and size.

    Columns
    -------
    instrument, size : times the stated places; own_outlays : yuan, of the instrument itself
    cost, persons, gap, return_risk : less those of the stated places, and `…_error` : standard error through luck
    million_buys_… : how much a million yuan lowers each measure between the next smaller size and this one, and its
        error; missing where hardly more is spent than luck would change

    Notes
    -----
    A few seeds agree by chance with one another here and there. A measure that an instrument moves at all is therefore
    given no smaller error than the steps of all instruments have together.
    """
    import pandas as pd

    rows, common = [], _common_error(found.values)
    for name, values, own in zip(found.names, found.values, found.own, strict=True):
        changes = values - values[SIZES.index(STATED)]
        for n, size in enumerate(SIZES):
            row = {"instrument": name, "size": size, "own_outlays": own[n]}
            for m, measure in enumerate(MEASURES):
                row |= {measure: changes[n, :, m].mean(), f"{measure}_error": _error(changes[n, :, m])}
            for m, measure in enumerate(MEASURES[1:], start=1):
                step = values[n] - values[n - 1] if n else np.full_like(values[0], np.nan)
                row |= dict(
                    zip(
                        (f"million_buys_{measure}", f"million_buys_{measure}_error"),
                        _per_million(step, m, common[m]),
                        strict=True,
                    )
                )
            rows.append(row)
    return pd.DataFrame(rows)


def _error(values: Floats) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else np.nan


def _common_error(values: Floats) -> list[float]:
    """(MEASURES) standard error of a step of any instrument, pooled over the steps that move a measure."""
    if values.shape[2] < 2:
        return [np.nan] * len(MEASURES)
    steps = np.diff(values, axis=1)
    moved, variance = (steps != 0).any(axis=2), steps.var(axis=2, ddof=1)
    pooled = [variance[..., m][moved[..., m] & np.isfinite(variance[..., m])] for m in range(len(MEASURES))]
    return [float(np.sqrt(each.mean() / values.shape[2])) if each.size else 0.0 for each in pooled]


def _per_million(step: Floats, measure: int, common: float) -> tuple[float, float]:
    """What a million yuan of a step (L, MEASURES) lowers a measure by, as a ratio of means, and its standard error."""
    spent, gained = step[:, COST] / MILLION, -step[:, measure]
    known = len(spent) > 1
    if not abs(spent.mean()) > (2 * _error(spent) if known else 0):
        return np.nan, np.nan
    buys = gained.mean() / spent.mean()
    least = common if gained.any() else 0.0
    return float(buys), max(_error(gained - buys * spent), least) / abs(spent.mean()) if known else np.nan


def hardly_taken(curves: pd.DataFrame) -> dict[str, float]:
    """Instrument -> share of as many places again as stated that are taken, by its outlays; those below FEW, in order.

    Parameters
    ----------
    curves : as `table` gives them
    """
    own = curves.pivot(index="instrument", columns="size", values="own_outlays")
    share = (own[MOST] / own[STATED] - 1).sort_values(kind="stable")
    return {str(name): float(each) for name, each in share[share < FEW].items()}
