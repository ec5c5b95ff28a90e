"""Areas, catches, Brier scores, calibration and the regression behind the list: by hand and against other ways."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from sim.analysis.design import Design
from sim.analysis.risk_accuracy import area, brier, calibration, caught, roc, watched
from sim.analysis.risk_model import Logistic

ONES = np.ones(4)


def test_area_by_hand():
    """Of the four pairs of a faller and a stayer, three are in order and one is tied."""
    score, falls = np.array([3.0, 2.0, 2.0, 1.0]), np.array([1.0, 1.0, 0.0, 0.0])
    assert area(score, falls, ONES).value == 3.5 / 4
    assert area(-score, falls, ONES).value == 0.5 / 4


def test_area_where_nobody_or_everybody_falls_is_not_defined():
    for share in (np.zeros(4), np.ones(4)):
        assert np.isnan(area(np.arange(4.0), share, ONES).value)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=2, max_size=40))
def test_area_is_that_of_mann_and_whitney(rows):
    score, falls = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    if 0 < falls.sum() < len(falls):
        fallers, stayers = score[falls == 1], score[falls == 0]
        expected = mannwhitneyu(fallers, stayers).statistic / len(fallers) / len(stayers)
        found = area(score, falls, np.ones(len(score)))
        assert found.value == pytest.approx(expected)
        assert found.scores.sum() == pytest.approx(0, abs=1e-9)


def test_a_share_of_futures_is_as_many_rows_that_fall_and_stay():
    """A household that falls in two of three futures is two fallers and a stayer of its score."""
    score, share = np.array([2.0, 1.0]), np.array([2 / 3, 1 / 3])
    rows, falls = np.array([2.0, 2, 2, 1, 1, 1]), np.array([1.0, 1, 0, 1, 0, 0])
    assert area(score, share, np.full(2, 3.0)).value == pytest.approx(area(rows, falls, np.ones(6)).value)


def test_the_error_of_an_area_is_that_of_leaving_out_one_village_after_the_other():
    luck = np.random.default_rng(1)
    village = np.repeat(np.arange(60), 20)
    score = luck.standard_normal(1200) + 0.5 * luck.standard_normal(60)[village]
    falls = (score + luck.standard_normal(1200) > 1.5).astype(np.float64)
    weight = luck.uniform(0.5, 2, 1200)
    found = area(score, falls, weight)
    ours = Design(village, np.zeros(60, np.intp), np.zeros(1)).standard_error(found)
    left_out = [area(score[k], falls[k], weight[k]).value for k in (village != v for v in range(60))]
    jackknife = np.sqrt(59 / 60 * ((np.array(left_out) - np.mean(left_out)) ** 2).sum())
    assert ours == pytest.approx(jackknife, rel=0.05)


def test_catch_by_hand():
    """The first half are the households of scores 4 and 3, with 1.5 of the 2 expected falls."""
    score, share = np.array([1.0, 4.0, 3.0, 2.0]), np.array([0.0, 1.0, 0.5, 0.5])
    assert watched(score, ONES, 0.5).tolist() == [0, 1, 1, 0]
    assert caught(score, share, ONES, 0.5).value == 0.75
    assert watched(score, ONES, 0.375).tolist() == [0, 1, 0.5, 0]
    assert caught(score, share, ONES, 1.0).value == 1


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_brier_is_the_mean_squared_distance(rows):
    probability, falls = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    found = brier(probability, falls, np.ones(len(falls)))
    assert found == pytest.approx(((probability - falls) ** 2).mean(), abs=1e-12)


def test_brier_over_futures():
    """Predicted 0.5, falls in 3 of 4 futures: (0.25 * 3 + 0.25) / 4."""
    assert brier(np.array([0.5]), np.array([0.75]), np.ones(1)) == pytest.approx(0.25)


def test_calibration_keeps_means_and_households():
    luck = np.random.default_rng(2)
    probability, weight = luck.random(1000), luck.uniform(1, 3, 1000)
    share = luck.random(1000)
    table = calibration(probability, share, weight)
    assert table["households"].sum() == pytest.approx(weight.sum())
    assert np.average(table["predicted"], weights=table["households"]) == pytest.approx(
        np.average(probability, weights=weight)
    )
    assert np.average(table["happened"], weights=table["households"]) == pytest.approx(
        np.average(share, weights=weight)
    )
    assert table["predicted"].is_monotonic_increasing


def test_the_area_under_the_drawn_curve_is_the_area():
    luck = np.random.default_rng(3)
    score = luck.random(2000)
    falls = (luck.random(2000) < score).astype(np.float64)
    curve = roc(score, falls, np.ones(2000), points=2001)
    drawn = np.trapezoid(curve["fallers"], curve["stayers"])
    assert drawn == pytest.approx(area(score, falls, np.ones(2000)).value, abs=1e-6)


def test_the_regression_finds_the_shares_of_two_groups():
    """With one flag the fit is the share of each group; the penalty of one household is lost in 20,000."""
    flag = np.arange(20_000) % 2
    table = pd.DataFrame({"flag": flag.astype(float), "same for all": 1.0})
    model = Logistic(table, np.where(flag == 1, 0.6, 0.2), np.ones(20_000))
    assert model.probability(table)[:2] == pytest.approx([0.2, 0.6], abs=1e-3)
    assert list(model.coefficients.index) == ["constant", "flag"]


def test_the_regression_without_information_gives_everybody_the_mean():
    luck = np.random.default_rng(4)
    table = pd.DataFrame({"noise": luck.standard_normal(50)})
    found = Logistic(table, np.full(50, 0.3), np.ones(50)).probability(table)
    assert found == pytest.approx(np.full(50, 0.3), abs=1e-3)
