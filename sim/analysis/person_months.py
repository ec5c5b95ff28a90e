"""Person-months at risk and their events, counted by interval since begin and by combination of factor levels.

Person-months that share interval and levels are alike to a model of the hazard, so a few thousand counts say as much as
a table with one row per person and month.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.analysis.frames import Floats, FrameError
from sim.analysis.hazard import cuts, exposure

# Of a matrix with ones on its diagonal; rounding leaves some 1e-15.
SINGULAR = 1e-9


class PersonMonths:
    """`n` episodes, `K` intervals, `F` combinations of levels, `L` levels other than the references.

    A coefficient belongs to each interval, then to each level; the linear predictor is (K, F).

    Attributes
    ----------
    intervals : (K,) pairs (after, until] of months since begin in which anybody is at risk
    levels : (L,) pairs of factor and level
    references : factor -> level with most months at risk
    at_risk, events : (K, F) weighted person-months and events

    Raises
    ------
    FrameError
        Where nobody is at risk.
    """

    def __init__(
        self, episodes: pd.DataFrame, factors: Sequence[str], width: int | Sequence[int], weights: Floats
    ) -> None:
        seen = [(ends, *exposure(episodes, *ends)) for ends in cuts(episodes, width)]
        seen = [(ends, at_risk, event) for ends, at_risk, event in seen if weights @ at_risk > 0]
        if not seen:
            raise FrameError(["nobody is at risk in any of the months"])
        self.intervals = [ends for ends, _, _ in seen]
        self._at_risk = np.array([weights * at_risk for _, at_risk, _ in seen])
        self._events = np.array([weights * event for _, _, event in seen])
        self._combination = np.zeros(len(episodes), np.intp)
        if factors:
            self._combination = episodes.groupby(list(factors), observed=True).ngroup().to_numpy()
        self.at_risk, self.events = self._by_combination(self._at_risk), self._by_combination(self._events)
        self._count_levels(episodes[list(factors)].iloc[np.unique(self._combination, return_index=True)[1]])

    def _by_combination(self, values: Floats) -> Floats:
        return np.array([np.bincount(self._combination, row) for row in values])

    def _count_levels(self, combinations: pd.DataFrame) -> None:
        self.references: dict[str, object] = {}
        self.levels: list[tuple[str, object]] = []
        self._totals = [
            (f"months {after + 1} to {until}", at_risk, events)
            for (after, until), at_risk, events in zip(
                self.intervals, self.at_risk.sum(1), self.events.sum(1), strict=True
            )
        ]
        for name in combinations:
            months = pd.Series(self.at_risk.sum(0)).groupby(combinations[name].to_numpy()).sum()
            events = pd.Series(self.events.sum(0)).groupby(combinations[name].to_numpy()).sum()
            self._totals += [(f"{name} {level}", months[level], events[level]) for level in months.index]
            self.references[name] = months.idxmax()
            self.levels += [(name, level) for level in months.index if level != self.references[name]]
        has = [(combinations[name] == level).to_numpy(np.float64) for name, level in self.levels]
        self._has = np.array(has).reshape(len(has), len(combinations)).T

    def check(self) -> None:
        """Refuses what no model can be fitted to.

        Raises
        ------
        FrameError
            Naming intervals and levels without any event or with nothing else, whose coefficients would be infinite,
            or factors that can not be told apart.
        """
        problems = [
            f"{name} has no event; merge it with another or leave it out"
            for name, _, events in self._totals
            if not events
        ]
        problems += [f"{name} has events only; merge it with another" for name, n, d in self._totals if d >= n > 0]
        if not problems:
            information = self.information(self.at_risk)
            scale = np.sqrt(np.diag(information))
            if np.linalg.matrix_rank(information / np.outer(scale, scale), tol=SINGULAR) < len(scale):
                problems.append(f"{', '.join(self.references)} can not be told apart: one follows from the others")
        if problems:
            raise FrameError(problems)

    def predictor(self, coefficients: Floats) -> Floats:
        """(K, F) sum of the coefficients of interval and levels."""
        intervals = len(self.intervals)
        return coefficients[:intervals, None] + self._has @ coefficients[intervals:]

    def gradient(self, cells: Floats) -> Floats:
        """(K + L,) derivatives of a sum of functions of the predictor, from those by the predictor's cells (K, F)."""
        return np.concatenate([cells.sum(1), cells.sum(0) @ self._has])

    def information(self, cells: Floats) -> Floats:
        """(K + L, K + L) second derivatives, from those by the predictor's cells (K, F)."""
        mixed = cells @ self._has
        return np.block([[np.diag(cells.sum(1)), mixed], [mixed.T, self._has.T * cells.sum(0) @ self._has]])

    def scores(self, hazard: Floats, factor: Floats) -> Floats:
        """(n, K + L) each episode's part of the gradient, where a cell's is (events - at_risk hazard) factor."""
        cell = self._combination
        rows = (self._events - self._at_risk * hazard[:, cell]) * factor[:, cell]
        return np.concatenate([rows.T, rows.sum(0)[:, None] * self._has[cell]], axis=1)
