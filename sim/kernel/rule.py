"""A rule is written for one household; this makes the loop over a block of columns around it.

The names of a rule's arguments say what it reads: columns of the household, flows of its month, values of its
village, `p` (its parameters), `now` (what holds this month) and `luck`. It returns the columns named in
``@rule("…")``. Inside a rule every number is float32, literals too: one bare 0.4 would turn the loop into double
precision and halve its speed. Households lie sorted by village and a block never crosses one, so village values
are constants of the loop; gathering them household by household cost 3.6 of 16 ns.
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
BLOCK = 2048


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


class Rule:
    """A compiled loop and the text of the call that hands it the columns it needs.

    Attributes
    ----------
    name, function : the rule as written
    loop : compiled; its arguments are the arrays of its columns, values of the village, `p`, `now`, bounds, queue
    call : the arguments of `loop` in terms of h, f, v, p, now, k, lo, hi, base and queue
    """

    def __init__(self, function: Callable, loop: Callable, call: str) -> None:
        self.name, self.function, self.loop, self.call = function.__name__, function, loop, call


def rule_maker(households: Table, flows: Table, villages: Table) -> Callable:
    """The decorator ``rule(writes, where=None)`` for these tables.

    With `where`, a flag column, only the households whose flag is set are visited: what is rare costs little.
    """
    columns = {**households.columns, **flows.columns}

    def place(name: str) -> str:
        return f"{name}[i - base]" if name in flows else f"{name}[i]"

    def value(name: str) -> str:
        """What the row function is given for an argument, inside the loop."""
        if name in ("p", "now") or name in villages:
            return name
        if name == "luck":
            return "(first_key[i], second_key[i], now.salt)"
        return place(name) if columns[name].dtype in (np.float32, np.bool_) else f"f4({place(name)})"

    def stored(name: str, result: str) -> str:
        """The result in the column's own type."""
        dtype = columns[name].dtype
        return result if dtype in (np.float32, np.bool_) else f"np.{dtype.__name__}({result})"

    def check(rule: str, name: str, known: Sequence[str]) -> None:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise NameError(f"rule {rule}: no column {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))

    def rule(writes: str, where: str | None = None) -> Callable[[Callable], Rule]:
        def make(function: Callable) -> Rule:
            name = function.__name__
            arguments = list(inspect.signature(function).parameters)
            written = [*writes.split()]
            for argument in arguments:
                check(name, argument, [*columns, *villages.columns, *SPECIAL])
            for column in [*written, *([where] if where else [])]:
                check(name, column, list(columns))
            keys = ["first_key", "second_key"] if "luck" in arguments else []
            used = [*keys, *arguments, *written, *([where] if where else [])]
            arrays = [c for c in dict.fromkeys(used) if c in columns]
            of_village = [a for a in arguments if a in villages]
            results = [f"out{k}" for k in range(len(written))]
            lines = [f"def loop({', '.join(['p', 'now', 'lo', 'hi', 'base', 'queue', *of_village, *arrays])}):"]
            if where:
                lines += [
                    "    n = np.uint64(0)",
                    "    for i in range(lo, hi):",
                    "        queue[n] = np.uint32(i - lo)",
                    f"        n += np.uint64({place(where)})",
                    "    for j in range(np.uint64(0), n):",
                    "        i = lo + np.uint64(queue[j])",
                ]
            else:
                lines += ["    for i in range(lo, hi):"]
            lines += [f"        {', '.join(results)} = body({', '.join(value(a) for a in arguments)})"]
            lines += [f"        {place(c)} = {stored(c, r)}" for c, r in zip(written, results, strict=True)]
            body = njit(**INLINED)(single_precision(function))
            loop = _from_text("\n".join(lines), "loop", name, {"body": body})
            given = [f"p.{name}" if "p" in arguments else "p", "now", "lo", "hi", "base", "queue"]
            given += [f"v.{a}[k]" for a in of_village]
            given += [f"f.{c}" if c in flows else f"h.{c}" for c in arrays]
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
    lines = ["def chained(h, f, v, p, now, k, lo, hi, base, queue):"]
    lines += [f"    rule{number}({rule.call})" for number, rule in enumerate(rules)]
    return _from_text("\n".join(lines), "chained", title, {f"rule{n}": rule.loop for n, rule in enumerate(rules)})
