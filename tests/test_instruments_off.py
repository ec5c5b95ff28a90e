"""Every instrument of every scenario, among all others: switching it off removes exactly its places."""

from functools import cache
from pathlib import Path

import pytest
from conftest import NO_SPILL_OVERS, one_thread, run_to

from sim.scenario import load_scenario

pytestmark = pytest.mark.slow  # a run of some seconds for each of some hundred instruments
SCENARIOS = {path.stem: path for path in sorted((Path(__file__).parent.parent / "scenarios").glob("*.yaml"))}
CASES = [
    (scenario, name)
    for scenario, path in SCENARIOS.items()
    for name, each in load_scenario(path).scenario.instruments.items()
    if not each.off
]
SAMPLE = 200_000  # households: few enough for seconds, enough to fill every instrument
HALF_A_HOUSEHOLD = 2  # units, by which the last one admitted in each county may miss
# Whose group depends on it: without repaired houses, or with bills to pay, fewer pass the review, and only who has
# exited can be insured.
GROUP_CHANGES = {
    ("nanchang_county", "housing_renovation"): {"return_insurance"},
    ("nanchang_county", "medical_lines"): {"return_insurance"},
}


@cache
def settings(scenario):
    """Overrides under which all who are asked take part, nobody leaves, and there is money for everything."""
    whole = load_scenario(SCENARIOS[scenario]).scenario
    chosen = [name for name, each in whole.instruments.items() if each.unit != "villages"]
    willing = [f"instruments.{name}.{key}" for name in chosen for key in ("uptake=1", "drop_out=0")]
    unlimited = [f"budget.yuan.{year}=1000000000000" for year in (whole.budget.yuan if whole.budget else {})]
    scale = min(1.0, SAMPLE / whole.population.households)
    return (*NO_SPILL_OVERS, "reported=[]", f"population.scale={scale}", *willing, *unlimited)


def ended(scenario, *more):
    """The world at the end of the period."""
    loaded = load_scenario(SCENARIOS[scenario], (*settings(scenario), *more)).scenario
    return run_to(one_thread(loaded), loaded.period.end)


def taken(world):
    """Units that were ever given, or are held where places are offered again, by instrument."""
    return {name: world.taken_units(number) for number, name in enumerate(world.instruments.names)}


@cache
def with_all(scenario):
    """What is taken with every instrument, and by how much whole households may miss."""
    world = ended(scenario)
    assert all(world.admitted.sum(axis=1) > 0), "every instrument has taken somebody"
    return taken(world), HALF_A_HOUSEHOLD * world.v.weight.max() * len(world.areas.counties)


@pytest.mark.parametrize(("scenario", "name"), CASES, ids=[f"{scenario}: {name}" for scenario, name in CASES])
def test_switching_it_off_removes_its_places_and_no_others(scenario, name):
    """Its places are gone, and the same numbers of places of all others are taken."""
    before, rounding = with_all(scenario)
    after = taken(ended(scenario, f"instruments.{name}.off=true"))
    assert set(before) - set(after) == {name}
    changed = {
        other: f"{before[other]:,.0f} before, {after[other]:,.0f} after"
        for other in after
        if abs(after[other] - before[other]) > 0.01 * before[other] + rounding
    }
    assert set(changed) == GROUP_CHANGES.get((scenario, name), set()), changed
