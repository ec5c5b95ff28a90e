"""How many households go from which state to which, from one December to the next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.design import design_of, mean
from sim.analysis.frames import Check
from sim.analysis.spell_table import month_name, month_number, read_spells, window

REGISTER = ("never on the register", "on the register", "off the register again")
INCOME = ("not poor", "poor")
BOTH = tuple(f"{register}, {income}" for register in REGISTER for income in INCOME)
STATES = {"register": REGISTER, "income": INCOME, "both": BOTH}


def transition_matrix(
    spells: pd.DataFrame,
    households: pd.DataFrame,
    of: str = "both",
    months: Sequence[str] | None = None,
    weight: str | None = None,
    *,
    cluster: str | None = None,
    strata: str | None = None,
    share: float | str = 0.0,
) -> pd.DataFrame:
    """Transitions between the states of STATES from each month to the next one given.

    Parameters
    ----------
    spells : spell table, see `sim.analysis.spell_table`
    households : one row for everybody observed, also who never was poor: column household and those named below.
        Spells of others are left out
    of : `register`, `income`, or `both` together
    months : months in order, such as 2015-12; all Decembers observed unless given
    weight : column of households that a row stands for; None counts each once
    cluster, strata, share : sampling of the households, as in `sim.analysis.measures.measures`

    Returns
    -------
    One row per pair of months and pair of states of which the first one occurs: begin, end, from, to, households
    (weighted), share of those in `from`, standard_error of the share.

    Raises
    ------
    FrameError
        With every problem and its rows.
    """
    table, check = read_spells(spells), Check(households)
    design, weights = design_of(check, cluster, strata, share), check.weights(weight)
    if of not in STATES:
        check.problem(f"there are no states of {of}; allowed: {', '.join(STATES)}")
    if check.has("household"):
        check.rows(households["household"].duplicated().to_numpy(), "the household has a row already")
    dates = _dates(check, table, months)
    check.done()
    row_of = pd.Index(households["household"]).get_indexer(table["household"])
    table, row_of = table[row_of >= 0], row_of[row_of >= 0]
    codes = [_states(table, row_of, len(households), of, date) for date in dates]
    rows = []
    for (begin, before), (end, after) in pairwise(zip(dates, codes, strict=True)):
        for source in np.unique(before):
            here = np.flatnonzero(before == source)
            for target, name in enumerate(STATES[of]):
                moved = (after[here] == target).astype(np.float64)
                found = mean(moved, weights[here])
                error = design.standard_error(found, here)
                states = (STATES[of][source], name)
                rows.append([*map(month_name, (begin, end)), *states, weights[here] @ moved, found.value, error])
    return pd.DataFrame(rows, columns=["begin", "end", "from", "to", "households", "share", "standard_error"])


def _dates(check: Check, table: pd.DataFrame, months: Sequence[str] | None) -> list[int]:
    """Months as numbers; problems are noted."""
    if months is None:
        begins, ends = window(table, None, None)
        dates = [month for month in range(begins, ends + 1) if month % 12 == 11]
    else:
        dates = [month_number(month) for month in months]
    if len(dates) < 2 or sorted(set(dates)) != dates:
        check.problem("months are two or more, in order")
    for side, column, sign in (("left", "start", 1), ("right", "end", -1)):
        for end in table.loc[table[side], column].unique():
            if any(sign * date < sign * end for date in dates):
                check.problem(f"months lie beyond {month_name(end)}, where observation ends")
    return dates


def _states(table: pd.DataFrame, row_of: NDArray[np.intp], size: int, of: str, date: int) -> NDArray[np.int64]:
    """(size,) code of each household's state at the end of a month."""
    begun = (table["start"] <= date).to_numpy()
    lasts = begun & ((table["end"] > date) | table["right"]).to_numpy()
    registered = (table["kind"] == "registered").to_numpy()
    on, ever, poor = np.zeros(size, bool), np.zeros(size, bool), np.zeros(size, bool)
    on[row_of[registered & lasts]] = True
    ever[row_of[registered & begun]] = True
    poor[row_of[~registered & lasts]] = True
    register = np.where(on, 1, np.where(ever, 2, 0))
    return {"register": register, "income": poor.astype(int), "both": 2 * register + poor}[of]
