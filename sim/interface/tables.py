"""The tables of a result: tidy data frames with units, made when they are first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.interface import units
from sim.interface.sources import Source

if TYPE_CHECKING:
    import pandas as pd


class Tables:
    """What a run, or the folder that it left behind, says in tables."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The short result, as ``summary.json`` holds it: incidences in percent, flows in persons a year.

        Examples
        --------
        >>> result.summary["region"], result.summary["months"]
        ('small', 109)
        """
        return self._source.summary()

    @cached_property
    def scenario(self) -> dict[str, Any]:
        """The scenario that was run, with everything it extends, changes and leaves at its default."""
        return self._source.scenario()

    @cached_property
    def yearly(self) -> pd.DataFrame:
        """(years, measures) of the region. Register figures are missing before there is a register.

        Examples
        --------
        >>> result.yearly.attrs["units"]["income_incidence"]
        'percent of persons, December'
        """
        import pandas as pd

        frame = pd.DataFrame(self.summary["yearly"]).set_index("year").astype(float)
        frame.attrs["units"] = units.YEAR
        return frame

    @cached_property
    def reported(self) -> pd.DataFrame:
        """One row per reported figure: operator, month, unit, reported, simulated, relative_error (a share).

        Examples
        --------
        >>> result.reported.loc["gz_inc_2011", ["operator", "unit"]].to_list()
        ['survey_incidence', 'percent']
        """
        import pandas as pd

        from calibration.evidence import load_evidence

        registry = load_evidence()
        rows = [
            {**target, "month": pd.Period(figure["at"], "M"), "unit": registry[target["id"]].unit}
            for figure, target in zip(self.scenario["reported"], self.summary["targets"], strict=True)
        ]
        columns = ["id", "operator", "month", "unit", "reported", "simulated", "relative_error"]
        frame = pd.DataFrame(rows, columns=columns).set_index("id")
        return frame.astype({"reported": float, "simulated": float, "relative_error": float})

    @cached_property
    def series(self) -> pd.DataFrame:
        """One row per month, level, area and measure, tidy: month, level, area, measure, value, replicate.

        Levels are region, county, village (Decembers) and instrument; yearly measures stand in Decembers. What an
        instrument did in one county is the measure ``measure:instrument``.

        Examples
        --------
        >>> poor = result.series.query("level == 'region' and measure == 'income_poor_persons'")
        >>> len(poor), result.series.attrs["units"]["income_poor_persons"]
        (109, 'persons')
        """
        frame = self._table("series")
        measures = frame["measure"].cat.categories
        frame.attrs["units"] = {
            name: units.SERIES[name if name in units.SERIES else name.partition(":")[0]] for name in measures
        }
        return frame

    @cached_property
    def areas(self) -> pd.DataFrame:
        """One row per county and simulated village: level, area, county, poor, exit_month, number, severity, weight.

        Examples
        --------
        >>> result.areas["level"].value_counts().to_dict()
        {'village': 12, 'county': 3}
        """
        return self._table("areas")

    @cached_property
    def spells(self) -> pd.DataFrame:
        """One row per spell in income poverty or on the register.

        Columns: household, kind, start, end, months, cause, censored, ended, returned; see
        `sim.analysis.spell_table`.

        Examples
        --------
        >>> sorted(result.spells["kind"].unique())
        ['income_poverty', 'registered']
        """
        frame = self._table("spells")
        frame.attrs["units"] = units.SPELLS
        return frame

    @cached_property
    def panel(self) -> pd.DataFrame:
        """One row per kept household and December, with village, county, weights, income and lines.

        Raises
        ------
        ValueError
            Where the run kept no households.

        Examples
        --------
        >>> len(result.panel), result.panel.attrs["units"]["income_per_head"]
        (6000, 'yuan a head and year')
        """
        from sim.interface.households import panel_of

        kept = self._source.table("panel")
        if kept is None:
            raise ValueError("this result keeps no households; run it with panel=10_000, or povsim run --panel 10000")
        frame = panel_of(kept, self.areas, self.scenario["lines"])
        frame.attrs["units"] = units.PANEL
        return frame

    def _table(self, name: str) -> pd.DataFrame:
        found = self._source.table(name)
        assert found is not None, f"every run has the table {name}"
        return found
