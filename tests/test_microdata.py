"""Own households: exports come back to the bit, a survey keeps its totals and its values, lists name the user's ids."""

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import one_thread
from own_survey import COLUMNS, HOUSEHOLDS, IMPUTE, PERSONS, REGION, put, survey
from small import SMALL
from test_same_bits import by_name, differing
from typer.testing import CliRunner

from sim.analysis.risk import risk
from sim.cli import app
from sim.microdata.check import IMPUTABLE, read_table
from sim.microdata.export import households_table
from sim.results.folder import FolderError
from sim.scenario import load_scenario
from sim.scenario.microdata import ATTRIBUTES
from sim.sweep.folder import prepare_folder
from sim.sweep.read import load_sweep
from sim.sweep.status import DONE, FAILED, take_stock
from sim.sweep.work import work
from sim.world import World

PAGE = Path(__file__).parents[1] / "docs" / "own_households.md"
SUFFIXES = ("csv", "parquet", "dta")
SWEEP = """
name: Sweep of own households
base: survey.yaml
set: [period.end=2012-12]
factors: {illness: {path: health.incidence, values: [0.03, 0.08]}}
design: {kind: grid}
outputs: {measures: [income_incidence], levels: [region]}
"""


def cli(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the small region, its survey in three formats, and a scenario for each."""
    folder = tmp_path_factory.mktemp("own")
    for suffix in SUFFIXES:
        put(folder, f"{suffix}.{suffix}")
    return folder


@pytest.fixture(scope="module")
def world(folder):
    """The survey's households before their first month."""
    return one_thread(load_scenario(folder / "csv.yaml").scenario)


def lived(scenario):
    """Everything about a run of the scenario, by name."""
    world = one_thread(scenario)
    return by_name(world, world.run())


@pytest.fixture(scope="module")
def whole(folder):
    """The whole run of the survey's households."""
    return lived(load_scenario(folder / "csv.yaml").scenario)


@cache
def synthetic(*overrides):
    return lived(load_scenario(SMALL, overrides).scenario)


# accounting


def test_a_survey_stands_for_what_its_weights_say(world):
    """Households of every village exactly, persons within one copy of the largest household a village."""
    frame = survey()
    of_village = frame.groupby([COLUMNS["county"], COLUMNS["village"]])["权重"].sum()
    stand_for = world.v.weight * world.households_of_village
    names = [f"{county}/{village}" for county, village in of_village.index]
    assert dict(zip(world.areas.names, stand_for, strict=True)) == pytest.approx(
        dict(zip(names, of_village, strict=True))
    )
    assert stand_for.sum() == pytest.approx(REGION)
    persons = (world.v.weight[world.h.village] * world.h.members).sum()
    said = (frame["权重"] * frame[COLUMNS["members"]]).sum()
    assert persons == pytest.approx(said, abs=6 * 6 * world.v.weight.max())
    assert said == pytest.approx(PERSONS, rel=0.05)


def test_no_part_of_a_village_gains_or_loses_more_than_a_copy(world):
    """Added up from the poorest, weights and copies stay within one copy of each other."""
    frame = survey()
    income = frame[[COLUMNS[name] for name in COLUMNS if name.endswith("_income")]].sum(axis=1)
    frame["per_head"] = income / frame[COLUMNS["members"]]
    copies = pd.Series(world.ids).value_counts()
    for (county, village), rows in frame.groupby([COLUMNS["county"], COLUMNS["village"]]):
        rows = rows.sort_values("per_head")
        one = world.v.weight[world.areas.names.index(f"{county}/{village}")]
        simulated = one * rows[COLUMNS["id"]].map(copies).cumsum()
        smallest = rows["权重"].min()
        assert (
            abs(simulated / one - rows["权重"].cumsum() / smallest) <= 1 + len(rows) * abs(1 - one / smallest)
        ).all()


def test_every_household_is_there_as_its_file_has_it(world):
    """Whatever the file says stands in the columns of each copy, incomes within single precision."""
    rows = survey().set_index(COLUMNS["id"]).loc[world.ids]
    for name in ("members", "workers", "students", "elderly", "chronic", "safe_house"):
        assert (getattr(world.h, name) == rows[COLUMNS[name]].to_numpy()).all(), name
    np.testing.assert_array_equal(world.h.assets, rows[COLUMNS["assets"]].to_numpy(np.float32))
    schooling = rows[COLUMNS["schooling"]].to_numpy()
    known = ~np.isnan(schooling)
    np.testing.assert_array_equal(world.h.schooling[known], schooling[known].astype(np.float32))
    income = rows[[COLUMNS[name] for name in COLUMNS if name.endswith("_income")]].sum(axis=1)
    np.testing.assert_allclose(world.h.income_12_months, income, rtol=2e-6)
    share = rows[COLUMNS["farm_income"]] / income
    np.testing.assert_allclose(world.h.farm_share, share, atol=2**-16)
    assert set(world.ids) == set(survey()[COLUMNS["id"]])
    assert len(np.unique(world.h.identity)) == world.households > HOUSEHOLDS


# what must not matter


@pytest.mark.parametrize("suffix", ["parquet", "dta"])
def test_a_format_changes_nothing(suffix, folder, whole):
    assert differing(lived(load_scenario(folder / f"{suffix}.yaml").scenario), whole) == []


def test_the_order_of_rows_changes_nothing(world, tmp_path):
    shuffled = survey().sample(frac=1, random_state=3)
    other = one_thread(load_scenario(put(tmp_path, frame=shuffled)).scenario)
    assert households_table(other).equals(households_table(world))


def test_a_sample_of_villages_holds_the_very_same_households(folder, world):
    half = one_thread(load_scenario(folder / "csv.yaml", ["population.scale=0.5"]).scenario)
    assert len(half.v.first) == 3
    assert (half.v.weight * half.households_of_village).sum() == pytest.approx(REGION)
    mine, all_of_them = (households_table(each).set_index("id") for each in (half, world))
    assert mine.drop(columns="weight").equals(all_of_them.drop(columns="weight").loc[mine.index])


def test_what_is_imputed_leaves_everything_else_alone(world, tmp_path):
    """Without the schooling of everybody, schooling alone is another one, and it is reported."""
    frame = survey().drop(columns=COLUMNS["schooling"])
    columns = {name: column for name, column in COLUMNS.items() if name != "schooling"}
    scenario = load_scenario(put(tmp_path, frame=frame, columns=columns)).scenario
    one, other = households_table(one_thread(scenario)), households_table(world)
    assert [name for name in one if not one[name].equals(other[name])] == ["schooling"]
    gaps = survey()[COLUMNS["schooling"]].isna().sum()
    assert read_table(scenario).imputed == dict.fromkeys(IMPUTE, HOUSEHOLDS)
    assert read_table(world.scenario).imputed == dict.fromkeys(IMPUTE, HOUSEHOLDS) | {"schooling": gaps}


def test_another_seed_is_other_luck_of_the_same_households(folder, world):
    other = one_thread(load_scenario(folder / "csv.yaml", ["seed=2"]).scenario)
    assert (other.ids == world.ids).all()
    assert (other.h.identity == world.h.identity).all()
    np.testing.assert_array_equal(other.h.members, world.h.members)
    assert (other.h.first_key != world.h.first_key).all()


def test_a_household_that_leaves_the_file_changes_nobody_elses_luck(tmp_path):
    everybody = survey().assign(权重=REGION / HOUSEHOLDS)
    keys = [
        households_table(one_thread(load_scenario(put(tmp_path, frame=frame)).scenario)).set_index("id")["key"]
        for frame in (everybody, everybody.drop(index=[3, 17]))
    ]
    assert len(keys[1]) == HOUSEHOLDS - 2
    assert (keys[0][keys[1].index] == keys[1]).all()


def test_the_page_names_every_attribute_and_whether_it_may_be_imputed():
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    told = {name: row[-2].strip() == "yes" for row in rows for name in re.findall("`(.*?)`", row[1])}
    in_words = {"income", "permanent", "farm_share", "wage_share"}
    assert {name for name in told if name in ATTRIBUTES} == set(ATTRIBUTES) - in_words
    assert {name for name, imputed in told.items() if imputed} == set(IMPUTABLE) - in_words
    assert all(f"`{name}`" in PAGE.read_text(encoding="utf-8") for name in in_words)


# exports


@pytest.mark.parametrize(
    ("suffix", "options", "overrides"),
    [
        ("csv", [], []),
        ("parquet", [], []),
        ("dta", [], []),
        ("csv", ["--seed", "3", "--scale", "0.5"], ["seed=3", "population.scale=0.5"]),
        ("dta", ["--set", "population.persons=2300"], ["population.persons=2300"]),
    ],
    ids=str,
)
def test_an_export_runs_as_the_population_it_was_made_from(suffix, options, overrides, tmp_path):
    """Series, spells and columns are the same to the bit, and nothing is left beside the two files."""
    (tmp_path / "small.yaml").write_bytes(SMALL.read_bytes())
    out = tmp_path / f"households.{suffix}"
    done = cli("households", tmp_path / "small.yaml", "--out", out, *options)
    assert done.exit_code == 0, done.output
    scenario = load_scenario(tmp_path / "households.yaml").scenario
    assert scenario.population.microdata is not None
    assert differing(lived(scenario), synthetic(*overrides)) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["small.yaml", "households.yaml", out.name])


