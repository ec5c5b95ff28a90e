"""Looking at a user's data frame: every problem with its rows, all at once, and the groups of its rows."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.errors import ProblemsError

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

SHOWN = 5


class FrameError(ProblemsError):
    """A data frame that can not be analysed.

    Attributes
    ----------
    problems : one sentence each; rows are counted from 0, as `frame.iloc` does
    """


class Check:
    """Collects what is wrong with a frame, to be said at once."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self.problems: list[str] = []
        if len(frame) == 0:
            self.problems.append("the frame has no rows")

    def problem(self, text: str) -> None:
        """Notes a problem of the whole frame, or of an argument."""
        self.problems.append(text)

    def rows(self, wrong: NDArray[np.bool_], text: str) -> None:
        """Notes a problem of the rows where `wrong` holds, if any."""
        found = np.flatnonzero(wrong)
        if len(found):
            more = f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
            self.problem(f"{text}: row {', '.join(map(str, found[:SHOWN]))}{more}")

    def has(self, name: str) -> bool:
        """Whether the frame has a column; notes it as a problem if not."""
        if name in self.frame.columns:
            return True
        columns = [str(column) for column in self.frame.columns]
        near = difflib.get_close_matches(str(name), columns, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; the frame has {', '.join(columns)}"
        self.problem(f"there is no column {name}{hint}")
        return False

    def numbers(self, name: str) -> Floats:
        """(n,) numbers of a column, nan where there are none; missing and infinite ones are noted."""
        nothing = np.full(len(self.frame), np.nan)
        if not self.has(name):
            return nothing
        try:
            values = self.frame[name].to_numpy(np.float64, na_value=np.nan)
        except (TypeError, ValueError):
            self.problem(f"column {name} does not hold numbers")
            return nothing
        self.rows(~np.isfinite(values), f"{name} is missing or infinite")
        return values

    def number_or_column(
        self, value: float | str, name: str, right: Callable[[Floats], NDArray[np.bool_]], expected: str
    ) -> Floats:
        """(n,) one number for all rows, or a column where its name is given; values that are not `right` are noted."""
        if isinstance(value, str):
            values = self.numbers(value)
            self.rows(np.isfinite(values) & ~right(values), f"{value} is not {expected}")
            return values
        values = np.full(len(self.frame), float(value))
        if not right(np.array([float(value)]))[0]:
            self.problem(f"{name} is {value}, not {expected}")
        return values

    def weights(self, name: str | None) -> Floats:
        """(n,) weights: a column of numbers that are not negative, not all nought, or one for each row."""
        if name is None:
            return np.ones(len(self.frame))
        values = self.numbers(name)
        self.rows(values < 0, f"{name} is negative")
        if len(values) and (values == 0).all():
            self.problem(f"{name} is 0 in every row")
        return values

    def labels(self, names: Sequence[str]) -> None:
        """Notes columns that are absent, and rows where one of them is missing."""
        for name in names:
            if self.has(name):
                self.rows(self.frame[name].isna().to_numpy(), f"{name} is missing")

    def done(self) -> None:
        """Raises FrameError if anything was noted."""
        if self.problems:
            raise FrameError(self.problems)


def names_of(by: str | Sequence[str]) -> list[str]:
    """Names of columns, of which one may be given alone."""
    return [by] if isinstance(by, str) else list(by)


def groups(frame: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[dict[str, Any], Rows]]:
    """Values of the columns `by` and positions of the rows that have them, sorted; all rows where `by` is empty."""
    if not by:
        yield {}, np.arange(len(frame))
        return
    code = frame.groupby(list(by), observed=True, sort=True).ngroup().to_numpy()
    order = np.argsort(code, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(code[order])) + 1):
        yield {name: frame[name].iloc[rows[0]] for name in by}, rows
