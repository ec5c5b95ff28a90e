"""Policy as a game: how far poverty falls when some mechanisms or instruments act and the others do not."""

from __future__ import annotations

from typing import Literal

import numpy as np

from sim.analysis.outcomes import by_county
from sim.analysis.shapley import Coalition, Whole
from sim.history import Floats, History
from sim.measures import decembers, register_start, yearly_outlays
from sim.scenario import Scenario

By = Literal["mechanism", "instrument"]
Parts = dict[str, list[str]]

# Values are rounded to this part of a person or yuan at first. Sums of such values are exact, in any order.
STEPS = 1024

# What policy is to lower, and the measure of a run that it is.
MEASURES = {
    "registered_persons": "registered_persons",
    "income_poor_persons": "income_poor_persons",
    "poverty_gap": "poverty_gap",
    "person_years": "income_poor_person_years_to_date",
    "returns": "returns_persons_to_date",
}


def parts_of(scenario: Scenario, by: By) -> Parts:
    """Players of the game and their instruments; one that is switched off takes no part."""
    parts: Parts = {}
    for name, each in sorted(scenario.instruments.items()):
        if not each.off:
            parts.setdefault(each.mechanism if by == "mechanism" else name, []).append(name)
    return parts


def with_only(scenario: Scenario, parts: Parts, acting: Coalition, seed: int) -> Scenario:
    """The scenario in which the players of a coalition act and no others, under another seed."""
    on = {name for player in acting for name in parts[player]}
    instruments = {
        name: each if name in on else each.model_copy(update={"off": True})
        for name, each in scenario.instruments.items()
    }
    return scenario.model_copy(update={"instruments": instruments, "seed": seed})


def losses(history: History) -> Whole:
    """(measures, Y) what policy is to lower, in whole steps."""
    table = by_county(history)
    return _steps(np.array([table[source].sum(axis=1) for source in MEASURES.values()]))


def without_growth(history: History) -> Whole:
    """(measures, Y) what growth alone is counted against, from a run without any instrument, in whole steps.

    Persons and the gap are counted against their first December, for the register against the first in which it
    stood; person-years against poverty that stayed as in the first month. Returns are counted against those of the
    run itself: growth avoids none, since there are none to avoid before somebody exits.
    """
    reference = dict(zip(MEASURES, losses(history), strict=True))
    for name in ("income_poor_persons", "poverty_gap"):
        reference[name] = np.full_like(reference[name], reference[name][0])
    if (start := register_start(history)) is not None:
        reference["registered_persons"][start:] = reference["registered_persons"][start]
    poor = history.monthly["income_poor_persons"][0].sum()
    reference["person_years"] = _steps(poor * (decembers(history) + 1) / 12)
    return np.array(list(reference.values()))


def outlays_to_date(history: History, parts: Parts) -> dict[str, Floats]:
    """(Y,) yuan that the instruments of each player have cost since the first year."""
    spent = dict(zip(history.instruments, yearly_outlays(history).cumsum(axis=0).T, strict=True))
    return {player: np.sum([spent[name] for name in names], axis=0) for player, names in parts.items()}


def _steps(values: Floats) -> Whole:
    return np.rint(values * STEPS).astype(np.int64)
