"""What the dashboard lets people move in a scenario: the only paths that a browser can change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sim.language import Language
from sim.scenario import Instrument, LoadedScenario
from sim.scenario.instruments import MECHANISMS, SOURCES, Effect
from sim.scenario.tree import Provenance, canonical_key

Value = float | bool

SHARE = "as a share"
MOST_TIMES = 3.0
STEP_OF_TIMES = 0.05

MECHANISM_NAMES = {
    "industry": "Industry",
    "employment": "Employment",
    "relocation": "Relocation and housing",
    "social_security": "Social security",
    "enabling": "Enabling",
}


@dataclass(frozen=True)
class Part:
    """A number of the scenario that a lever moves.

    Attributes
    ----------
    unit : English, a key of the catalogue
    of : what of it, where a lever moves several things; English, or empty
    at : year or month, where the value changes with time
    whole : whether only whole numbers make sense
    """

    path: str
    value: float
    unit: str
    of: str = ""
    at: str = ""
    whole: bool = False
    ground: Provenance | None = None


@dataclass(frozen=True)
class Lever:
    """One thing to move.

    Attributes
    ----------
    id : path that names it in the browser
    kind : a switch, a factor by which all parts are multiplied, or the value of its only part
    label : English, a key of the catalogue
    default : where it stands in the scenario
    parts : all that it moves; of a switch none
    """

    id: str
    kind: Literal["switch", "times", "value"]
    label: str
    default: Value
    low: float = 0.0
    high: float = 1.0
    step: float = 1.0
    parts: tuple[Part, ...] = ()

    @property
    def shown(self) -> list[Part]:
        """The parts that say where it stands: the last of each path through time."""
        return list({part.path.rpartition(".")[0] if part.at else part.path: part for part in self.parts}.values())


@dataclass(frozen=True)
class Card:
    """Levers that belong together, such as those of one instrument.

    Attributes
    ----------
    title : as the scenario says it, or English where `translate` is set
    chinese : the scenario's Chinese title, if it has one
    """

    title: str
    levers: list[Lever]
    translate: bool = False
    chinese: str = ""

    def shown(self, text: Language) -> str:
        """The title in a language."""
        return text(self.title) if self.translate else text.name(self.title, self.chinese)


@dataclass(frozen=True)
class Group:
    """Cards of one mechanism, or of one side of the scenario; the name is English, a key of the catalogue."""

    name: str
    cards: list[Card] = field(default_factory=list)


@dataclass(frozen=True)
class General:
    """A lever beside the instruments, with the range in which it is moved."""

    path: str
    group: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    whole: bool = False


# The ranges hold every value that scenarios of this project use, and what the model allows.
GENERAL = (
    General("register.identification.persons", "The register", "First survey: quota", "persons", 0, 0, 100, True),
    General("register.review.softening", "The register", "Quota pressure: shortfall met anyway", SHARE, 0, 1, 0.01),
    General("register.review.bias", "The register", "Inflation of certified income", "log points", 0, 1, 0.01),
    General("register.review.margin", "The register", "Income above the line at exit", "share of the line", 0, 1, 0.01),
    General("register.review.pace", "The register", "Exits a year before any plan", SHARE, 0, 1, 0.01),
    General("register.detection", "The register", "Falls below the line that are found", SHARE, 0, 1, 0.01),
    General("register.monitoring.line_multiple", "The register", "Monitored up to", "times the line", 1, 3, 0.05),
    General("lines.exit", "The register", "Line of the register", "yuan per person and year", 0, 0, 50),
    General("health.reimbursed", "Risks of households", "Medical bills reimbursed", SHARE, 0, 1, 0.01),
    General("health.incidence", "Risks of households", "Households falling ill", "share a year", 0, 0.5, 0.005),
    General("work.separation", "Risks of households", "Losing the main job", "times a year", 0, 1, 0.01),
    General("work.finding", "Risks of households", "Finding a job", "times a year", 0, 12, 0.1),
    General("disasters.farm_loss", "Risks of households", "Farm income lost in a disaster", SHARE, 0, 1, 0.01),
    General("prices.sd", "Risks of households", "Swings of crop prices", "log points", 0, 1, 0.01),
    General("budget.yuan", "Money", "Fund of the year", "yuan", 0, 0, 1e6),
)
EFFECTS = {
    "farm": "farm income",
    "wage": "wages",
    "property": "property income",
    "transfer": "transfers",
    "interest_relief": "interest paid",
    "farm_uplift": "farm income",
    "skill": "wages through skill",
    "job_finding": "finding a job",
    "medical_cover": "medical bills",
    "shelter": "shelter from disasters",
    "farm_share": "farm income after moving",
    "wage_share": "wages after moving",
    "safe_house": "safe houses",
    "insured": "insured",
    "in_school": "children in school",
    "safe_water": "safe water",
    "mobilisation": "uptake of others",
}
AMOUNTS = {
    "household": "yuan a year",
    "person": "yuan a year for each person",
    "worker": "yuan a year for each worker",
    "student": "yuan a year for each student",
    "elderly": "yuan a year for each elderly member",
}


def levers_of(loaded: LoadedScenario) -> list[Group]:
    """All levers of a scenario: those of its instruments by mechanism, then the general ones."""
    groups = [Group(MECHANISM_NAMES[each]) for each in MECHANISMS]
    of_mechanism = dict(zip(MECHANISMS, groups, strict=True))
    for name, instrument in loaded.scenario.instruments.items():
        of_mechanism[instrument.mechanism].cards.append(_instrument(name, instrument, loaded))
    by_name: dict[str, Group] = {}
    for general in GENERAL:
        if lever := _general(general, loaded):
            group = by_name.setdefault(general.group, Group(general.group))
            group.cards.append(Card(general.label, [lever], translate=True))
    return [group for group in (*groups, *by_name.values()) if group.cards]


def by_id(groups: Iterable[Group]) -> dict[str, Lever]:
    """Every lever under its id."""
    return {lever.id: lever for group in groups for card in group.cards for lever in card.levers}


def titles(groups: Iterable[Group]) -> dict[str, Card]:
    """The card of every lever, by the lever's id."""
    return {lever.id: card for group in groups for card in group.cards for lever in card.levers}


