"""The yardsticks hold: the reference loop counts right on any number of threads, plain Mesa runs."""

import ast
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import reference
from plain_mesa import Region
from reference import Reference


@pytest.fixture(scope="module")
def after_two_years():
    runs = [Reference(5_000, threads) for threads in (1, 3)]
    for run in runs:
        for _ in range(24):
            run.step()
    return runs


def test_reference_is_the_same_on_any_number_of_threads(after_two_years):
    one, three = after_two_years
    for name, column, other in zip(one.h._fields, one.h, three.h, strict=True):
        assert np.array_equal(column, other), name
    assert np.array_equal(one.poor, three.poor)


def test_reference_counts_the_poor_of_each_village(after_two_years):
    one, _ = after_two_years
    assert np.array_equal(one.poor, np.bincount(one.h.village, one.h.poor, len(one.poor)))
    assert 0 < one.poor.sum() < one.households


def test_reference_imports_nothing_of_the_model():
    nodes = list(ast.walk(ast.parse(Path(reference.__file__).read_text())))
    modules = [node.module for node in nodes if isinstance(node, ast.ImportFrom)]
    modules += [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    assert {module.split(".")[0] for module in modules} == {
        "__future__",
        "concurrent",
        "numba",
        "numpy",
        "typing",
    }


def test_reference_arithmetic():
    x = np.linspace(-10, 10, 2001, dtype=np.float32)
    assert max(abs(reference.exp(v) / np.exp(np.float64(v)) - 1) for v in x) < 2e-6
    u = np.linspace(1e-6, 1, 2001, dtype=np.float32)
    wrong = [abs(reference.log(v) - np.log(np.float64(v))) / max(1, -np.log(np.float64(v))) for v in u]
    assert max(wrong) < 3e-7


def test_reference_normals():
    keys = np.random.default_rng(2).integers(0, 2**32, 20_000, np.uint32)
    pairs = np.array([reference.normals(key, np.uint32(7)) for key in keys])
    assert np.abs(pairs.mean(0)).max() < 0.03
    assert np.abs(pairs.std(0) - 1).max() < 0.03
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 0.03
    assert np.abs((pairs**4).mean(0) - 3).max() < 0.25


def test_plain_mesa_runs():
    region = Region(600)
    for _ in range(12):
        region.step()
    assert len(region.agents) == 600
    assert 0 < region.agents.agg("poor", sum) < 600
