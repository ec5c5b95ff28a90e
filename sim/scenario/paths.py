"""Values that change with time: by year, and places that open by month."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping


def at_year(path: Mapping[int, float], year: float, linear: bool = False) -> float:
    """Value of a path in a year: that of the latest year not after it, or on the line to the next.

    Before the first year it is the first value, after the last year the last one.

    Examples
    --------
    >>> at_year({2014: 2.0, 2016: 4.0}, 2015), at_year({2014: 2.0, 2016: 4.0}, 2015, linear=True)
    (2.0, 3.0)
    """
    years = sorted(path)
    after = bisect_right(years, year)
    if after == 0:
        return path[years[0]]
    earlier = years[after - 1]
    if not linear or after == len(years):
        return path[earlier]
    later = years[after]
    return path[earlier] + (path[later] - path[earlier]) * (year - earlier) / (later - earlier)


def places_at(path: Mapping[int, float], month: int) -> float:
    """Places opened up to a month: none before the first date, all after the last, evenly between two dates.

    They open in January, April, July and October and at the dates themselves; in no other months.

    Parameters
    ----------
    path : month number -> cumulative places
    month : month number
    """
    dates = sorted(path)
    if month < dates[0]:
        return 0.0
    quarter = month - month % 3
    latest_date = dates[bisect_right(dates, month) - 1]
    return float(at_year(path, max(quarter, latest_date), linear=True))
