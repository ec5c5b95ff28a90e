"""Standard errors under sampling: simple random, stratified, clustered, with finite-population correction.

An estimate is linearised: to first order it errs by a total of scores, one for each sampled row. The variance of that
total follows from the sampling design. Units are taken as drawn at random within strata, all at once; further stages of
sampling within a unit are covered by the variation between units.

Sources: linearisation: Binder (1983), International Statistical Review 51; Särndal, Swensson and Wretman (1992), Model
Assisted Survey Sampling, chapter 5. Variance between units within strata: Cochran (1977), Sampling Techniques, chapters
5 and 9; Wolter (2007), Introduction to Variance Estimation, chapter 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.analysis.frames import Check, Floats


class Estimate(NamedTuple):
    """A value and the scores behind its standard error.

    Attributes
    ----------
    value : the estimate; nan where it is not defined
    scores : (n,) what the weight of each row contributes to the estimate's error, in the unit of the value; they add
        up to nought
    """

    value: float
    scores: Floats


def ratio(above: Floats, below: Floats, weight: Floats) -> Estimate:
    """Ratio of two weighted totals; the scores are Taylor's (Särndal, Swensson and Wretman 1992, section 5.6)."""
    total = float(weight @ below)
    if total == 0:
        return Estimate(np.nan, np.full(len(weight), np.nan))
    value = float(weight @ above) / total
    return Estimate(value, weight * (above - value * below) / total)


def mean(values: Floats, weight: Floats) -> Estimate:
    """Weighted mean."""
    return ratio(values, np.ones(len(values)), weight)


@dataclass(frozen=True)
class Design:
    """How the rows of a frame were sampled.

    Attributes
    ----------
    unit : (n,) number of each row's sampling unit
    stratum : (units,) number of each unit's stratum
    share : (strata,) share of the stratum's units that were sampled; 0 stands for a share too small to matter
    """

    unit: NDArray[np.intp]
    stratum: NDArray[np.intp]
    share: Floats

    def covariance(self, scores: Floats, rows: NDArray[np.intp] | slice = slice(None)) -> Floats:
        """(k, k) covariance of totals of scores (n,) or (n, k); rows that are not given score nought.

        A stratum with one sampled unit, unless the share is 1, counts that unit's distance from the mean of all units,
        which errs on the safe side.
        """
        scores = scores.reshape(len(scores), -1)
        units, strata, unit = len(self.stratum), len(self.share), self.unit[rows]
        totals = np.stack([np.bincount(unit, column, units) for column in scores.T], axis=1)
        sampled = np.bincount(self.stratum, minlength=strata)
        sums = np.stack([np.bincount(self.stratum, column, strata) for column in totals.T], axis=1)
        alone = sampled == 1
        centre = np.where(alone[:, None], totals.mean(0), sums / sampled[:, None])
        scale = (1 - self.share) * np.where(alone, 1.0, sampled / np.maximum(sampled - 1, 1))
        apart = np.asarray((totals - centre[self.stratum]) * np.sqrt(scale)[self.stratum][:, None], np.float64)
        return apart.T @ apart

    def within_one_unit(self, rows: NDArray[np.intp] | slice = slice(None)) -> bool:
        """Whether the rows lie in one unit that stands for others: how those differ from it can not be seen."""
        unit = self.unit[rows]
        return bool(unit.min() == unit.max() and self.share[self.stratum[unit[0]]] < 1)

    def standard_error(self, estimate: Estimate, rows: NDArray[np.intp] | slice = slice(None)) -> float:
        """Standard error of an estimate made from `rows`, all of them unless given; nan within one unit."""
        if self.within_one_unit(rows):
            return float("nan")
        return float(np.sqrt(self.covariance(estimate.scores, rows)[0, 0]))


def design_of(check: Check, cluster: str | None, strata: str | None, share: float | str) -> Design:
    """The design that columns of a frame describe; problems are noted in `check`.

    Parameters
    ----------
    cluster : column of the sampling unit (a village); each row is a unit where it is None. Numbers are taken within
        strata, so villages may be numbered anew in each county
    strata : column of the stratum (a county); one for all where it is None
    share : share of units that was sampled, or the column that gives it for each stratum
    """
    frame = check.frame
    given = [name for name in (strata, cluster) if name is not None]
    check.labels(given)
    shares = check.number_or_column(share, "share", lambda v: (v >= 0) & (v <= 1), "between 0 and 1")
    if len(frame) == 0 or any(name not in frame.columns or frame[name].isna().any() for name in given):
        return Design(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0))
    stratum = pd.factorize(frame[strata])[0] if strata else np.zeros(len(frame), np.intp)
    of_stratum = np.zeros(stratum.max() + 1)
    of_stratum[stratum] = shares
    check.rows(shares != of_stratum[stratum], "share differs within a stratum")
    if cluster is None:
        return Design(np.arange(len(frame)), stratum, of_stratum)
    pair = stratum * np.int64(len(frame)) + pd.factorize(frame[cluster])[0]
    _, first, unit = np.unique(pair, return_index=True, return_inverse=True)
    return Design(unit, stratum[first], of_stratum)
