"""A hash of the sources that simulate and observe: what a run's figures, and so a fit, depend on."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Of the simulation all counts but what writes, shows or drives, and what words or refuses a scenario.
ABOVE_A_RUN = (
    *("analysis", "commands", "dashboard", "economy", "interface", "language", "report", "results", "sweep"),
    *("cli.py", "progress.py", "run.py", "shipped.py"),
)
WORDING = (
    *("check_instruments.py", "checks.py", "findings.py", "messages.py", "problems.py", "prose.py", "sources.py"),
    *("difference.py", "explain.py", "explain_instruments.py", "explain_register.py", "schema.py", "within.py"),
)
OBSERVING = ("market_path.py", "operators.py", "paths.py", "simulate.py", "survey.py")


def sources() -> list[Path]:
    """The files, in order of their names."""
    simulation = ROOT / "sim"
    wording = {simulation / "scenario" / name for name in WORDING}
    running = [
        path
        for path in simulation.rglob("*.py")
        if path.relative_to(simulation).parts[0] not in ABOVE_A_RUN and path not in wording
    ]
    return sorted([*running, *(ROOT / "calibration" / name for name in OBSERVING)])


@cache
def results_hash() -> str:
    """sha256 of the files' code; comments, docstrings and blank lines count for nothing."""
    digest = hashlib.sha256()
    for path in sources():
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update("\n".join(code(path.read_text(encoding="utf-8"))).encode() + b"\0")
    return digest.hexdigest()


def code(text: str) -> Iterator[str]:
    """The lines of a source that are neither blank nor a comment nor part of a docstring."""
    prose = {line for statement in _statements(ast.parse(text)) for line in _docstring(statement)}
    for number, line in enumerate(text.splitlines(), start=1):
        if number not in prose and line.strip() and not line.lstrip().startswith("#"):
            yield line


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """A node and the statements inside; to look at every expression too would take as long as parsing."""
    yield node
    for name in ("body", "handlers", "orelse", "finalbody", "cases"):
        for each in getattr(node, name, ()):
            yield from _statements(each)


def _docstring(node: ast.AST) -> range:
    """Numbers of the lines of a node's docstring."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body:
        first = node.body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            return range(first.lineno, (first.end_lineno or first.lineno) + 1)
    return range(0)
