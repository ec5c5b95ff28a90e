"""What the JSON Schemas accept and refuse is what the loader does, as far as a schema can tell."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from typer.testing import CliRunner

from sim.cli import app
from sim.scenario import Scenario, load_scenario
from sim.scenario.schema import scenario_schema

ROOT = Path(__file__).parents[1]
SCENARIOS = ROOT / "scenarios"
SHIPPED = sorted(SCENARIOS.rglob("*.yaml"))
BAD = ROOT / "tests" / "bad_scenarios"
# What is wrong with these shows in one value, one mapping or one name, and is written in YAML that can be read.
STRUCTURAL = (
    "a_list",
    "alias_bomb",
    "effect_sizes",
    "empty_values",
    "evidence_of_a_mapping",
    "leaf_wrappers",
    "literals",
    "missing",
    "month_for_year",
    "months",
    "names",
    "out_of_range",
    "percent_for_share",
    "unknown_keys",
    "wrong_types",
    "years",
)
COMPLETE = SCENARIOS / "template.yaml"


def as_json(value: Any) -> Any:
    """What an editor sees: keys are text."""
    if isinstance(value, dict):
        return {str(key): as_json(child) for key, child in value.items()}
    return [as_json(child) for child in value] if isinstance(value, list) else value


def content(path: Path) -> Any:
    return as_json(YAML(typ="safe", pure=True).load(path))


def schema_of(path: Path) -> Path:
    """The schema that a file names in its first line."""
    first, _, _ = path.read_text("utf-8").partition("\n")
    start = "# yaml-language-server: $schema="
    assert first.startswith(start), first
    return path.parent / first.removeprefix(start)


def refused(content: Any) -> list[str]:
    """Where the schema of scenarios finds something wrong."""
    return sorted({".".join(map(str, error.path)) for error in VALIDATOR.iter_errors(content)})


VALIDATOR = Draft202012Validator(scenario_schema())


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_file_names_its_schema_and_meets_it(path: Path) -> None:
    schema = schema_of(path)
    assert (
        schema.resolve() == (SCENARIOS / ("sweeps" if path.parent.name == "sweeps" else ".") / "schema.json").resolve()
    )
    validator = Draft202012Validator(json.loads(schema.read_text("utf-8")))
    assert [error.message for error in validator.iter_errors(content(path))] == []


@pytest.mark.parametrize(("arguments", "file"), [((), "schema.json"), (("--sweep",), "sweeps/schema.json")])
def test_the_files_are_what_the_command_prints(arguments: tuple[str, ...], file: str) -> None:
    printed = CliRunner().invoke(app, ["schema", *arguments]).stdout
    assert (SCENARIOS / file).read_text("utf-8") == printed
    Draft202012Validator.check_schema(json.loads(printed))


@pytest.mark.parametrize("name", STRUCTURAL)
def test_a_structural_fault_is_refused(name: str) -> None:
    assert refused(content(BAD / f"{name}.yaml"))


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_whatever_is_refused_is_bad(path: Path) -> None:
    """The schema refuses no file of bad_scenarios at a place that the loader is content with."""
    if path.stem in STRUCTURAL:
        return
    try:
        found = content(path)
    except Exception:
        return  # no YAML, or what no safe reader takes
    lines = [line for line in path.read_text("utf-8").splitlines() if "# expect:" in line]
    assert len(refused(found)) <= len(lines)
    for where in refused(found):
        assert any(where in line for line in lines)


def with_(path: str, value: Any) -> Any:
    """The template with one value instead."""
    tree = content(COMPLETE)
    *above, last = path.split(".")
    inner = tree
    for part in above:
        inner = inner[part]
    inner[last] = value
    return tree


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("health.incidence", {"value": 0.05, "assumed": "why"}),
        ("health.incidence", {"value": 0.05, "evidence": "che_rural_2018 / 2"}),
        ("population.counties.assumed", "why"),
        ("lines.exit.2015", {"value": 3000, "assumed": "why"}),
        ("instruments.dibao.places.2019-1", 900),
        ("instruments.dibao.effect", [{"source": "transfer", "yuan_per_year": 1200}]),
    ],
)
def test_every_way_of_writing_a_value(path: str, value: Any) -> None:
    assert refused(with_(path, value)) == []


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("health.incidence", {"value": 5, "assumed": "why"}, "health.incidence.value"),
        ("health.incidence", {"value": 0.05}, "health.incidence"),
        ("health.incidence", {"value": 0.05, "assumed": " "}, "health.incidence.assumed"),
        ("lines.exit.15", 3000, "lines.exit"),
        ("population.poor_villages.severity.worst", 0.1, "population.poor_villages.severity"),
        ("instruments.student_aid.eligible.students", "some", "instruments.student_aid.eligible.students"),
        ("instruments.dibao.mechanism", None, "instruments.dibao.mechanism"),
        ("instruments.assumed", {}, "instruments.assumed"),
    ],
)
def test_what_no_value_may_be(path: str, value: Any, where: str) -> None:
    assert refused(with_(path, value)) == [where]


@pytest.mark.parametrize("path", ["period", "health.reimbursed", "instruments.dibao.places", "population.counties"])
def test_a_complete_file_says_everything_and_one_that_extends_need_not(path: str) -> None:
    tree = content(COMPLETE)
    *above, last = path.split(".")
    inner = tree
    for part in above:
        inner = inner[part]
    del inner[last]
    assert refused(tree) == [".".join(above)]
    assert refused(tree | {"extends": "template.yaml"}) == []


def described(node: Any, path: str = "") -> list[str]:
    """Paths of the keys that neither say what they are nor point at a section that does."""
    if isinstance(node, list):
        return [each for child in node for each in described(child, path)]
    if not isinstance(node, dict):
        return []
    mute = [
        f"{path}.{key}"
        for key, child in node.get("properties", {}).items()
        if key != "value" and isinstance(child, dict) and not {"description", "$ref"} & set(child)
    ]
    below = [
        each
        for key, child in node.items()
        if key not in ("else", "then", "if")
        for each in described(child, f"{path}.{key}")
    ]
    return mute + below


def test_every_key_says_what_it_is() -> None:
    schema = scenario_schema()
    literal = ("severity", "causes", "columns")  # by names that say what they are
    assert [path for path in described(schema) if path.split(".")[-2] not in literal] == []
    assert all("description" in part for part in schema["$defs"].values() if "type" in part)


def numbers(schema: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Keys that hold a number, or numbers by date or name, with their units."""
    for section, part in [("Scenario", schema), *schema["$defs"].items()]:
        for key, node in part.get("properties", {}).items():
            kinds = [node, *node.get("anyOf", ())]
            entries = [each for kind in kinds for each in (kind.get("additionalProperties"),) if isinstance(each, dict)]
            entries += [each for kind in kinds for each in kind.get("patternProperties", {}).values()]
            if any(each.get("type") in ("number", "integer") for each in (*kinds, *entries)):
                yield f"{section}.{key}", [each["unit"] for each in (*kinds, *entries) if "unit" in each]


def test_every_number_has_a_unit() -> None:
    """But the seed and years."""
    found = dict(numbers(Scenario.model_json_schema(by_alias=True)))
    assert len(found) > 80
    without = {name for name, each in found.items() if not each}
    assert without == {"Scenario.seed", "ExitPlan.since", "ExitPlan.deadline"}


def test_the_loader_takes_what_the_schema_names_as_default() -> None:
    """Defaults in the schema are those of a loaded scenario."""
    dibao = load_scenario(COMPLETE).resolved["instruments"]["dibao"]
    properties = scenario_schema()["$defs"]["Instrument"]["properties"]
    assert {key: dibao[key] for key in ("uptake", "spillover", "off")} == {
        key: properties[key]["default"] for key in ("uptake", "spillover", "off")
    }
