"""Reported incomes are met by the committed market path, and no other reported figure reaches an outcome."""

import numpy as np
import pytest
from conftest import GANZHOU, load_ganzhou, one_thread
from test_same_bits import by_name, differing

from sim.scenario import load_scenario

CLOSE = 0.015


@pytest.fixture(scope="module")
def history():
    """Ten years of a twentieth of Ganzhou's villages."""
    return one_thread(load_ganzhou("population.scale=0.05")).run()


def test_mean_income_is_the_reported_one_in_every_year(history):
    """With the market factors written into the scenario, the simulated mean income per head departs from the
    reported one by less than 1.5 % in each year from 2011 to 2020."""
    reported = load_ganzhou().income.mean
    assert history.years.tolist() == list(range(2011, 2021))
    simulated = history.fifths.sum(axis=2).mean(axis=1)
    ratio = simulated / [reported[year] for year in history.years.tolist()]
    assert (np.abs(ratio - 1) < CLOSE).all(), dict(zip(history.years.tolist(), ratio.round(4), strict=True))


def test_mean_income_of_fifths_is_that_of_all_months(history):
    """The fifths' mean is the income of the year's months over the persons of December."""
    sources = ("farm_income", "wage_income", "property_income", "transfer_income")
    income = sum(history.monthly[source].sum(1) for source in sources)
    for year, fifths in zip(history.years[1:].tolist(), history.fifths[1:], strict=True):
        mine = history.months // 12 == year
        persons = history.monthly["persons"].sum(1)[mine][-1]
        assert fifths.sum(1).mean() == pytest.approx(income[mine].sum() / persons, rel=0.001)


def test_market_factors_stay_near_growth_alone():
    """They make up for what instruments add and shocks take, which is little."""
    factors = load_ganzhou().income.market_factor
    assert set(range(2011, 2021)) <= set(factors)
    assert all(abs(factor - 1) < 0.05 for factor in factors.values())


def test_reported_figures_are_no_input():
    """Without the figures to compare with, every column and the whole history have the same bits."""
    overrides = ("population.scale=0.01",)
    compared, alone = (load_scenario(GANZHOU, overrides).scenario, load_ganzhou(*overrides))
    assert len(compared.reported) >= 10
    assert alone.reported == []
    runs = []
    for scenario in (compared, alone):
        world = one_thread(scenario)
        runs.append(by_name(world, world.run()))
    # Coverage by any of several instruments is counted for the figures that ask for it.
    assert all(name.startswith("covered_any") for name in differing(*runs))


def test_outcomes_follow_the_market_factor():
    """The test above is not empty: another market path is felt by all incomes."""
    runs = []
    for factor in (1.0, 1.001):
        world = one_thread(
            load_ganzhou("population.scale=0.01", "period.end=2011-12", f"income.market_factor.2011={factor}")
        )
        world.run()
        runs.append(world.h.income_12_months.copy())
    assert (runs[1] > runs[0]).mean() > 0.99
