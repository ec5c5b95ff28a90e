"""Economies of the small region, as models and as sets of agents, for the tests of Mesa's side."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from mesa.agent import AgentSet
from small import SMALL

from sim.economy import Economy, Household, ViewSet
from sim.world import World

# The register begins a year earlier, so that a short run sees identification and a review.
EARLY = {"period.end": "2013-12", "register.identification.at": "2012-12"}


def made(**parameters) -> Economy:
    return Economy(SMALL, threads=1, **parameters)


@pytest.fixture(name="after_three_years", scope="module")
def whole_run() -> Economy:
    economy = made(settings=EARLY)
    economy.run_model()
    return economy


@pytest.fixture(name="economy")
def restored(after_three_years) -> Economy:
    """The same region for every test, which leaves it as it was."""
    h = after_three_years.world.h
    before = [column.copy() for column in h]
    after_three_years.reset_randomizer()
    yield after_three_years
    for column, old in zip(h, before, strict=True):
        column[:] = old


@pytest.fixture(name="households")
def every_household(economy) -> ViewSet:
    return economy.agents


@pytest.fixture(name="some")
def forty(households) -> ViewSet:
    """A selection of 40, in an order of its own."""
    return ViewSet(households.model, Household, np.random.default_rng(5).permutation(600)[:40])


def plain(agents) -> AgentSet:
    """Mesa's own set of the same agents, and the agents, which somebody must keep."""
    kept = list(agents)
    ours = AgentSet(kept, random=agents.random)
    ours.kept = kept
    return ours


def rows(agents) -> list[int]:
    return [agent.row for agent in agents]


def state(world: World) -> dict[str, bytes]:
    """Everything that a month changes."""
    arrays = {
        **{f"household {name}": column for name, column in world.h._asdict().items()},
        **{f"flow {name}": column for name, column in world.f._asdict().items()},
        **{f"village {name}": column for name, column in world.v._asdict().items()},
        **{
            f"enrolments {n} {name}": column
            for n, part in enumerate(world.enrolments)
            for name, column in part._asdict().items()
        },
        **{f"year {name}": counts for name, counts in world.year_counts.items()},
        **{f"table {name}": table for name, table in world.instrument_tables().items()},
        **{f"spells {n} {name}": a for n, part in enumerate(world.spells.parts) for name, a in part.items()},
        "totals": world.village_totals,
        "register totals": world.register_totals,
        "prices": world.price_noise,
        "village exits": world.village_exit,
        "county exits": world.county_exit,
        "spent": world.spent_this_year,
    }
    return {name: array.tobytes() for name, array in arrays.items()}


def digest(world: World) -> str:
    return hashlib.sha256(b"".join(state(world).values())).hexdigest()


def assert_same(one: World, other: World) -> None:
    ours, theirs = state(one), state(other)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
