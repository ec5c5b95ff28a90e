"""Whether a scenario reaches far enough for futures, and what to extend where it does not."""

from __future__ import annotations

from sim.calendar import is_december, month_text, parse_month, year_of
from sim.scenario import LoadedScenario, Problem, ScenarioError
from sim.scenario.model import Scenario


def check_months(loaded: LoadedScenario, at: str, horizon: int) -> int:
    """Month number of the snapshot.

    Raises
    ------
    ScenarioError
        Where the scenario has no register, or its period does not hold the December and the horizon after it.
    ValueError
        Where `at` is no December.
    """
    month, scenario = parse_month(at), loaded.scenario
    if not is_december(month):
        december = month_text(12 * year_of(month) + 11)
        raise ValueError(
            f"the snapshot is taken in a December, after the review, not in {at}; did you mean {december}?"
        )
    if scenario.register_.off:
        raise ScenarioError([_problem(loaded, "register.off", "without a register nobody exits")])
    period, end = scenario.period, month + horizon
    if not period.start <= month <= period.end:
        inside = f"{month_text(period.start)} to {month_text(period.end)}"
        raise ScenarioError([_problem(loaded, "period", f"{at} does not lie in the period {inside}")])
    if period.end < end:
        message = (
            f"ends in {month_text(period.end)}, but {horizon} months after {at} end in {month_text(end)}; set it to "
            f"{month_text(end)} or later, and say how these go on, which stand still after their last year: "
            f"{', '.join(standing_still(scenario, end)) or 'nothing'}"
        )
        raise ScenarioError([_problem(loaded, "period.end", message)])
    return month


def standing_still(scenario: Scenario, month: int) -> list[str]:
    """Dotted names of paths by year, of what moves with prices, incomes or money, that end before the month's year."""
    paths = {
        "lines.survey": scenario.lines.survey,
        "lines.exit": scenario.lines.exit,
        "income.mean": scenario.income.mean,
    }
    if scenario.budget is not None:
        paths["budget.yuan"] = scenario.budget.yuan
    for name, setting in scenario.instruments.items():
        for number, effect in enumerate(setting.effect):
            if effect.standard is not None and not setting.off:
                place = "" if len(setting.effect) == 1 else f".{number}"
                paths[f"instruments.{name}.effect{place}.standard"] = effect.standard
    return [name for name, path in paths.items() if max(path) < year_of(month)]


def _problem(loaded: LoadedScenario, path: str, message: str) -> Problem:
    return Problem(str(loaded.files[-1]), 1, 1, path, message)
