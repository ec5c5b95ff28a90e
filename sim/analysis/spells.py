"""From spells of poverty to episodes: time in poverty or on the register, and time out of it until the next fall.

An episode is what survival analysis works on:

- household;
- begin: month (Period) in which it began, or in which observation did where the start is not known;
- entry: months since begin after which observation began (left truncation), mostly 0;
- months: months since begin until the event, or until observation ended;
- event: whether the episode was seen to end;
- start_known: False where it had begun before observation did, so that `months` is too short;
- cause: for time in, that of the spell; for time out, that of the spell before;
- cause_of_return: for time out, that of the spell which ended it.

An episode is at risk in the months from `entry + 1` to `months` since begin, and an event is that of the last of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.frames import FrameError
from sim.analysis.spell_table import KINDS, month_number, read_spells, window

EPISODE = ("household", "begin", "entry", "months", "event", "start_known", "cause", "cause_of_return")


def time_in(spells: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Episodes in poverty or on the register, one per spell of the kind; the event is the exit.

    Raises
    ------
    FrameError
        With every row that contradicts itself or another one.
    """
    mine = _of_kind(read_spells(spells), kind)
    return _episodes(
        mine.assign(months=mine["end"] - mine["start"], event=~mine["right"], start_known=~mine["left"]), "start"
    )


def time_out(
    spells: pd.DataFrame,
    kind: str,
    first: str | None = None,
    last: str | None = None,
    households: Iterable[Any] | None = None,
) -> pd.DataFrame:
    """Episodes out of poverty or off the register; the event is the fall, which is a return where start_known holds.

    Each ended spell is followed by an episode out. Before a household's first spell there is one whose start is not
    known; its event is a first fall as far as anybody saw.

    Parameters
    ----------
    first, last : first and last observed month; what the censored spells of either kind say unless given
    households : everybody observed. Those without a spell of the kind were out all the time and can be told only from
        this list; spells of others are left out

    Raises
    ------
    FrameError
        With every row that contradicts itself or another one, and where the observed months can not be told.
    """
    table = read_spells(spells)
    begins, ends = window(table, first, last)
    mine = _of_kind(table, kind)
    if households is not None:
        everybody = pd.Series(households).drop_duplicates()
        mine = mine[mine["household"].isin(everybody)]
    following = mine.groupby("household")[["start", "cause"]].shift(-1)
    after = mine.assign(
        months=following["start"].fillna(ends).astype(np.int64) - mine["end"],
        event=following["start"].notna(),
        start_known=True,
        cause_of_return=following["cause"],
    )[~mine["right"]]
    before = mine.drop_duplicates("household").query("start > @begins")
    before = before.assign(
        end=begins,
        months=before["start"] - begins,
        event=True,
        start_known=False,
        cause_of_return=before["cause"],
        cause=_no_causes(len(before), table),
    )
    parts = [after, before]
    if households is not None:
        never = pd.DataFrame({"household": everybody[~everybody.isin(mine["household"])]})
        nothing = _no_causes(len(never), table)
        always = {"end": begins, "months": ends - begins, "event": False, "start_known": False}
        parts.append(never.assign(**always, cause=nothing, cause_of_return=nothing))
    return _episodes(pd.concat(parts), "end")


def during(episodes: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """The part of each episode that lies in the months from first to last: late entries and events not yet seen."""
    begin = episodes["begin"].array.asi8
    low, high = month_number(first), month_number(last)
    event = episodes["event"].to_numpy() & (begin + episodes["months"].to_numpy() <= high)
    cut = episodes.assign(
        entry=np.maximum(episodes["entry"].to_numpy(), low - 1 - begin),
        months=np.minimum(episodes["months"].to_numpy(), high - begin),
        event=event,
    )
    if "cause_of_return" in cut:
        cut["cause_of_return"] = cut["cause_of_return"].where(event)
    return cut[cut["months"] > cut["entry"]].reset_index(drop=True)


def by_year(episodes: pd.DataFrame) -> pd.DataFrame:
    """Episodes cut at the turns of the years, with a column year: hazards may then differ by calendar year."""
    if episodes.empty:
        return episodes.assign(year=0)
    begin = episodes["begin"].array.asi8
    ends = pd.PeriodIndex.from_ordinals([begin.min(), (begin + episodes["months"]).max()], freq="M").year
    parts = [during(episodes, f"{year}-01", f"{year}-12").assign(year=year) for year in range(ends[0], ends[1] + 1)]
    return pd.concat(parts, ignore_index=True)


def _of_kind(table: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Spells of one kind, sorted by household and start."""
    if kind not in KINDS:
        raise FrameError([f"there is no kind {kind}; allowed: {', '.join(KINDS)}"])
    return table[table["kind"] == kind].sort_values(["household", "start"], kind="stable")


def _no_causes(length: int, table: pd.DataFrame) -> pd.Categorical:
    return pd.Categorical.from_codes(np.full(length, -1), dtype=table["cause"].dtype)


def _episodes(table: pd.DataFrame, begin: str) -> pd.DataFrame:
    """The columns of EPISODE that there are, sorted by household and begin."""
    table = table.sort_values(["household", begin], kind="stable", ignore_index=True)
    table = table.assign(begin=pd.PeriodIndex.from_ordinals(table[begin].to_numpy(np.int64), freq="M"), entry=0)
    return table[[name for name in EPISODE if name in table.columns]]
