"""What a reported figure measures: the operators of a run's report, and those that only a fit needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from calibration.survey import Noise, Survey
from sim.calendar import year_of
from sim.measures import of_year
from sim.reported import OPERATORS as REPORTED
from sim.reported import Observation
from sim.scenario import ReportedFigure


@dataclass(frozen=True)
class Seen:
    """A run as a survey, the register and the accounts of instruments see it.

    Attributes
    ----------
    figure : the figure that is observed
    observation : the run at the figure's date
    survey : distributions of income in each December
    noise : of what households tell a survey
    """

    figure: ReportedFigure
    observation: Observation
    survey: Survey
    noise: Noise

    @property
    def year(self) -> int:
        """Calendar year of the figure."""
        return year_of(self.figure.at)


def _survey_incidence(seen: Seen) -> float | None:
    return 100 * seen.survey.incidence(seen.year, seen.noise)


def _lowest_fifth_income(seen: Seen) -> float | None:
    return seen.survey.lowest_fifth(seen.year, seen.noise)[0]


def _lowest_fifth_business_share(seen: Seen) -> float | None:
    """Percent of farm and business in what the lowest fifth tells."""
    return 100 * seen.survey.lowest_fifth(seen.year, seen.noise)[1]


def _poor_village_register_share(seen: Seen) -> float | None:
    """Percent of the registered who live in poor villages."""
    history = seen.observation.history
    registered = history.village_registered[seen.observation.at]
    total = registered.sum()
    return 100 * float(registered[history.village_is_poor].sum() / total) if total else None


def _workers(seen: Seen) -> float | None:
    """Units of the named instruments that were ever given a place."""
    history, at = seen.observation.history, seen.figure.at
    named = np.isin(history.instruments, seen.figure.instruments)
    month = int(np.searchsorted(history.months, at))
    return float(history.of_instrument["admitted"][month][named].sum())


def _villages_exited_in(seen: Seen) -> float | None:
    """Villages that left the list within the figure's period."""
    since = seen.figure.since
    if since is None:
        return None
    history = seen.observation.history
    out = of_year(history, "villages_exited")
    before = history.years < year_of(since)
    return float(out[seen.observation.at] - (out[before][-1] if before.any() else 0.0))


def _returns_share_mid_year(seen: Seen) -> float | None:
    """Percent of those off the register at mid-year, as exits so far less half of this year's, who came back."""
    observation = seen.observation
    exits = of_year(observation.history, "exits_persons")
    stock = float(exits[: observation.at + 1].sum() - exits[observation.at] / 2)
    return 100 * observation.flow("returns_persons") / stock if stock else None


SEEN: dict[str, Callable[[Seen], float | None]] = {
    "survey_incidence": _survey_incidence,
    "lowest_fifth_income": _lowest_fifth_income,
    "lowest_fifth_business_share": _lowest_fifth_business_share,
    "poor_village_register_share": _poor_village_register_share,
    "workers": _workers,
    "villages_exited_in": _villages_exited_in,
    "returns_share_mid_year": _returns_share_mid_year,
}
OPERATORS = (*REPORTED, *(name for name in SEEN if name not in REPORTED))


def observe(seen: Seen) -> float | None:
    """The figure as this run would have reported it; None where the run does not reach it."""
    if not seen.observation.reached:
        return None
    operator = seen.figure.operator
    return SEEN[operator](seen) if operator in SEEN else REPORTED[operator](seen.observation)
