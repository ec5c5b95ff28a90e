"""Places are filled as reported, where everybody who is asked takes part and there is money for everything."""

from pathlib import Path

import pytest
from conftest import one_thread

from sim.calendar import month_text
from sim.scenario import load_scenario, places_at

SCENARIOS = sorted((Path(__file__).parent.parent / "scenarios").glob("*.yaml"))
SAMPLE = 400_000  # households
LARGEST = 8  # units of a household


def fully_taken_up(path):
    """A large sample of a scenario in which all who are asked take part and nobody leaves."""
    whole = load_scenario(path).scenario
    scale = min(1.0, SAMPLE / whole.population.households)
    names = [name for name, each in whole.instruments.items() if not each.off and each.unit != "villages"]
    willing = [f"instruments.{name}.uptake=1" for name in names] + [f"instruments.{name}.drop_out=0" for name in names]
    unlimited = [f"budget.yuan.{year}=1000000000000" for year in (whole.budget.yuan if whole.budget else {})]
    return load_scenario(path, (f"population.scale={scale}", "reported=[]", *willing, *unlimited)).scenario


@pytest.mark.slow
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_coverage_follows_the_reported_path(path):
    """Within 3 % of the places offered, or one household of the sample, whenever places have just opened."""
    world = one_thread(fully_taken_up(path))
    weight = world.v.weight.max()
    off = []
    while world.month < world.scenario.period.end:
        world.step()
        for number, name in enumerate(world.instruments.names):
            setting = world.instruments.settings[number]
            offered, taken = places_at(setting.places, world.month), world.taken_units(number)
            open_now = world.month % 12 == 0 if setting.refill else world.month % 3 == 0
            if open_now and setting.lasts_months is None and world.month < (setting.ends or 99_999):
                household = weight * (LARGEST if setting.unit in ("persons", "students", "elderly") else 1)
                unit = world.village_weight.max() if setting.unit == "villages" else household
                if abs(taken - offered) > 0.03 * offered + unit:
                    off.append(f"{month_text(world.month)} {name}: {taken:,.0f} of {offered:,.0f} {setting.unit}")
    assert not off, "\n".join(off)