def test_an_export_of_own_households_runs_as_they_do(folder, world, whole, tmp_path):
    """Copies become households of their own, with the luck they had."""
    out = tmp_path / "all.parquet"
    assert cli("households", folder / "csv.yaml", "--out", out).exit_code == 0
    scenario = load_scenario(out.with_suffix(".yaml")).scenario
    assert scenario.population.impute is None
    again = one_thread(scenario)
    assert len(set(again.ids)) == again.households == world.households
    assert differing(lived(scenario), whole) == []


def test_an_export_is_not_replaced_unasked(folder, tmp_path):
    out = tmp_path / "all.csv"
    assert cli("households", folder / "csv.yaml", "--out", out).exit_code == 0
    before = out.read_bytes()
    refused = cli("households", folder / "csv.yaml", "--out", out)
    assert (refused.exit_code, "--force" in refused.output, out.read_bytes()) == (2, True, before)
    assert cli("households", folder / "csv.yaml", "--out", out, "--force").exit_code == 0
    assert cli("households", folder / "csv.yaml", "--out", tmp_path / "all.xlsx").exit_code == 2
    assert cli("households", folder / "csv.yaml", "--out", tmp_path / "none" / "all.csv").exit_code == 2


def test_a_world_that_has_lived_on_is_not_exported(world):
    later = World(world.scenario, threads=1)
    later.step()
    with pytest.raises(ValueError, match="lived on"):
        households_table(later)


