"""Survival and cumulative incidence without a model: Kaplan-Meier and Aalen-Johansen, with late entries.

Episodes count alike; for weights and clustered samples see `sim.analysis.hazard`. Whoever is censored in a month was at
risk in it. With late entries few may be at risk early on; where all of those few end, survival is 0 from then on, so
look at `at_risk` before reading a curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.frames import Floats, groups, names_of
from sim.analysis.hazard import check_episodes

# Shares that add up to 1 do so up to some 1e-16 a step.
ROUNDING = 1e-12


def survival(episodes: pd.DataFrame, by: str | Sequence[str] = (), confidence: float = 0.95) -> pd.DataFrame:
    """Share of episodes that last longer than so many months: the product-limit estimate.

    Source: Kaplan and Meier (1958), Journal of the American Statistical Association 53; standard error: Greenwood
    (1926). Both are conditional on the numbers at risk, which late entries raise and lower.

    Parameters
    ----------
    episodes : see `sim.analysis.spells`; all starts known
    by : columns whose values make the groups
    confidence : level of the interval, see `log_log_interval`

    Returns
    -------
    One row per group and month with an event: the columns of `by`, months, at_risk, events, survival, standard_error,
    lower, upper. The last three are nan where survival is 0.

    Raises
    ------
    FrameError
        With every problem and its rows.
    """
    by, check = names_of(by), check_episodes(episodes)
    check.labels(by)
    check.done()
    parts = []
    for group, rows in groups(episodes, by):
        months, at_risk, events = risk_sets(episodes.iloc[rows])
        left, greenwood = product_limit(at_risk, events)
        error = np.where(left > 0, left * np.sqrt(greenwood), np.nan)
        lower, upper = log_log_interval(left, error, confidence)
        columns = {"months": months, "at_risk": at_risk, "events": events, "survival": left, "standard_error": error}
        parts.append(pd.DataFrame({**columns, "lower": lower, "upper": upper}).assign(**group))
    return _in_order(parts, by)


def cumulative_incidence(
    episodes: pd.DataFrame, cause: str = "cause_of_return", by: str | Sequence[str] = (), confidence: float = 0.95
) -> pd.DataFrame:
    """Share of episodes that have ended for each cause after so many months, where causes compete.

    Together with survival the shares of all causes add up to 1.

    Source: Aalen and Johansen (1978), Scandinavian Journal of Statistics 5; standard error: the delta method after
    Greenwood, as in Collett (2015), Modelling Survival Data in Medical Research, third edition, chapter 12. With one
    cause it is that of survival; without censoring it is the binomial one.

    Parameters
    ----------
    episodes : see `sim.analysis.spells`; all starts known
    cause : column of the cause of each event; not looked at where there is none
    by : columns whose values make the groups
    confidence : level of the interval, see `log_log_interval`

    Returns
    -------
    One row per group, cause and month with an event of any cause: the columns of `by`, cause, months, at_risk, events
    (of this cause), incidence, standard_error, lower, upper.

    Raises
    ------
    FrameError
        With every problem and its rows; also where an event has no cause.
    """
    by, check = names_of(by), check_episodes(episodes)
    check.labels(by)
    if check.has(cause) and check.has("event"):
        if not episodes["event"].any():
            check.problem("no episode has an event")
        check.rows(episodes["event"].to_numpy(bool) & episodes[cause].isna().to_numpy(), f"the event has no {cause}")
    check.done()
    causes = sorted(episodes.loc[episodes["event"].to_numpy(bool), cause].unique())
    parts = []
    for group, rows in groups(episodes, by):
        here = episodes.iloc[rows]
        months, at_risk, events = risk_sets(here)
        before = np.append(1.0, product_limit(at_risk, events)[0])[:-1]
        for name in causes:
            mine = counts(here[(here[cause] == name) & here["event"].to_numpy(bool)]["months"].to_numpy(), months)
            incidence = np.cumsum(before * mine / at_risk)
            error = np.sqrt(_incidence_variance(incidence, before, at_risk, events, mine))
            lower, upper = log_log_interval(incidence, error, confidence)
            columns = {"cause": name, "months": months, "at_risk": at_risk, "events": mine, "incidence": incidence}
            errors = {"standard_error": error, "lower": lower, "upper": upper}
            parts.append(pd.DataFrame({**columns, **errors}).assign(**group))
    return _in_order(parts, by)


def counts(values: NDArray, at: NDArray) -> NDArray[np.int64]:
    """How many values equal each of the sorted `at`; every value is among them."""
    return np.bincount(np.searchsorted(at, values), minlength=len(at))


def risk_sets(episodes: pd.DataFrame) -> tuple[NDArray, NDArray[np.int64], NDArray[np.int64]]:
    """Months with an event, sorted; how many episodes are at risk in each; how many of them end."""
    entry, months = episodes["entry"].to_numpy(), episodes["months"].to_numpy()
    ended = months[episodes["event"].to_numpy(bool)]
    times = np.unique(ended)
    at_risk = np.searchsorted(np.sort(entry), times) - np.searchsorted(np.sort(months), times)
    return times, at_risk, counts(ended, times)


def product_limit(at_risk: NDArray[np.int64], events: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Survival after each month with events, and Greenwood's sum, which counts no month that nobody survives."""
    survival = np.cumprod(1 - events / at_risk).astype(np.float64)
    return survival, np.cumsum(_greenwood(at_risk, events))


def _greenwood(at_risk: NDArray[np.int64], events: NDArray[np.int64]) -> Floats:
    staying = at_risk - events
    return np.where(staying > 0, events / (at_risk * np.maximum(staying, 1.0)), 0.0)


def _incidence_variance(
    incidence: Floats, before: Floats, at_risk: NDArray[np.int64], events: NDArray[np.int64], mine: NDArray[np.int64]
) -> Floats:
    """The variance of `incidence`; `before` is survival up to each month, `mine` the events of the cause."""
    passed = _greenwood(at_risk, events)
    ended = before**2 * mine * (at_risk - mine) / at_risk.astype(np.float64) ** 3
    both = before * mine / at_risk.astype(np.float64) ** 2
    # Sums over earlier months j of (F - F_j)^2 passed_j + ended_j - 2 (F - F_j) both_j, for every month at once.
    squares = incidence**2 * passed.cumsum() - 2 * incidence * (passed * incidence).cumsum()
    squares += (passed * incidence**2).cumsum()
    products = incidence * both.cumsum() - (both * incidence).cumsum()
    return np.maximum(squares + ended.cumsum() - 2 * products, 0.0)


def log_log_interval(value: Floats, error: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Lower and upper limits of probabilities, symmetric for log(-log) of them; nan where one is 0 or 1.

    Source: Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, section 1.4.
    """
    inside = (value > ROUNDING) & (value < 1 - ROUNDING)
    p = np.where(inside, value, 0.5)
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * error / np.abs(p * np.log(p))
    return np.where(inside, p ** np.exp(reach), np.nan), np.where(inside, p ** np.exp(-reach), np.nan)


def _in_order(parts: Sequence[pd.DataFrame], by: Sequence[str]) -> pd.DataFrame:
    """The parts as one table, the columns of `by` first."""
    table = pd.concat(parts, ignore_index=True)
    return table[[*by, *(name for name in table.columns if name not in by)]]
