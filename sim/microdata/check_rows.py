"""What must hold between the columns of a file of households, and between the file and the scenario."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.microdata.problems import Problems
from sim.scenario.microdata import ATTRIBUTES
from sim.scenario.problems import allowed, nearest

# Places, budgets and the register are numbers of the whole region: households that stand for a tenth of it would get
# ten times as much. 5 % leaves room for the sampling error of a survey; assumed.
TOTALS_WITHIN = 0.05
# Of one household, which is simulated as often as its weight holds the smallest of its village; assumed: far beyond
# the weights of surveys, and few enough for memory.
MOST_COPIES = 1_000
ROUNDED = 1e-4  # shares may be rounded to so many digits

Values = Mapping[str, np.ndarray]


def village_codes(values: Values) -> np.ndarray:
    """(R,) number of each household's village among the distinct pairs of county and village."""
    import pandas as pd

    pairs = pd.MultiIndex.from_arrays([values["county"], values["village"]])
    return pd.factorize(pairs)[0].astype(np.int64)


def check_rows(
    values: Values, weight: np.ndarray, counties: tuple[str, ...], property_share: float, problems: Problems
) -> None:
    """Everything that single columns can not tell; adds to `problems`."""
    _twice("id", values["id"], problems)
    county = values["county"]
    unknown = ~np.isin(county.astype(str), counties)
    problems.rows(
        "county", unknown, lambda row: f"there is no county {county[row]!r}{nearest(county[row], counties)}"
        + allowed(counties)
    )  # fmt: skip
    _persons(values, problems)
    _incomes(values, property_share, problems)
    village = village_codes(values)
    _weights_of_villages(weight, village, problems)
    for name in ("severity", "road_lot"):
        if name in values:
            _alike(name, values[name], values["village"], village, problems)
    if "key" in values:
        _keys(values, village, problems)


def _twice(name: str, column: np.ndarray, problems: Problems) -> None:
    import pandas as pd

    codes, _ = pd.factorize(column)
    first = np.full(codes.max(initial=-1) + 1, len(codes), np.int64)
    np.minimum.at(first, codes, np.arange(len(codes)))
    here = first[codes]
    again = here < np.arange(len(codes))
    problems.rows(name, again, lambda row: f"{str(column[row])!r} stands in row {here[row] + 1} already")


def _persons(values: Values, problems: Problems) -> None:
    members = values["members"]
    roles = {name: np.nan_to_num(values[name]) for name in ("workers", "students", "elderly") if name in values}
    together = np.add.reduce([np.zeros(len(members)), *roles.values()])
    for name, persons in roles.items():
        _too_many(name, persons, members, problems)
        together[persons > members] = 0
    once = "each member counts once, as one of these or as none"
    say = f"{' + '.join(roles)} are more than the members; {once}"
    problems.rows("members", together > members, lambda row: f"{members[row]:g}, but {say}")


def _too_many(name: str, persons: np.ndarray, members: np.ndarray, problems: Problems) -> None:
    more = "allowed: as many as there are members"
    problems.rows(
        name, persons > members, lambda row: f"{persons[row]:g} {name} among {members[row]:g} members; {more}"
    )


def _incomes(values: Values, property_share: float, problems: Problems) -> None:
    sources = [name for name in ATTRIBUTES if name.endswith("_income") and name in values]
    if sources:
        total = np.add.reduce([values[name] for name in sources])
        say = f"{', '.join(sources)} add up to nothing; allowed: above 0, since what a household earns has a logarithm"
        problems.rows(sources[0], total <= 0, lambda row: say)
    elif "income" in values:
        problems.rows("income", values["income"] <= 0, lambda row: "is 0; allowed: above 0, since it has a logarithm")
    shares = [values[name] for name in ("farm_share", "wage_share") if name in values]
    if shares:
        both, most = np.add.reduce(np.nan_to_num(shares)), 1 - property_share
        alone = np.isnan(shares).any(0) != np.isnan(shares).all(0) if len(shares) == 2 else ~np.isnan(shares[0])
        say_alone = "farm_share and wage_share go together; allowed: both or none of them"
        problems.rows("farm_share", alone, lambda row: say_alone)
        problems.rows(
            "farm_share", both > most + ROUNDED, lambda row: f"with wage_share it is {both[row]:.6g}; allowed: up to "
            f"{most:.6g}, which income.property_share leaves"
        )  # fmt: skip


def _weights_of_villages(weight: np.ndarray, village: np.ndarray, problems: Problems) -> None:
    smallest = np.full(village.max(initial=-1) + 1, np.inf)
    np.minimum.at(smallest, village, weight)
    least = smallest[village]
    say = (
        f"the smallest weight of the village; allowed: up to {MOST_COPIES:,} times it, as often as it is simulated then"
    )
    problems.rows(
        "weights", weight > MOST_COPIES * least, lambda row: f"{weight[row]:g} is too much beside {least[row]:g}, {say}"
    )


def _alike(name: str, column: np.ndarray, villages: np.ndarray, village: np.ndarray, problems: Problems) -> None:
    """An attribute of a village must be the same in all its rows."""
    filled = np.where(np.isnan(column), -1, column)
    first = np.zeros(village.max(initial=-1) + 1, np.int64)
    first[village[::-1]] = np.arange(len(village))[::-1]
    other = filled != filled[first[village]]
    problems.rows(
        name, other, lambda row: f"differs from row {first[village[row]] + 1} of the same village, {villages[row]!r}; "
        "allowed: one value in a village"
    )  # fmt: skip


def _keys(values: Values, village: np.ndarray, problems: Problems) -> None:
    """A key's upper half is its village's, as in an export: other villages must differ in it."""
    keys = values["key"]
    _twice("key", keys, problems)
    upper = keys >> np.uint64(32)
    _alike("key", upper.astype(np.float64), values["village"], village, problems)
    first = np.unique(upper, return_index=True)[1]
    owner = dict(zip(upper[first].tolist(), village[first].tolist(), strict=True))
    foreign = np.array([owner[number] for number in upper.tolist()], np.int64) != village
    problems.rows(
        "key", foreign, lambda row: "belongs to another village; allowed: keys of an export, or no key at all"
    )


def check_totals(values: Values, weight: np.ndarray, households: float, designated: int, problems: Problems) -> None:
    """Refuses households that do not stand for the region, whose places and budgets are totals.

    Parameters
    ----------
    households, designated : households and designated poor villages of the scenario
    """
    found = weight.sum()
    if abs(found - households) > TOTALS_WITHIN * households:
        problems.add(
            f"stands for {found:,.0f} households, but population.households says {households:,.0f}; allowed: within "
            f"{TOTALS_WITHIN:.0%}; are weights missing, or is it the total of another region?"
        )
    if designated == 0:
        say = "designated, but population.poor_villages.count is 0; allowed: none, or another count"
        problems.rows("severity", values["severity"] > 0, lambda row: say)
