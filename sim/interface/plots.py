"""Pictures of a result, each on matplotlib axes that can be changed further."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sim.history import FIFTHS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sim.interface.result import Result

FIFTH_NAMES = ("poorest fifth", "second", "third", "fourth", "richest fifth")


class Plots:
    """Pictures of a result.

    Examples
    --------
    >>> result.plot.poverty().get_ylabel()
    'persons, %'
    """

    def __init__(self, result: Result) -> None:
        self._result = result

    def poverty(self, ax: Axes | None = None) -> Axes:
        """Persons below the income line and on the register in each December, percent, with the reported points.

        Parameters
        ----------
        ax : axes to draw on; new ones unless given
        """
        from sim.report.svg import BLUE, RED, years_axis

        yearly = self._result.yearly
        with _drawing(ax) as axes:
            axes.plot(yearly.index, yearly["income_incidence"], "o-", color=BLUE, label="below the income line")
            axes.plot(yearly.index, yearly["register_incidence"], "s--", color=RED, label="on the register")
            for operator, colour in (("survey_incidence", BLUE), ("register_incidence", RED)):
                seen = self._result.reported.query("operator == @operator")
                axes.plot(
                    seen["month"].dt.year, seen["reported"], "D", ms=8, mew=2, mfc="white", mec=colour, zorder=5,
                    clip_on=False, label=f"reported, {operator.partition('_')[0]}" if len(seen) else None,
                )  # fmt: skip
            axes.set_ylim(bottom=0)
            axes.set_ylabel("persons, %")
            years_axis(axes, yearly.index.to_list())
            axes.legend()
        return axes

    def hazard(
        self,
        event: str = "return",
        kind: str = "income_poverty",
        by: str | Sequence[str] = (),
        width: int | Sequence[int] = 12,
        ax: Axes | None = None,
    ) -> Axes:
        """Monthly hazard by months since the episode began, percent, with 95 % intervals; see `Result.hazard`.

        Examples
        --------
        >>> result.plot.hazard("exit", by="poor_village").get_xlabel()
        'months since the fall'
        """
        from sim.analysis.frames import groups, names_of

        table = self._result.hazard(event, kind, by, width)
        with _drawing(ax) as axes:
            for group, rows in groups(table, names_of(by)):
                _hazard(axes, table.iloc[rows], ", ".join(_named(*each) for each in group.items()))
            axes.set_ylim(bottom=0)
            axes.set_xlim(left=0)
            axes.set_xlabel(f"months since the {'exit' if event == 'return' else 'fall'}")
            axes.set_ylabel(f"{event}s a month, % of those at risk")
            if by:
                axes.legend()
        return axes

    def income(self, ax: Axes | None = None) -> Axes:
        """Mean income of each fifth of persons, thousand yuan a head and year, and the survey line.

        Examples
        --------
        >>> len(result.plot.income().lines)
        6
        """
        from sim.report.svg import BLUE, INK, PALE, years_axis
        from sim.scenario import at_year

        table = fifths(self._result.series)
        line = {int(year): value for year, value in self._result.scenario["lines"]["survey"].items()}
        with _drawing(ax) as axes:
            for number, name in enumerate(FIFTH_NAMES):
                colour = BLUE if number == 0 else PALE
                axes.plot(table.index, table[number + 1] / 1000, color=colour)
                axes.annotate(
                    name, (table.index[-1], table[number + 1].iloc[-1] / 1000), (5, -3), textcoords="offset points"
                )
            of_years = [at_year(line, year) / 1000 for year in table.index]
            axes.plot(table.index, of_years, ":", color=INK)
            axes.annotate("poverty line", (table.index[-1], of_years[-1]), (5, -3), textcoords="offset points")
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(_ticks())
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter("")
            axes.set_ylabel("thousand yuan a head and year, log scale")
            years_axis(axes, table.index.to_list())
            axes.margins(x=0.02)
        return axes


def fifths(series: pd.DataFrame) -> pd.DataFrame:
    """(years, 5) mean income of the fifths 1 to 5 of persons, yuan a head and year."""
    parts = series["measure"].str.extract(r"^(\w+)_per_head:fifth_(\d)$")
    found = series[parts[0].isin(FIFTHS).to_numpy()].assign(fifth=parts[1].astype(float))
    found = found.assign(year=found["month"].dt.year, fifth=found["fifth"].astype(int))
    return found.pivot_table(values="value", index="year", columns="fifth", aggfunc="sum")


def _ticks() -> Any:
    from matplotlib.ticker import LogLocator

    return LogLocator(subs=(1.0, 2.0, 5.0))


def _hazard(axes: Axes, table: pd.DataFrame, label: str) -> None:
    middle = (table["after"] + table["until"]) / 2
    reach = 1.96 * table["standard_error"]
    axes.errorbar(
        middle, 100 * table["hazard"], 100 * reach, fmt="o-", ms=4, capsize=2, elinewidth=1, label=label or None
    )


def _named(column: str, value: Any) -> str:
    """A group in words, with the name of its column where it is a number, a yes or a no."""
    words = column.replace("_", " ")
    if value in (True, False):
        return f"{words}: {'yes' if value else 'no'}"
    return f"{words} {value}" if isinstance(value, int) else str(value).replace("_", " ")


@contextmanager
def _drawing(ax: Axes | None) -> Iterator[Axes]:
    """The given axes, or new ones in the project's style."""
    import matplotlib as mpl
    from matplotlib import pyplot
    from matplotlib.rcsetup import cycler

    from sim.report.svg import BLUE, GREEN, INK, ORANGE, PINK, RED, SKY, STYLE

    style = {**STYLE, "axes.prop_cycle": cycler(color=[BLUE, RED, GREEN, ORANGE, PINK, SKY, INK])}
    # `rc_context` would also take back what a notebook's own backend sets when it is loaded.
    before = {name: mpl.rcParams[name] for name in style}
    mpl.rcParams.update(style)
    try:
        yield pyplot.subplots(figsize=(6.4, 3.8), layout="constrained")[1] if ax is None else ax
    finally:
        mpl.rcParams.update(before)
