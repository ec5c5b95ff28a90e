"""Validates a tree against the models and says in words, and where, what pydantic found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from sim.scenario.problems import Place, Problem, allowed, nearest, problem, shown
from sim.scenario.tree import Node, Path, find, plain

Model = TypeVar("Model", bound=BaseModel)

KEY = "[key]"
NEEDED = {
    "float_type": "a number is needed",
    "int_type": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "bool_type": "true or false is needed",
    "string_type": "text is needed",
    "model_type": "a mapping is needed",
    "dict_type": "a mapping is needed",
    "list_type": "a list is needed",
    "finite_number": "a finite number is needed",
    "year": "a year is needed",
}
NUMBERS = ("float_type", "int_type", "int_from_float", "finite_number", "year")
PERCENTAGE = re.compile(r"([+-]?\d{1,9}(?:\.\d{1,9})?)\s*[%％]")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,9})?")
OUTSIDE = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")


def validate(tree: Node, model: type[Model]) -> tuple[Model | None, Model | None, list[Problem]]:
    """Validate a tree against the model of what its file may say.

    Returns
    -------
    valid : None if anything is wrong
    partial : without the entries that are wrong, to check the others further; None if too much is wrong
    problems : one for each wrong entry
    """
    data = plain(tree)
    try:
        valid = model.model_validate(data)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        problems = [_problem(each, tree, model) for each in errors]
        return None, _without(data, errors, model), problems
    return valid, valid, []


def _without(data: Any, errors: Sequence[ErrorDetails], model: type[Model]) -> Model | None:
    """What remains when wrong entries are left out, and whatever needs them; lists go as a whole."""
    while isinstance(data, dict):
        for error in errors:
            loc = error["loc"][: -1 if error["type"] == "missing" else None]
            if not loc:
                return None
            _remove(data, loc)
        try:
            return model.model_validate(data)
        except ValidationError as error:
            errors = error.errors(include_url=False)
    return None


def _remove(data: dict[str | int, Any], loc: Path) -> None:
    """Remove the entry at a location, or the innermost entry of a mapping that holds it."""
    last, *further = loc
    for part in further:
        inner = data.get(last)
        if not isinstance(inner, dict) or part not in inner:
            break
        data, last = inner, part
    data.pop(last, None)


def _problem(error: ErrorDetails, tree: Node, model: type[BaseModel]) -> Problem:
    loc: Path = error["loc"]
    at_key = loc[-1:] == (KEY,)
    path = loc[:-1] if at_key else loc
    node, _ = find(tree, path)
    at_key = at_key or error["type"] == "extra_forbidden"
    place: Place = node.key if at_key else node.shown
    if error["type"] == "missing" and (meant := _other_instrument(loc, tree)):
        return problem(
            place, loc[:2], f"there is no such instrument{meant}; a new one states mechanism, places and effect"
        )
    # A single effect is written without a list, and shown as it is written.
    written = [part for i, part in enumerate(path) if part != 0 or isinstance(_at(tree, path[:i]), list)]
    return problem(place, written, _message(error, loc, tree, model))


def _at(tree: Node, path: Path) -> Any:
    return find(tree, path)[0].value


def _other_instrument(loc: Path, tree: Node) -> str:
    """A hint at the instrument that was perhaps meant, where one is unlike any and states no mechanism."""
    if len(loc) != 3 or loc[0] != "instruments":
        return ""
    instruments = find(tree, ("instruments",))[0].value
    if "mechanism" in (instruments[loc[1]].value or {}):
        return ""
    others = [name for name, node in instruments.items() if isinstance(node.value, dict) and "mechanism" in node.value]
    return nearest(loc[1], others)


def _message(error: ErrorDetails, loc: Path, tree: Node, model: type[BaseModel]) -> str:
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    if loc[-1:] == (KEY,) and kind in NUMBERS:
        kind = "year"
    expected = Expected.at(loc, model)
    if kind == "extra_forbidden":
        return f"unknown key {loc[-1]!r}" + _meant(str(loc[-1]), expected.keys) + allowed(expected.keys)
    if kind == "missing":
        return f"is missing{expected.note}"
    if kind == "literal_error":
        names = re.findall(r"'([^']*)'", context["expected"])
        return f"{shown(value)} is not known" + nearest(value, names) + allowed(names)
    if kind in OUTSIDE:
        return f"{shown(value)} is out of range" + expected.hint(value) + expected.allowed
    if kind in NUMBERS:
        return f"{NEEDED[kind]}, not {shown(value)}{_plain_number(value)}" + expected.allowed
    if kind == "list_type" and isinstance(value, str) and value:
        return f"{NEEDED[kind]}, not {shown(value)}; did you mean [{value}]?{expected.note}"
    if kind in NEEDED:
        return f"{NEEDED[kind]}, not {shown(value)}{expected.note}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "too_short":
        return "needs at least one entry"
    if kind == "too_long":
        return f"has {context['actual_length']} entries; allowed: up to {context['max_length']}"
    if kind == "string_too_short":
        return "is empty"
    if kind == "string_pattern_mismatch":
        return f"{shown(value)} is no name; allowed: small letters, digits and _, with a letter first"
    return error["msg"]


def _plain_number(value: Any) -> str:
    """The number that a text with a percent sign or with commas between thousands stands for."""
    if not isinstance(value, str):
        return ""
    if percentage := PERCENTAGE.fullmatch(value):
        return f"; did you mean {float(percentage[1]) / 100:.10g}?"
    return f"; did you mean {value.replace(',', '')}?" if THOUSANDS.fullmatch(value) else ""


def _meant(key: str, known: Sequence[str]) -> str:
    yearly = key.replace("month", "year")
    if yearly != key and yearly in known:
        return f"; did you mean {yearly} (12 times the monthly amount)?"
    return nearest(key, known)


class Expected(NamedTuple):
    """What the models expect at a place: keys of a mapping, limits of a number, its description."""

    keys: list[str]
    limits: dict[str, float]
    description: str

    @classmethod
    def at(cls, loc: Path, model: type[BaseModel]) -> Expected:
        """What is expected at a location of pydantic's."""
        kind: Any = model
        keys: list[str] = []
        description = ""
        limits: dict[str, float] = {}
        path = loc[:-1] if loc[-1:] == (KEY,) else loc
        for i, part in enumerate(path, start=1):
            kind, _ = _bare(kind, {})
            arguments = get_args(kind)
            limits = {}
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                fields = {field.alias or name: field for name, field in kind.model_fields.items()}
                keys = list(fields)
                if part not in fields:
                    break
                kind, description = fields[str(part)].annotation, fields[str(part)].description or ""
                limits = dict(_limits(fields[str(part)].metadata))
            elif get_origin(kind) is dict:
                kind = arguments[0 if loc[i:] == (KEY,) else 1]
            elif arguments:
                kind = arguments[0]
        return cls(keys, _bare(kind, limits)[1], description)

    @property
    def note(self) -> str:
        """The description in brackets."""
        return f" ({self.description})" if self.description else ""

    @property
    def allowed(self) -> str:
        """The allowed range in words."""
        low = self.limits.get("ge", self.limits.get("gt"))
        high = self.limits.get("le", self.limits.get("lt"))
        above = "above " if "gt" in self.limits else ""
        if low is not None and high is not None:
            below = "below " if "lt" in self.limits else ""
            text = f"{above}{low} to {below}{high}"
        elif low is not None:
            text = f"above {low}" if above else f"{low} or more"
        else:
            return f"; allowed: {self.description}" if self.description else ""
        return f"; allowed: {text}{self.note}"

    def hint(self, value: Any) -> str:
        """The share that a percentage stands for."""
        if self.limits.get("le", self.limits.get("lt")) == 1 and 2 <= value <= 100:
            return f"; did you mean {value / 100:.6g}?"
        return ""


def _bare(kind: Any, limits: dict[str, float]) -> tuple[Any, dict[str, float]]:
    """A type without `Annotated` and `| None`, and the limits found in them."""
    while True:
        if get_origin(kind) in (Union, UnionType):
            kind = next(each for each in get_args(kind) if each is not type(None))
        elif hasattr(kind, "__metadata__"):
            limits = limits | dict(_limits(kind.__metadata__))
            kind = get_args(kind)[0]
        else:
            return kind, limits


def _limits(metadata: Sequence[Any]) -> Iterator[tuple[str, float]]:
    for each in metadata:
        if isinstance(each, FieldInfo):
            yield from _limits(each.metadata)
        for name in ("ge", "gt", "le", "lt"):
            if getattr(each, name, None) is not None:
                yield name, getattr(each, name)
