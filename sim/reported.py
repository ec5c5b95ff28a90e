"""Observation operators: what a reported figure measures, computed from a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.evidence import Evidence
from sim.calendar import month_number, month_text, year_of
from sim.history import History
from sim.measures import at_december, mean_income, of_year, register_start
from sim.scenario import ReportedFigure, Scenario


@dataclass(frozen=True)
class Target:
    """A reported figure beside the simulated one.

    Attributes
    ----------
    simulated : None where the run does not reach the figure's date, or nothing is there to divide by
    relative_error : simulated over reported, less 1
    """

    id: str
    operator: str
    reported: float
    simulated: float | None
    relative_error: float | None
    unit: str
    at: str
    source: str


class Observation:
    """A run seen at the date, over the period and for the instruments of one reported figure.

    Reviews and tables are yearly, so a figure dated between two Decembers is seen in the earlier one.
    """

    def __init__(self, history: History, figure: ReportedFigure) -> None:
        since = month_number(year_of(figure.at), 1) if figure.since is None else figure.since
        december = 12 * history.years + 11
        self.history = history
        self.instruments = figure.instruments
        self.at = int(np.searchsorted(december, figure.at, side="right")) - 1
        self.start = int(np.searchsorted(december, since, side="right")) - 1
        self.in_years: NDArray[np.bool_] = (december >= since) & (december <= figure.at)
        self.in_months: NDArray[np.bool_] = (history.months >= since) & (history.months <= figure.at)
        self.reached = self.at >= 0 and figure.at <= history.months[-1]
        self.whole_years = since - since % 12 + 11 >= history.months[0]
        self.whole_months = since >= history.months[0]

    def stock(self, measure: str) -> float:
        """A monthly stock in the figure's December."""
        return float(at_december(self.history, measure)[self.at])

    def yearly(self, measure: str) -> float:
        """A yearly measure in the figure's December."""
        return float(of_year(self.history, measure)[self.at])

    def flow(self, measure: str) -> float:
        """A yearly measure added up over the figure's period."""
        return float(of_year(self.history, measure)[self.in_years].sum())

    def registered(self) -> float | None:
        """Registered persons; None before there is a register."""
        start = register_start(self.history)
        return None if start is None or self.at < start else self.stock("registered_persons")


def _survey_incidence(seen: Observation) -> float | None:
    return 100 * seen.yearly("survey_poor_persons") / seen.stock("persons")


def _register_incidence(seen: Observation) -> float | None:
    registered = seen.registered()
    return None if registered is None else 100 * registered / seen.stock("persons")


def _register_persons(seen: Observation) -> float | None:
    return seen.registered()


def _register_households_ever(seen: Observation) -> float | None:
    return seen.yearly("ever_registered_households")


def _gross_exits(seen: Observation) -> float | None:
    return seen.flow("exits_persons") if seen.whole_years else None


def _cumulative_reduction(seen: Observation) -> float | None:
    registered = seen.registered()
    if registered is None or seen.start < 0:
        return None
    return float(of_year(seen.history, "survey_poor_persons")[seen.start]) - registered


def _villages_exited(seen: Observation) -> float | None:
    return seen.yearly("villages_exited")


def _counties_exited(seen: Observation) -> float | None:
    return seen.yearly("counties_exited")


def _coverage(seen: Observation) -> float | None:
    ever = seen.yearly("ever_registered_households")
    covered = seen.history.covered_any.get(tuple(seen.instruments))
    return None if covered is None or not ever else 100 * float(covered[seen.at]) / ever


def _outlays(seen: Observation) -> float | None:
    if not seen.whole_months:
        return None
    named = np.isin(seen.history.instruments, seen.instruments)
    return float(seen.history.of_instrument["outlays"][np.ix_(seen.in_months, named)].sum())


def _mean_income(seen: Observation) -> float | None:
    return mean_income(seen.history, int(seen.history.years[seen.at]))


def _lowest_fifth_income(seen: Observation) -> float | None:
    return float(seen.history.fifths[seen.at, 0].sum())


def _returns_share(seen: Observation) -> float | None:
    """Share of those who exited up to the year before."""
    exited = float(of_year(seen.history, "exits_persons")[: seen.at].sum())
    return 100 * seen.flow("returns_persons") / exited if seen.whole_years and exited else None


OPERATORS: Mapping[str, Callable[[Observation], float | None]] = {
    "survey_incidence": _survey_incidence,
    "register_incidence": _register_incidence,
    "register_persons": _register_persons,
    "register_households_ever": _register_households_ever,
    "gross_exits": _gross_exits,
    "cumulative_reduction": _cumulative_reduction,
    "villages_exited": _villages_exited,
    "counties_exited": _counties_exited,
    "coverage": _coverage,
    "outlays": _outlays,
    "mean_income": _mean_income,
    "lowest_fifth_income": _lowest_fifth_income,
    "returns_share": _returns_share,
}


def observe(history: History, figure: ReportedFigure) -> float | None:
    """The figure as this run would have reported it; None where the run does not reach its date."""
    seen = Observation(history, figure)
    return OPERATORS[figure.operator](seen) if seen.reached else None


def compare_reported(history: History, scenario: Scenario, evidence: Mapping[str, Evidence]) -> list[Target]:
    """Every figure of the scenario's `reported:` beside what the run gives, in the same order and unit."""
    targets = []
    for figure in scenario.reported:
        row = evidence[figure.evidence]
        simulated = observe(history, figure)
        error = None if simulated is None or row.value == 0 else simulated / row.value - 1
        targets.append(
            Target(
                id=figure.evidence,
                operator=figure.operator,
                reported=row.value,
                simulated=simulated,
                relative_error=error,
                unit=row.unit,
                at=month_text(figure.at),
                source=row.source,
            )
        )
    return targets
