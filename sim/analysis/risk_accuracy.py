"""How well a score tells who will fall: area under the ROC curve with its error, calibration, Brier score, catch.

An outcome is a share of futures, so each household counts as a faller with that share and as a stayer with the rest.
Errors come from villages: those of a village share disasters and prices and may not count as independent. Sources:
area as a U-statistic and its variance by placements: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44; clusters:
Obuchowski (1997), Biometrics 53; Brier (1950), Monthly Weather Review 78.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.analysis.design import Estimate, ratio
from sim.analysis.frames import Floats


def area(score: Floats, share: Floats, weight: Floats) -> Estimate:
    """Probability that a faller has a higher score than a stayer, ties counting half; nan where all or none fall."""
    falls, stays = weight * share, weight * (1 - share)
    if falls.sum() == 0 or stays.sum() == 0:
        return Estimate(np.nan, np.full(len(score), np.nan))
    _, rank = np.unique(score, return_inverse=True)
    at_stays, at_falls = np.bincount(rank, stays), np.bincount(rank, falls)
    below = ((np.cumsum(at_stays) - at_stays / 2) / stays.sum())[rank]  # stayers whom the row outranks
    above = ((falls.sum() - np.cumsum(at_falls) + at_falls / 2) / falls.sum())[rank]  # fallers who outrank it
    value = float(falls @ below / falls.sum())
    return Estimate(value, falls * (below - value) / falls.sum() + stays * (above - value) / stays.sum())


def watched(score: Floats, weight: Floats, part: float) -> Floats:
    """(n,) how much of each row belongs to the `part` of households with the highest scores: 1, 0, once in between."""
    order = np.argsort(-score, kind="stable")
    passed = np.cumsum(weight[order])
    inside = np.empty(len(score))
    inside[order] = np.clip((part * passed[-1] - (passed - weight[order])) / weight[order], 0, 1)
    return inside


def caught(score: Floats, share: Floats, weight: Floats, part: float) -> Estimate:
    """Share of all falls that happen to the `part` of households with the highest scores."""
    return ratio(share * watched(score, weight, part), share, weight)


def brier(probability: Floats, share: Floats, weight: Floats) -> float:
    """Mean squared distance of the probability from what happened, over households and futures."""
    return float(np.average(probability**2 - 2 * probability * share + share, weights=weight))


def roc(score: Floats, share: Floats, weight: Floats, points: int = 101) -> pd.DataFrame:
    """The curve at evenly spaced shares of households watched: shares of fallers and of stayers among them,
    nan where there are none."""
    order = np.argsort(-score, kind="stable")
    falls, stays = (weight * share)[order], (weight * (1 - share))[order]
    passed = np.concatenate([[0.0], np.cumsum(weight[order]) / weight.sum()])
    at = np.linspace(0, 1, points)

    def reached(mass: Floats) -> Floats:
        return np.interp(at, passed, np.concatenate([[0.0], np.cumsum(mass) / (mass.sum() or np.nan)]))

    return pd.DataFrame({"watched": at, "fallers": reached(falls), "stayers": reached(stays)})


def calibration(probability: Floats, share: Floats, weight: Floats, groups: int = 10) -> pd.DataFrame:
    """Households in groups of equal size by probability: mean probability beside the share of futures with a fall."""
    order = np.argsort(probability, kind="stable")
    rows = [
        {
            "households": float(weight[part].sum()),
            "predicted": float(np.average(probability[part], weights=weight[part])),
            "happened": float(np.average(share[part], weights=weight[part])),
        }
        for part in np.array_split(order, groups)
        if len(part)
    ]
    return pd.DataFrame(rows)
