"""The description of the model names every rule, file and parameter, and the page of parameters is the present one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.columns import STREAMS
from sim.commands.parameters_page import numbers, parts
from sim.month import DECEMBER, JANUARY, MONTH, OPENING, PARAMETERS
from sim.reported import OPERATORS
from sim.scenario import load_scenario

ROOT = Path(__file__).parent.parent
GANZHOU = "scenarios/ganzhou.yaml"
MODEL = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
PAGE = ROOT / "docs" / "parameters.md"
# Files whose equations the page gives: whatever decides what happens in a month.
DESCRIBED = (
    "sim/economy_rules/*.py",
    "sim/interventions/*.py",
    "sim/register/*.py",
    "sim/month.py",
    "sim/world.py",
    "sim/areas.py",
    "sim/population.py",
    "sim/parameters.py",
    "sim/places.py",
    "sim/openings.py",
    "sim/admission.py",
    "sim/candidate_lists.py",
    "sim/instruments.py",
    "sim/enrolments.py",
    "sim/reported.py",
)
FILES = sorted(path for pattern in DESCRIBED for path in ROOT.glob(pattern) if path.name != "__init__.py")
RULES = [*MONTH, *JANUARY, *DECEMBER, *OPENING]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_of_the_month_is_described(path):
    assert f"](../{path.relative_to(ROOT)})" in MODEL


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_is_described_beside_its_file(rule):
    """A paragraph that begins with the rule's file names the rule."""
    file = Path(rule.function.__code__.co_filename).relative_to(ROOT)
    paragraphs = [each for each in MODEL.split("\n\n") if f"](../{file})" in each]
    assert any(f"`{rule.name}`" in each for each in paragraphs)


def rows_of_rules():
    """Rule -> names in backticks in the second column of the table of parameters; an empty first cell goes on."""
    table = re.search(r"^\| rule \| parameter \|.*?\n\n", MODEL, flags=re.S | re.M)[0]
    found, rule = {}, ""
    for line in table.strip().splitlines()[2:]:
        first, second = (cell.strip() for cell in line.split("|")[1:3])
        rule = first or rule
        found[rule] = found.get(rule, set()) | set(re.findall(r"`(\w+)`", second))
    return found


def test_every_parameter_of_a_rule_is_traced_to_the_scenario():
    assert rows_of_rules() == {rule: set(kind._fields) for rule, kind in PARAMETERS.items()}


def test_every_number_of_a_scenario_is_named():
    """Every key with a unit, and every source of an effect, stands somewhere in the description."""
    missing = {
        key.path for part in parts() for key in part.keys if key.unit and not re.search(rf"\b{key.name}\b", MODEL)
    }
    assert missing == set()
    assert [column.name for column in STREAMS if f"`{column.name}`" not in MODEL and "crop_" not in column.name] == []
    assert [name for name in OPERATORS if f"`{name}`" not in MODEL] == []


def test_the_page_of_parameters_is_the_present_one(monkeypatch):
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(app, ["schema", "--page", GANZHOU])
    assert result.exit_code == 0
    command = f"povsim schema --page {GANZHOU} > docs/parameters.md"
    assert result.stdout == PAGE.read_text(encoding="utf-8"), f"run: {command}"
    assert command in result.stdout


def test_a_scenarios_key_has_its_unit_range_and_default():
    keys = {key.path: key for part in parts() for key in part.keys}
    poor = keys["population.poor_villages.concentration"]
    assert (poor.unit, poor.allowed, poor.default) == ("times the odds", "above 0", "3")
    assert keys["register.review.softening"].allowed == "from 0 to 1"
    assert keys["period.start"].allowed == "a month"
    assert keys["register.detection"].default == ""
    assert keys["instruments.NAME.effect[].per"].default == "household"
    assert "register.review.plans[].deadline" in keys


def test_numbers_stand_with_what_they_rest_on():
    small, ganzhou = (load_scenario(ROOT / file) for file in ("tests/small.yaml", GANZHOU))
    assert numbers(small, "income.log_sd") == ("0.67", "assumed: made up for tests")
    assert numbers(small, "population.counties.NAME.persons").values == "east: 30; north: 50; south: 40"
    assert numbers(ganzhou, "population.poor_villages.count") == ("932", "`gz_villages_2015`")
    assert numbers(small, "withdrawn.of") == ("", "")


def test_the_model_card_quotes_the_readme():
    """What was reported and what is simulated stands in both, alike."""
    tables = [
        re.search(r"^\| Ganzhou \| reported \|.*?\n\n", (ROOT / page).read_text(encoding="utf-8"), flags=re.S | re.M)[0]
        for page in ("README.md", "docs/model_card.md")
    ]
    assert tables[0] == tables[1]
    assert tables[0].count("\n") > 8
