"""Agents that are made when somebody looks: a view holds its model and the number of its row, no more.

Two million registered Mesa agents cost 20 s and 0.9 GB; a set of views is made in a millisecond, takes 8
bytes an agent, and is walked through in 0.6 s. What a view reads and writes is a row of the model's columns,
so an agent and the month can not disagree.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np
from numpy.typing import NDArray

from sim.economy.mesa_names import Agent
from sim.kernel.columns import Column

if TYPE_CHECKING:
    from sim.economy.model import Economy


def fitting(column: Column, value: Any) -> NDArray[Any]:
    """The value, or several, in the column's type.

    Raises
    ------
    TypeError
        Where it is no number.
    ValueError
        Where the column can not hold it: out of range, a part of a whole number, or not finite.
    """
    given: NDArray[Any] = np.asarray(value)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"{column.name} takes a number ({column.unit}), not {value!r}")
    with np.errstate(invalid="ignore", over="ignore"):
        stored: NDArray[Any] = given.astype(column.dtype)
    exact = np.isfinite(stored) if stored.dtype.kind == "f" else stored == given
    if not exact.all():
        raise ValueError(f"{column.name} ({column.unit}) is stored as {stored.dtype} and can not be {value}")
    return stored


class View(Agent):
    """An agent that is a row of columns.

    Two views of the same row are equal. Attributes that are no columns can not be set: they would be gone
    with the view.

    Parameters
    ----------
    model : the economy
    row : number of the row: its place in ``model.agents``, unless these were put in another order

    Attributes
    ----------
    COLUMNS : columns that are attributes by name
    WRITABLE : names of those that may be written
    """

    COLUMNS: ClassVar[Mapping[str, Column]] = {}
    WRITABLE: ClassVar[frozenset[str]] = frozenset()

    model: Economy
    row: int
    pos = None

    def __init__(self, model: Economy, row: int) -> None:
        # Agent.__init__ would register the agent and count it in a table that keeps every model alive.
        self.__dict__["model"] = model
        self.__dict__["row"] = row

    @classmethod
    def array_of(cls, model: Economy, name: str) -> NDArray[Any]:
        """The column, not a copy; only for names of COLUMNS."""
        raise NotImplementedError

    @classmethod
    def count(cls, model: Economy) -> int:
        """Agents of this kind in the model."""
        raise NotImplementedError

    @classmethod
    def writable(cls, name: str) -> Column:
        """A column that may be written.

        Raises
        ------
        AttributeError
            Where the attribute is only read; with the nearest name, where there is none.
        """
        if name in cls.WRITABLE:
            return cls.COLUMNS[name]
        if name in cls.COLUMNS or hasattr(cls, name):
            raise AttributeError(f"{name} of a {cls.__name__} is only read")
        raise cls.unknown(name)

    @classmethod
    def unknown(cls, name: str) -> AttributeError:
        """An error that suggests the nearest name."""
        known = [*cls.COLUMNS, *(each for each in dir(cls) if not each.startswith("_"))]
        near = difflib.get_close_matches(name, known, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return AttributeError(f"a {cls.__name__} has no attribute {name!r}{hint}")

    def __getattr__(self, name: str) -> Any:
        if name not in self.COLUMNS:
            raise self.unknown(name)
        return self.array_of(self.model, name)[self.row].item()

    def __setattr__(self, name: str, value: Any) -> None:
        column = self.writable(name)
        self.array_of(self.model, name)[self.row] = fitting(column, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.COLUMNS})

    @property
    def unique_id(self) -> int:
        """Number from 1 up: households, then villages, then counties."""
        before = 0
        for kind in self.model.agents_by_type:
            if kind is type(self):
                break
            before += kind.count(self.model)
        return before + self.row + 1

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return self.model is other.model and self.row == other.row

    def __hash__(self) -> int:
        return hash((type(self), id(self.model), self.row))

    def remove(self) -> NoReturn:
        """Refuses."""
        raise TypeError("agents are rows of columns and stay: who died or left is counted in `members`")

    @classmethod
    def create_agents(cls, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuses."""
        raise TypeError("agents are rows of columns: the scenario's population says how many there are")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a view is not pickled or copied; keep its unique_id, or the values you need")
