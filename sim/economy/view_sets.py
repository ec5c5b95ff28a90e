"""Sets of views: rows in an order, with all that Mesa's own sets can do, and whole columns at once."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Self

import numpy as np
from numpy.typing import NDArray

from sim.economy.mesa_names import Agent, AgentSet, GroupBy
from sim.economy.views import View, fitting

if TYPE_CHECKING:
    from sim.economy.model import Economy

Rows = NDArray[np.integer]
Key = Callable[[Any], Any] | str


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
