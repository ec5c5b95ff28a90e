"""Reading a spell table, as a run writes it to `spells.parquet`: one row per spell in poverty or on the register.

- household;
- kind: `registered` or `income_poverty`;
- start, end: months such as 2016-01; the household is poor at the end of the month of start and no longer at the end of
  the month of end;
- cause: what was recorded at the start, if anything;
- censored: `none`; `left` where the spell was there when observation began; `right` where it was still there when
  observation ended, in the month of end; `both`.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.frames import Check

Months = NDArray[np.int64]

KINDS = ("registered", "income_poverty")
CENSORED = ("none", "left", "right", "both")
# Stand in for months that can not be read, so that those rows are not said to end before they start, too.
BEFORE, AFTER = -(2**31), 2**31
NEEDED = ("household", "kind", "start", "end", "cause", "censored")


def month_number(month: object) -> int:
    """A month, such as 2016-01 or a Period, counted from 1970-01; raises ValueError for anything else."""
    if not isinstance(month, str | pd.Period) or not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", str(month)):
        raise ValueError(f"{month} is no month such as 2016-01")
    return int(pd.Period(month, "M").ordinal)


def month_name(number: int) -> str:
    """``2016-01`` of a month counted from 1970-01."""
    return str(pd.Period(ordinal=number, freq="M"))


def read_spells(spells: pd.DataFrame) -> pd.DataFrame:
    """The table with months as numbers and columns left and right for the censoring, rows in their order.

    Raises
    ------
    FrameError
        With every row that contradicts itself or another one.
    """
    check = Check(spells)
    if len([name for name in NEEDED if check.has(name)]) < len(NEEDED):
        check.done()
    for name, words in (("kind", KINDS), ("censored", CENSORED)):
        check.rows(~spells[name].isin(words).to_numpy(), f"{name} is none of {', '.join(words)}")
    start, end = _numbers(check, "start", BEFORE), _numbers(check, "end", AFTER)
    check.rows(end < start, "the spell ends before it starts")
    check.done()
    table = pd.DataFrame(
        {
            "household": spells["household"].to_numpy(),
            "kind": spells["kind"].astype(str).to_numpy(),
            "cause": pd.Categorical(spells["cause"]),
            "start": start,
            "end": end,
            "left": spells["censored"].isin(["left", "both"]).to_numpy(),
            "right": spells["censored"].isin(["right", "both"]).to_numpy(),
        }
    )
    in_order = table.sort_values(["household", "kind", "start"], kind="stable")
    last_one = in_order.groupby(["household", "kind"])
    open_yet = last_one["right"].shift(1, fill_value=False) | (in_order["start"] <= last_one["end"].shift(1))
    check.rows(open_yet.sort_index().to_numpy(), "an earlier spell of the household and kind has not ended by then")
    check.done()
    return table


def window(table: pd.DataFrame, first: str | None, last: str | None) -> tuple[int, int]:
    """First and last observed month: as given, or as the censored spells say.

    Raises
    ------
    FrameError
        Where neither says it, or a spell lies outside.
    """
    check, found = Check(table), []
    for given, side, column, name in ((first, "left", "start", "first"), (last, "right", "end", "last")):
        months = table.loc[table[side], column].unique()
        if given is not None:
            found.append(month_number(given))
        elif len(months) == 1:
            found.append(int(months[0]))
        else:
            what = f"spells censored on the {side} differ" if len(months) else f"no spell is censored on the {side}"
            check.problem(f"{what}, so the table does not tell the {name} observed month; give {name}=")
    check.done()
    begins, ends = found
    check.rows((table["start"] < begins).to_numpy(), "the spell starts before the first observed month")
    check.rows((table["end"] > ends).to_numpy(), "the spell ends after the last observed month")
    check.done()
    return begins, ends


def _numbers(check: Check, name: str, instead: int) -> Months:
    """(n,) months of a column of texts or Periods as numbers; what is no month is noted."""
    column = pd.Categorical(check.frame[name])
    numbers, wrong = np.full(len(column.categories) + 1, instead, np.int64), [-1]
    for code, value in enumerate(column.categories):
        try:
            numbers[code] = month_number(value)
        except ValueError:
            wrong.append(code)
    check.rows(np.isin(column.codes, wrong), f"{name} is no month such as 2016-01")
    return numbers[column.codes]
