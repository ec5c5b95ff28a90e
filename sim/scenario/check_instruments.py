"""Whether an instrument's places can be filled: when they open, for whom, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator

from sim.calendar import month_text, year_of
from sim.scenario.findings import END, START, Finding, excusable, first_simulated, names_in
from sim.scenario.instruments import LARGEST_HOUSEHOLD, Instrument, limits
from sim.scenario.model import Scenario
from sim.scenario.paths import at_year
from sim.scenario.problems import nearest
from sim.scenario.tree import Node, find

# Registered households were smaller than others: 3.23 persons against 4.31 in Ganzhou's poor villages
# (gz_pv_poor_hh, gz_pv_hh_total). Below this part of the mean a number of households can not be right.
SMALLEST_PART = 0.6
COUNTED = ("workers", "students", "elderly", "members")


def check_instrument(name: str, instrument: Instrument, scenario: Scenario) -> Iterator[Finding]:
    """What keeps the places of an instrument from being filled, or a setting of it from having an effect."""
    yield from _dates(name, instrument, scenario)
    yield from _places(name, instrument, scenario)
    yield from _nobody(name, instrument, scenario)
    if instrument.target.by == "lot" and instrument.target.inclusion_error > 0:
        path = ("instruments", name, "target")
        message = "has no effect where places are given by lot"
        yield excusable((*path, "inclusion_error"), message, (*path, "by"))


def _dates(name: str, instrument: Instrument, scenario: Scenario) -> Iterator[Finding]:
    path, end = ("instruments", name), scenario.period.end
    if max(instrument.places.values()) > 0 and min(instrument.places) > end:
        first = month_text(min(instrument.places))
        message = f"has no effect: the first places open after the period, which ends in {month_text(end)}"
        yield excusable((*path, "places", first), message, END)
    if instrument.ends is not None and instrument.ends <= first_simulated(scenario):
        yield excusable((*path, "ends"), "has no effect: it ends before the first simulated month", START)


def _places(name: str, instrument: Instrument, scenario: Scenario) -> Iterator[Finding]:
    """The first places beyond the population, or beyond all who can ever be on the register."""
    there_are, who = _reachable(instrument, scenario)
    for month, places in sorted(instrument.places.items()):
        if places > there_are:
            message = f"{places:,.0f} places for {there_are:,.0f} {who}; allowed: up to {there_are:,.0f}"
            path = ("instruments", name, "places", month_text(month))
            # A file that extends another may register fewer persons than that one has places for.
            quota = ("register", "identification", "persons")
            yield excusable(path, message, quota) if who != instrument.unit else Finding(path, message)
            return


def _reachable(instrument: Instrument, scenario: Scenario) -> tuple[float, str]:
    """The most units that can be eligible, and what they are."""
    population, register, unit = scenario.population, scenario.register_, instrument.unit
    size = population.persons / population.households
    share = {
        "persons": 1.0,
        "workers": population.composition.workers,
        "students": population.composition.students,
        "elderly": population.composition.elderly,
        "households": 1 / size,
    }
    if unit == "villages":
        poor = population.poor_villages.count
        of = {None: population.villages, True: poor, False: population.villages - poor}
        return of[instrument.eligible.poor_village], unit
    if instrument.eligible.registered and not register.off and unit in ("persons", "workers", "households"):
        years = range(year_of(register.identification.at) + 1, year_of(scenario.period.end) + 1)
        added = sum(at_year(register.reverification.added, year) for year in years)
        persons = register.identification.persons * (1 + added)
        part = share[unit] / SMALLEST_PART if unit == "households" else share[unit]
        ever = f"{unit} that can ever be on the register"
        if persons * part < population.persons * share[unit]:
            return persons * part, ever
    return population.persons * share[unit], unit


def _nobody(name: str, instrument: Instrument, scenario: Scenario) -> Iterator[Finding]:
    """Conditions that no household can meet."""
    eligible, register, composition = instrument.eligible, scenario.register_, scenario.population.composition
    path = ("instruments", name, "eligible")
    nobody = "lets nobody in: "
    for condition in ("registered", "exited", "monitored"):
        if getattr(eligible, condition) and register.off:
            yield excusable((*path, condition), nobody + "the register is switched off", ("register", "off"))
    if eligible.monitored and not register.off and register.monitoring.since > scenario.period.end:
        since = month_text(register.monitoring.since)
        message = f"{nobody}households are monitored from {since} on, after the period"
        yield excusable((*path, "monitored"), message, ("register", "monitoring", "since"))
    if eligible.exited and eligible.registered is False:
        yield Finding((*path, "exited"), f"{nobody}whoever has exited was registered")
    if eligible.poor_village and scenario.population.poor_villages.count == 0:
        yield Finding((*path, "poor_village"), f"{nobody}there is no poor village")
    in_poor_villages = scenario.population.poor_villages.unsafe_houses
    at_start = ("population", "composition")
    for condition, wanted, share, where in (
        ("safe_house", False, max(composition.unsafe_houses, in_poor_villages), "unsafe_houses"),
        ("safe_water", False, composition.unsafe_water, "unsafe_water"),
        ("chronic", True, composition.chronic, "chronic"),
    ):
        if getattr(eligible, condition) is wanted and share == 0:
            yield excusable((*path, condition), f"{nobody}{where} is 0 in the population", (*at_start, where))
    given = register.identification.causes
    if eligible.causes and not register.off and not any(given.get(cause) for cause in eligible.causes):
        causes = ("register", "identification", "causes")
        yield excusable((*path, "causes"), f"{nobody}the register records none of these causes", causes)
    yield from _counts(name, instrument)


def _counts(name: str, instrument: Instrument) -> Iterator[Finding]:
    """Numbers of members that contradict one another."""
    eligible = instrument.eligible
    least, most = zip(*(limits(getattr(eligible, each)) for each in COUNTED), strict=True)
    for each, low, high in zip(COUNTED, least, most, strict=True):
        if low > min(high, LARGEST_HOUSEHOLD):
            message = f"lets nobody in: a household has at most {LARGEST_HOUSEHOLD} members"
            yield Finding(("instruments", name, "eligible", each), message)
            return
    needed = sum(least[:3])
    if needed > min(most[3], LARGEST_HOUSEHOLD):
        wanted = ", ".join(f"{each} {getattr(eligible, each)}" for each in COUNTED if getattr(eligible, each))
        message = f"lets nobody in: {wanted} can not all hold; these are at least {needed} members"
        yield Finding(("instruments", name, "eligible"), message)


def check_exclusive(tree: Node) -> Iterator[Finding]:
    """Exclusive groups of one instrument only."""
    used: dict[str, list[str]] = {}
    for name in names_in(tree, "instruments"):
        node, found = find(tree, ("instruments", name, "exclusive"))
        if found:
            used.setdefault(str(node.value), []).append(name)
    for group, names in used.items():
        if len(names) == 1:
            message = f"has no effect: no other instrument is exclusive in {group!r}"
            near = nearest(group, [other for other in used if other != group])
            yield Finding(("instruments", names[0], "exclusive"), message + near)
