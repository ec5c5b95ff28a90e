"""What is wrong with a file of households: every problem with row and column, all at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.scenario.problems import Problem, ScenarioError, bearable, shown

FIRST_ROWS = 3


@dataclass(frozen=True, order=True)
class RowProblem(Problem):
    """A problem of a file; `line` is the row, from 1 for the first household, or 0 for the whole file."""

    def __str__(self) -> str:
        row = f"row {self.line}: " if self.line else ""
        path = f"{self.path}: " if self.path else ""
        return f"{self.file}: {row}{path}{self.message}"


class Problems:
    """Gathers the problems of one file.

    Parameters
    ----------
    file : as messages name it
    columns : attribute -> the user's column
    """

    def __init__(self, file: str, columns: Mapping[str, str]) -> None:
        self.file, self.columns = file, columns
        self.found: list[RowProblem] = []

    def add(self, message: str, attribute: str | None = None, row: int = 0) -> None:
        """A problem of the whole file, of a column or of one row, counted from 1."""
        path = self._named(attribute) if attribute else ""
        self.found.append(RowProblem(self.file, row, 0, *bearable(path, message)))

    def rows(self, attribute: str, wrong: np.ndarray, say: Callable[[int], str]) -> None:
        """The same problem in all rows where `wrong` is true: the first of them one by one, the others counted.

        `say` words it for a row, counted from 0.
        """
        rows = np.flatnonzero(wrong)
        for row in rows[:FIRST_ROWS]:
            self.add(say(int(row)), attribute, int(row) + 1)
        if len(rows) > FIRST_ROWS:
            self.add(f"the same in {len(rows) - FIRST_ROWS:,} more rows", attribute, int(rows[FIRST_ROWS]) + 1)

    def stop(self) -> None:
        """Raises where anything was found.

        Raises
        ------
        ScenarioError
        """
        if self.found:
            raise ScenarioError(self.found)

    def _named(self, attribute: str) -> str:
        yours = self.columns.get(attribute)
        return f'column "{attribute}"' + (f' (yours: "{yours}")' if yours not in (None, attribute) else "")


def value_shown(value: Any) -> str:
    """A value of a table as a message shows it."""
    return shown(value.item() if isinstance(value, np.generic) else value)
