"""Growth alone: without shocks, instruments and register, poverty is that of a lognormal."""

from math import log, sqrt

import numpy as np
import pytest
from conftest import load_ganzhou, one_thread, run_to, switched_off
from scipy.stats import norm
from small import load_small

from sim.calendar import month_number

# Reported mean rural income and the survey line, yuan per head and year; from the scenario's sources.
MEAN = {2011: 4684, 2015: 7786, 2019: 11941}
LINE = {2011: 2536, 2015: 2855, 2019: 3218}
# First known check of the model's specification, percent.
KNOWN = {0.65: {2011: 26.8, 2015: 11.2, 2019: 4.5}, 0.67: {2011: 28.1, 2015: 12.3, 2019: 5.2}}
NOTHING_HAPPENS = (
    "register.off=true",
    "health.incidence=0",
    "work.separation=0",
    "disasters.farm_loss=0",
    *(f"family.{change}=0" for change in ("births", "deaths", "leaving", "joining")),
    "income.permanent_sd=0",
)
EQUAL_VILLAGES = ("income.village_sd=0", "income.poor_village_gap=0")
# Months are interpolated between mid-years, so a year's mean departs from the reported one by up to 0.2 %:
# in points of the headcount,
INTERPOLATION = 0.15


def headcount(year, log_sd):
    """Percent of a lognormal below the line: Phi((ln(L / M) + s² / 2) / s)."""
    return 100 * norm.cdf((log(LINE[year] / MEAN[year]) + log_sd**2 / 2) / log_sd)


def steady(log_sd, *overrides):
    """A tenth of Ganzhou's villages, where nothing but growth happens, along the reported means."""
    names = load_ganzhou().instruments
    path = [f"income.market_factor.{year}=1" for year in range(2010, 2021)]
    return load_ganzhou(
        *switched_off(names),
        *path,
        *NOTHING_HAPPENS,
        "population.scale=0.1",
        f"income.log_sd={log_sd}",
        *overrides,
    )


def simulated(world):
    """Percent of persons in income poverty in the Decembers of MEAN, and its standard error where households
    are drawn independently."""
    shares, errors = {}, {}
    for year in MEAN:
        run_to(world, month_number(year, 12))
        persons = world.v.weight[world.h.village] * world.h.members
        share = (persons * world.h.poor).sum() / persons.sum()
        shares[year] = 100 * share
        errors[year] = 100 * sqrt(share * (1 - share) * (persons**2).sum()) / persons.sum()
    return shares, errors


@pytest.mark.parametrize("log_sd", KNOWN)
def test_the_closed_form_is_the_known_check(log_sd):
    """The formula of this file gives the percentages of the specification."""
    for year, percent in KNOWN[log_sd].items():
        assert headcount(year, log_sd) == pytest.approx(percent, abs=0.05)


@pytest.mark.parametrize("passing", [0, 0.35])
@pytest.mark.parametrize("log_sd", KNOWN)
def test_growth_alone_follows_the_closed_form(log_sd, passing):
    """Equal villages: three standard errors of 188,000 households, about 0.4 points. A passing component that
    lasts leaves the spread as it is."""
    world = one_thread(
        steady(
            log_sd,
            *EQUAL_VILLAGES,
            f"income.transitory_sd={passing}",
            "income.transitory_persistence=0.999999",
        )
    )
    assert world.households > 100_000
    shares, errors = simulated(world)
    for year in MEAN:
        assert abs(shares[year] - headcount(year, log_sd)) < 3 * errors[year] + INTERPOLATION


def test_growth_alone_with_unequal_villages_follows_the_closed_form():
    """Villages differ by 0.15 in log income: 347 of them move the headcount by a standard error of
    density × 0.15 / sqrt(347), some 0.4 points in 2011; three of these are allowed on top."""
    world = one_thread(steady(0.67, "income.transitory_sd=0"))
    shares, errors = simulated(world)
    villages = len(world.v.first)
    for year in MEAN:
        at_line = (log(LINE[year] / MEAN[year]) + 0.67**2 / 2) / 0.67
        between = 100 * norm.pdf(at_line) / 0.67 * 0.15 / sqrt(villages)
        assert abs(shares[year] - headcount(year, 0.67)) < 3 * sqrt(errors[year] ** 2 + between**2) + INTERPOLATION


def test_mean_income_is_the_reported_one():
    """Income per head equals the reported mean within three standard errors of a lognormal's mean, and the
    0.2 % of interpolation."""
    world = one_thread(steady(0.65, *EQUAL_VILLAGES, "income.transitory_sd=0"))
    for year, reported in MEAN.items():
        run_to(world, month_number(year, 12))
        weight = world.v.weight[world.h.village]
        persons = weight * world.h.members
        mean = (weight * world.h.income_12_months).sum() / persons.sum()
        error = sqrt(np.expm1(0.65**2) * (persons**2).sum()) / persons.sum()
        assert mean / reported == pytest.approx(1, abs=3 * error + 0.002)


def test_the_spread_of_incomes_does_not_grow_with_time():
    """Lasting and passing shocks move households about, but the log standard deviation of monthly capacity
    stays what it was within 0.01."""
    world = one_thread(steady(0.67, *EQUAL_VILLAGES, "income.permanent_sd=0.1"))
    start = np.std(world.h.permanent + world.h.transitory)
    run_to(world, month_number(2020, 12))
    assert start == pytest.approx(0.67, abs=0.01)
    assert np.std(world.h.permanent + world.h.transitory) == pytest.approx(0.67, abs=0.01)


@pytest.mark.parametrize("start", ["2012-03", "2012-06", "2012-09"])
def test_any_month_may_start_a_period(start):
    """Twelve-month income is twelve months of income, in whatever month a simulation starts."""
    names = load_small().instruments
    overrides = [*switched_off(names), *NOTHING_HAPPENS, "shocks=[]", "reported=[]", "income.transitory_sd=0"]
    reference = one_thread(load_small(*overrides))
    world = one_thread(load_small(*overrides, f"period.start={start}"))
    for month in range(world.scenario.period.start, month_number(2013, 12) + 1):
        run_to(reference, month)
        run_to(world, month)
        ratio = world.h.income_12_months.sum() / reference.h.income_12_months.sum()
        assert ratio == pytest.approx(1, abs=0.05), f"month {month}"
