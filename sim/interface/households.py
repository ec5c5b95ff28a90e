"""Households of a result with the village and county they live in, and their time in and out of poverty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sim.analysis.frames import FrameError, names_of
from sim.analysis.spells import by_year, time_in, time_out
from sim.scenario import at_year

VILLAGE = ("village", "county", "poor_village", "severity", "weight")
EVENTS = {"exit": time_in, "return": time_out}
UNKNOWN = "not recorded"


def with_village(table: pd.DataFrame, areas: pd.DataFrame) -> pd.DataFrame:
    """The table with the columns of VILLAGE, found by the column household, whose upper 32 bits number the village."""
    villages = areas[areas["level"] == "village"].rename(columns={"area": "village", "poor": "poor_village"})
    villages = villages.set_index(villages["number"].astype("int64"))
    number = (table["household"].to_numpy("uint64") >> 32).astype("int64")
    found = villages.loc[number, list(VILLAGE)].reset_index(drop=True)
    return pd.concat([table.reset_index(drop=True).drop(columns="weight", errors="ignore"), found], axis=1)


def panel_of(panel: pd.DataFrame, areas: pd.DataFrame, lines: Mapping[str, Mapping[Any, float]]) -> pd.DataFrame:
    """The panel with village, income per head, persons and the poverty lines of each year."""
    table = with_village(panel, areas)
    table["persons"] = table["weight"] * table["members"]
    table["income_per_head"] = table["income_12_months"].astype("float64") / table["members"]
    for name, path in lines.items():
        years = {int(year): value for year, value in path.items()}
        table[f"{name}_line"] = table["year"].map({year: at_year(years, year) for year in table["year"].unique()})
    return table


def episodes_of(
    spells: pd.DataFrame, areas: pd.DataFrame, event: str, kind: str, by: str | Sequence[str]
) -> pd.DataFrame:
    """Episodes whose start is known, with the columns of VILLAGE; cut at the turns of the years for ``by="year"``.

    Raises
    ------
    FrameError
        For an event or kind that there is not, columns that can not tell groups apart, and where nothing is left.
    """
    if event not in EVENTS:
        raise FrameError([f"there is no event {event}; allowed: {', '.join(EVENTS)}"])
    found = EVENTS[event](spells, kind)
    found = found[found["start_known"]]
    if found.empty:
        raise FrameError([f"no household was seen to begin an episode that ends with an {event} ({kind})"])
    found = with_village(by_year(found) if "year" in names_of(by) else found, areas)
    found["cause"] = found["cause"].cat.add_categories(UNKNOWN).fillna(UNKNOWN)
    groups = [*VILLAGE[1:-1], "cause", "year"]
    if unknown := [name for name in names_of(by) if name not in groups]:
        raise FrameError([f"households are not told apart by {', '.join(unknown)}; allowed: {', '.join(groups)}"])
    return found