def test_the_command_says_what_is_imputed(folder):
    said = cli("households", folder / "csv.yaml").output
    assert f"of {HOUSEHOLDS} in" in said
    (imputed,) = [line for line in said.splitlines() if line.endswith(f"of {HOUSEHOLDS} households")]
    assert imputed.startswith("imputed, drawn as for synthetic households: ")
    assert "road_lot" in imputed
    assert "stand for 600" in said


# contents and lists


def test_other_contents_are_another_scenario_and_another_name_is_not(tmp_path):
    first = load_scenario(put(tmp_path))
    (tmp_path / "second").mkdir()
    same = load_scenario(put(tmp_path / "second", "other_name.csv"))
    assert same.hash == first.hash
    frame = survey()
    frame.loc[0, COLUMNS["assets"]] += 1
    changed = load_scenario(put(tmp_path, frame=frame))
    assert changed.hash != first.hash
    assert changed.resolved["population"]["microdata"] == "survey.csv"


def test_a_result_states_the_contents(folder, tmp_path):
    scenario = folder / "csv.yaml"
    assert cli("run", scenario, "--out", tmp_path / "result", "--quiet", "--threads", "1").exit_code == 0
    manifest = json.loads((tmp_path / "result" / "manifest.json").read_text())
    loaded = load_scenario(scenario)
    assert manifest["scenario_hash"] == loaded.hash
    population = manifest["scenario"]["population"]
    assert population["microdata_sha256"] == loaded.scenario.population.microdata_sha256
    assert population["impute"] == IMPUTE


def test_the_monitoring_list_names_the_users_households(folder):
    """Each once, whatever its copies; a synthetic household keeps its number."""
    settings = ("period.end=2019-12", "reported=[]", "register.identification.persons=1200")
    found = risk(load_scenario(folder / "csv.yaml", settings), at="2016-12", futures=4, threads=1)
    listed = found.monitoring
    names = set(survey()[COLUMNS["id"]])
    assert listed["household"].is_unique
    assert set(listed["household"]) <= names
    assert set(listed["village"].astype(str)) <= {
        "east/柳湾",
        "east/石桥",
        "north/柳湾",
        "north/东坡",
        "south/下坝",
        "south/上坝",
    }
    copies = found.households.groupby("household")["probability"].mean()
    assert len(found.households) > len(listed) == len(copies)
    np.testing.assert_allclose(listed["probability"], listed["household"].map(copies))
    assert listed["probability"].is_monotonic_decreasing
    assert listed["rank"].tolist() == list(range(1, len(listed) + 1))
    home = survey().set_index(COLUMNS["id"])[COLUMNS["county"]]
    assert (listed["county"].astype(str).to_numpy() == home.loc[listed["household"]].to_numpy()).all()
    synthetic = risk(load_scenario(SMALL, settings[:2]), at="2016-12", futures=4, threads=1).monitoring
    assert synthetic["household"].dtype == np.uint64


def test_a_file_that_changes_is_another_sweep_and_makes_the_runs_of_the_old_one_fail(tmp_path):
    scenario = put(tmp_path)
    sweep = tmp_path / "sweep.yaml"
    sweep.write_text(SWEEP, encoding="utf-8")
    loaded = load_sweep(sweep)
    planned = prepare_folder(loaded, tmp_path / "out")
    work(str(planned.path), [0])
    survey().head(59).to_csv(tmp_path / "survey.csv", index=False)
    assert load_scenario(scenario).hash != loaded.base.hash
    work(str(planned.path), [1])
    counted = take_stock(planned)
    assert [counted.count(state) for state in (DONE, FAILED)] == [1, 1]
    assert load_sweep(sweep).identity != loaded.identity
    with pytest.raises(FolderError, match="holds another sweep"):
        prepare_folder(load_sweep(sweep), tmp_path / "out")
