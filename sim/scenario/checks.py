"""What must hold between the sections of a scenario; a setting without effect is an error."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from sim.calendar import month_text, year_of
from sim.scenario.check_instruments import check_exclusive, check_instrument
from sim.scenario.findings import END, START, Finding, excusable, first_simulated, names_in
from sim.scenario.model import ReportedFigure, Scenario, Shock
from sim.scenario.problems import Problem, allowed, nearest, problem
from sim.scenario.tree import Node, Path, find

OF_INSTRUMENTS = ("coverage", "outlays")


def check(scenario: Scenario, tree: Node) -> list[Problem]:
    """Everything wrong between sections that are right in themselves."""
    findings = chain(
        _paths_of_years(scenario),
        _microdata(scenario),
        *(check_instrument(name, each, scenario) for name, each in scenario.instruments.items() if not each.off),
        check_exclusive(tree),
        *(_shock(i, each, scenario, tree) for i, each in enumerate(scenario.shocks)),
        _late_years(tree, (), year_of(scenario.period.end)),
        () if scenario.register_.off else _register(scenario),
        *(_figure(i, each, scenario, tree) for i, each in enumerate(scenario.reported)),
    )
    return [each for finding in findings for each in _problems(finding, tree)]


def _problems(finding: Finding, tree: Node) -> Iterator[Problem]:
    entry, cause = find(tree, finding.path)[0], find(tree, finding.because)[0]
    if not finding.because or entry.place.layer >= cause.place.layer:
        yield problem(entry.shown, finding.path, finding.message)
    elif not finding.excused:
        message = f"{'.'.join(map(str, finding.path))} {finding.message}"
        yield problem(cause.shown, finding.because, message)


def _paths_of_years(scenario: Scenario) -> Iterator[Finding]:
    start = year_of(scenario.period.start)
    for path, years in (
        (("lines", "survey"), scenario.lines.survey),
        (("lines", "exit"), scenario.lines.exit),
        (("income", "mean"), scenario.income.mean),
    ):
        if min(years) > start:
            message = f"begins with {min(years)}, but the period with {month_text(scenario.period.start)}"
            yield Finding(path, f"{message}; allowed: a first year up to {start}", START)


def _microdata(scenario: Scenario) -> Iterator[Finding]:
    population = scenario.population
    if population.microdata is not None:
        return
    for key in ("columns", "weights", "impute", "microdata_sha256"):
        if getattr(population, key) is not None:
            yield Finding(("population", key), "has no effect without microdata: the file of own households")


def _late_years(node: Node, path: Path, end: int) -> Iterator[Finding]:
    """Mappings by year of which not one lies in the period."""
    if isinstance(node.value, list):
        for i, child in enumerate(node.value):
            yield from _late_years(child, (*path, i), end)
    if not isinstance(node.value, dict) or _switched_off(node):
        return
    years = [key for key in node.value if isinstance(key, int)]
    is_path = bool(years) and len(years) == len(node.value) and path[0] not in ("lines", "income")
    if is_path and min(years) > end:
        yield excusable(path, f"has no effect: its first year, {min(years)}, lies after the period", END)
    for key, child in node.value.items():
        yield from _late_years(child, (*path, key), end)


def _switched_off(node: Node) -> bool:
    return "off" in node.value and node.value["off"].value is True


def _shock(i: int, shock: Shock, scenario: Scenario, tree: Node) -> Iterator[Finding]:
    path, period = ("shocks", i), scenario.period
    counties = names_in(tree, "population", "counties")
    if shock.county != "all" and shock.county not in counties:
        message = f"there is no county {shock.county!r}" + nearest(shock.county, counties)
        yield Finding((*path, "county"), message + allowed(["all", *counties]))
    grown = {effect.crop for each in scenario.instruments.values() for effect in each.effect}
    all_known = len(scenario.instruments) == len(names_in(tree, "instruments"))
    if shock.crop is not None and shock.crop not in grown and all_known:
        message = f"has no effect: no instrument grows {shock.crop}, and other farming has no price of its own"
        yield Finding((*path, "crop"), message)
    if shock.since > period.end:
        yield excusable((*path, "from"), f"has no effect: the period ends in {month_text(period.end)}", END)
    if shock.since + shock.months <= first_simulated(scenario):
        yield excusable((*path, "from"), "has no effect: it is over before the first simulated month", START)


def _register(scenario: Scenario) -> Iterator[Finding]:
    register, period = scenario.register_, scenario.period
    at, end = register.identification.at, month_text(period.end)
    within = f"{month_text(period.start)} to {end}, or register: {{off: true}}"
    if at < period.start:
        message = f"lies before the period, so that there is no register; allowed: {within}"
        yield Finding(("register", "identification", "at"), message, START)
    elif at > period.end:
        message = f"lies after the period, so that there is no register; allowed: {within}"
        yield excusable(("register", "identification", "at"), message, END)
    since = {
        "monitoring": register.monitoring.since,
        "village_exit": register.village_exit.since,
        "county_exit": register.county_exit.since,
    }
    for section, month in since.items():
        if month > period.end:
            yield excusable(("register", section, "since"), f"has no effect: the period ends in {end}", END)
    for i, plan in enumerate(register.review.plans):
        if plan.since > year_of(period.end):
            yield excusable(
                ("register", "review", "plans", i, "since"), f"has no effect: the period ends in {end}", END
            )


def _figure(i: int, figure: ReportedFigure, scenario: Scenario, tree: Node) -> Iterator[Finding]:
    path, period = ("reported", i), scenario.period
    within = f"; allowed: {month_text(period.start)} to {month_text(period.end)}"
    for key, month in (("at", figure.at), ("from", figure.since)):
        if month is not None and month < period.start:
            yield excusable((*path, key), f"{month_text(month)} lies before the period{within}", START)
        if month is not None and month > period.end:
            yield excusable((*path, key), f"{month_text(month)} lies after the period{within}", END)
    if figure.since is not None and figure.since > figure.at:
        yield Finding((*path, "from"), f"lies after at, {month_text(figure.at)}")
    if figure.operator in OF_INSTRUMENTS and not figure.instruments:
        yield Finding(path, f"{figure.operator} needs instruments")
    if figure.operator not in OF_INSTRUMENTS and figure.instruments:
        yield Finding((*path, "instruments"), f"has no effect on {figure.operator}")
    known = names_in(tree, "instruments")
    for j, name in enumerate(figure.instruments):
        if name not in known:
            message = f"there is no instrument {name!r}" + nearest(name, known)
            yield Finding((*path, "instruments", j), message + allowed(known))
