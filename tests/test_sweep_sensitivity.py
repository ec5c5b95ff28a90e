"""Indices against the closed form of the Ishigami function; boxes against worlds whose failures are known."""

from __future__ import annotations

import numpy as np
import pytest

from sim.sweep.design import unit_cube
from sim.sweep.model import Design
from sim.sweep.prim import boxes
from sim.sweep.sensitivity import CONVERGED, NO_VARIATION, NOT_CONVERGED, morris, sobol, verdict

pytest.importorskip("SALib", reason="the extra `analysis` is not installed")

NAMES = ["one", "two", "three"]
A, B = 7.0, 0.1


def ishigami(unit):
    """sin x1 + a sin² x2 + b x3⁴ sin x1 on [-pi, pi]³ (Ishigami and Homma 1990)."""
    x = (2 * unit - 1) * np.pi
    return np.sin(x[:, 0]) + A * np.sin(x[:, 1]) ** 2 + B * x[:, 2] ** 4 * np.sin(x[:, 0])


def closed_form():
    """First-order and total shares of variance, from the integrals of the function."""
    v1 = 0.5 * (1 + B * np.pi**4 / 5) ** 2
    v2 = A**2 / 8
    v13 = B**2 * np.pi**8 * (1 / 18 - 1 / 50)
    total = v1 + v2 + v13
    return np.array([v1, v2, 0]) / total, np.array([v1 + v13, v2, v13]) / total


def values(indices, kind):
    return np.array([index.value for index in indices if index.kind == kind])


def test_sobol_indices_of_ishigami():
    design = Design(kind="saltelli", samples=4096)
    found = sobol(NAMES, ishigami(unit_cube(design, NAMES)), second_order=False)
    first, total = closed_form()
    assert np.allclose(values(found, "S1"), first, atol=0.02)
    assert np.allclose(values(found, "ST"), total, atol=0.02)
    assert all(index.low <= index.value <= index.high for index in found)


def test_interactions_are_found():
    design = Design(kind="saltelli", samples=2048, second_order=True)
    found = sobol(NAMES, ishigami(unit_cube(design, NAMES)), second_order=True)
    pairs = {index.factor: index.value for index in found if index.kind == "S2"}
    first, total = closed_form()
    assert pairs["one × three"] == pytest.approx(total[0] - first[0], abs=0.03)
    assert pairs["one × two"] == pytest.approx(0, abs=0.03)


def test_few_samples_are_not_called_converged():
    unit = unit_cube(Design(kind="saltelli", samples=32), NAMES)
    assert verdict(sobol(NAMES, unit @ [1.0, 2.0, 3.0], second_order=False)) == NOT_CONVERGED


def test_a_result_of_one_factor_alone_converges():
    """S1 and ST of the first are 1, those of the others exactly 0."""
    unit = unit_cube(Design(kind="saltelli", samples=8192), NAMES)
    found = sobol(NAMES, np.sign(unit[:, 0] - 0.5), second_order=False)
    assert np.allclose(values(found, "ST"), [1, 0, 0], atol=0.01)
    assert [index.verdict for index in found if index.factor != "one"] == [CONVERGED] * 4


def test_a_constant_result_has_no_indices():
    design = Design(kind="saltelli", samples=8)
    assert verdict(sobol(NAMES, np.ones(8 * 5), second_order=False)) == NO_VARIATION
    assert len(unit_cube(design, NAMES)) == 8 * 5


def test_elementary_effects_of_a_line_are_its_slopes():
    """On a line every elementary effect is the slope, so there is no spread and nothing to converge."""
    design = Design(kind="morris", trajectories=10)
    unit = unit_cube(design, NAMES)
    found = morris(NAMES, unit, unit @ [1.0, -2.0, 0.0], design.levels)
    assert np.allclose(values(found, "mu_star"), [1, 2, 0])
    assert np.allclose(values(found, "sigma"), 0)
    assert verdict(found) == CONVERGED


def test_elementary_effects_with_interactions_are_not_converged_at_ten_trajectories():
    design = Design(kind="morris", trajectories=10)
    unit = unit_cube(design, NAMES)
    assert verdict(morris(NAMES, unit, ishigami(unit), design.levels)) == NOT_CONVERGED


def test_a_box_of_failures_is_found():
    """Failure exactly where the first factor lies above 0.6 and the second below 0.3; the third does not matter."""
    x = np.random.default_rng(1).random((1000, 3))
    failed = (x[:, 0] > 0.6) & (x[:, 1] < 0.3)
    (first, *_) = boxes(x, failed)
    assert first.density == 1.0
    assert first.coverage > 0.9
    assert first.low[0] == pytest.approx(0.6, abs=0.02)
    assert first.high[1] == pytest.approx(0.3, abs=0.02)
    assert (first.low[2], first.high[2]) == (-np.inf, np.inf)
    assert (first.high[0], first.low[1]) == (np.inf, -np.inf)


def test_two_separate_corners_take_two_boxes():
    x = np.random.default_rng(2).random((2000, 2))
    failed = (x < 0.25).all(1) | (x > 0.75).all(1)
    found = boxes(x, failed)
    assert len(found) >= 2
    assert all(box.density > 0.9 for box in found[:2])
    assert sum(box.coverage for box in found[:2]) > 0.85


def test_chance_alone_makes_no_box_much_denser():
    """Failures by coin: no side of a box survives the test against chance at 5 %, but for one in some."""
    generator = np.random.default_rng(3)
    x, failed = generator.random((400, 2)), generator.random(400) < 0.5
    assert all(box.density < 0.85 for box in boxes(x, failed))


def test_a_switch_is_a_side_of_a_box():
    x = np.column_stack([np.tile([0.0, 1.0], 100), np.random.default_rng(4).random(200)])
    (first, *_) = boxes(x, x[:, 0] == 1)
    assert (first.density, first.coverage, first.low[0]) == (1.0, 1.0, 1.0)
