"""Agents that are made when somebody looks: a view holds its model and the number of its row, no more.

Two million registered Mesa agents cost 20 s and 0.9 GB; a set of views is made in a millisecond, takes 8
bytes an agent, and is walked through in 0.6 s. What a view reads and writes is a row of the model's columns,
so an agent and the month can not disagree.
"""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from sim.economy.mesa_names import Agent, AgentSet, GroupBy
from sim.kernel.columns import Column

if TYPE_CHECKING:
    from sim.economy.model import Economy

Rows = NDArray[np.integer]
Key = Callable[[Any], Any] | str


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


class ViewSet(AgentSet):
    """An ordered set of agents of one kind that are made when somebody looks.

    Attributes by name are read and written as whole columns. Who belongs to a set is fixed, but a selection
    may be narrowed, and any set be put in another order, in place.

    Parameters
    ----------
    model : the economy
    agent_class : kind of the agents
    rows : (n,) their rows, each once; all of them where it is not given
    """

    def __init__(self, model: Economy, agent_class: type[View], rows: Rows | None = None) -> None:
        # AgentSet.__init__ would hold weak references to agents that nobody keeps.
        self.model = model
        self.agent_class = agent_class
        self.random = model.random
        self.complete = rows is None
        self._put(np.arange(agent_class.count(model)) if rows is None else rows)

    def _put(self, rows: Rows) -> Self:
        self.rows = rows
        self._mask: NDArray[np.bool_] | None = None
        return self

    def _with(self, rows: Rows, inplace: bool = False) -> ViewSet:
        return self._put(rows) if inplace else ViewSet(self.model, self.agent_class, rows)

    def _from_iterable(self, agents: Iterable[View]) -> ViewSet:
        """What the operators of sets make their result of."""
        rows = dict.fromkeys(self._row(agent) for agent in agents)
        return self._with(np.fromiter(rows, np.int64, len(rows)))

    def _row(self, agent: Any) -> int:
        if type(agent) is not self.agent_class or agent.model is not self.model:
            raise TypeError(f"{agent!r} is no {self.agent_class.__name__} of this model")
        return int(agent.row)

    # looking

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[View]:
        return (self.agent_class(self.model, row) for row in self.rows.tolist())

    def __contains__(self, agent: object) -> bool:
        if self._mask is None:
            self._mask = np.zeros(self.agent_class.count(self.model), bool)
            self._mask[self.rows] = True
        return type(agent) is self.agent_class and agent.model is self.model and bool(self._mask[agent.row])

    def __getitem__(self, item: Any) -> Any:
        """The agent at a position, or the list of those in a slice."""
        if isinstance(item, slice):
            return list(self._with(self.rows[item]))
        return self.agent_class(self.model, int(self.rows[operator.index(item)]))

    def __repr__(self) -> str:
        return f"<{len(self):,} × {self.agent_class.__name__}>"

    def array(self, name: str) -> NDArray[Any]:
        """(n,) copy of a column, in the order of the set."""
        if name not in self.agent_class.COLUMNS:
            raise self.agent_class.unknown(name)
        return self.agent_class.array_of(self.model, name)[self.rows]

    def _values(self, key: Key) -> list[Any]:
        if isinstance(key, str):
            if key in self.agent_class.COLUMNS:
                return self.array(key).tolist()
            key = operator.attrgetter(key)
        return [key(agent) for agent in self]

    # choosing and ordering

    def select(
        self,
        filter_func: Callable[[Any], bool] | NDArray[np.bool_] | None = None,
        at_most: float = float("inf"),
        inplace: bool = False,
        agent_type: type[Agent] | None = None,
    ) -> ViewSet:
        """The first agents for whom a condition holds.

        Parameters
        ----------
        filter_func : function of an agent, or (n,) flags, which are much faster: ``array("poor")``
        at_most : number of agents, or as a float up to 1.0 a share of the set, rounded down
        inplace : narrow this set; the model's own sets refuse
        agent_type : class that the agents must have
        """
        if inplace and self.complete:
            raise TypeError("the model's own set keeps all its agents; use select() without inplace")
        rows = self.rows
        most = int(len(rows) * at_most) if isinstance(at_most, float) and at_most <= 1 else at_most
        if agent_type is not None and not issubclass(self.agent_class, agent_type):
            rows = rows[:0]
        elif isinstance(filter_func, np.ndarray):
            if filter_func.dtype != np.bool_ or filter_func.shape != rows.shape:
                given = f"{filter_func.dtype} of shape {filter_func.shape}"
                raise ValueError(f"flags are bool of shape {rows.shape}, not {given}")
            rows = rows[filter_func]
        elif filter_func is not None:
            kept: list[int] = []
            for row in rows.tolist():
                if len(kept) >= most:
                    break
                if filter_func(self.agent_class(self.model, row)):
                    kept.append(row)
            rows = np.array(kept, np.int64)
        return self._with(rows[: int(min(most, len(rows)))], inplace)

    def shuffle(self, inplace: bool = False) -> ViewSet:
        """The agents in random order, drawn from the model's `random`."""
        luck = np.random.default_rng(self.random.getrandbits(64))
        return self._with(luck.permutation(self.rows), inplace)

    def sort(self, key: Key, ascending: bool = False, inplace: bool = False) -> ViewSet:
        """The agents by a column, attribute or function, the greatest first; equals stay in order."""
        if isinstance(key, str) and key in self.agent_class.COLUMNS:
            values = self.array(key)
            order = np.argsort(values if ascending else values[::-1], kind="stable")
            order = order if ascending else len(self) - 1 - order[::-1]
        else:
            keys = self._values(key)
            order = np.array(sorted(range(len(self)), key=keys.__getitem__, reverse=not ascending), np.int64)
        return self._with(self.rows[order], inplace)

    def groupby(self, by: Key, result_type: str = "agentset") -> GroupBy:
        """Groups with the same value of an attribute or function, as sets or as lists of agents."""
        if result_type not in ("agentset", "list"):
            raise ValueError(f"result_type is 'agentset' or 'list', not {result_type!r}")
        groups: dict[Any, list[int]] = {}
        for row, value in zip(self.rows.tolist(), self._values(by), strict=True):
            groups.setdefault(value, []).append(row)
        sets = {value: self._with(np.array(rows)) for value, rows in groups.items()}
        if result_type == "list":
            return GroupBy({value: list(agents) for value, agents in sets.items()})
        return GroupBy(sets)

    # doing

    def do(self, method: Callable[..., Any] | str, *args: Any, **kwargs: Any) -> Self:
        """Calls a method, or a function of the agent, for every agent."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: Callable[..., Any] | str, *args: Any, **kwargs: Any) -> Self:
        """As `do`, in random order."""
        self.shuffle().do(method, *args, **kwargs)
        return self

    def map(self, method: Callable[..., Any] | str, *args: Any, **kwargs: Any) -> list[Any]:
        """What a method, or a function of the agent, returns for every agent."""
        if isinstance(method, str):
            return [getattr(agent, method)(*args, **kwargs) for agent in self]
        return [method(agent, *args, **kwargs) for agent in self]

    def get(
        self, attr_names: str | Sequence[str], handle_missing: str = "error", default_value: Any = None
    ) -> list[Any]:
        """Values of an attribute, or lists of the values of several, one for each agent."""
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing is 'error' or 'default', not {handle_missing!r}")
        if not isinstance(attr_names, str):
            columns = [self.get(name, handle_missing, default_value) for name in attr_names]
            return [[column[position] for column in columns] for position in range(len(self))]
        if handle_missing == "default" and attr_names not in self.agent_class.COLUMNS:
            return [getattr(agent, attr_names, default_value) for agent in self]
        return self._values(attr_names)

    def set(self, attr_name: str, value: Any) -> Self:
        """Writes a column of all agents: one value, or an array of one for each.

        Raises
        ------
        AttributeError
            Where the attribute is no column that may be written.
        ValueError
            Where the column can not hold the value.
        """
        column = self.agent_class.writable(attr_name)
        self.agent_class.array_of(self.model, attr_name)[self.rows] = fitting(column, value)
        return self

    # refusing

    def _fixed(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuses: who belongs to the set is fixed."""
        raise TypeError("who belongs to this set is fixed; make another with select(), a | b, a & b or a - b")

    add = discard = remove = pop = clear = _fixed
    __ior__ = __iand__ = __ixor__ = __isub__ = _fixed

    def __copy__(self) -> ViewSet:
        return self._with(self.rows)

    def __getstate__(self) -> NoReturn:
        raise TypeError("a set of views is not pickled or deep-copied; get() or array() give its values")

    def __setstate__(self, state: Any) -> NoReturn:
        raise TypeError("a set of views is not unpickled")
