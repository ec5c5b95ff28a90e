"""What holds for any households: files give back every bit, copies keep totals, what is brought along stays."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import one_thread
from hypothesis import given, settings
from hypothesis import strategies as st
from small import SMALL, load_small

from sim.columns import HOUSEHOLD, VILLAGE
from sim.microdata.arrange import arrange
from sim.microdata.check import Table
from sim.microdata.export import households_table, scenario_text
from sim.microdata.files import column_names, read_columns, write_table
from sim.microdata.parse import parse
from sim.microdata.problems import Problems
from sim.scenario import load_scenario
from sim.scenario.microdata import ATTRIBUTES, MOST_YUAN

SUFFIXES = ("csv", "parquet", "dta")
TEXT = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=12)
SINGLE = st.floats(0, MOST_YUAN, width=32)
ROWS = st.lists(
    st.tuples(TEXT, st.integers(1, 20), st.booleans(), SINGLE, st.integers(0, 2**64 - 1), st.floats(-20, 20, width=32)),
    min_size=1,
    max_size=8,
    unique_by=(lambda row: row[0], lambda row: row[4]),
)


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(rows=ROWS)
@settings(max_examples=25)
def test_a_table_comes_back_to_the_bit(suffix, rows):
    kinds = {"id": object, "members": np.uint8, "chronic": bool, "assets": np.float32, "key": np.uint64}
    kinds |= {"permanent": np.float32}
    frame = pd.DataFrame(rows, columns=list(kinds)).astype(kinds)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"table.{suffix}"
        write_table(frame, file)
        assert column_names(str(file)) == list(frame)
        back = read_columns(str(file), list(frame), ["id", "key"])
    problems = Problems("", {})
    for name, kind in kinds.items():
        values = parse(name, ATTRIBUTES[name], back[name], False, problems)
        assert values.astype(kind).tobytes() == frame[name].to_numpy(kind).tobytes() or kind is object
        assert (values.astype(kind) == frame[name].to_numpy(kind)).all()
    assert problems.found == []


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(seed=st.integers(0, 2**32), scale=st.sampled_from([0.3, 0.5, 1.0]), spread=st.sampled_from([0.0, 0.67]))
@settings(max_examples=3)
def test_an_exported_population_comes_back_to_the_bit(suffix, seed, scale, spread):
    """All columns of households and villages, and the numbers behind the places' luck."""
    overrides = [f"seed={seed}", f"population.scale={scale}"]
    if spread == 0:
        overrides += [f"income.{name}=0" for name in ("log_sd", "village_sd", "transitory_sd", "poor_village_gap")]
        overrides += ["income.permanent_sd=0"]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"own.{suffix}"
        loaded = load_scenario(SMALL, overrides)
        world = one_thread(loaded.scenario)
        write_table(households_table(world), file)
        file.with_suffix(".yaml").write_text(scenario_text(loaded, file, whole=True), encoding="utf-8")
        back = one_thread(load_scenario(file.with_suffix(".yaml")).scenario)
    for name in HOUSEHOLD.columns:
        assert getattr(back.h, name).tobytes() == getattr(world.h, name).tobytes(), name
    for name in VILLAGE.columns:
        assert getattr(back.v, name).tobytes() == getattr(world.v, name).tobytes(), name
    for name in ("number", "road_lot", "severity", "households", "weight"):
        np.testing.assert_array_equal(getattr(back.areas, name), getattr(world.areas, name), name)
    assert back.areas.names == world.areas.names


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.floats(0.5, 50), st.floats(1, 1e6), st.integers(1, 8)), min_size=1, max_size=40
    )
)
def test_copies_keep_totals_and_leave_nobody_out(rows):
    """Of each village exactly; added up from the poorest within one copy; every identity is one of its own."""
    village, weight, income, members = (np.array(column, float) for column in zip(*rows, strict=True))
    values = {
        "id": np.array([str(row) for row in range(len(rows))], object),
        "county": np.array(["east"] * len(rows), object),
        "village": np.array([f"v{int(number)}" for number in village], object),
        "members": members,
        "income": income,
    }
    found = arrange(Table(values, weight, {}), ("east",))
    copies = np.bincount(found.row, minlength=len(rows))
    assert copies.min() >= 1
    assert len(np.unique(found.identity)) == len(found.row) == found.households.sum()
    for k, name in enumerate(found.names):
        rows_of = np.flatnonzero(values["village"] == name.removeprefix("east/"))
        assert found.weight[k] * found.households[k] == pytest.approx(weight[rows_of].sum())
        order = rows_of[np.argsort(income[rows_of] / members[rows_of], kind="stable")]
        in_smallest = np.cumsum(weight[order]) / weight[rows_of].min()
        if len(np.unique(income / members)) == len(rows):
            assert (abs(np.cumsum(copies[order]) - in_smallest) <= 0.5 + 1e-6 * len(rows)).all() or len(
                np.unique(weight[rows_of])
            ) == 1
        assert len(np.unique(found.identity[np.isin(found.row, rows_of)] >> np.uint64(32))) == 1


@given(st.integers(0, 2**32))
@settings(max_examples=2)
def test_a_synthetic_household_keeps_the_numbers_that_it_had_before_there_were_files(seed):
    """Its key is its village's number and its place."""
    world = one_thread(load_small(f"seed={seed}"))
    place = np.arange(world.households) - np.repeat(world.v.first, world.households_of_village)
    number = np.repeat(world.areas.number, world.households_of_village)
    np.testing.assert_array_equal(
        world.h.identity, number.astype(np.uint64) * np.uint64(2**32) + place.astype(np.uint64)
    )
