"""What households earn at the start: from incomes in yuan to the model's lasting and passing components."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum, sqrt
from typing import NamedTuple

import numpy as np

from sim.enrolments import SHARE_GRID
from sim.microdata.check import SHARES, SOURCES, Table


class Spread(NamedTuple):
    """Mean and standard deviation of a logarithm over households, weighted."""

    mean: float
    sd: float


def level(values: Mapping[str, np.ndarray]) -> np.ndarray:
    """(R,) log of income per head in yuan a month; where the file says `permanent`, that and the passing component."""
    if "permanent" in values:
        return values["permanent"] + np.nan_to_num(values.get("transitory", np.zeros(1)))
    income = values["income"] if "income" in values else total(values)
    return np.log(income / (12 * values["members"]))


def total(values: Mapping[str, np.ndarray]) -> np.ndarray:
    """(R,) income of the four sources, yuan a year."""
    return np.add.reduce([values[name] for name in SOURCES])


def components(
    table: Table, row: np.ndarray, passing: np.ndarray, market_income: float, transitory_sd: float
) -> tuple[np.ndarray, np.ndarray, Spread]:
    """The two components of simulated households, and the spread of the lasting one over the file.

    A file that says incomes says the sum of the components. What it does not say of the passing one is drawn: its
    mean given the sum is the share of the variance that is passing, and what remains is the household's luck.

    Parameters
    ----------
    row : (S,) row of the file of each
    passing : (S,) standard normal luck
    market_income : yuan a head and month at which both components are 0
    """
    values = table.values
    stated = values.get("transitory", np.full(len(table), np.nan))
    missing = np.isnan(stated)
    if "permanent" in values:
        transitory = np.where(missing[row], transitory_sd * passing, stated[row])
        return values["permanent"][row], transitory, _spread(values["permanent"], table.weight)
    both = level(values) - np.log(market_income)
    whole = _spread(both, table.weight)
    kept = min(1.0, (transitory_sd / whole.sd) ** 2) if whole.sd > 0 else 1.0
    drawn = kept * (both[row] - whole.mean) + transitory_sd * np.sqrt(1 - kept) * passing
    transitory = np.where(missing[row], drawn, stated[row])
    lasting = Spread(whole.mean, np.sqrt(1 - kept) * whole.sd)
    if not missing.any():
        lasting = _spread(both - stated, table.weight)
    return both[row] - transitory, transitory, lasting


def _spread(values: np.ndarray, weight: np.ndarray) -> Spread:
    """With exact sums, so that the order of rows does not matter."""
    everybody = fsum(weight)
    mean = fsum(weight * values) / everybody
    return Spread(mean, sqrt(fsum(weight * (values - mean) ** 2) / everybody))


def shares(table: Table, property_share: float) -> dict[str, np.ndarray]:
    """Farm and wage share of each household, on the grid of enrolments; NaN where they are to be imputed.

    Property has the same share everywhere (`income.property_share`): where farm and wages are more than it leaves,
    both give way in proportion.
    """
    values = table.values
    if SOURCES[0] in values:
        income = total(values)
        found = {name: values[source] / income for name, source in zip(SHARES, SOURCES, strict=False)}
        both = found["farm_share"] + found["wage_share"]
        give_way = np.minimum(1, (1 - property_share) / np.maximum(both, 1e-9))
        return {name: np.floor(share * give_way * SHARE_GRID) / SHARE_GRID for name, share in found.items()}
    nothing = np.full(len(table), np.nan)
    return {name: np.floor(values.get(name, nothing) * SHARE_GRID + 0.5) / SHARE_GRID for name in SHARES}
