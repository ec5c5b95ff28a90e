"""Measures of poverty and inequality of income, each with the scores behind its standard error.

Whoever has less than the line is poor. Incomes are per head and weights count persons; `line` is one number, or one for
each row where lines differ between years or places.

The scores are derivatives by the weights: exact for means; for the two measures that rank persons they are the
linearised variables of Deville (1999), Survey Methodology 25; for the Gini index see also Langel and Tillé (2013),
Journal of the Royal Statistical Society A 176.
"""

from __future__ import annotations

import numpy as np

from sim.analysis.design import Estimate, mean
from sim.analysis.frames import Floats


def gaps(income: Floats, line: Floats | float) -> Floats:
    """(n,) shortfall from the line as a share of it; nought for whoever is not poor."""
    return np.maximum((line - income) / line, 0.0)


def foster_greer_thorbecke(income: Floats, weight: Floats, line: Floats | float, alpha: float) -> Estimate:
    """Mean of the relative gap to the power `alpha`: 0 is the headcount, 1 the poverty gap, 2 the squared gap.

    Source: Foster, Greer and Thorbecke (1984), Econometrica 52.

    Raises
    ------
    ValueError
        Where alpha is negative.
    """
    if alpha < 0:
        raise ValueError(f"alpha is {alpha}; the measure is defined from 0 upwards")
    poor = income < line
    return mean(np.where(poor, gaps(income, line) ** alpha, 0.0), weight)


def headcount(income: Floats, weight: Floats, line: Floats | float) -> Estimate:
    """Share of persons below the line."""
    return foster_greer_thorbecke(income, weight, line, 0.0)


def poverty_gap(income: Floats, weight: Floats, line: Floats | float) -> Estimate:
    """Mean shortfall from the line as a share of it."""
    return foster_greer_thorbecke(income, weight, line, 1.0)


def squared_gap(income: Floats, weight: Floats, line: Floats | float) -> Estimate:
    """Mean of the squared relative gap."""
    return foster_greer_thorbecke(income, weight, line, 2.0)


def watts(income: Floats, weight: Floats, line: Floats | float) -> Estimate:
    """Mean of the logarithm of line over income among all, nought for whoever is not poor; incomes are positive.

    Source: Watts (1968), in Moynihan (ed.), On Understanding Poverty; Zheng (1993), Economics Letters 42.
    """
    return mean(np.log(np.maximum(line / income, 1.0)), weight)


def distances(values: Floats, weight: Floats) -> Floats:
    """(n,) weighted sum of the distances of each value from all others."""
    order = np.argsort(values, kind="stable")
    value, mass = values[order], weight[order]
    below, sum_below = np.cumsum(mass), np.cumsum(mass * value)
    out = np.empty(len(values))
    out[order] = value * (2 * below - below[-1]) + sum_below[-1] - 2 * sum_below
    return out


def gini(income: Floats, weight: Floats) -> Estimate:
    """Gini index: half the mean distance between two persons, over mean income. Incomes are not negative.

    nan where nobody has any income. The mean distance counts a person with himself, so that a population of copies has
    the same index.
    """
    persons, total = float(weight.sum()), float(weight @ income)
    if total == 0:
        return Estimate(np.nan, np.full(len(income), np.nan))
    apart = distances(income, weight)
    value = float(weight @ apart) / (2 * persons * total)
    return Estimate(value, weight * (apart / (persons * total) - value / persons - value * income / total))


def sen_shorrocks_thon(income: Floats, weight: Floats, line: Floats | float) -> Estimate:
    """The poverty gap times one plus the Gini index of the relative gaps of all persons.

    Source: Shorrocks (1995), Econometrica 63, in the form that does not change when a population is copied.
    """
    gap, persons = gaps(income, line), float(weight.sum())
    depth = mean(gap, weight)
    if persons == 0:
        return depth
    apart = distances(gap, weight)
    spread = float(weight @ apart) / (2 * persons**2)
    return Estimate(depth.value + spread, depth.scores + weight * (apart / persons**2 - 2 * spread / persons))
