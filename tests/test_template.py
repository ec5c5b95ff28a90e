"""The template holds every key that a scenario may have, explained, and it runs; the page on adding a region works."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
import pytest
from pydantic import BaseModel, Field
from ruamel.yaml import YAML
from typer.testing import CliRunner

import calibration.evidence as registry
from sim.cli import app
from sim.history import History
from sim.scenario import Scenario, load_scenario, unsourced
from sim.scenario.read import read_file
from sim.scenario.tree import plain
from sim.world import World

ROOT = Path(__file__).parents[1]
TEMPLATE = ROOT / "scenarios" / "template.yaml"
PAGE = ROOT / "docs" / "adding_a_region.md"
# A complete scenario extends nothing and a synthetic population has no file; the template says so in words.
IN_WORDS_ONLY = {"extends", "microdata", "columns", "weights", "impute", "microdata_sha256"}
LARGEST_HOUSEHOLD = 8


# what the schema knows, and what the template holds


def parts(annotation: Any) -> Iterator[Any]:
    """The annotation and all that it is made of."""
    yield annotation
    for inner in get_args(annotation):
        yield from parts(inner)


def sections(annotation: Any) -> list[type[BaseModel]]:
    """The models that a value of this type may hold."""
    return [each for each in parts(annotation) if isinstance(each, type) and issubclass(each, BaseModel)]


def words(annotation: Any) -> list[str]:
    """What a value, or a key of a mapping, may be literally."""
    return [word for each in parts(annotation) if get_origin(each) is Literal for word in get_args(each)]


def held(entries: list[Any]) -> list[dict]:
    """The mappings among values, those in lists and under names of the user's own included."""
    found = []
    for entry in entries:
        if isinstance(entry, list):
            found += held(entry)
        elif isinstance(entry, dict):
            found.append(entry)
            found += held([child for child in entry.values() if isinstance(child, dict)])
    return found


def by_model(model: type[BaseModel], entries: list[dict], found: dict[type[BaseModel], list[dict]]) -> None:
    """Gathers the mappings that stand for a model, and those for the models within it."""
    found.setdefault(model, []).extend(entries)
    for name, field in model.model_fields.items():
        values = [entry[field.alias or name] for entry in entries if (field.alias or name) in entry]
        for inner in sections(field.annotation):
            by_model(inner, [each for each in held(values) if set(each) & keys(inner)], found)


def missing(model: type[BaseModel], content: dict) -> list[str]:
    """Keys of a model, and of those within it, that stand in none of its mappings."""
    found: dict[type[BaseModel], list[dict]] = {}
    by_model(model, [content], found)
    return sorted(
        f"{each.__name__}.{key}"
        for each, entries in found.items()
        for key in keys(each) - IN_WORDS_ONLY
        if not any(key in entry for entry in entries)
    )


