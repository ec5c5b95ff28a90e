"""Reads a YAML sheet of the calibration and says, with file, line and column, everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.scenario.problems import Problem, ScenarioError, allowed, nearest, problem, shown
from sim.scenario.tree import Node, find, plain

Model = TypeVar("Model", bound=BaseModel)


class Sheet:
    """A YAML file as a tree, and the problems found in it so far.

    Parameters
    ----------
    file : path, shown in messages as it is given

    Raises
    ------
    ScenarioError
        Where the file can not be read or is no YAML.
    """

    def __init__(self, file: str | os.PathLike[str]) -> None:
        from sim.scenario.read import read_file

        self.problems: list[Problem] = []
        self.tree: Node = read_file(os.fspath(file), 0, self.problems)

    def node(self, path: Iterable[str | int]) -> Node:
        """The node at a path, or the deepest one on the way to it."""
        return find(self.tree, list(path))[0]

    def complain(self, path: Iterable[str | int], message: str) -> None:
        """Adds a problem at a path."""
        parts = list(path)
        self.problems.append(problem(self.node(parts).shown, parts, message))

    def children(self, key: str) -> list[tuple[str | int, Any]]:
        """Names and plain values of a list or mapping of the first level; none where it is missing."""
        value = self.tree.value.get(key) if isinstance(self.tree.value, dict) else None
        if value is None or not isinstance(value.value, dict | list):
            self.complain((), f"needs {key}:")
            return []
        content = plain(value)
        return list(content.items() if isinstance(content, dict) else enumerate(content))

    def model(self, kind: type[Model], path: Iterable[str | int], value: Any) -> Model | None:
        """The value as a model; None, and its problems noted, where it is none."""
        parts = tuple(path)
        try:
            return kind.model_validate(value)
        except ValidationError as error:
            for each in error.errors(include_url=False):
                self._note(kind, parts, each)
        return None

    def raise_problems(self) -> None:
        """Raises everything that was found, if anything was."""
        if self.problems:
            raise ScenarioError(self.problems)

    def _note(self, kind: type[BaseModel], path: tuple[str | int, ...], error: ErrorDetails) -> None:
        place, message = self.node([*path, *error["loc"]]), _words(kind, error)
        at = place.key if error["type"] == "extra_forbidden" else place.shown
        self.problems.append(problem(at, [*path, *error["loc"]], message))


def _words(kind: type[BaseModel], error: ErrorDetails) -> str:
    """What pydantic found, in words."""
    value, keys = error["input"], [field.alias or name for name, field in kind.model_fields.items()]
    match error["type"]:
        case "missing":
            description = kind.model_fields[str(error["loc"][-1])].description if len(error["loc"]) == 1 else None
            return f"is missing ({description})" if description else "is missing"
        case "extra_forbidden":
            return f"unknown key {error['loc'][-1]!r}{nearest(error['loc'][-1], keys)}{allowed(keys)}"
        case "literal_error":
            return f"{shown(value)} is not known; allowed: {error['ctx']['expected']}"
        case "value_error":
            return str(error["ctx"]["error"])
        case _:
            return f"{error['msg'].lower()}, not {shown(value)}"
