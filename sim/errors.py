"""Errors that tell several problems at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class ProblemsError(ValueError):
    """All that is wrong with an input. It crosses processes whole: what it is made from is what it is given.

    Attributes
    ----------
    problems : one each, that a line shows
    """

    def __init__(self, problems: Iterable[Any]) -> None:
        self.problems: list[Any] = list(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))
