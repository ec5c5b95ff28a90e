"""A model of the monthly hazard: logit or complementary log-log, by months since begin and by factors.

The likelihood is that of a table with one row per person and month at risk (Jenkins 1995, Oxford Bulletin of Economics
and Statistics 57). Standard errors are those of a pseudo maximum likelihood estimate under the sampling design (Binder
1983, International Statistical Review 51), so they hold with weights and for episodes that are alike within a village.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from sim.analysis.design import design_of
from sim.analysis.frames import Floats, FrameError, names_of
from sim.analysis.hazard import check_episodes
from sim.analysis.person_months import PersonMonths

# A coefficient that has no finite best value grows by about 1 a step; the others settle in some ten.
STEPS = 25
SMALL = 1e-8


@dataclass(frozen=True)
class Link:
    """The hazard h as a function of the linear predictor; its slope over h(1 - h); and the predictor of a hazard."""

    hazard: Callable[[Floats], Floats]
    factor: Callable[[Floats], Floats]
    inverse: Callable[[float], float]


LINKS = {
    "cloglog": Link(
        lambda eta: -np.expm1(-np.exp(eta)),
        lambda eta: np.exp(eta) / -np.expm1(-np.exp(eta)),
        lambda hazard: float(np.log(-np.log1p(-hazard))),
    ),
    "logit": Link(
        lambda eta: 1 / (1 + np.exp(-eta)),
        np.ones_like,
        lambda hazard: float(np.log(hazard / (1 - hazard))),
    ),
}


@dataclass(frozen=True)
class HazardModel:
    """A fitted model.

    Attributes
    ----------
    table : one row per coefficient and reference level: factor (`months` for the intervals since begin), level,
        coefficient, standard_error, effect, lower, upper. The effect is, for months, the monthly hazard at the
        reference levels; for other factors the ratio to the reference level: with logit of odds, with cloglog of the
        hazard in continuous time. Errors are nan for levels within one sampling unit
    covariance : (k, k) of the coefficients, in the order of the table without reference levels
    log_likelihood : of the weighted person-months
    months_at_risk, events : weighted totals
    """

    table: pd.DataFrame
    covariance: Floats
    log_likelihood: float
    months_at_risk: float
    events: float


def hazard_model(
    episodes: pd.DataFrame,
    factors: str | Sequence[str] = (),
    width: int | Sequence[int] = 12,
    link: str = "cloglog",
    *,
    weight: str | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    share: float | str = 0.0,
    confidence: float = 0.95,
) -> HazardModel:
    """Fits the hazard: constant within intervals of months since begin, shifted by the level of each factor.

    Parameters
    ----------
    episodes : see `sim.analysis.spells`; whole months, all starts known
    factors : columns of categories; the level with most months at risk is the reference
    width : months of an interval, or the ends of the intervals, such as [6, 12, 24, 60]; later months are left out
    link : `cloglog` or `logit`
    weight : column of households that an episode stands for; None counts each once
    cluster, strata, share : sampling, as in `sim.analysis.hazard.life_table`
    confidence : level of the limits

    Raises
    ------
    FrameError
        With every problem and its rows; also for levels without any event or with nothing else, whose coefficients
        would be infinite, and for factors that can not be told apart.
    """
    factors, check = names_of(factors), check_episodes(episodes)
    check.labels(factors)
    for name in ("entry", "months"):
        if name in episodes.columns:
            check.rows(episodes[name].to_numpy() % 1 > 0, f"{name} is not whole")
    if link not in LINKS:
        check.problem(f"there is no link {link}; allowed: {', '.join(LINKS)}")
    weights, design = check.weights(weight), design_of(check, cluster, strata, share)
    check.done()
    data = PersonMonths(episodes, factors, width, weights)
    data.check()
    chosen = LINKS[link]
    coefficients = _fit(data, chosen)
    hazard, factor, information = _at(data, chosen, coefficients)
    log_likelihood = data.events * np.log(hazard) + (data.at_risk - data.events) * np.log1p(-hazard)
    inverse = np.linalg.inv(information)
    covariance = inverse @ design.covariance(data.scores(hazard, factor)) @ inverse
    errors = np.sqrt(np.diag(covariance))
    for number, (name, level) in enumerate(data.levels, len(data.intervals)):
        if design.within_one_unit(np.flatnonzero((episodes[name] == level).to_numpy())):
            errors[number] = np.nan
    table = _table(data, coefficients, errors, chosen, confidence)
    return HazardModel(
        table, covariance, float(log_likelihood.sum()), float(data.at_risk.sum()), float(data.events.sum())
    )


def _at(data: PersonMonths, link: Link, coefficients: Floats) -> tuple[Floats, Floats, Floats]:
    """(K, F) hazards; (K, F) factors of the scores; (K + L, K + L) expected information."""
    predictor = data.predictor(coefficients)
    hazard, factor = link.hazard(predictor), link.factor(predictor)
    return hazard, factor, data.information(data.at_risk * factor**2 * hazard * (1 - hazard))


def _fit(data: PersonMonths, link: Link) -> Floats:
    """Coefficients of greatest likelihood by Fisher's scoring.

    Raises
    ------
    FrameError
        Where a coefficient keeps growing, so that the steps never get small or the information vanishes.
    """
    coefficients = np.zeros(len(data.intervals) + len(data.levels))
    coefficients[: len(data.intervals)] = link.inverse(data.events.sum() / data.at_risk.sum())
    for _ in range(STEPS):
        hazard, factor, information = _at(data, link, coefficients)
        try:
            step = np.linalg.solve(information, data.gradient((data.events - data.at_risk * hazard) * factor))
        except np.linalg.LinAlgError:
            break
        coefficients += step / max(1.0, np.abs(step).max())
        if np.abs(step).max() < SMALL:
            return coefficients
    raise FrameError(["the fit does not converge: some combination of levels may have no event; merge levels"])


def _table(data: PersonMonths, coefficients: Floats, errors: Floats, link: Link, confidence: float) -> pd.DataFrame:
    reach = NormalDist().inv_cdf((1 + confidence) / 2)
    names = [("months", f"{after + 1}-{until}") for after, until in data.intervals] + data.levels
    names += list(data.references.items())
    values = np.concatenate([coefficients, np.zeros(len(data.references))])
    errors = np.concatenate([errors, np.full(len(data.references), np.nan)])
    is_month = np.arange(len(names)) < len(data.intervals)
    limits = {"effect": values, "lower": values - reach * errors, "upper": values + reach * errors}
    table = pd.DataFrame(names, columns=["factor", "level"]).assign(coefficient=values, standard_error=errors)
    return table.assign(**{name: np.where(is_month, link.hazard(at), np.exp(at)) for name, at in limits.items()})
