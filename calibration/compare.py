"""What each rival foretells for a figure, from the figures that the fit saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from calibration.rivals import NAIVE, growth_alone, last_value, linear_to_zero, moved, plan_arithmetic
from calibration.targets import Target
from sim.calendar import is_december, year_of
from sim.scenario import Scenario, at_year

STOCKS = ("register_incidence", "register_persons")
PLAN = "plan arithmetic without households"
GROWTH = "growth without policy"
ECONOMY = "economy without register"


@dataclass(frozen=True)
class Rivals:
    """Rivals of a fit of one scenario.

    Attributes
    ----------
    scenario : whose quota, plans, mean incomes and lines the rivals may use too
    log_sd : spread of incomes that growth alone starts from, the centre of its prior
    economy : year -> incidence in percent of income poverty in the fitted model
    elsewhere : incidence in percent by year of the region that was fitted, where this one is foretold from it
    """

    scenario: Scenario
    log_sd: float
    economy: Mapping[int, float] = field(default_factory=dict)
    elsewhere: Mapping[int, float] = field(default_factory=dict)

    def __call__(self, target: Target, seen: Sequence[Target]) -> dict[str, float]:
        """Rival -> figure in the target's unit; only those that have one."""
        # A figure between two Decembers is that of the earlier review.
        year = year_of(target.figure.at) - (not is_december(target.figure.at))
        operator = target.figure.operator
        if operator in STOCKS:
            return {name: self._in_unit(share, target) for name, share in self._shares(year, seen).items()}
        if operator == "gross_exits" and target.figure.since is not None:
            before = year_of(target.figure.since) - 1
            start, end = self._shares(before, seen), self._shares(year, seen)
            return {name: (start[name] - end[name]) / 100 * self.persons for name in end if name in start}
        if operator == "survey_incidence":
            return {GROWTH: self._growth(year)}
        return {}

    @property
    def persons(self) -> float:
        """Rural persons, the base of every incidence."""
        return self.scenario.population.persons

    def _in_unit(self, share: float, target: Target) -> float:
        return share / 100 * self.persons if target.figure.operator == "register_persons" else share

    def curve(self, seen: Sequence[Target]) -> dict[int, float]:
        """Register incidence in percent by year, as seen; its beginning is an input that everybody knows."""
        identification = self.scenario.register_.identification
        curve = {year_of(identification.at): 100 * identification.persons / self.persons}
        for each in seen:
            if each.figure.operator in STOCKS and is_december(each.figure.at):
                share = each.figure.operator == "register_incidence"
                curve[year_of(each.figure.at)] = each.value if share else 100 * each.value / self.persons
        return dict(sorted(curve.items()))

    def _shares(self, year: int, seen: Sequence[Target]) -> dict[str, float]:
        """Register incidence in percent that each rival gives for a year."""
        curve = self.curve(seen)
        if year in curve:
            known = curve[year]
            return dict.fromkeys((*NAIVE, PLAN, GROWTH, ECONOMY), known)
        out = {GROWTH: self._growth(year)}
        earlier = {known: share for known, share in curve.items() if known < year}
        for name, rival in NAIVE.items():
            if len(earlier) >= 2 or (earlier and rival in (last_value, linear_to_zero)):
                out[name] = rival(earlier, year)
            elif earlier and self.elsewhere:
                start = max(earlier)
                out[name] = moved(rival, self.elsewhere, start, earlier[start], year)
        if earlier:
            out[PLAN] = self._planned(earlier, year)
        if year in self.economy:
            out[ECONOMY] = self.economy[year]
        return out

    def _planned(self, earlier: Mapping[int, float], year: int) -> float:
        """Incidence by plan arithmetic from the last year before a plan that is known, else from the first known."""
        review = self.scenario.register_.review
        first = min((plan.since for plan in review.plans), default=year + 1)
        start = max((known for known in earlier if known < first), default=min(earlier))
        return plan_arithmetic(earlier[start], start + 1, year, review.planned)

    def _growth(self, year: int) -> float:
        """Incidence at the mean income and the survey line of the year."""
        mean = at_year(self.scenario.income.mean, year)
        return growth_alone(mean, at_year(self.scenario.lines.survey, year), self.log_sd)
