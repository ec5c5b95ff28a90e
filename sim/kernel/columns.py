"""Declared columns: a name, a storage type, a unit and a meaning."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Column:
    """One attribute of every household or village.

    Attributes
    ----------
    name : full words
    dtype : storage; inside a rule every number is float32 and every flag a bool
    unit : what one unit is
    meaning : one sentence
    """

    name: str
    dtype: type
    unit: str
    meaning: str


class Table:
    """An ordered set of columns, and the namedtuple type that carries their arrays.

    `module` must hold the type under `name`: numba's cache finds compiled functions again by the name of the type.
    """

    def __init__(self, name: str, columns: Sequence[Column], module: str) -> None:
        self.columns = {column.name: column for column in columns}
        if len(self.columns) != len(columns):
            raise ValueError(f"a column of {name} is declared twice")
        self.Arrays = namedtuple(name, list(self.columns), module=module)  # type: ignore[misc]

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def empty(self, rows: int, streams: np.ndarray | None = None, stream_names: Sequence[str] = ()) -> Any:
        """Zeroed arrays of `rows`; columns named in `stream_names` are rows of the `streams` matrix."""
        place = {name: number for number, name in enumerate(stream_names)}
        return self.Arrays(
            **{
                name: streams[place[name]] if streams is not None and name in place else np.zeros(rows, column.dtype)
                for name, column in self.columns.items()
            }
        )
