"""Reads a file of households and says everything that is wrong with it before anything is simulated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

import numpy as np

from sim.microdata.check_rows import check_rows, check_totals
from sim.microdata.files import column_names, read_columns
from sim.microdata.parse import parse
from sim.microdata.problems import Problems, value_shown
from sim.scenario.microdata import ATTRIBUTES, Imputable, file_hash
from sim.scenario.model import Scenario
from sim.scenario.problems import allowed, nearest

NEEDED = ("id", "county", "village", "severity", "members")
SOURCES = ("farm_income", "wage_income", "property_income", "transfer_income")
SHARES = ("farm_share", "wage_share")
# How the file says what a household earns: in one of these ways.
LEVELS: tuple[tuple[str, ...], ...] = (SOURCES, ("income",), ("permanent",))
IMPUTABLE: tuple[str, ...] = get_args(Imputable)


@dataclass(frozen=True, eq=False)
class Table:
    """The households of a file, in its order.

    Attributes
    ----------
    values : attribute -> (R,) values; NaN where it is to be imputed. An attribute that the file lacks stands in none
    weight : (R,) households that each one stands for
    imputed : attribute -> households of which it is imputed
    """

    values: dict[str, np.ndarray]
    weight: np.ndarray
    imputed: dict[str, int]

    def __len__(self) -> int:
        return len(self.weight)


def read_table(scenario: Scenario) -> Table:
    """The checked households of a scenario that has a file of them.

    Raises
    ------
    ScenarioError
        With everything that is wrong in the file, by row and column.
    """
    population = scenario.population
    asked = population.columns or {}, population.weights, tuple(population.impute or ())
    totals = population.households, population.poor_villages.count
    return _read(
        str(population.microdata), str(population.microdata_sha256), tuple(sorted(asked[0].items())), *asked[1:],
        tuple(population.counties), float(scenario.income.property_share), totals,
    )  # fmt: skip


@lru_cache(maxsize=1)
def _read(
    file: str,
    contents: str,
    mapped: tuple[tuple[str, str], ...],
    weights: str | None,
    impute: tuple[str, ...],
    counties: tuple[str, ...],
    property_share: float,
    totals: tuple[float, int],
) -> Table:
    """Kept for the next world of the same households: many runs differ in other things."""
    columns = {**dict(mapped), **({"weights": weights} if weights else {})}
    problems = Problems(file, columns)
    names = _names(file, contents, problems)
    held = {name: columns.get(name, name) for name in ATTRIBUTES if name in columns or name in names}
    for name, column in columns.items():
        if column not in names:
            problems.add(f"there is no such column{nearest(column, names)}{allowed(names)}", name)
    wanted = _wanted(held, impute, names, problems)
    problems.stop()
    texts = [held[name] for name in wanted if ATTRIBUTES[name].kind == "text" or name == "key"]
    try:
        frame = read_columns(file, {*(held[name] for name in wanted), *([weights] if weights else [])}, texts)
    except ValueError as error:
        problems.add(str(error))
        problems.stop()
    if frame.empty:
        problems.add("holds no household")
    values = {name: parse(name, ATTRIBUTES[name], frame[held[name]], name in impute, problems) for name in wanted}
    weight = _weights(frame, weights, problems)
    problems.stop()
    check_rows(values, weight, counties, property_share, problems)
    check_totals(values, weight, *totals, problems)
    problems.stop()
    empty = {name: int(np.isnan(values[name]).sum()) if name in values else len(frame) for name in impute}
    for array in (*values.values(), weight):
        array.flags.writeable = False
    return Table(values, weight, empty)


def _names(file: str, contents: str, problems: Problems) -> list[str]:
    """Names of the columns, of a file that is still the one the scenario was loaded with."""
    try:
        if file_hash(file) != contents:
            raise ValueError("has changed since the scenario was read; start again")
        names = column_names(file)
    except ValueError as error:
        problems.add(str(error))
        problems.stop()
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        problems.add(f"columns stand twice: {', '.join(twice)}")
        problems.stop()
    return names


def _wanted(held: dict[str, str], impute: Iterable[str], names: list[str], problems: Problems) -> list[str]:
    """Attributes to read; what is needed and neither there nor to be imputed is a problem."""
    levels = [level for level in LEVELS if set(level) & set(held)]
    if not levels:
        problems.add(f"says nothing of incomes; allowed: columns {', '.join(SOURCES)}; or income; or permanent")
    elif len(levels) > 1:
        found = " and ".join(level[0] for level in levels)
        problems.add(f"says twice what a household earns, in {found}; allowed: one of them, the other one renamed")
    level = levels[0] if levels else ()
    needed = [*NEEDED, *level, *(name for name in IMPUTABLE if name not in SHARES or level not in (SOURCES, ()))]
    for name in SHARES if level == SOURCES else ():
        if name in held or name in impute:
            problems.add("has no effect: incomes by source say it; leave it out", name)
    for name in needed:
        if name not in held and name not in impute:
            ways = f"a column of that name, or columns: {{{name}: …}}"
            ways += f", or impute: [{name}]" if name in IMPUTABLE else ""
            problems.add(f"is missing{nearest(name, names)}; allowed: {ways}", name)
    return [name for name in (*needed, "key") if name in held]


def _weights(frame: object, weights: str | None, problems: Problems) -> np.ndarray:
    import pandas as pd

    assert isinstance(frame, pd.DataFrame)
    if weights is None:
        return np.ones(len(frame))
    cells = frame[weights]
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    wrong = ~((numbers > 0) & np.isfinite(numbers))
    say = "is no weight; allowed: numbers above 0 (households that this one stands for)"
    problems.rows("weights", wrong, lambda row: f"{value_shown(cells.iloc[row])} {say}")
    return numbers
