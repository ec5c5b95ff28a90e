"""Life tables: the monthly hazard of an exit or a fall by months since the episode began, as it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from sim.analysis.design import design_of, ratio
from sim.analysis.frames import Check, Floats, groups, names_of


def check_episodes(episodes: pd.DataFrame) -> Check:
    """A check of the columns that survival analysis needs; what is wrong is noted, not yet raised."""
    check = Check(episodes)
    entry, months, event = (check.numbers(name) for name in ("entry", "months", "event"))
    check.rows(entry < 0, "entry is negative")
    check.rows(months < entry, "months is less than entry")
    check.rows(np.isfinite(event) & (event != 0) & (event != 1), "event is neither 0 nor 1")
    check.rows((event == 1) & (months == entry), "the event comes at entry, before the episode is at risk")
    if "start_known" in episodes.columns:
        unknown = ~episodes["start_known"].to_numpy(bool)
        check.rows(
            unknown, "the episode's start is not known, so neither are its months; keep frame[frame.start_known]"
        )
    return check


def exposure(episodes: pd.DataFrame, after: float, until: float) -> tuple[Floats, Floats]:
    """(n,) months at risk of each episode, and its events, later than `after` and up to `until` since its begin."""
    entry, months = episodes["entry"].to_numpy(np.float64), episodes["months"].to_numpy(np.float64)
    at_risk = np.maximum(np.minimum(months, until) - np.maximum(entry, after), 0.0)
    event = episodes["event"].to_numpy(np.float64) * ((months > after) & (months <= until))
    return at_risk, event


def cuts(episodes: pd.DataFrame, width: int | Sequence[int]) -> list[tuple[int, int]]:
    """Intervals (after, until] of months since begin: of one width up to the longest episode, or between given ends."""
    longest = int(np.ceil(episodes["months"].max()))
    ends = range(0, longest + width, width) if isinstance(width, int) else [0, *width]
    return list(pairwise(ends))


def life_table(
    episodes: pd.DataFrame,
    width: int | Sequence[int] = 12,
    by: str | Sequence[str] = (),
    *,
    weight: str | None = None,
    cluster: str | None = None,
    strata: str | None = None,
    share: float | str = 0.0,
) -> pd.DataFrame:
    """Hazard by months since begin: events over months at risk, so the chance that the event comes in a month.

    The standard error is that of a ratio of two totals. With one month an interval and each episode drawn on its own it
    is the binomial one, times n/(n - 1) in the variance.

    Parameters
    ----------
    episodes : see `sim.analysis.spells`; all starts known
    width : months of an interval, or the ends of the intervals, such as [6, 12, 24, 60]
    by : columns whose values make the groups
    weight : column of households that an episode stands for; None counts each once
    cluster, strata, share : sampling, as in `sim.analysis.measures.measures`. Each row was drawn on its own unless a
        cluster is given: households, where one may have several episodes, or villages

    Returns
    -------
    One row per group and interval in which anybody is at risk: the columns of `by`, after and until (months since
    begin), months_at_risk and events (weighted), hazard, standard_error. The error is 0 where no event was seen, which
    says nothing of its precision, and nan within one sampling unit.

    Raises
    ------
    FrameError
        With every problem and its rows.
    """
    by, check = names_of(by), check_episodes(episodes)
    check.labels(by)
    weights, design = check.weights(weight), design_of(check, cluster, strata, share)
    check.done()
    table = []
    for after, until in cuts(episodes, width):
        at_risk, event = exposure(episodes, after, until)
        for group, rows in groups(episodes, by):
            total = float(weights[rows] @ at_risk[rows])
            if total > 0:
                hazard = ratio(event[rows], at_risk[rows], weights[rows])
                events = float(weights[rows] @ event[rows])
                error = design.standard_error(hazard, rows)
                table.append([*group.values(), after, until, total, events, hazard.value, error])
    columns = [*by, "after", "until", "months_at_risk", "events", "hazard", "standard_error"]
    return pd.DataFrame(table, columns=columns).sort_values([*by, "after"], kind="stable", ignore_index=True)
