"""What scenarios must share before a difference between them means policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sim.analysis.outcomes import MEASURES, OF_REGISTER
from sim.calendar import month_text
from sim.errors import ProblemsError
from sim.scenario import LoadedScenario
from sim.scenario.problems import allowed, nearest

SHOWN = 3


class ComparisonError(ProblemsError):
    """Scenarios or measures that can not be compared.

    Attributes
    ----------
    problems : one sentence each
    """


def by_name(alternatives: Sequence[LoadedScenario]) -> dict[str, LoadedScenario]:
    """Alternatives by their labels: the names of their files, or what was changed in a notebook.

    Raises
    ------
    ComparisonError
        Where there is none, or two have one name.
    """
    names = [each.label for each in alternatives]
    if not names:
        raise ComparisonError(["there is no alternative to compare with the base"])
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ComparisonError(
            f"two alternatives are called {name}; they are told apart by the names of their files" for name in twice
        )
    return dict(zip(names, alternatives, strict=True))


def check_comparable(base: LoadedScenario, alternatives: Mapping[str, LoadedScenario]) -> None:
    """Refuses alternatives of another region, population, period or market path than the base.

    Raises
    ------
    ComparisonError
    """
    problems = [problem for name, other in alternatives.items() for problem in _differs(base, name, other)]
    if problems:
        raise ComparisonError(problems)


def _differs(base: LoadedScenario, name: str, other: LoadedScenario) -> list[str]:
    mine, theirs = base.scenario, other.scenario
    if mine.region != theirs.region:
        return [f"{name}: is of {theirs.region}, the base of {mine.region}; scenarios of one region can be compared"]
    problems = []
    if mine.population != theirs.population:
        keys = _paths(base.resolved["population"], other.resolved["population"], "population")
        more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
        problems.append(
            f"{name}: has another population than the base ({', '.join(keys[:SHOWN])}{more}), "
            "so that a difference would not be policy"
        )
    if mine.period != theirs.period:
        here, there = (f"{month_text(each.start)} to {month_text(each.end)}" for each in (mine.period, theirs.period))
        problems.append(f"{name}: runs from {there}, the base from {here}; give both the same period, as --set does")
    if mine.income != theirs.income:
        keys = _paths(base.resolved["income"], other.resolved["income"], "income")
        problems.append(
            f"{name}: changes {', '.join(keys[:SHOWN])}; a counterfactual keeps the incomes and the market path of its "
            "base: write extends: and leave income: out"
        )
    return problems


def _paths(mine: Mapping[object, object], theirs: Mapping[object, object], at: str) -> list[str]:
    return [f"{at}.{key}" for key in dict.fromkeys([*mine, *theirs]) if mine.get(key) != theirs.get(key)]


def unproduced(scenarios: Iterable[LoadedScenario]) -> dict[str, str]:
    """Measures that not all scenarios give -> which one does not: no register is not a register of nobody."""
    without = [each.scenario.name for each in scenarios if each.scenario.register_.off]
    return dict.fromkeys(OF_REGISTER, without[0]) if without else {}


def check_measures(asked: Sequence[str], scenarios: Iterable[LoadedScenario]) -> None:
    """Refuses measures that do not exist or that one of the scenarios does not give.

    Raises
    ------
    ComparisonError
    """
    missing = unproduced(scenarios)
    unknown = [name for name in asked if name not in MEASURES]
    problems = [f"there is no measure {name!r}{nearest(name, MEASURES)}{allowed(MEASURES)}" for name in unknown]
    problems += [f"{missing[name]}: its register is off and gives no {name}" for name in asked if name in missing]
    if problems:
        raise ComparisonError(problems)
