"""Simpler ways to foretell a poverty curve, against which the model is scored.

A rival sees the same figures as a fit. Incidences are in percent, years are those whose December is meant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

Curve = Mapping[int, float]
Rival = Callable[[Curve, int], float]


def last_value(curve: Curve, year: int) -> float:
    """Nothing changes any more.

    Examples
    --------
    >>> last_value({2013: 15.0, 2015: 10.0}, 2018)
    10.0
    """
    return curve[max(known for known in curve if known <= year)] if min(curve) <= year else curve[min(curve)]


def log_linear(curve: Curve, year: int) -> float:
    """The straight line through the logs of the known figures, by least squares.

    Examples
    --------
    >>> round(log_linear({2013: 16.0, 2014: 8.0}, 2016), 6)
    2.0
    """
    slope, level = np.polyfit([each - 2010 for each in curve], np.log(list(curve.values())), 1)
    return float(np.exp(level + slope * (year - 2010)))


def logistic(curve: Curve, year: int) -> float:
    """The straight line through the log odds of the known figures, by least squares.

    Examples
    --------
    >>> round(logistic({2013: 50.0, 2014: 20.0}, 2015), 6)
    5.882353
    """
    odds = [math.log(share / (100 - share)) for share in curve.values()]
    slope, level = np.polyfit([each - 2010 for each in curve], odds, 1)
    return float(100 / (1 + np.exp(-(level + slope * (year - 2010)))))


def linear_to_zero(curve: Curve, year: int, end: int = 2020) -> float:
    """The last known figure falls to nothing in equal steps until the deadline.

    Examples
    --------
    >>> linear_to_zero({2015: 10.0}, 2018)
    4.0
    """
    known = max(each for each in curve if each <= year)
    return curve[known] * max(end - year, 0) / max(end - known, 1)


def constant_rate(curve: Curve, year: int) -> float:
    """The last two known figures' yearly rate goes on.

    Examples
    --------
    >>> constant_rate({2013: 16.0, 2015: 4.0}, 2016)
    2.0
    """
    before, last = sorted(curve)[-2:]
    return float(curve[last] * (curve[last] / curve[before]) ** ((year - last) / (last - before)))


NAIVE: Mapping[str, Rival] = {
    "last value": last_value,
    "log-linear trend": log_linear,
    "logistic curve": logistic,
    "linear to zero in 2020": linear_to_zero,
    "constant rate": constant_rate,
}


def plan_arithmetic(stock: float, since: int, year: int, planned: Callable[[int], float]) -> float:
    """The register without households: each year what is planned goes out.

    Parameters
    ----------
    stock : at the end of the year before `since`
    planned : year -> share of the stock that is to leave

    Examples
    --------
    >>> plan_arithmetic(1000.0, 2015, 2016, {2015: 0.2, 2016: 0.5}.__getitem__)
    400.0
    """
    for current in range(since, year + 1):
        stock -= planned(current) * stock
    return stock


def moved(rival: Rival, elsewhere: Curve, start: int, value: float, year: int) -> float:
    """The trend that a rival reads from another region's curve, from this region's own start.

    Incidences fall in the same proportion; of the logistic curve, odds.

    Examples
    --------
    >>> moved(constant_rate, {2013: 16.0, 2015: 4.0}, 2012, 40.0, 2013)
    20.0
    """
    if rival is not logistic:
        return value * rival(elsewhere, year) / rival(elsewhere, start)
    odds = value / (100 - value) * _odds(logistic(elsewhere, year)) / _odds(logistic(elsewhere, start))
    return 100 * odds / (1 + odds)


def _odds(share: float) -> float:
    return share / (100 - share)


def growth_alone(mean: float, line: float, log_sd: float) -> float:
    """Incidence in percent of a lognormal income distribution.

    Examples
    --------
    >>> round(growth_alone(4684, 2536, 0.67), 1)
    28.1
    """
    from scipy.special import ndtr

    return float(100 * ndtr((math.log(line / mean) + log_sd**2 / 2) / log_sd))
