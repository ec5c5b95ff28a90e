"""Measures of poverty and inequality with standard errors, from a data frame to a tidy one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.design import Design, Estimate, design_of
from sim.analysis.frames import Check, Floats, Rows, groups, names_of
from sim.analysis.multidimensional import alkire_foster
from sim.analysis.poverty import gini, headcount, poverty_gap, sen_shorrocks_thon, squared_gap, watts

MEASURES: dict[str, Callable[[Floats, Floats, Floats], Estimate]] = {
    "headcount": headcount,
    "poverty_gap": poverty_gap,
    "squared_gap": squared_gap,
    "watts": watts,
    "sen_shorrocks_thon": sen_shorrocks_thon,
    "gini": lambda income, weight, line: gini(income, weight),
}


def measures(
    frame: pd.DataFrame,
    income: str = "income",
    weight: str | None = "weight",
    *,
    line: float | str,
    by: str | Sequence[str] = (),
    cluster: str | None = None,
    strata: str | None = None,
    share: float | str = 0.0,
    which: Sequence[str] = tuple(MEASURES),
) -> pd.DataFrame:
    """Measures of income poverty and inequality, in all or by group, with standard errors.

    Give the whole sample and tell groups apart by `by`: a frame cut down to one group has lost the sampling units in
    which nobody belongs to it.

    Parameters
    ----------
    income : column of income per head
    weight : column of persons that a row stands for; None counts each row once
    line : poverty line in the unit of the incomes, or the column that gives it for each row
    by : columns whose values make the groups
    cluster : column of the sampling unit (a village); each row was drawn on its own where it is None
    strata : column of the stratum (a county)
    share : share of the units that was sampled, or its column; 0 leaves the finite-population correction out
    which : names of MEASURES

    Returns
    -------
    One row per group and measure: the columns of `by`, measure, value, standard_error; nan where a measure is not
    defined, as in a group whose weights are all 0. The error is nan in a group that lies within one sampling unit, and
    little is known of it where the units are few.

    Raises
    ------
    FrameError
        With every problem and its rows: columns that are not there, missing values, negative weights, lines that are
        not positive, incomes that a measure is not defined for.
    """
    by, check = names_of(by), Check(frame)
    incomes, weights = check.numbers(income), check.weights(weight)
    check.labels(by)
    design = design_of(check, cluster, strata, share)
    lines = check.number_or_column(line, "line", lambda value: value > 0, "positive")
    if unknown := [name for name in which if name not in MEASURES]:
        check.problem(f"there is no measure {', '.join(unknown)}; allowed: {', '.join(MEASURES)}")
    if "watts" in which:
        check.rows(incomes <= 0, f"{income} is not positive, which watts needs; leave watts out of `which`")
    if "gini" in which:
        check.rows(incomes < 0, f"{income} is negative, which gini can not take; leave gini out of `which`")
    check.done()

    def of_group(rows: Rows) -> dict[tuple[str], Estimate]:
        return {(name,): MEASURES[name](incomes[rows], weights[rows], lines[rows]) for name in which}

    return _table(frame, by, weights, design, ["measure"], of_group)


def multidimensional(
    frame: pd.DataFrame,
    dimensions: Mapping[str, float],
    cutoff: float,
    weight: str | None = "weight",
    *,
    by: str | Sequence[str] = (),
    cluster: str | None = None,
    strata: str | None = None,
    share: float | str = 0.0,
) -> pd.DataFrame:
    """Multidimensional poverty after Alkire and Foster, in all or by group, with standard errors.

    Parameters
    ----------
    dimensions : weight of each dimension, adding up to 1; the dimension names a column of yes and no, 1 and 0 for
        deprived and not
    cutoff : weight of deprivations from which on a person is poor, above 0 and up to 1
    weight, by, cluster, strata, share : as in `measures`

    Returns
    -------
    One row per group, measure and dimension: the columns of `by`, measure, dimension, value, standard_error. The
    measures are those of `alkire_foster`; dimension is `all` for those of all dimensions.

    Raises
    ------
    FrameError
        As `measures`; also for dimensions that are neither yes nor no, weights that do not add up to 1, and a cut-off
        out of range.
    """
    by, check, names = names_of(by), Check(frame), list(dimensions)
    weights = check.weights(weight)
    check.labels(by)
    design = design_of(check, cluster, strata, share)
    columns = np.stack([check.numbers(name) for name in names], axis=1) if names else np.zeros((len(frame), 0))
    for name, column in zip(names, columns.T, strict=True):
        check.rows(np.isfinite(column) & (column != 0) & (column != 1), f"{name} is neither 0 nor 1")
    shares = np.array(list(dimensions.values()), np.float64)
    if (shares <= 0).any() or not np.isclose(shares.sum(), 1):
        check.problem(f"the weights of the dimensions are {shares.tolist()}; they are positive and add up to 1")
    if not 0 < cutoff <= 1:
        check.problem(f"cutoff is {cutoff}; it lies above 0 and is at most 1")
    check.done()
    deprived = columns == 1

    def of_group(rows: Rows) -> dict[tuple[str, str], Estimate]:
        found = alkire_foster(deprived[rows], shares, cutoff, weights[rows])
        return {(name, "all" if d is None else names[d]): estimate for (name, d), estimate in found.items()}

    return _table(frame, by, weights, design, ["measure", "dimension"], of_group)


def _table(
    frame: pd.DataFrame,
    by: Sequence[str],
    weights: Floats,
    design: Design,
    labels: Sequence[str],
    of_group: Callable[[Rows], Mapping[Any, Estimate]],
) -> pd.DataFrame:
    table = []
    for group, rows in groups(frame, by):
        for label, estimate in of_group(rows).items():
            error = design.standard_error(estimate, rows)
            table.append([*group.values(), *label, estimate.value, error])
    return pd.DataFrame(table, columns=[*by, *labels, "value", "standard_error"])
