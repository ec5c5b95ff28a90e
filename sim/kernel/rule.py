"""A rule is written for one household; this makes the loop over a block of columns around it.

The names of a rule's arguments say what it reads: columns of the household, values of its village, `p` (its
parameters), `now` (what holds this month) and `luck`. It returns the columns named in ``@rule("…")``. Inside a
rule every number is float32, literals too: one bare 0.4 would turn the loop into double precision and halve its
speed. Households lie sorted by village and a block never crosses one, so village values are constants of the
loop; gathering them household by household cost 3.6 of 16 ns.
"""

from __future__ import annotations

import ast
import difflib
import inspect
import linecache
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba import njit

from sim.kernel.columns import Table
from sim.kernel.numeric import INLINED, f4

SPECIAL = ("p", "now", "luck")
BLOCK = 1024


class _SinglePrecision(ast.NodeTransformer):
    """Every number written in a rule becomes float32."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            return ast.copy_location(ast.Call(ast.Name("f4", ast.Load()), [node], []), node)
        return node


def _compile(tree: ast.Module, name: str, filename: str, space: dict[str, Any]) -> Callable:
    exec(compile(ast.fix_missing_locations(tree), filename, "exec"), space)
    return space[name]


def single_precision(function: Callable) -> Callable:
    """The same function with every literal number in float32."""
    source, first_line = inspect.getsourcelines(function)
    tree = ast.parse(textwrap.dedent("".join(source)))
    ast.increment_lineno(tree, first_line - 1)
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []
    _SinglePrecision().visit(definition)
    return _compile(tree, function.__name__, inspect.getsourcefile(function) or "?", {**function.__globals__, "f4": f4})


def _unknown(rule: str, name: str, known: Sequence[str]) -> NameError:
    near = difflib.get_close_matches(name, known, 1)
    return NameError(f"rule {rule}: no column {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


class Rule:
    """A compiled loop and the text of the call that hands it the columns it needs.

    Attributes
    ----------
    name, function : the rule as written
    loop : compiled; its arguments are the arrays of its columns, values of the village, `p`, `now`, bounds, queue
    call : the arguments of `loop` in terms of h, v, p, now, k, lo, hi and queue
    """

    def __init__(self, function: Callable, loop: Callable, call: str) -> None:
        self.name, self.function, self.loop, self.call = function.__name__, function, loop, call


def _value(name: str, households: Table, villages: Table) -> str:
    """What the row function is given for an argument, inside the loop."""
    if name in ("p", "now") or name in villages:
        return name
    if name == "luck":
        return "(first_key[i], second_key[i], now.salt)"
    return f"{name}[i]" if households.columns[name].dtype in (np.float32, np.bool_) else f"f4({name}[i])"


def _stored(name: str, value: str, households: Table) -> str:
    """The value in the column's own type."""
    dtype = households.columns[name].dtype
    return value if dtype in (np.float32, np.bool_) else f"np.{dtype.__name__}({value})"


def rule_maker(households: Table, villages: Table) -> Callable:
    """The decorator ``rule(writes, where=None)`` for these tables.

    With `where`, a flag column, only the households whose flag is set are visited: what is rare costs little.
    """

    def rule(writes: str, where: str | None = None) -> Callable[[Callable], Rule]:
        def make(function: Callable) -> Rule:
            name = function.__name__
            arguments = list(inspect.signature(function).parameters)
            written = writes.split()
            for column in [*arguments, *written, *([where] if where else [])]:
                if column not in SPECIAL and column not in households and column not in villages:
                    raise _unknown(name, column, [*households.columns, *villages.columns, *SPECIAL])
            for column in written:
                if column not in households:
                    raise _unknown(name, column, list(households.columns))
            keys = ["first_key", "second_key"] if "luck" in arguments else []
            used = [*keys, *arguments, *written, *([where] if where else [])]
            columns = [c for c in dict.fromkeys(used) if c in households]
            of_village = [a for a in arguments if a in villages]
            results = [f"out{k}" for k in range(len(written))]
            lines = [f"def loop({', '.join(['p', 'now', 'lo', 'hi', 'queue', *of_village, *columns])}):"]
            if where:
                lines += [
                    "    n = np.uint64(0)",
                    "    for i in range(lo, hi):",
                    "        queue[n] = np.uint32(i - lo)",
                    f"        n += np.uint64({where}[i])",
                    "    for j in range(np.uint64(0), n):",
                    "        i = lo + np.uint64(queue[j])",
                ]
            else:
                lines += ["    for i in range(lo, hi):"]
            values = ", ".join(_value(a, households, villages) for a in arguments)
            lines += [f"        {', '.join(results)} = body({values})"]
            lines += [f"        {c}[i] = {_stored(c, r, households)}" for c, r in zip(written, results, strict=True)]
            loop = _from_text("\n".join(lines), "loop", name, {"body": njit(**INLINED)(single_precision(function))})
            parameters = f"p.{name}" if "p" in arguments else "p"
            given = [parameters, "now", "lo", "hi", "queue", *(f"v.{a}[k]" for a in of_village), *(f"h.{c}" for c in columns)]
            return Rule(function, loop, ", ".join(given))

        return make

    return rule


def _from_text(source: str, function: str, title: str, space: dict[str, Any]) -> Callable:
    """Compiles generated source whose lines a traceback can show."""
    filename = f"<{function} of {title}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    return njit(**INLINED)(_compile(ast.parse(source), function, filename, {**space, "np": np, "f4": f4}))


def fuse(rules: Sequence[Rule], title: str) -> Callable:
    """One compiled function that runs the rules in order over a block.

    Each loop is given only the arrays it needs: handing all columns through a chain of functions took a minute
    to compile, this takes seconds.
    """
    lines = ["def chained(h, v, p, now, k, lo, hi, queue):"]
    lines += [f"    rule{number}({rule.call})" for number, rule in enumerate(rules)]
    return _from_text("\n".join(lines), "chained", title, {f"rule{n}": rule.loop for n, rule in enumerate(rules)})
