"""Portfolios: how many of its places each instrument gets, and what a run under them costs and brings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from sim.analysis.relapse import return_risk
from sim.history import Floats, History
from sim.measures import decembers
from sim.scenario import Scenario
from sim.scenario.instruments import MECHANISMS
from sim.scenario.problems import allowed, nearest

Objective = Literal["persons", "gap", "return_risk"]

# What a run is judged by, in order of its values; yuan are those of the whole period.
MEASURES = ("cost", "persons", "gap", "return_risk")
COST = 0
MOST = 2.0  # times the places that the scenario states; further up the stated costs and effects say nothing


class BudgetError(ValueError):
    """A budget that can not be spent as asked."""


def varied(scenario: Scenario, asked: Sequence[str]) -> list[str]:
    """Instruments whose places are varied: those asked for, by name or mechanism; all that are on by default.

    Raises
    ------
    BudgetError
        For a name that no mechanism or instrument of the scenario has, or where nothing is left.
    """
    on = {name: each for name, each in scenario.instruments.items() if not each.off and max(each.places.values()) > 0}
    known = [*MECHANISMS, *on]
    for name in asked:
        if name not in known:
            raise BudgetError(
                f"there is no mechanism or instrument {name!r} to vary{nearest(name, known)}{allowed(known)}"
            )
    chosen = [name for name, each in on.items() if not asked or name in asked or each.mechanism in asked]
    if not chosen:
        raise BudgetError(
            f"{scenario.name}: no instrument is switched on and has places, so there is nothing to choose"
        )
    return chosen


def with_places(scenario: Scenario, names: Sequence[str], sizes: Sequence[float], seed: int) -> Scenario:
    """The scenario with the places of some instruments times `sizes`, under another seed."""
    instruments = dict(scenario.instruments)
    for name, size in zip(names, sizes, strict=True):
        places = {month: number * size for month, number in instruments[name].places.items()}
        instruments[name] = instruments[name].model_copy(update={"places": places})
    return scenario.model_copy(update={"instruments": instruments, "seed": seed})


def brought(history: History, names: Sequence[str]) -> Floats:
    """(MEASURES and names,): cost in yuan, persons below the survey line and their poverty gap in yuan in the last
    December, return risk in percent; then the outlays of each instrument named."""
    outlays = history.of_instrument["outlays"].sum(axis=(0, 2))
    own = outlays[[history.instruments.index(name) for name in names]]
    persons = history.monthly["income_poor_persons"][decembers(history)[-1]].sum()
    gap = history.yearly["poverty_gap"][-1].sum()
    return np.concatenate([[outlays.sum(), persons, gap, return_risk(history)], own])
