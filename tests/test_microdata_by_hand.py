"""Own households, worked by hand: every problem by row and column, copies, shares and components of incomes."""

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML
from small import SMALL

from sim.microdata.arrange import arrange, natural
from sim.microdata.check import Table, read_table
from sim.microdata.income import components, shares
from sim.scenario import ScenarioError, load_scenario

HERE = Path(__file__).parent / "microdata_by_hand"
WORKED = YAML(typ="safe").load((HERE / "worked.yaml").read_text(encoding="utf-8"))
PROBLEMS = YAML(typ="safe").load((HERE / "problems.yaml").read_text(encoding="utf-8"))


def scenario_with(folder, table, **keys):
    """The small region with a file of households of its own."""
    (folder / "small.yaml").write_bytes(SMALL.read_bytes())
    (folder / "own.csv").write_text(table, encoding="utf-8")
    text = {"extends": "small.yaml", "population": {"microdata": "own.csv", **keys}}
    with (folder / "own.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(text, file)
    return load_scenario(folder / "own.yaml").scenario


def changed(table, change):
    """The text of a table with other cells in some rows, counted from 1."""
    rows = list(csv.DictReader(io.StringIO(table)))
    for number, cells in change.items():
        assert set(cells) <= set(rows[0])
        rows[number - 1] |= {name: str(cell) for name, cell in cells.items()}
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.mark.parametrize("case", PROBLEMS["cases"], ids=lambda case: case["name"])
def test_every_problem_is_named_by_row_and_column(case, tmp_path):
    keys = {name: PROBLEMS[name] for name in ("columns", "weights", "impute")}
    scenario = scenario_with(tmp_path, changed(PROBLEMS["table"], case["change"]), **keys)
    if not case["problems"]:
        assert len(read_table(scenario)) == 4
        return
    with pytest.raises(ScenarioError) as caught:
        read_table(scenario)
    assert sorted(map(str, caught.value.problems)) == sorted(f"{tmp_path}/own.csv: {text}" for text in case["problems"])


def village(weights, **values):
    """A checked table of one village; households are the poorer the earlier they stand."""
    rows = len(weights)
    names = {
        "id": np.array([f"H{row}" for row in range(rows)], object),
        "county": np.array(["east"] * rows, object),
        "village": np.array(["Upper"] * rows, object),
        "members": np.ones(rows),
        "income": 1000.0 * np.arange(1, rows + 1),
    }
    return Table({**names, **values}, np.array(weights, float), {})


@pytest.mark.parametrize("case", WORKED["copies"], ids=lambda case: case["why"])
def test_weights_within_a_village_become_copies(case):
    found = arrange(village(case["weights"]), ("east",))
    assert np.bincount(found.row).tolist() == case["copies"]
    assert found.weight.tolist() == [case["stands_for"]]
    assert len(np.unique(found.identity)) == sum(case["copies"])


@pytest.mark.parametrize("case", WORKED["shares"], ids=lambda case: case["why"])
def test_sources_become_shares(case):
    table = Table({name: np.array([float(yuan)]) for name, yuan in case["incomes"].items()}, np.ones(1), {})
    found = shares(table, 0.015)
    assert {name: share[0] * 65536 for name, share in found.items()} == case["steps"]


def test_income_is_split_into_what_lasts_and_what_passes():
    table = village([1, 1], income=12 * np.exp([1.0, 0.0]))
    for case in WORKED["components"]:
        luck = np.array(case.get("passing_luck", [0, 0]), float)
        permanent, transitory, lasting = components(table, np.arange(2), luck, 1.0, 0.3)
        if "lasting" in case:
            assert lasting._asdict() == pytest.approx(case["lasting"])
        else:
            assert permanent == pytest.approx(case["permanent"])
            assert transitory == pytest.approx(case["transitory"])


def test_the_market_income_is_where_both_components_are_nothing():
    permanent, transitory, _ = components(
        village([1], income=np.array([2400.0])), np.zeros(1, int), np.zeros(1), 200.0, 0
    )
    assert permanent + transitory == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("names", WORKED["sorted"], ids=str)
def test_villages_stand_as_people_sort_them(names):
    names = list(map(str, names))
    backwards = names[::-1]
    assert sorted(backwards, key=natural) == names
