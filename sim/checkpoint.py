"""Checkpoints: the whole state of a world after a December, from which a run goes on bit by bit as if never stopped."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sim.calendar import is_december, month_text
from sim.columns import HOUSEHOLD, VILLAGE
from sim.enrolments import DTYPES, Enrolments, in_one
from sim.parameters import now
from sim.spells import COLUMNS

if TYPE_CHECKING:
    from sim.world import World

STATE = (
    "admitted", "entered", "entered_persons", "members", "paid", "price_noise", "village_totals",
    "register_totals", "village_exit", "county_exit", "spent_this_year", "poverty_cause", "workers",
)  # fmt: skip

DIFFERENT = {
    "names": "it holds other instruments",
    "effects": "its instruments have other effects",
    "first_month": "it counts from another first month",
}


def save(world: World, path: str | os.PathLike[str]) -> None:
    """Writes the state to a NumPy archive.

    Raises
    ------
    ValueError
        Where the world's month is no December: in other months lists of candidates are open.
    """
    state = state_of(world)
    with open(path, "wb") as file:
        np.savez(file, **state)  # type: ignore[arg-type]


def state_of(world: World) -> dict[str, np.ndarray]:
    """The whole state by name. Its columns are the world's own: they change as it lives on.

    Raises
    ------
    ValueError
        As `save` does.
    """
    if not is_december(world.month):
        raise ValueError(f"a checkpoint is written in December, not in {month_text(world.month)}")
    columns = {f"h.{name}": getattr(world.h, name) for name in HOUSEHOLD.columns}
    columns |= {f"v.{name}": getattr(world.v, name) for name in VILLAGE.columns}
    columns |= {f"e.{name}": column for name, column in in_one(world.enrolments)._asdict().items()}
    columns |= {f"w.{name}": getattr(world, name) for name in STATE}
    columns |= {f"s.{name}": column for name, column in world.spells.ended().items()}
    columns |= {f"i.{name}": column for name, column in _what_enrolments_mean(world).items()}
    return {**columns, "month": np.array(world.month)}


def _what_enrolments_mean(world: World) -> dict[str, np.ndarray]:
    """Instruments by name, the streams of their effects, and the month from which months are counted."""
    effects = world.instruments.effects
    return {
        "names": np.array(world.instruments.names, "U"),
        "effects": np.stack([effects.instrument, effects.stream, effects.whole_village]),
        "first_month": np.array(world.first_month),
    }


def restore(world: World, path: str | os.PathLike[str]) -> None:
    """Gives a world the state that `save` wrote.

    Raises
    ------
    ValueError
        Where the file holds other households or instruments, or counts months from another one.
    """
    with np.load(path, allow_pickle=False) as state:
        if not np.array_equal(state["h.identity"], world.h.identity):
            raise ValueError(f"{path} holds other households than this scenario")
        for name, column in _what_enrolments_mean(world).items():
            if not np.array_equal(state[f"i.{name}"], column):
                raise ValueError(f"{path} does not fit this scenario: {DIFFERENT[name]}")
        put_state(world, state)


def put_state(world: World, state: Mapping[str, np.ndarray]) -> None:
    """Gives a world of the same households and instruments the state that `state_of` took; `state` stays as it is."""
    world.month = int(state["month"])
    world.now = now(world.scenario, world.month, world.poor_share)
    for name in HOUSEHOLD.columns:
        getattr(world.h, name)[...] = state[f"h.{name}"]
    for name in VILLAGE.columns:
        getattr(world.v, name)[...] = state[f"v.{name}"]
    for name in STATE:
        getattr(world, name)[...] = state[f"w.{name}"]
    world.enrolments = [Enrolments(*(state[f"e.{name}"].copy() for name in DTYPES))]
    world.spells.parts = [{name: state[f"s.{name}"] for name in COLUMNS}]
    world.refresh_pool()
