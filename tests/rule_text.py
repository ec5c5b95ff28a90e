"""What the decorator of a rule says."""

from __future__ import annotations

import ast
import inspect

from sim.kernel.rule import Rule


def declared(rule: Rule) -> tuple[list[str], str | None]:
    """Names of the columns that a rule writes, and of its flag where it visits flagged rows alone."""
    definition = ast.parse(inspect.getsource(rule.function)).body[0]
    decorator = definition.decorator_list[0]
    flags = [keyword.value.value for keyword in decorator.keywords if keyword.arg == "where"]
    return decorator.args[0].value.split(), flags[0] if flags else None
