"""Error of luck and interval of parameters, kept apart: worked by hand, and on made-up draws of known size."""

import numpy as np
import pytest

from sim.analysis.uncertainty import estimate


def test_one_run_tells_neither():
    found = estimate(np.array([[[3.0, -1.0]]]))
    assert found.mean.tolist() == [3, -1]
    assert np.isnan([found.mc_error, found.low, found.high]).all()


def test_replicates_tell_the_error_of_luck():
    """1, 2 and 6 have mean 3 and standard deviation √7; over √3 replicates 1.5275."""
    found = estimate(np.array([[[1.0], [2.0], [6.0]]]))
    assert found.mean == 3
    assert found.mc_error == pytest.approx((7 / 3) ** 0.5)
    assert np.isnan(found.low)


def test_draws_tell_what_parameters_leave_open():
    """0, 1 … 20: the quantiles of 5 and 95 % are 1 and 19."""
    found = estimate(np.arange(21.0)[:, None, None])
    assert (found.mean, found.low, found.high) == (10, 1, 19)
    assert np.isnan(found.mc_error)


def test_luck_that_all_draws_share_is_no_part_of_the_interval():
    """Draws differ by nothing, replicates by 10: all is luck."""
    found = estimate(np.tile([[[0.0], [10.0]]], (5, 1, 1)))
    assert found.mc_error == pytest.approx(5)
    assert found.low == found.high == 5


def test_parameters_are_no_part_of_the_error_of_luck():
    """Replicates differ by nothing, draws by 0 … 20."""
    found = estimate(np.tile(np.arange(21.0)[:, None, None], (1, 4, 1)))
    assert found.mc_error == 0
    assert (found.low, found.high) == (1, 19)


def test_luck_within_draws_is_taken_out_of_the_interval():
    """Parameters spread by 1, luck within a draw by 2 and shared luck by 3: 90 % of a normal are ±1.645."""
    rng = np.random.default_rng(1)
    draws, replicates, rows = 400, 4, 50
    of_draw, of_luck = rng.normal(size=(draws, 1, rows)), rng.normal(0, 3, (1, replicates, rows))
    found = estimate(of_draw + of_luck + rng.normal(0, 2, (draws, replicates, rows)))
    assert np.mean(found.high - found.low) == pytest.approx(2 * 1.645, rel=0.05)
    assert np.sqrt(np.mean(found.mc_error**2)) == pytest.approx(3 / 2, rel=0.25)


def test_nothing_differs_where_nothing_changes():
    found = estimate(np.zeros((3, 2, 4)))
    for each in found:
        assert (each == 0).all()
