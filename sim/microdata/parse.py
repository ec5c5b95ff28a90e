"""One column of a file as numbers, flags, classes or text; whatever can not be so is a problem of its row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.areas import SEVERITY
from sim.microdata.problems import Problems, value_shown
from sim.scenario.microdata import Attribute
from sim.scenario.problems import nearest

if TYPE_CHECKING:
    import pandas as pd

NOTHING = ("", "NA", "N/A", "NaN", "nan", "NULL", ".")  # how programs write that there is no number
WORDS = {
    "flag": {"yes": 1, "no": 0, "true": 1, "false": 0, "1": 1, "0": 0, "1.0": 1, "0.0": 0, "是": 1, "否": 0},
    "severity": {name: number for number, name in enumerate(SEVERITY)},
}
MOST_CLASS = {"flag": 1.0, "severity": float(len(SEVERITY) - 1)}
EXACT = 2.0**53  # whole numbers from here on are no longer all of them doubles


def parse(name: str, kind: Attribute, column: pd.Series, may_miss: bool, problems: Problems) -> np.ndarray:
    """The values of a column: text as objects, keys as uint64, all else as float64 with NaN where there is none.

    Parameters
    ----------
    may_miss : whether cells may be empty, because what they lack is imputed
    """
    if kind.kind == "text":
        values, empty = _texts(column)
        problems.rows(name, empty, lambda row: "is empty; allowed: any text")
        return values
    if name == "key":
        return _keys(column, kind, problems)
    numbers, unreadable = _numbers(column, kind.kind)
    cells = column.to_numpy()
    what = "a number is needed" if kind.kind in ("whole", "number") else "is not known"

    def unread(row: int) -> str:
        shown = value_shown(cells[row])
        if what == "is not known":
            return f"{shown} is not known{nearest(cells[row], WORDS[kind.kind])}; allowed: {kind.allowed}"
        return f"{what}, not {shown}; allowed: {kind.allowed}"

    problems.rows(name, unreadable, unread)
    empty = np.isnan(numbers) & ~unreadable
    if not may_miss:
        problems.rows(name, empty, lambda row: f"is empty; allowed: {kind.allowed}")
    problems.rows(name, np.isinf(numbers), lambda row: f"is infinite; allowed: {kind.allowed}")
    finite = np.isfinite(numbers)
    outside = finite & ((numbers < kind.least) | (numbers > min(kind.most, MOST_CLASS.get(kind.kind, np.inf))))
    problems.rows(name, outside, lambda row: f"{numbers[row]:.15g} is out of range; allowed: {kind.allowed}")
    if kind.kind != "number":
        parts = finite & ~outside & (numbers != np.floor(np.where(finite, numbers, 0)))
        problems.rows(name, parts, lambda row: f"{numbers[row]:.15g} is no whole number; allowed: {kind.allowed}")
    return numbers


def _texts(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Text of each cell, whole numbers without a decimal point, and where it is empty."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        texts, _ = _texts(pd.Series(column.cat.categories))
        codes = column.cat.codes.to_numpy()
        values = np.append(texts, "")[codes]
        return values, values == ""
    empty = column.isna().to_numpy()
    if pd.api.types.is_float_dtype(column.dtype) and (column.dropna() % 1 == 0).all():
        column = column.fillna(0).astype(np.int64)
    values = column.astype(str).str.strip().to_numpy(object)
    values[empty] = ""
    return values, values == ""


def _numbers(column: pd.Series, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of each cell, NaN where it holds none, and where it holds something else."""
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        numbers, wrong = _numbers(pd.Series(column.cat.categories), kind)
        codes = column.cat.codes.to_numpy()
        return np.append(numbers, np.nan)[codes], np.append(wrong, False)[codes]
    if pd.api.types.is_bool_dtype(column.dtype) and kind == "flag":
        return column.to_numpy(np.float64, na_value=np.nan), np.zeros(len(column), bool)
    if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
        return column.to_numpy(np.float64, na_value=np.nan), np.zeros(len(column), bool)
    there = (column.notna() & ~column.isin(NOTHING)).to_numpy()
    if pd.api.types.is_datetime64_any_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        return np.full(len(column), np.nan), there
    if kind in WORDS:
        named = column.astype(str).str.strip().str.lower().map(WORDS[kind])
        if kind == "severity":
            named = named.fillna(pd.to_numeric(column, errors="coerce"))
        numbers = named.to_numpy(np.float64, na_value=np.nan)
    else:
        numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    return np.where(there, numbers, np.nan), there & np.isnan(numbers)


def _keys(column: pd.Series, kind: Attribute, problems: Problems) -> np.ndarray:
    """Keys as whole numbers of 64 bits, without a detour over doubles."""
    import pandas as pd

    cells: Any = column.to_numpy(object)
    if pd.api.types.is_integer_dtype(column.dtype) and column.notna().all():
        negative = (column < 0).to_numpy()
        problems.rows("key", negative, lambda row: f"{cells[row]} is out of range; allowed: {kind.allowed}")
        return np.where(negative, 0, column).astype(np.uint64)
    keys, wrong = np.zeros(len(column), np.uint64), np.zeros(len(column), bool)
    for row, cell in enumerate(cells):
        whole = isinstance(cell, float) and cell.is_integer() and 0 <= cell < EXACT
        text = str(int(cell)) if whole else str(cell).strip()
        wrong[row] = not (text.isascii() and text.isdecimal() and int(text) <= kind.most)
        keys[row] = 0 if wrong[row] else int(text)
    problems.rows("key", wrong, lambda row: f"{value_shown(cells[row])} is no key; allowed: {kind.allowed}")
    return keys
