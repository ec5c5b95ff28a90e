"""What a run gives by year, level and area: the measures that runs are compared by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.calendar import year_of
from sim.history import INSTRUMENT, KINDS, MONTHLY, OF_KIND, YEARLY, Floats, History
from sim.measures import decembers

if TYPE_CHECKING:
    import pandas as pd

STOCKS = tuple(name for name, unit in MONTHLY.items() if name.endswith(f"_{unit}") or name == unit)
FLOWS = tuple(name for name in MONTHLY if name not in STOCKS)
PERSON_YEARS = {
    "income_poor_person_years": "income_poor_persons",
    "registered_person_years": "registered_persons",
}
TO_DATE = (
    "exits_persons",
    "returns_persons",
    "returns_if_all_found_persons",
    *PERSON_YEARS,
    "outlays",
)
PER_HEAD = ("income_per_head", *(f"income_per_head:fifth_{fifth}" for fifth in range(1, 6)))
INCIDENCE = {"income_incidence": "income_poor_persons", "register_incidence": "registered_persons"}
MEASURES = tuple(
    dict.fromkeys(
        [
            *MONTHLY, *YEARLY, *PERSON_YEARS, *INSTRUMENT, *(f"{name}_to_date" for name in TO_DATE),
            *INCIDENCE, *PER_HEAD, "covered_households",
        ]
    )
)  # fmt: skip
OF_INCOME = ("survey_poor_persons", "poverty_gap", "squared_poverty_gap")
OF_REGISTER = (
    *(name for name in MEASURES if name.startswith(("register", "exit", "returns"))),
    *(name for name in YEARLY if name not in OF_INCOME),
    "covered_households",
)
KIND_NAMES = [f"{split}: {kind}" for split, kinds in KINDS.items() for kind in kinds]


def outcomes(history: History, region: str) -> pd.Series:
    """Values of a run by level, area, measure and year.

    Levels are `region`, `county`, `village`, `kind` (of household: see `sim.history.KINDS`), `kind_in_county`, whose
    areas are named as in ``Xingguo/labour: weak``, and `instrument`; of villages only persons, the registered and the
    poor are known. Stocks are those of December; flows are sums of the
    simulated months of a year, or since the first one where a measure ends in `_to_date`. Persons who are poor in each
    month of a year make a person-year.
    """
    import pandas as pd

    keys, values = [], []
    for *key, series in _series(history, region):
        keys += [(*key, year) for year in history.years.tolist()]
        values.append(series)
    index = pd.MultiIndex.from_tuples(keys, names=["level", "area", "measure", "year"])
    return pd.Series(np.concatenate(values), index=index, name="value")


def _series(history: History, region: str) -> Iterator[tuple[str, str, str, Floats]]:
    """Level, area, measure and its (Y,) values."""
    of_county = by_county(history)
    total = {measure: values.sum(axis=1, keepdims=True) for measure, values in of_county.items()}
    for level, areas, of_area in (("region", [region], total), ("county", history.counties, of_county)):
        for measure, values in {**of_area, **_incidence(of_area)}.items():
            for area, column in zip(areas, values.T, strict=True):
                yield level, area, measure, column
    fifths = history.fifths.sum(axis=2)
    for measure, column in zip(PER_HEAD, (fifths.mean(axis=1), *fifths.T), strict=True):
        yield "region", region, measure, column
    yield from _of_kinds(history)
    for measure, values in of_village(history).items():
        for area, column in zip(history.villages, values.T, strict=True):
            yield "village", area, measure, column
    of_instrument = {"covered_households": history.covered_households}
    for measure, unit in INSTRUMENT.items():
        monthly = history.of_instrument[measure].sum(axis=2)
        of_instrument[measure] = of_years(history, monthly) if unit == "yuan" else monthly[decembers(history)]
    for measure, values in of_instrument.items():
        for area, column in zip(history.instruments, values.T, strict=True):
            yield "instrument", area, measure, column


def _of_kinds(history: History) -> Iterator[tuple[str, str, str, Floats]]:
    """Kinds of household, of the region and of each county."""
    for measure in OF_KIND:
        of_kind = history.of_kind[measure]
        for kind, column in zip(KIND_NAMES, of_kind.sum(axis=1).T, strict=True):
            yield "kind", kind, measure, column
        for county, columns in zip(history.counties, of_kind.transpose(1, 2, 0), strict=True):
            for kind, column in zip(KIND_NAMES, columns, strict=True):
                yield "kind_in_county", f"{county}/{kind}", measure, column


def by_county(history: History) -> dict[str, Floats]:
    """Measure -> (Y, C), of all measures that add up over counties."""
    values = {name: history.monthly[name][decembers(history)] for name in STOCKS}
    values |= {name: of_years(history, history.monthly[name]) for name in FLOWS}
    values |= history.yearly
    values |= {name: of_years(history, history.monthly[stock]) / 12 for name, stock in PERSON_YEARS.items()}
    values["outlays"] = of_years(history, history.of_instrument["outlays"].sum(axis=1))
    return values | {f"{name}_to_date": values[name].cumsum(axis=0) for name in TO_DATE}


def of_village(history: History) -> dict[str, Floats]:
    """Measure -> (Y, V)."""
    return {
        "persons": history.village_persons,
        "registered_persons": history.village_registered,
        "income_poor_persons": history.village_poor,
    }


def of_years(history: History, monthly: Floats) -> Floats:
    """(Y, …) sums over the simulated months of each year of (T, …) values."""
    calendar = np.array([year_of(int(month)) for month in history.months])
    return np.array([monthly[calendar == year].sum(axis=0) for year in history.years])


def _incidence(of_area: dict[str, Floats]) -> dict[str, Floats]:
    """Percent of persons; nan where a small sample has nobody."""
    persons = of_area["persons"]
    nobody = np.full(persons.shape, np.nan)
    return {
        name: np.divide(100 * of_area[stock], persons, out=nobody.copy(), where=persons > 0)
        for name, stock in INCIDENCE.items()
    }
