"""The page of all parameters, docs/parameters.md: every key of a scenario, and Ganzhou's numbers with their sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import jinja2

from sim.columns import FLOW, HOUSEHOLD, VILLAGE
from sim.scenario.model import Scenario
from sim.scenario.wording import number

if TYPE_CHECKING:
    from sim.scenario import LoadedScenario

Schema = dict[str, Any]

TABLES = {"Households": HOUSEHOLD, "Within the month of a household": FLOW, "Villages": VILLAGE}
RANGES = {"exclusiveMinimum": "above {}", "minimum": "from {}", "exclusiveMaximum": "below {}", "maximum": "to {}"}


class Key(NamedTuple):
    """A key of a section. `default` is empty where a scenario must say it; `path` names the key in a scenario; `holds`
    says that it holds sections of its own."""

    path: str
    name: str
    meaning: str
    unit: str
    allowed: str
    default: str
    holds: bool


class Part(NamedTuple):
    """A section: its path, ``[]`` standing for an entry of a list and ``NAME`` for a name of the user's own."""

    path: str
    meaning: str
    keys: list[Key]


def parts() -> list[Part]:
    """Every section of a scenario, in the order of the models."""
    schema = Scenario.model_json_schema(by_alias=True)
    return list(_parts("", schema, schema["$defs"]))


def _parts(path: str, node: Schema, defined: Schema) -> Iterator[Part]:
    keys, within = [], []
    for name, entry in node["properties"].items():
        here = f"{path}.{name}" if path else name
        value = _value(entry)
        ending, held = _held(value)
        if held is None or ending:
            keys.append(
                _key(here, name, entry, value, required=name in node.get("required", ()), holds=held is not None)
            )
        if held is not None:
            within.append((here + ending, defined[held]))
    yield Part(path, node.get("description", "").split("\n")[0], keys)
    for here, inner in within:
        yield from _parts(here, inner, defined)


def _value(entry: Schema) -> Schema:
    """A key's schema without the choice of leaving it empty."""
    (value,) = [each for each in entry.get("anyOf", [entry]) if each.get("type") != "null"]
    return {**entry, **value}


def _held(value: Schema) -> tuple[str, str | None]:
    """How the path goes on to the section that a key holds, and the name of its model."""
    for ending, holder in (
        ("", value),
        ("[]", value.get("items", {})),
        (".NAME", value.get("additionalProperties", {})),
        (".NAME", next(iter(value.get("patternProperties", {}).values()), {})),
    ):
        if isinstance(holder, dict) and "$ref" in holder:
            return ending, holder["$ref"].rpartition("/")[2]
    return "", None


def _key(path: str, name: str, entry: Schema, value: Schema, required: bool, holds: bool) -> Key:
    # A value by year or by name has the range of its values.
    inner = value.get("additionalProperties")
    range_of = inner if isinstance(inner, dict) else value
    allowed = [form.format(number(range_of[key])) for key, form in RANGES.items() if key in range_of]
    words = value.get("enum", value.get("items", {}).get("enum", value.get("propertyNames", {}).get("enum", ())))
    kinds = {"boolean": ["true, false"], "string": ["a month" if "-(0?" in value.get("pattern", "") else "text"]}
    allowed = [", ".join(words)] if words else allowed or kinds.get(value.get("type", ""), [])
    default = "" if required else _text(entry.get("default"))
    return Key(path, name, value.get("description", ""), value.get("unit", ""), " ".join(allowed), default, holds)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number(value)
    return str(value) if value else "none"


class Number(NamedTuple):
    """What a scenario says of a key: its values, by year or name where it has several, and what they rest on."""

    values: str
    rests_on: str


def numbers(loaded: LoadedScenario, path: str) -> Number:
    """The values at a path of a scenario, each reason once."""
    found = list(_leaves(loaded.resolved, re.split(r"\.|(?=\[\])", path)))
    values = [f"{label}: {_text(value)}" if label else _text(value) for _, label, value in found]
    reasons = dict.fromkeys(_reason(loaded, where) for where, _, _ in found)
    return Number("; ".join(values), "; ".join(reason for reason in reasons if reason))


def _leaves(node: Any, path: list[str], where: str = "", label: str = "") -> Iterator[tuple[str, str, Any]]:
    """Scalars at and below a path: where each stands, what tells it apart from the others, and its value."""
    first, *rest = path or ["NAME"]
    if not isinstance(node, dict | list):
        if node is not None and not path:
            yield where, label, node
        return
    for key, child in node.items() if isinstance(node, dict) else enumerate(node):
        here = f"{where}.{key}" if where else str(key)
        if first in ("NAME", "[]"):
            yield from _leaves(child, rest, here, f"{label}.{key}" if label else str(key))
        elif str(key) == first:
            yield from _leaves(child, rest, here, label)


def _reason(loaded: LoadedScenario, path: str) -> str:
    reason = loaded.provenance.get(path)
    if reason is None:
        return ""
    return f"`{reason.text}`" if reason.kind == "evidence" else f"assumed: {reason.text}"


def render(loaded: LoadedScenario) -> str:
    """Every key with its meaning, unit, range and default, and the numbers of a scenario, in Markdown."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sim.commands", "."),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["cell"] = lambda text: " ".join(text.split()).replace("|", "\\|")
    instruments = {
        name: [(key, numbers(loaded, f"instruments.{name}.{key}")) for key in _stated(loaded, name)]
        for name in loaded.resolved["instruments"]
    }
    return environment.get_template("parameters_page.md").render(
        tables=TABLES, parts=parts(), loaded=loaded, numbers=lambda path: numbers(loaded, path), instruments=instruments
    )


def _stated(loaded: LoadedScenario, name: str) -> list[str]:
    """Paths within an instrument that rest on something."""
    start = f"instruments.{name}."
    return [path.removeprefix(start) for path in loaded.provenance if path.startswith(start)]