def _instrument(name: str, instrument: Instrument, loaded: LoadedScenario) -> Card:
    path = f"instruments.{name}"
    places = _parts(f"{path}.places", instrument.unit, loaded, whole=True)
    effects = [part for i, each in enumerate(instrument.effect) for part in _effect(f"{path}.effect.{i}", each, loaded)]
    levers = [Lever(f"{path}.on", "switch", "in use", not instrument.off)]
    if any(part.value for part in places):
        levers.append(_times(f"{path}.places", "places", places, MOST_TIMES))
    if any(part.value for part in effects):
        shares = [abs(part.value) for part in effects if part.unit == SHARE]
        # A share can not pass 1, whatever it is multiplied by.
        most = min([MOST_TIMES, *(1 / share // STEP_OF_TIMES * STEP_OF_TIMES for share in shares if share)])
        levers.append(_times(f"{path}.effect", "effect", effects, round(max(most, 1.0), 2)))
    return Card(instrument.label or name, levers, chinese=instrument.chinese)


def _effect(path: str, effect: Effect, loaded: LoadedScenario) -> Iterator[Part]:
    of = EFFECTS[effect.source]
    if effect.standard is not None:
        yield from _parts(f"{path}.standard", "yuan per person and year", loaded, of=of)
    elif SOURCES[effect.source] == "share":
        yield from _parts(f"{path}.share", SHARE, loaded, of=of)
    else:
        yield from _parts(f"{path}.yuan_per_year", AMOUNTS[effect.per], loaded, of=of)


def _parts(path: str, unit: str, loaded: LoadedScenario, of: str = "", whole: bool = False) -> list[Part]:
    """The number at a path, or those by date below it."""
    value = at(loaded.resolved, path)
    dated = {f"{path}.{key}": (each, str(key)) for key, each in value.items()} if isinstance(value, dict) else {}
    return [
        Part(below, float(number), unit, of, date, whole and number == int(number), loaded.provenance.get(below))
        for below, (number, date) in (dated or {path: (value, "")}).items()
    ]


def _times(path: str, label: str, parts: list[Part], most: float) -> Lever:
    return Lever(path, "times", label, 1.0, 0.0, most, STEP_OF_TIMES, tuple(parts))


def _general(general: General, loaded: LoadedScenario) -> Lever | None:
    """None where the scenario has no such number, or nothing but zeros by date."""
    value = at(loaded.resolved, general.path)
    if value is None or (general.path.startswith("register.") and loaded.scenario.register_.off):
        return None
    parts = _parts(general.path, general.unit, loaded, whole=general.whole)
    if len(parts) > 1:
        largest = max(part.value for part in parts)
        most = min(MOST_TIMES, general.high / largest) if general.high and largest else MOST_TIMES
        return _times(general.path, "all years", parts, round(max(most, 1.0), 2)) if largest else None
    only = parts[0]
    high = max(general.high or MOST_TIMES * only.value, only.value)
    return Lever(general.path, "value", "value", only.value, min(general.low, only.value), high, general.step, (only,))


def at(resolved: Mapping[Any, Any], path: str) -> Any:
    """The value at a dotted path of a resolved scenario; None where there is none."""
    node: Any = resolved
    for part in path.split("."):
        if isinstance(node, list):
            node = node[int(part)] if part.isdecimal() and int(part) < len(node) else None
        elif isinstance(node, Mapping):
            # Years are numbers in a scenario and text in the JSON of a manifest.
            node = node.get(canonical_key(part), node.get(part))
        else:
            return None
    return node
