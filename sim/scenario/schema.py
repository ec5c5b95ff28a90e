"""JSON Schema of a file, as editors read it: what the models allow, and how a file may write it.

A file may write more than the models hold: a number with what it rests on, `assumed:` among the keys of any mapping,
one effect without a list, and, where it says `extends:`, nothing of what it inherits. Sums, the order of dates and
whatever else needs several values at once are left to `povsim validate`.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

from pydantic import BaseModel

from sim.scenario.fields import YEAR_PATTERN
from sim.scenario.instruments import SOURCES
from sim.scenario.model import Scenario

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
WORDS: Schema = {"type": "string", "pattern": r"\S"}
REASON = {"description": "why the bare numbers of this mapping are assumed", **WORDS}
# Without `type`: it stands beside a number's own keywords, which pass over mappings as these pass over numbers.
SOURCED: Schema = {
    "properties": {
        "value": True,
        "evidence": {"description": "id of a row of the evidence, or arithmetic on ids", **WORDS},
        "assumed": {"description": "why the number is assumed", **WORDS},
    },
    "required": ["value"],
    "minProperties": 2,
    "maxProperties": 2,
    "additionalProperties": False,
}


def scenario_schema() -> Schema:
    """The schema of scenario files."""
    schema = file_schema(Scenario)
    parts = schema["$defs"]
    effects = parts["Instrument"]["properties"]["effect"]
    listed = {key: effects.pop(key) for key in ("type", "items", "minItems", "maxItems")}
    effects["anyOf"] = [{"$ref": "#/$defs/Effect"}, listed]
    parts["Effect"] |= _size_of_an_effect()
    return schema


def file_schema(model: type[BaseModel]) -> Schema:
    """The schema of files that a model validates.

    A file that extends another need not repeat it, so that what must be said is asked of complete files alone; entries
    of lists are never merged and always complete.
    """
    raw = model.model_json_schema(by_alias=True)
    defined = raw.pop("$defs")
    inherits = "extends" in raw["properties"]
    parts = {name: _written(part, defined) for name, part in defined.items()}
    schema = {"$schema": DIALECT, **_written(raw, defined)}
    if inherits:
        for part in (schema, *parts.values()):
            part.pop("required", None)
        schema |= {"if": {"required": ["extends"]}, "else": _complete(raw, defined)}
    return schema | {"$defs": {"reason": REASON, "sourced": SOURCED, **parts}}


def _written(node: Schema, defined: Schema) -> Schema:
    """What a file may write for a value, from what the models may hold."""
    node = _given(node)
    if "properties" in node:
        entries = {key: _written(entry, defined) for key, entry in node["properties"].items()}
        node["properties"] = {"assumed": {"$ref": "#/$defs/reason"}, **entries}
    elif node.get("type") == "object":
        node |= _entries(node, defined)
    elif node.get("type") == "array":
        node["items"] = _item(node["items"], defined)
    elif node.get("type") in ("number", "integer"):
        value = {key: each for key, each in node.items() if key not in ("description", "default")}
        node |= {"type": [node["type"], "object"], "$ref": "#/$defs/sourced", "properties": {"value": value}}
    return node


def _given(node: Schema) -> Schema:
    """A value without what an editor need not know: it can not be empty, and sections show their own defaults."""
    (node,) = [node | each for each in node.get("anyOf", [{}]) if each.get("type") != "null"]
    unit, description = node.get("unit"), node.get("description", "")
    kept = {key: each for key, each in node.items() if key not in ("anyOf", "title", "unit")}
    if kept.get("default") is None or isinstance(kept["default"], dict):
        kept.pop("default", None)
    if unit is not None and unit not in description:
        kept["description"] = f"{description} ({unit})" if description else unit
    return kept


def _entries(node: Schema, defined: Schema) -> Schema:
    """Entries of a mapping whose keys are words, names, months or years."""
    reason = {"assumed": {"$ref": "#/$defs/reason"}}
    if "propertyNames" in node:
        entry = _written(node["additionalProperties"], defined)
        words = node.pop("propertyNames")["enum"]
        return {"properties": reason | dict.fromkeys(words, entry), "additionalProperties": False}
    if "patternProperties" in node:
        ((pattern, entry),) = node["patternProperties"].items()
    elif "$ref" in node["additionalProperties"]:
        pattern, entry = "^", node["additionalProperties"]
    else:
        pattern, entry = f"^{YEAR_PATTERN}$", node["additionalProperties"]
    pattern = pattern.replace("^", "^(?!assumed$)", 1)
    return {
        "properties": reason,
        "patternProperties": {pattern: _written(entry, defined)},
        "additionalProperties": False,
    }


def _item(item: Schema, defined: Schema) -> Schema:
    needed = defined[_name(item)].get("required", []) if "$ref" in item else []
    return _written(item, defined) | ({"required": needed} if needed else {})


def _name(node: Schema) -> str:
    return str(node["$ref"]).rpartition("/")[2]


def _complete(node: Schema, defined: Schema) -> Schema:
    """What a file that extends nothing must say, at any depth; lists say so themselves."""
    node = _given(node)
    node = defined[_name(node)] if "$ref" in node else node
    asked: Schema = {key: node[key] for key in ("required", "minProperties") if key in node}
    for key in ("properties", "patternProperties"):
        entries = {name: _complete(entry, defined) for name, entry in node.get(key, {}).items()}
        entries = {name: entry for name, entry in entries.items() if entry}
        asked |= {key: entries} if entries else {}
    if isinstance(node.get("additionalProperties"), dict) and (
        entry := _complete(node["additionalProperties"], defined)
    ):
        asked["additionalProperties"] = entry
    return asked


def _size_of_an_effect() -> Schema:
    """An effect has one size; which one is possible depends on its source."""
    sizes = ("yuan_per_year", "share", "standard")
    other = {"yuan": ("share",), "share": ("yuan_per_year", "standard")}
    return {
        "not": {"anyOf": [{"required": list(two)} for two in combinations(sizes, 2)]},
        "allOf": [
            {
                "if": {
                    "properties": {"source": {"enum": [name for name, each in SOURCES.items() if each == kind]}},
                    "required": ["source"],
                },
                "then": {"properties": dict.fromkeys(refused, False)},
            }
            for kind, refused in other.items()
        ],
    }
