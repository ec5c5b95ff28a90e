"""Every instrument of Ganzhou, alone: it moves what its effects name, one way, for its own households."""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import NO_SPILL_OVERS, load_ganzhou, one_thread, switched_off

NAMES = sorted(load_ganzhou().instruments)
SOURCES = ("farm", "wage", "property", "transfer")
# What an effect of a positive size moves: income by source and states, +1 up and -1 down.
MOVES = {
    "farm": {"farm": 1},
    "farm_uplift": {"farm": 1},
    "wage": {"wage": 1},
    "skill": {"wage": 1},
    "job_finding": {"jobless": -1, "wage": 1},
    "property": {"property": 1},
    "transfer": {"transfer": 1},
    "medical_cover": {"out_of_pocket": -1, "reimbursed": 1},
    "shelter": {"farm_loss": -1, "farm": 1},
    "farm_share": {"farm": 1},
    "wage_share": {"wage": 1},
    "safe_house": {"safe_house": 1},
    "insured": {"insured": 1},
    "in_school": {"in_school": 1},
    "safe_water": {"safe_water": 1},
    "interest_relief": {"interest_relief": 1},
    "mobilisation": {"mobilisation": 1},
}
OBSERVED = (
    *SOURCES,
    "out_of_pocket",
    "reimbursed",
    "farm_loss",
    "jobless",
    "safe_house",
    "insured",
    "in_school",
    "safe_water",
    "interest_relief",
    "mobilisation",
)
# Enough jobs lost, bills and disasters to see an effect on them; money for everything.
BASE = (
    *NO_SPILL_OVERS,
    "population.scale=0.01",
    "work.separation=0.5",
    "disasters.hazard={none: 1.0, mild: 1.0, moderate: 1.0, severe: 1.0}",
    *(f"budget.yuan.{year}=1000000000000" for year in (2011, 2014, 2016)),
)


def observed(world):
    """What an instrument may move, household by household."""
    return {name: getattr(world.f if name in world.f._fields else world.h, name).copy() for name in OBSERVED}


def months(world):
    """Runs the world to the period's end; yields it after every month."""
    while world.month < world.scenario.period.end:
        world.step()
        yield world


@cache
def without_instruments():
    """The months of Ganzhou without any instrument."""
    return [observed(world) for world in months(one_thread(load_ganzhou(*BASE, *switched_off(NAMES)), keep_flows=True))]


@cache
def with_only(name):
    """One instrument under the same luck: where and when households enrolled, and how each month differed."""
    world = one_thread(load_ganzhou(*BASE, *switched_off(NAMES, but=name)), keep_flows=True)
    since = np.full(world.households, 10_000)
    change = []
    for now, base in zip(months(world), without_instruments(), strict=True):
        enrolled = now.h.programmes != 0
        since[enrolled & (since == 10_000)] = now.offset
        state = observed(now)
        change.append({key: state[key].astype(np.float64) - base[key] for key in OBSERVED})
    return SimpleNamespace(setting=world.instruments.settings[0], since=since, change=change)


def expected_moves(setting):
    """For every observed column the directions in which the instrument's effects may move it."""
    found = {}
    for effect in setting.effect:
        size = next(value for value in (effect.share, effect.yuan_per_year, 1.0) if value is not None)
        for column, direction in MOVES[effect.source].items():
            found.setdefault(column, set()).add(direction * np.sign(size))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_it_enrols_households_and_changes_their_life(name):
    """Every effect of the instrument is felt by some household, in the direction that the scenario states."""
    run = with_only(name)
    assert (run.since < 10_000).sum() > 0
    for column, directions in expected_moves(run.setting).items():
        total = sum(month[column].sum() for month in run.change)
        assert np.sign(total) in directions, f"{column} moved by {total}"


@pytest.mark.parametrize("name", NAMES)
def test_nobody_else_is_touched(name):
    """Households that are not enrolled live exactly as they would without the instrument."""
    run = with_only(name)
    for offset, month in enumerate(run.change):
        for column in OBSERVED:
            assert not month[column][run.since > offset].any(), f"{column} in month {offset}"


@pytest.mark.parametrize("name", NAMES)
def test_it_moves_only_what_its_effects_name(name):
    """Income from other sources and other states stay as they are, to the bit, also for those enrolled."""
    run = with_only(name)
    moves = expected_moves(run.setting)
    for offset, month in enumerate(run.change):
        for column in set(OBSERVED) - set(moves):
            assert not month[column].any(), f"{column} in month {offset}"


@pytest.mark.parametrize("name", NAMES)
def test_it_moves_them_one_way(name):
    """No household loses by an effect that raises a column, nor gains by one that lowers it."""
    run = with_only(name)
    for column, directions in expected_moves(run.setting).items():
        if len(directions) == 1:
            (direction,) = directions
            for offset, month in enumerate(run.change):
                least = (direction * month[column]).min()
                assert least >= -1e-3, f"{column} in month {offset}"


@pytest.mark.parametrize("name", NAMES)
def test_nothing_comes_before_its_time(name):
    """No effect is felt before the instrument's shortest wait is over."""
    run = with_only(name)
    wait = min(effect.first_after_months for effect in run.setting.effect)
    for offset, month in enumerate(run.change):
        waiting = run.since + wait > offset
        for column in OBSERVED:
            assert not month[column][waiting].any(), f"{column} in month {offset}"
