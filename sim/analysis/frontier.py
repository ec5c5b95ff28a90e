"""Judging portfolios by luck that the search has not seen, and which of them no other one beats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.analysis.portfolio import MEASURES
from sim.analysis.uncertainty import estimate
from sim.history import Floats

if TYPE_CHECKING:
    import pandas as pd

SURE = 2.0  # standard errors that tell two portfolios apart


def unbeaten(values: Floats) -> NDArray[np.bool_]:
    """(N,) whether no other row of values (N, k), which are better the lower, is as low in all and lower in one."""
    as_low = (values[:, None] <= values[None]).all(axis=2)
    lower = (values[:, None] < values[None]).any(axis=2)
    return np.asarray(~(as_low & lower).any(axis=0))


def spread_out(cost: Floats, number: int) -> list[int]:
    """Positions of at most so many portfolios, evenly over the order of their costs, the ends among them."""
    order = np.argsort(cost, kind="stable")
    return [
        int(i)
        for i in dict.fromkeys(order[np.linspace(0, len(order) - 1, min(number, len(order))).round().astype(int)])
    ]


def judged(names: Sequence[str], values: Floats, objective: str, budget: float) -> pd.DataFrame:
    """One row per portfolio.

    Parameters
    ----------
    values : (N, draws, seeds, MEASURES)

    Columns
    -------
    portfolio : its name; each measure, its `…_error` through luck, and its 5 and 95 % quantiles over draws of the
        parameters, `…_low` and `…_high`
    within_budget : what it costs is not more than the budget by more than SURE standard errors
    on_front : no other portfolio has as low a cost, gap and return risk, and one of them lower
    behind, behind_error : objective less that of the best portfolio within the budget, under the same luck
    told_apart : whether that is more than SURE standard errors
    best_in : share of draws in which it is the best one within the budget
    """
    import pandas as pd

    frame = pd.DataFrame({"portfolio": list(names)})
    for m, measure in enumerate(MEASURES):
        found = estimate(values[..., m].transpose(1, 2, 0))
        frame[measure], frame[f"{measure}_error"] = found.mean, found.mc_error
        frame[f"{measure}_low"], frame[f"{measure}_high"] = found.low, found.high
    frame["within_budget"] = frame["cost"] - SURE * frame["cost_error"].fillna(0) <= budget
    risk = frame["return_risk"] if frame["return_risk"].notna().all() else 0.0
    frame["on_front"] = unbeaten(np.column_stack([frame["cost"], frame["gap"], risk + 0 * frame["gap"]]))
    inside = frame["within_budget"].to_numpy()
    of_objective = values[..., MEASURES.index(objective)]
    rank = np.where(inside, frame[objective].fillna(np.inf), np.inf)
    behind = estimate((of_objective - of_objective[int(rank.argmin())]).transpose(1, 2, 0))
    frame["behind"], frame["behind_error"] = behind.mean, behind.mc_error
    frame["told_apart"] = frame["behind"].abs() > SURE * frame["behind_error"]
    by_draw = np.where(inside[:, None], of_objective.mean(axis=2), np.inf)
    frame["best_in"] = [float((by_draw.argmin(axis=0) == n).mean()) for n in range(len(frame))]
    return frame
