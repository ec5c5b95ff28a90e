"""What a run gave, in a notebook: tidy tables, measures, hazards, pictures; also of a folder that a run left behind."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.interface import units
from sim.interface.page import paragraph, shown, table
from sim.interface.plots import Plots
from sim.interface.sources import FromFolder
from sim.interface.tables import Tables
from sim.results.folder import FolderError

if TYPE_CHECKING:
    import pandas as pd


class Result(Tables):
    """Everything about one run. Its tables are made when they are first asked for; change them as you like.

    Units stand in ``.attrs["units"]`` of each table. Months are pandas Periods. Persons, households and money are
    weighted up to the whole region, whatever share of it was simulated.

    Examples
    --------
    >>> import sim
    >>> result = sim.load("tests/small.yaml").run(threads=1)
    >>> result.yearly.loc[[2014, 2020], "register_incidence"].is_monotonic_decreasing
    True
    """

    def measures(
        self,
        year: int | Sequence[int] | None = None,
        by: str | Sequence[str] = (),
        line: str = "survey",
        **options: Any,
    ) -> pd.DataFrame:
        """Poverty and inequality measures of the kept households, with standard errors between villages.

        Parameters
        ----------
        year : December or Decembers; the last one unless given
        by : columns of `panel` whose values make groups, such as county, poor_village, severity or status
        line : survey or exit; an income of the twelve months below it is poverty
        options : further ones of `sim.analysis.measures.measures`, such as ``which=["headcount", "gini"]``

        Returns
        -------
        One row per year, group and measure: year, the columns of `by`, measure, value, standard_error. A panel is a
        sample: `yearly` and `series` count everybody that was simulated.

        Raises
        ------
        FrameError
            With every problem: years or columns that are not there, a line or measure that does not exist.
        ValueError
            Where the run kept no households.

        Examples
        --------
        >>> measures = result.measures(2020, by="poor_village", which=["headcount"])
        >>> measures[["year", "poor_village", "measure"]].values.tolist()
        [[2020, False, 'headcount'], [2020, True, 'headcount']]
        """
        from sim.analysis.frames import FrameError, names_of
        from sim.analysis.measures import measures

        there = self.panel["year"].unique().tolist()
        years = [there[-1]] if year is None else [year] if isinstance(year, int) else list(year)
        if unknown := [each for each in years if each not in there]:
            raise FrameError([f"{unknown[0]} has no December in the run; allowed: {there[0]} to {there[-1]}"])
        if line not in ("survey", "exit"):
            raise FrameError([f"there is no line {line}; allowed: survey, exit"])
        frame = self.panel[self.panel["year"].isin(years)]
        design = {"cluster": "village", "strata": "county"}
        found = measures(
            frame,
            "income_per_head",
            "persons",
            line=f"{line}_line",
            by=["year", *names_of(by)],
            **{**design, **options},
        )
        found.attrs["units"] = units.MEASURES
        return found

    def hazard(
        self,
        event: str = "return",
        kind: str = "income_poverty",
        by: str | Sequence[str] = (),
        width: int | Sequence[int] = 12,
    ) -> pd.DataFrame:
        """Monthly hazard of a return into poverty, or of an exit from it, by months since the episode began.

        Episodes that had begun before anybody looked are left out: how long they had lasted is not known.

        Parameters
        ----------
        event : return (after an exit) or exit (after a fall)
        kind : income_poverty, below the survey line on the income of twelve months; or registered, which changes in
            Decembers only, so that a hazard by less than twelve months shows the calendar
        by : cause (of the spell in poverty), county, poor_village, severity, or year of the calendar
        width : months of an interval, or the ends of the intervals, such as [6, 12, 24, 60]

        Returns
        -------
        One row per group and interval: the columns of `by`, after, until, months_at_risk, events, hazard,
        standard_error. Households are weighted, and errors are those between villages; see
        `sim.analysis.hazard.life_table`.

        Raises
        ------
        FrameError
            With every problem: an event, kind or group that there is not, or nobody at risk.

        Examples
        --------
        >>> result.hazard(width=[12, 24])[["after", "until"]].values.tolist()
        [[0, 12], [12, 24]]
        >>> result.hazard().attrs["units"]["hazard"]
        'probability a month'
        """
        from sim.analysis.hazard import life_table

        episodes = self.episodes(event, kind, by)
        found = life_table(episodes, width, by, weight="weight", cluster="village", strata="county")
        found.attrs["units"] = units.HAZARD
        return found

    def survival(
        self, event: str = "return", kind: str = "income_poverty", by: str | Sequence[str] = ()
    ) -> pd.DataFrame:
        """Share of episodes out of poverty (event return) or in it (event exit) that last longer than so many months.

        Kaplan and Meier's estimate: simulated households count alike, and each on its own; see
        `sim.analysis.survival.survival`. Parameters and errors are those of `hazard`.

        Returns
        -------
        One row per group and month with an event: the columns of `by`, months, at_risk, events, survival,
        standard_error, lower, upper.

        Examples
        --------
        >>> curve = result.survival("exit")
        >>> bool(curve["survival"].is_monotonic_decreasing)
        True
        """
        from sim.analysis.survival import survival

        found = survival(self.episodes(event, kind, by), by)
        found.attrs["units"] = units.SURVIVAL
        return found

    def episodes(
        self, event: str = "return", kind: str = "income_poverty", by: str | Sequence[str] = ()
    ) -> pd.DataFrame:
        """The episodes behind `hazard` and `survival`, for models of one's own (`sim.analysis.hazard_model`).

        Columns: those of `sim.analysis.spells`, and village, county, poor_village, severity, weight (households).

        Examples
        --------
        >>> set(result.episodes()["event"].unique()) <= {True, False}
        True
        """
        from sim.interface.households import episodes_of

        return episodes_of(self.spells, self.areas, event, kind, by)

    @property
    def plot(self) -> Plots:
        """Pictures, each on matplotlib axes: `plot.poverty()`, `plot.hazard()`, `plot.income()`."""
        return Plots(self)

    def save(self, folder: str | os.PathLike[str], force: bool = False) -> Path:
        """Write the folder that ``povsim run`` writes, report and tables, whole or not at all; its path.

        Parameters
        ----------
        force : replace an earlier result, never a folder that holds anything else

        Raises
        ------
        FolderError
            Where the folder exists, or can not be written.
        """
        out = Path(folder)
        if out.is_dir() and any(out.iterdir()) and not force:
            raise FolderError(f"{out} exists already; give force=True to replace it, or another folder")
        self._source.write(out, force)
        return out

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write the report as one HTML page that needs nothing beside it; its path."""
        out = Path(path)
        part = out.with_name(f".{out.name}.part")
        part.write_text(self._source.page(), encoding="utf-8")
        part.replace(out)
        return out

    def __repr__(self) -> str:
        rows = _by_year(self)
        return f"{_title(self)}\n{rows.to_string(formatters=dict.fromkeys(rows.columns, shown))}"

    def _repr_html_(self) -> str:
        return paragraph(_title(self)) + table(_by_year(self))


def _title(result: Result) -> str:
    said, seed = result.summary, result.scenario["seed"]
    return f"{said['scenario']} ({said['region']}): {said['households']:,} households simulated, seed {seed}"


def _by_year(result: Result) -> pd.DataFrame:
    """What is shown of the years."""
    chosen = result.yearly[["register_incidence", "income_incidence", "exits", "returns", "outlays_yuan"]]
    chosen = chosen.assign(outlays_yuan=chosen["outlays_yuan"] / 1e9)
    return chosen.set_axis(["register, %", "income, %", "exits, persons", "returns, persons", "bn yuan"], axis=1)


def open(folder: str | os.PathLike[str]) -> Result:
    """The result in a folder that ``povsim run`` or `Result.save` wrote.

    Raises
    ------
    FolderError
        Where the folder holds no result of a run, or a damaged one.

    Examples
    --------
    >>> import sim
    >>> sim.open("results/nothing")
    Traceback (most recent call last):
        ...
    sim.results.folder.FolderError: results/nothing holds no result of a run: there is no manifest.json
    """
    return Result(FromFolder(Path(folder)))
