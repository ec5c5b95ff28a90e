"""Every instrument of every scenario, alone and under the same luck: it moves what its effects name, one way, for
its own households, at its time, and costs what was stated."""

from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import NO_SPILL_OVERS, one_thread, switched_off

from sim.register.status import EXITED, REGISTERED, RETURNED
from sim.scenario import load_scenario
from sim.scenario.instruments import limits

pytestmark = pytest.mark.slow  # a run of ten years for each of some hundred instruments
SCENARIOS = {path.stem: path for path in sorted((Path(__file__).parent.parent / "scenarios").glob("*.yaml"))}
CASES = [
    (scenario, name)
    for scenario, path in SCENARIOS.items()
    for name, each in load_scenario(path).scenario.instruments.items()
    if not each.off
]
SAMPLE = 12_000  # households
AT_LEAST = 150  # units of an instrument in the sample; smaller ones get more places on the same dates
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
OBSERVED = sorted({column for moves in MOVES.values() for column in moves})
# Streams through which the fund pays households.
PAID = {"wage": "job_wage", "transfer": "support", "interest_relief": "interest_relief", "property": "dividends"}
# Enough jobs lost, bills and disasters to see an effect on them.
BASE = (
    *NO_SPILL_OVERS,
    "reported=[]",
    "work.separation=0.5",
    "disasters.hazard={none: 1.0, mild: 1.0, moderate: 1.0, severe: 1.0}",
)


@cache
def settings(scenario):
    """Overrides of a scenario for a sample without spill-overs, in which there is money for everything."""
    whole = load_scenario(SCENARIOS[scenario]).scenario
    years = whole.budget.yuan if whole.budget else {}
    scale = min(1.0, SAMPLE / whole.population.households)
    unlimited = [f"budget.yuan.{year}=1000000000000" for year in years]
    return scale, (*BASE, *unlimited, f"population.scale={scale}", *switched_off(whole.instruments))


def observed(world):
    """What an instrument may move, household by household."""
    return {name: getattr(world.f if name in world.f._fields else world.h, name).copy() for name in OBSERVED}


def months(world):
    """Runs the world to the period's end; yields it after every month."""
    while world.month < world.scenario.period.end:
        world.step()
        yield world


@cache
def without_instruments(scenario):
    """The months of a scenario without any instrument."""
    _, overrides = settings(scenario)
    world = one_thread(load_scenario(SCENARIOS[scenario], overrides).scenario, keep_flows=True)
    return [observed(world) for world in months(world)]


def eligible_now(world, setting):
    """Who meets the instrument's conditions, in plain NumPy."""
    h, v, wanted = world.h, world.v, setting.eligible
    on = np.isin(h.status, (REGISTERED, RETURNED, EXITED))
    states = {
        "registered": on,
        "exited": h.status == EXITED,
        "monitored": h.monitored,
        "poor_village": v.poor_village[h.village],
        "safe_house": h.safe_house > 0.5,
        "safe_water": h.safe_water > 0.5,
        "chronic": h.chronic,
    }
    meets = np.ones(world.households, bool)
    for condition, state in states.items():
        value = getattr(wanted, condition)
        meets &= True if value is None else state == value
    for count in ("workers", "students", "elderly", "members"):
        least, most = limits(getattr(wanted, count))
        least = max(least, int(setting.unit == count))
        meets &= (getattr(h, count) >= least) & (getattr(h, count) <= most)
    return meets


@pytest.fixture(scope="module", params=CASES, ids=[f"{scenario}: {name}" for scenario, name in CASES])
def alone(request):
    """One instrument under the same luck as none: who enrolled when, how each month differed, and what it cost."""
    scenario, name = request.param
    scale, overrides = settings(scenario)
    setting = load_scenario(SCENARIOS[scenario]).scenario.instruments[name]
    more = max(1.0, AT_LEAST / (scale * max(setting.places.values()))) if setting.unit != "villages" else 1.0
    places = [f"instruments.{name}.places.{m // 12}-{m % 12 + 1:02}={n * more}" for m, n in setting.places.items()]
    loaded = load_scenario(SCENARIOS[scenario], (*overrides, *places, f"instruments.{name}.off=false"))
    world = one_thread(loaded.scenario, keep_flows=True)
    setting = world.instruments.settings[0]
    since = np.full(world.households, 10_000)
    entered_when_eligible = np.ones(world.households, bool)
    this_year = np.zeros(world.households, bool)
    purse, change, money = Purse(world, setting), [], []
    for base in without_instruments(scenario):
        this_year = (this_year & (world.month % 12 != 11)) | eligible_now(world, setting)
        size_before = world.h.members.copy()
        world.step()
        entering = (world.h.programmes != 0) & (since == 10_000)
        since[entering] = world.offset
        entered_when_eligible[entering] = this_year[entering]
        state = observed(world)
        change.append({key: state[key].astype(np.float32) - base[key] for key in OBSERVED})
        money.append(purse.spent(entering, size_before))
    return SimpleNamespace(setting=setting, since=since, change=change, money=money, fits=entered_when_eligible)


