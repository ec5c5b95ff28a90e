"""A score from observables: penalised logistic regression of the share of futures in which a household falls."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

from sim.analysis.risk_observables import ENROLLED

Floats = NDArray[np.float64]
LEAST, MOST = 0.1, 10.0  # certified income counts between these multiples of the line
PENALTY = 1.0  # of a squared coefficient of a standardised column, against one household


def regressors(households: pd.DataFrame, line: float) -> pd.DataFrame:
    """Numbers for the regression: incomes as logs of multiples of the line, with squares; all else as it is."""

    def multiple(income: pd.Series) -> pd.Series:
        return np.log((income / line).clip(LEAST, MOST))

    before_costs = households["certified"] + households["costs"]
    today, later = multiple(before_costs), multiple(before_costs - households["to_be_withdrawn"])
    numbers = ["members", "workers", "students", "elderly", "schooling"]
    flags = ["chronic", "ill", "jobless", "safe_house", "poor_village"]
    enrolled = [name for name in households if name.startswith(ENROLLED)]
    return pd.DataFrame(
        {
            "income": today,
            "income_squared": today**2,
            "income_later": later,
            "income_later_squared": later**2,
            "costs": households["costs"] / line,
            "support": households["support"] / line,
            "to_be_withdrawn": households["to_be_withdrawn"] / line,
            "no_worker": households["workers"] == 0,
            "since_exit": np.log1p(households["months_since_exit"]),
            **{name: households[name] for name in (*numbers, *flags, *enrolled)},
            **pd.get_dummies(households["recorded_cause"], prefix="cause"),
        }
    ).astype(np.float64)


class Logistic:
    """A logistic regression with a ridge penalty.

    Parameters
    ----------
    table : (n, k) regressors
    share : (n,) share of trials with the event
    weight : (n,) weight of each row; they are scaled to a mean of 1
    """

    def __init__(self, table: pd.DataFrame, share: Floats, weight: Floats) -> None:
        self.names = [name for name in table if table[name].std() > 0]
        values = table[self.names].to_numpy(np.float64)
        self._mean, self._sd = values.mean(0), values.std(0)
        x = self._standardised(values)
        w = weight / weight.mean()

        def loss(b: Floats) -> tuple[float, Floats]:
            score = x @ b
            off = w * (_probability(score) - share)
            return (
                float(w @ (np.logaddexp(0, score) - share * score) + PENALTY / 2 * (b[1:] @ b[1:])),
                x.T @ off + PENALTY * np.concatenate([[0.0], b[1:]]),
            )

        found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 1000})
        self.coefficients = pd.Series(found.x, index=["constant", *self.names])

    def _standardised(self, values: Floats) -> Floats:
        return np.column_stack([np.ones(len(values)), (values - self._mean) / self._sd])

    def probability(self, table: pd.DataFrame) -> Floats:
        """(n,) fitted probability of the event."""
        return _probability(self._standardised(table[self.names].to_numpy(np.float64)) @ self.coefficients.to_numpy())


def _probability(score: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(score, -500, 500)))
