"""Designs by hand and by their properties."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from calibration import evidence
from sim.sweep.design import draw, quantile, size
from sim.sweep.identity import Origin, address, origin_of
from sim.sweep.model import Design, Factor
from sim.sweep.settings import setting

HERE = Path(__file__).parent
NUMBER = Factor(path="a.b", range=[2, 6])
SWITCH = Factor(path="a.c", values=[True, False])


def both(design, **factors):
    points = draw(design, factors, HERE)
    lengths = {len(column) for column in points.values()}
    assert lengths == {size(design, factors, HERE)}
    return points


def test_a_grid_is_every_combination_the_last_factor_fastest():
    points = both(Design(kind="grid"), number=Factor(path="a.b", range=[2, 6], steps=3), switch=SWITCH)
    assert points["number"].tolist() == [2, 2, 4, 4, 6, 6]
    assert points["switch"].tolist() == [True, False] * 3


def test_a_latin_hypercube_has_one_point_in_every_slice():
    points = both(Design(kind="lhs", points=20), one=NUMBER, two=NUMBER)
    for column in points.values():
        assert sorted(np.floor((column - 2) / 4 * 20)) == list(range(20))


def test_sobol_points_halve_every_range_evenly():
    points = both(Design(kind="sobol", points=64), one=NUMBER, two=NUMBER)
    for column in points.values():
        assert (column < 4).sum() == 32
    assert ((points["one"] < 4) & (points["two"] < 4)).sum() == 16


@pytest.mark.parametrize(("second_order", "points"), [(False, 8 * 5), (True, 8 * 8)])
def test_size_of_saltelli(second_order, points):
    pytest.importorskip("SALib")
    design = Design(kind="saltelli", samples=8, second_order=second_order)
    assert len(both(design, one=NUMBER, two=NUMBER, three=SWITCH)["one"]) == points


def test_a_morris_trajectory_moves_one_factor_at_a_time():
    pytest.importorskip("SALib")
    points = both(Design(kind="morris", trajectories=6), one=NUMBER, two=NUMBER, three=NUMBER)
    steps = np.diff(np.column_stack(list(points.values())).reshape(6, 4, 3), axis=1)
    assert ((np.abs(steps) > 1e-9).sum(2) == 1).all()


def test_a_list_is_taken_as_it_stands(tmp_path):
    (tmp_path / "draws.csv").write_text("weight,one,two\n7,0.5,true\n8,0.25,false\n")
    factors = {"one": Factor(path="a.b"), "two": Factor(path="a.c")}
    points = draw(Design(kind="list", file="draws.csv"), factors, tmp_path)
    assert {name: column.tolist() for name, column in points.items()} == {"one": [0.5, 0.25], "two": [True, False]}


def test_the_same_seed_gives_the_same_points_and_another_one_others():
    first, again, other = (
        draw(Design(kind="lhs", points=8, seed=seed), {"one": NUMBER}, HERE)["one"].tolist() for seed in (1, 1, 2)
    )
    assert first == again != other


@pytest.mark.parametrize(
    ("distribution", "more", "median"),
    [
        ("uniform", {}, 4),
        ("log_uniform", {}, np.sqrt(12)),
        ("triangular", {"mode": 2}, 6 - np.sqrt(0.5 * 4 * 4)),
        ("normal", {"mean": 4, "sd": 1}, 4),
    ],
)
def test_medians_of_distributions(distribution, more, median):
    factor = Factor(path="a.b", range=[2, 6], distribution=distribution, **more)
    assert quantile(factor, np.array([0.5]))[0] == pytest.approx(median)
    ends = quantile(factor, np.array([0.0, 1.0]))
    assert ends == pytest.approx([2, 6])


def test_whole_numbers_are_whole():
    values = quantile(Factor(path="a.b", range=[2, 6], whole=True), np.linspace(0, 1, 9))
    assert values.dtype == np.int64
    assert values.tolist() == [2, 2, 3, 4, 4, 4, 5, 6, 6]


@given(
    st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.integers(-(2**60), 2**60), st.text())
)
def test_a_setting_holds_exactly_its_value(value):
    text = setting("a.b", value).partition("=")[2]
    if isinstance(value, str) and not value.isprintable():
        return
    assert YAML(typ="safe", pure=True).load(text) == value


def test_an_address_depends_on_everything_and_nothing_else():
    origin = Origin("scenario", "sources", "evidence")
    first = address(origin, ["a=1", "seed=1"])
    assert address(Origin("scenario", "sources", "evidence"), ["a=1", "seed=1"]) == first
    others = [
        address(Origin("other", "sources", "evidence"), ["a=1", "seed=1"]),
        address(Origin("scenario", "other", "evidence"), ["a=1", "seed=1"]),
        address(Origin("scenario", "sources", "other"), ["a=1", "seed=1"]),
        address(origin, ["a=1", "seed=2"]),
        address(origin, ["a=2", "seed=1"]),
    ]
    assert len({first, *others}) == 6


def test_an_origin_knows_the_code_that_reads_the_registry_from_its_rows(tmp_path, monkeypatch):
    copy = tmp_path / "evidence"
    shutil.copytree(evidence.FOLDER, copy)
    first = origin_of("scenario")
    monkeypatch.setattr(evidence, "FOLDER", copy)
    assert origin_of("scenario") == first
    for name, changed in (("expression.py", "sources"), ("ganzhou.csv", "evidence")):
        before = origin_of("scenario")
        (copy / name).write_bytes((copy / name).read_bytes() + b"\n")
        after = vars(origin_of("scenario"))
        assert {key for key, value in vars(before).items() if after[key] != value} == {changed}