class Purse:
    """What the fund should have paid, from the households alone, month after month."""

    def __init__(self, world, setting):
        self.world, self.setting = world, setting
        self.households = self.persons = 0.0

    def spent(self, entering, size_before):
        """Yuan that the run says and that the scenario says: benefits, entries, running costs by county for
        households enrolled and the mean number of persons at entry."""
        world, cost = self.world, self.setting.cost
        h, village = world.h, world.h.village
        weight, county = world.v.weight[village], world.v.county[village]
        counties = len(world.areas.counties)
        self.households = self.households + np.bincount(county, weight * entering, counties)
        self.persons = self.persons + np.bincount(county, weight * entering * size_before, counties)
        streams = {PAID[effect.source] for effect in self.setting.effect if effect.paid_by == "fund"}
        paid = sum(getattr(h, stream).astype(np.float64) for stream in streams) + world.f.reimbursed
        members = world.by_county(world.members)[:, 0]
        size = self.persons / np.maximum(self.households, 1e-9)
        running = members * (cost.yuan_per_household_year + cost.yuan_per_person_year * size) / 12
        should = (weight * (paid + entering * cost.yuan_per_household)).sum() + running.sum()
        return world.tables["outlays"].sum(), should


def expected_moves(setting):
    """For every observed column the directions in which the instrument's effects may move it."""
    found = {}
    for effect in setting.effect:
        size = next(value for value in (effect.share, effect.yuan_per_year, 1.0) if value is not None)
        for column, direction in MOVES[effect.source].items():
            found.setdefault(column, set()).add(direction * np.sign(size))
    return found


def test_it_enrols_households_and_changes_their_life(alone):
    """Every effect of the instrument is felt by some household, in the direction that the scenario states."""
    assert (alone.since < 10_000).sum() > 0
    for column, directions in expected_moves(alone.setting).items():
        total = sum(month[column].sum() for month in alone.change)
        assert np.sign(total) in directions, f"{column} moved by {total}"


def test_only_its_group_is_enrolled(alone):
    """Who enrols met the conditions in the year in which the list of candidates was drawn up."""
    assert alone.fits.all()


def test_nobody_else_is_touched(alone):
    """Households that are not enrolled live exactly as they would without the instrument."""
    for offset, month in enumerate(alone.change):
        for column in OBSERVED:
            assert not month[column][alone.since > offset].any(), f"{column} in month {offset}"


def test_it_moves_only_what_its_effects_name(alone):
    """Income from other sources and other states stay as they are, to the bit, also for those enrolled."""
    moves = expected_moves(alone.setting)
    for offset, month in enumerate(alone.change):
        for column in set(OBSERVED) - set(moves):
            assert not month[column].any(), f"{column} in month {offset}"


def test_it_moves_them_one_way(alone):
    """No household loses by an effect that raises a column, nor gains by one that lowers it."""
    for column, directions in expected_moves(alone.setting).items():
        if len(directions) == 1:
            (direction,) = directions
            for offset, month in enumerate(alone.change):
                least = (direction * month[column]).min()
                assert least >= -1e-2, f"{column} in month {offset}"


def test_nothing_comes_before_its_time(alone):
    """No effect is felt before the instrument's shortest wait is over."""
    wait = min(effect.first_after_months for effect in alone.setting.effect)
    for offset, month in enumerate(alone.change):
        waiting = alone.since + wait > offset
        for column in OBSERVED:
            assert not month[column][waiting].any(), f"{column} in month {offset}"


def test_it_costs_what_it_should(alone):
    """The fund pays what households received, each entry, and running costs."""
    for offset, (outlays, should) in enumerate(alone.money):
        assert outlays == pytest.approx(should, rel=1e-4, abs=1), f"month {offset}"
