"""From a scenario to the numbers that the kernels read."""

from __future__ import annotations

import math

import numpy as np

from sim.calendar import is_december, year_of
from sim.economy_rules.accounts import Accounts
from sim.economy_rules.earnings import Earnings
from sim.economy_rules.family import Family
from sim.economy_rules.health import Health
from sim.economy_rules.work import Work
from sim.kernel.luck import month_salt
from sim.kernel.numeric import f4
from sim.month import Now, Parameters, parameters
from sim.register.assess import Assess
from sim.register.standing import Standing
from sim.scenario.model import Income, Scenario
from sim.scenario.paths import at_year


def monthly(yearly: float) -> float:
    """Monthly probability of what happens with this probability in a year."""
    return 1 - (1 - yearly) ** (1 / 12)


def household_sd(income: Income, poor_share: float) -> float:
    """Log standard deviation of the lasting component between households of a village."""
    between = income.village_sd**2 + income.poor_village_gap**2 * poor_share * (1 - poor_share)
    return math.sqrt(max(income.log_sd**2 - income.transitory_sd**2 - between, 0.0))


def first_month(scenario: Scenario) -> int:
    """The January from which a run starts: a whole year at least lies before the first reported month, to fill
    twelve-month incomes."""
    start = scenario.period.start
    return 12 * year_of(start if is_december(start) else start - 12)


def rule_parameters(scenario: Scenario, poor_share: float) -> Parameters:
    """Parameters of every rule. `poor_share` is the share of persons who live in poor villages."""
    income, health, work = scenario.income, scenario.health, scenario.work
    lasting = household_sd(income, poor_share)
    kept = math.sqrt(max(1 - (income.permanent_sd / lasting) ** 2, 0)) if lasting > 0 else 1.0
    transitory_kept = income.transitory_persistence ** (1 / 12)
    review = scenario.register_.review
    return parameters(
        family=Family(
            *(f4(getattr(scenario.family, name) / 12) for name in ("births", "deaths", "leaving", "joining"))
        ),
        health=Health(
            incidence=f4(health.incidence / 12),
            chronic_factor=f4(health.chronic_factor),
            elderly_factor=f4(health.elderly_factor),
            recovery=f4(1 / health.recovery_months),
            bill_log_median=f4(math.log(max(health.bill_median, 1e-9))),
            bill_log_sd=f4(health.bill_log_sd),
            reimbursed=f4(health.reimbursed),
        ),
        work=Work(separation=f4(-math.expm1(-work.separation / 12))),
        earnings=Earnings(
            permanent_kept=f4(kept ** (1 / 12)),
            permanent_sd=f4(lasting * math.sqrt(max(1 - kept ** (1 / 6), 0))),
            transitory_kept=f4(transitory_kept),
            transitory_sd=f4(income.transitory_sd * math.sqrt(1 - transitory_kept**2)),
            property_share=f4(income.property_share),
            illness_loss=f4(health.income_loss),
            wage_loss=f4(work.wage_loss),
        ),
        accounts=Accounts(
            fixed_consumption=f4(scenario.accounts.fixed_consumption / 12),
            consumption_share=f4(scenario.accounts.consumption_share),
            debt_limit=f4(scenario.accounts.debt_limit),
            interest=f4(scenario.accounts.interest / 12),
            repayment=f4(scenario.accounts.repayment),
            schooling_cost=f4(scenario.accounts.schooling_cost / 12),
        ),
        assess=Assess(
            bias=f4(review.bias),
            noise=f4(review.noise),
            stability=f4(review.stability),
            schooling_cost=f4(scenario.accounts.schooling_cost),
        ),
        standing=Standing(noise=f4(scenario.register_.identification.noise)),
    )


def market_income(scenario: Scenario, month: int) -> float:
    """Market income per head and month: yearly means stand at mid-year and grow evenly in between."""
    years = sorted(scenario.income.mean)
    factor = {
        year: at_year(scenario.income.market_factor, year) if scenario.income.market_factor else 1.0 for year in years
    }
    logs = [math.log(max(scenario.income.mean[year] * factor[year], 1e-9) / 12) for year in years]
    if len(years) == 1:
        return math.exp(logs[0])
    place = np.array([12 * year + 5.5 for year in years])
    # Before the first and after the last mid-year, the growth of the nearest pair of years goes on.
    at = min(max(int(np.searchsorted(place, month)), 1), len(years) - 1)
    growth = (logs[at] - logs[at - 1]) / (place[at] - place[at - 1])
    return math.exp(logs[at - 1] + growth * (month - place[at - 1]))


def mean_of_logs(scenario: Scenario, poor_share: float) -> float:
    """What to take from the log so that capacity has mean 1 over persons."""
    income = scenario.income
    spread = household_sd(income, poor_share) ** 2 + income.transitory_sd**2 + income.village_sd**2
    gap = income.poor_village_gap
    mixture = poor_share * math.exp(-gap * (1 - poor_share)) + (1 - poor_share) * math.exp(gap * poor_share)
    return spread / 2 + math.log(mixture)


def now(scenario: Scenario, month: int, poor_share: float) -> Now:
    """What holds for everybody in a month."""
    year = year_of(month)
    # A line is that of the year's December and is reached evenly: a step in January would make a third of all
    # returns to poverty fall into that month.
    survey, before = at_year(scenario.lines.survey, year), at_year(scenario.lines.survey, year - 1)
    survey = before + (survey - before) * (month % 12 + 1) / 12
    first = market_income(scenario, 12 * year_of(scenario.period.start) + 5)
    level = market_income(scenario, month)
    return Now(
        salt=np.uint32(month_salt(np.uint32(month))),
        months_left=f4(0 if is_december(month) else (11 - month % 12) / 12),
        market_income=f4(level * math.exp(-mean_of_logs(scenario, poor_share))),
        income_growth=f4(level / first),
        survey_line=f4(survey),
        exit_line=f4(at_year(scenario.lines.exit, year)),
        subsistence=f4(survey * scenario.accounts.subsistence / 12),
    )
