"""What several tests share: worlds of the small region and of Ganzhou, and copies of their months."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from small import load_small

from sim.enrolments import by_household
from sim.scenario import Scenario, load_scenario
from sim.world import World

GANZHOU = Path(__file__).parent.parent / "scenarios" / "ganzhou.yaml"
# What carries one household's luck, or one county's, over to others; off where effects are to be told apart.
NO_SPILL_OVERS = (
    "prices.sd=0",
    "prices.supply_elasticity=0",
    "work.crowding=0",
    "work.wage_response=0",
    "shocks=[]",
)
# The identities of a month need all that can happen to happen often.
EVENTFUL = (
    "population.composition.unsafe_houses=0.3",
    "population.poor_villages.unsafe_houses=0.4",
    "instruments.relocation.places.2018-12=150",
    "instruments.relocation.drop_out=0.2",
    "instruments.housing_renovation.places.2018-12=60",
    "budget.yuan.2016=3000000",
)

# The first call of a kernel compiles it, which no deadline allows for.
settings.register_profile("compiling", deadline=None)
settings.load_profile("compiling")


def one_thread(scenario: Scenario, **options: Any) -> World:
    """A world of the scenario; tests share the machine."""
    return World(scenario, **{"threads": 1, **options})


def run_to(world: World, month: int) -> World:
    """Runs the world up to a month, that month included."""
    while world.month < month:
        world.step()
    return world


def copied(columns: Any) -> Any:
    """The columns as they are now."""
    return type(columns)(*(column.copy() for column in columns))


def enrolment_rows(world: World) -> Any:
    """A copy of all rows of the enrolments in one list, one for each household; the world keeps the year's openings
    apart, and one row for a village that is enrolled as a whole."""
    rows = type(world.enrolments[0])(*(np.concatenate(columns) for columns in zip(*world.enrolments, strict=True)))
    return by_household(rows, world.instruments.effects, world.v)


def seen(world: World) -> SimpleNamespace:
    """A copy of all that a month leaves behind."""
    return SimpleNamespace(
        month=world.month,
        offset=world.offset,
        h=copied(world.h),
        f=copied(world.f),
        streams=world.streams.copy(),
        enrolments=enrolment_rows(world),
        totals=world.village_totals.copy(),
        register_totals=world.register_totals.copy(),
        tables={name: values.copy() for name, values in getattr(world, "tables", {}).items()},
        counts={name: values.copy() for name, values in world.year_counts.items()},
    )


def watched(world: World, months: int) -> list[SimpleNamespace]:
    """The state before the first month and after each of the next ones."""
    states = [seen(world)]
    for _ in range(months):
        world.step()
        states.append(seen(world))
    return states


def income(flows: Any) -> np.ndarray:
    """Income of each household this month, in double precision."""
    return sum(getattr(flows, source).astype(np.float64) for source in ("farm", "wage", "property", "transfer"))


def entered(before: Any, after: Any, number: int) -> np.ndarray:
    """Whether each household enrolled in instrument `number` between two states."""
    return ((after.h.programmes & ~before.h.programmes) >> np.uint64(number)) & np.uint64(1) == 1


def load_ganzhou(*overrides: str) -> Scenario:
    """The scenario of Ganzhou with ``path=value`` overrides, compared with no report."""
    return load_scenario(GANZHOU, ("reported=[]", *overrides)).scenario


def switched_off(names: Iterable[str], but: str | None = None) -> list[str]:
    """Overrides that switch every instrument off, or every one but one."""
    return [f"instruments.{name}.off=true" for name in names if name != but]


@pytest.fixture(scope="module", params=["everybody", "half of the villages"])
def ten_years(request):
    """An eventful small region and its 120 months, whole and as a weighted sample; all enrolments stay in the lists."""
    scale = {"everybody": 1.0, "half of the villages": 0.5}[request.param]
    world = one_thread(load_small(*EVENTFUL, f"population.scale={scale}"), keep_flows=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.enrolments.MANY", 10**6)
        return world, watched(world, 120)