def keys(model: type[BaseModel]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def known(model: type[BaseModel], of: Any) -> set[str]:
    """Everything that `of` finds for the fields of a model and of those within it."""
    found = set(of(model))
    for field in model.model_fields.values():
        for inner in sections(field.annotation):
            found |= known(inner, of)
    return found


def literals(model: type[BaseModel]) -> set[str]:
    return {word for field in model.model_fields.values() for word in words(field.annotation)}


@pytest.fixture(scope="module")
def text() -> str:
    return TEMPLATE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def content() -> dict:
    problems: list = []
    tree = read_file(str(TEMPLATE), 0, problems)
    assert not problems
    return plain(tree)


def test_the_template_holds_every_key(content: dict) -> None:
    assert missing(Scenario, content) == []


def test_a_key_that_the_template_lacks_is_found(content: dict) -> None:
    """The test above can fail: at the top, in a section, in a list, and under a name of the user's own."""

    class Wider(Scenario):
        weather: float = Field(default=1.0)

    assert missing(Wider, content) == ["Wider.weather"]
    thinner = json.loads(json.dumps(content))
    del thinner["income"]["village_sd"]
    del thinner["register"]["review"]["plans"][0]["deadline"], thinner["register"]["review"]["plans"][1]["deadline"]
    del thinner["instruments"]["tea_gardens"]["spillover"]
    assert missing(Scenario, thinner) == ["ExitPlan.deadline", "Income.village_sd", "Instrument.spillover"]


def test_every_choice_is_named(text: str) -> None:
    """All mechanisms, units, sources, operators and other words that a key may take stand in the template."""
    choices = known(Scenario, literals)
    assert {"enabling", "villages", "interest_relief", "returns_share", "unsafe_house"} <= choices
    assert [word for word in sorted(choices) if not re.search(rf"\b{word}\b", text)] == []


def test_every_key_is_explained(text: str) -> None:
    """A comment stands beside or above a key, where it stands first or later."""
    lines = text.splitlines()
    for key in sorted(known(Scenario, keys) - IN_WORDS_ONLY):
        pattern = re.compile(rf"\s*(- )?{key}:( |$)")
        places = [n for n, line in enumerate(lines) if pattern.match(line)]
        assert any("#" in lines[n] or lines[n - 1].lstrip().startswith("#") for n in places), (
            f"{key} stands nowhere with a comment"
        )
    assert all(f"{key}:" in text for key in IN_WORDS_ONLY)


def test_no_number_is_bare_and_nothing_is_held_out(content: dict) -> None:
    assert unsourced(load_scenario(TEMPLATE)) == []


# what comes out


@pytest.fixture(scope="module")
def history() -> History:
    return World(load_scenario(TEMPLATE).scenario, threads=1).run()


def filled(history: History, scenario: Scenario) -> dict[str, tuple[float, float]]:
    """Units held or ever given at the end, and the places of the last date, by instrument."""
    out = {}
    for number, name in enumerate(history.instruments):
        setting = scenario.instruments[name]
        given = history.of_instrument["admitted"][-1, number].sum()
        out[name] = float(given), max(setting.places.values())
    return out


def test_its_instruments_fill_their_places(history: History) -> None:
    """As many as there are places, up to the last household; more where places that were left are offered again."""
    scenario = load_scenario(TEMPLATE).scenario
    counties = len(scenario.population.counties)
    for name, (given, places) in filled(history, scenario).items():
        at_most = np.inf if scenario.instruments[name].refill else places + counties * LARGEST_HOUSEHOLD
        assert places - counties * LARGEST_HOUSEHOLD <= given <= at_most, name


def test_everything_that_it_explains_happens(history: History) -> None:
    """People go on the register, leave it, come back and are watched; a poor village and money move."""
    for measure in ("identified", "exits", "returns", "struck_off", "monitored"):
        assert history.yearly[f"{measure}_persons"].sum() > 0, measure
    assert (history.village_exit[history.village_is_poor] > 0).any()
    assert (history.of_instrument["outlays"].sum((0, 2)) > 0).sum() >= 10


# the page on adding a region, as its reader would follow it


def block(language: str, number: int = 0) -> str:
    """A fenced block of the page."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.S)[number]


def replaced(base: Any, change: Any) -> Any:
    """The copy of the template with what the page says instead: sections entry by entry, what is dated or has names
    of the user's own as a whole."""
    sections_of_both = isinstance(base, dict) and isinstance(change, dict) and "value" not in change
    if not sections_of_both or all(re.fullmatch(r"\d{4}(-\d\d)?", str(key)) for key in change):
        return change
    own_names = ("counties", "instruments")
    return base | {
        key: replaced(base[key], each) if key in base and key not in own_names else each for key, each in change.items()
    }


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the scenario that the page makes out of its plan; the registry holds the page's rows."""
    folder = tmp_path_factory.mktemp("willow")
    evidence = folder / "evidence"
    shutil.copytree(registry.FOLDER, evidence)
    (evidence / "willow_county.csv").write_text(block("csv"), encoding="utf-8")
    yaml = YAML(typ="safe", pure=True)
    with (folder / "willow_county.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(replaced(yaml.load(TEMPLATE), yaml.load(block("yaml"))), file)
    (folder / "willow_without_tea.yaml").write_text(block("yaml", 1), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "FOLDER", evidence)
        patch.chdir(folder)
        registry._packaged.cache_clear()
        yield folder
    registry._packaged.cache_clear()


def povsim(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_number_of_the_plan_is_a_row(region: Path) -> None:
    """The numbers of the plan's text are the values of the rows, and there are no others."""
    text = re.sub(r"^ ?\d+ ", "", block("text").partition("\n")[2], flags=re.M)
    text = re.sub(r"\b20\d\d\b", "", text)  # years
    stated = [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]
    stated = [number * 1e6 if number == 30 else number for number in stated]  # 30 million
    values = [float(row["value"]) for row in csv.DictReader(io.StringIO(block("csv")))]
    assert set(stated) == set(values)


def test_validate_and_explain_as_the_page_says(region: Path) -> None:
    assert "say neither" not in povsim("validate", "willow_county.yaml")
    told = " ".join(povsim("explain", "willow_county.yaml").split())
    assert "made up for the template" not in told
    assert "24,000 rural persons [wc_persons" in told
    assert "6 villages [wc_plan_roads" in told
    assert "wc_plan_tea" in povsim("evidence", "--region", "willow_county")


def test_align_prints_what_the_file_takes(region: Path) -> None:
    printed = YAML(typ="safe", pure=True).load(povsim("align", "willow_county.yaml", "--threads", "1"))
    assert set(printed["market_factor"]) == {2013, 2015, 2020}
    setting = json.dumps(printed["market_factor"]).replace('"', "")
    povsim("validate", "willow_county.yaml", "--set", f"income.market_factor={setting}")


def test_the_region_runs_and_reaches_the_plan(region: Path) -> None:
    """Every place of the plan is filled and every poor village gets its year; nobody knows of tea without it."""
    shown = povsim("run", "willow_county.yaml", "--threads", "1", "--out", "with_tea")
    assert "open with_tea/report.html" in shown
    assert "2.10\N{NO-BREAK SPACE}%" in shown
    scenario = load_scenario("willow_county.yaml").scenario
    history = World(scenario, threads=1).run()
    for name, (given, places) in filled(history, scenario).items():
        assert given >= places - LARGEST_HOUSEHOLD, name
    assert "tea_gardens" not in World(load_scenario("willow_without_tea.yaml").scenario, threads=1).instruments.names
