"""What is wrong with a scenario: every problem with its position, all at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sim.errors import ProblemsError

LONGEST = 1_500


@dataclass(frozen=True, order=True)
class Place:
    """Where something is written. Layers that extend others are higher; `--set` is the highest.

    Attributes
    ----------
    file : the file's path as given, or ``--set``, whose lines count the overrides
    line, column : from 1
    """

    file: str
    line: int
    column: int
    layer: int = 0


@dataclass(frozen=True, order=True)
class Problem:
    """One problem; its text is ``file:line:column: path: what is wrong; did you mean X?; allowed: …``."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.path or 'scenario'}: {self.message}"


class ScenarioError(ProblemsError):
    """A scenario that can not be run.

    Attributes
    ----------
    problems : sorted by file and line
    """

    problems: list[Problem]

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__(sorted(set(problems)))


def problem(place: Place, path: Sequence[str | int] | str, message: str) -> Problem:
    """A problem at a place; the path is given in parts or whole."""
    text = path if isinstance(path, str) else ".".join(map(str, path))
    return Problem(place.file, place.line, place.column, *bearable(text, message))


def bearable(path: str, message: str) -> tuple[str, str]:
    """A path and a message as one line shows them: what a file holds can not make them endless, nor hide in them."""
    path = path if path.isprintable() else repr(path)[1:-1]
    return _short(path, 300), _short(" ".join(message.split()), LONGEST)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 2 :]}"


def shown(value: Any) -> str:
    """A value as a message shows it."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def nearest(name: object, known: Iterable[object]) -> str:
    """``'; did you mean X?'`` of the known name nearest to this one, or nothing."""
    found = difflib.get_close_matches(str(name), [str(each) for each in known], n=1)
    return f"; did you mean {found[0]}?" if found else ""


def allowed(names: Iterable[object]) -> str:
    """``'; allowed: a, b'``."""
    return f"; allowed: {', '.join(map(str, names))}"
