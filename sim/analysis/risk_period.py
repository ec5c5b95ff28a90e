"""Whether a scenario reaches far enough for futures, and what to extend where it does not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
        if going_on := continuations(loaded.files[-1], end):
            message = f"ends in {month_text(period.end)}, but {horizon} months after {at} end in {month_text(end)}; "
            message += f"these files go on to then: {', '.join(map(str, going_on))}"
        raise ScenarioError([_problem(loaded, "period.end", message)])
    return month


def continuations(file: Path, month: int) -> list[Path]:
    """Scenarios beside a file, or among its counterfactuals, that extend it to a month or beyond; those with the fewest
    steps in between first."""
    resolved = file.resolve()
    beside = {
        path.resolve(): path for pattern in ("*.yaml", "counterfactuals/*/*.yaml") for path in file.parent.glob(pattern)
    }
    found = []
    for path, shown in beside.items():
        steps, end, at = 0, None, path
        while at != resolved and at in beside and steps < len(beside):
            stated = _stated(at)
            period = stated.get("period")
            end = end or (period.get("end") if isinstance(period, dict) else None)
            at, steps = (at.parent / str(stated.get("extends", ""))).resolve(), steps + 1
        if at == resolved and steps and end is not None and _month(end) >= month:
            found.append((steps, shown))
    return [shown for _, shown in sorted(found)]


def _month(text: object) -> int:
    try:
        return parse_month(str(text))
    except ValueError:
        return 0


def _stated(path: Path) -> dict[str, Any]:
    """What a file says itself; nothing where it is no mapping."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, YAMLError, UnicodeDecodeError):
        return {}
    return content if isinstance(content, dict) else {}


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
