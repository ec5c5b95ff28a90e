"""Arithmetic over evidence, so that a scenario can state `gz_pv_pop_total / gz_pv_hh_total`."""

import ast
import difflib
import math
import operator
from collections.abc import Callable, Mapping

from calibration.evidence import Evidence, EvidenceError

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_UNARY: dict[type[ast.unaryop], Callable[[float], float]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}


def evaluate(expression: str, evidence: Mapping[str, Evidence]) -> float:
    """Return the value of an arithmetic expression over evidence ids.

    Parameters
    ----------
    expression
        Evidence ids and numbers joined by ``+ - * /`` and parentheses.
    evidence
        The registry.

    Raises
    ------
    EvidenceError
        If it is no such expression, names an unknown id, or has no finite value.

    Examples
    --------
    >>> from calibration.evidence import load_evidence
    >>> round(evaluate("gz_pv_pop_total / gz_pv_hh_total", load_evidence()), 2)
    4.31
    """
    unknown = [name for name in ids_in(expression) if name not in evidence]
    if unknown:
        raise EvidenceError([_unknown(name, expression, evidence) for name in unknown])
    try:
        value = _value(_parse(expression), evidence)
    except (ArithmeticError, RecursionError) as error:
        raise EvidenceError([f"{expression!r}: {error}"]) from None
    if not math.isfinite(value):
        raise EvidenceError([f"{expression!r} has no finite value"])
    return value


def ids_in(expression: str) -> list[str]:
    """Return the ids that an expression names, each once, in the order of their first mention."""
    names = [node for node in ast.walk(_parse(expression)) if isinstance(node, ast.Name)]
    names.sort(key=lambda node: (node.lineno, node.col_offset))
    return list(dict.fromkeys(node.id for node in names))


def _parse(expression: str) -> ast.expr:
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise EvidenceError([f"{expression!r} is no arithmetic expression"]) from None
    for node in ast.walk(tree):
        if not _is_allowed(node):
            raise EvidenceError([f"{expression!r}: only evidence ids, numbers, + - * / and parentheses"])
    return tree


def _is_allowed(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) in (int, float)
    allowed = (ast.Name, ast.Load, ast.BinOp, ast.UnaryOp, *_BINARY, *_UNARY)
    return isinstance(node, allowed)


def _value(node: ast.expr, evidence: Mapping[str, Evidence]) -> float:
    match node:
        case ast.BinOp():
            return _BINARY[type(node.op)](_value(node.left, evidence), _value(node.right, evidence))
        case ast.UnaryOp():
            return _UNARY[type(node.op)](_value(node.operand, evidence))
        case ast.Name():
            return evidence[node.id].value
        case ast.Constant(value=int() | float() as number):
            return float(number)
    raise AssertionError(f"{ast.dump(node)} passed the check of allowed nodes")


def _unknown(name: str, expression: str, evidence: Mapping[str, Evidence]) -> str:
    near = difflib.get_close_matches(name, evidence, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{expression!r}: no evidence has the id {name!r}{hint}"
