"""Bands around a run at a fit's median: what the draws of the fit's parameters make of every measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calibration.evidence import Evidence
from sim.history import History
from sim.measures import Year, yearly_table
from sim.reported import compare_reported
from sim.scenario import Scenario

if TYPE_CHECKING:
    import pyarrow as pa

SHARES = (0.05, 0.5, 0.95)


class Interval(NamedTuple):
    """5 %, 50 % and 95 % quantiles over draws."""

    low: float
    middle: float
    high: float


class Outcome(NamedTuple):
    """What bands need of a draw's run: rows of the series, its years, and each reported figure as simulated."""

    series: pa.Table
    yearly: list[Year]
    targets: list[float | None]


@dataclass(frozen=True)
class Bands:
    """Quantiles over draws, which all have the luck of the median's run: the bands are those of the parameters.

    Attributes
    ----------
    draws : how many, equally likely
    series : month, level, area, measure, low, middle, high; as series.parquet without villages, and without
        instruments by county
    yearly : year -> measure of `Year` -> interval; without those that a year does not have
    targets : interval of each reported figure, None where the run does not reach it
    """

    draws: int
    series: pa.Table
    yearly: Mapping[int, Mapping[str, Interval]]
    targets: Sequence[Interval | None]


def outcome(history: History, scenario: Scenario, evidence: Mapping[str, Evidence]) -> Outcome:
    """What bands need of a run."""
    targets = compare_reported(history, scenario, evidence)
    return Outcome(_series(history, scenario.region), yearly_table(history), [each.simulated for each in targets])


def bands(outcomes: Sequence[Outcome]) -> Bands:
    """Quantiles over runs of equally likely draws of one scenario."""
    import pyarrow as pa

    first = outcomes[0]
    values = np.quantile([each.series.column("value").to_numpy() for each in outcomes], SHARES, axis=0)
    series = first.series.drop_columns(["value", "replicate"])
    for name, column in zip(Interval._fields, values, strict=True):
        series = series.append_column(name, pa.array(column))
    years = zip(*(each.yearly for each in outcomes), strict=True)
    return Bands(
        draws=len(outcomes),
        series=series,
        yearly={rows[0]["year"]: _of_year(rows) for rows in years},
        targets=[_interval(each) for each in zip(*(each.targets for each in outcomes), strict=True)],
    )


def _series(history: History, region: str) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    from sim.results.tables import series_table

    table = series_table(history, region)
    level, measure = (pc.cast(table.column(name), pa.string()) for name in ("level", "measure"))
    by_instrument = pc.and_(pc.equal(level, "county"), pc.match_substring(measure, ":"))
    return table.filter(pc.invert(pc.or_(pc.equal(level, "village"), by_instrument)))


def _of_year(rows: Sequence[Mapping[str, Any]]) -> dict[str, Interval]:
    intervals = {name: _interval([row[name] for row in rows]) for name in rows[0] if name != "year"}
    return {name: each for name, each in intervals.items() if each is not None}


def _interval(values: Sequence[float | None]) -> Interval | None:
    known: NDArray[np.float64] = np.array([each for each in values if each is not None], float)
    return Interval(*np.quantile(known, SHARES).tolist()) if len(known) == len(values) else None
