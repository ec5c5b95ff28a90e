"""Places are filled as reported, where everybody who is asked takes part and there is money for everything."""

from pathlib import Path

import pytest
from conftest import one_thread

from sim.calendar import month_text
from sim.scenario import load_scenario, places_at

SCENARIOS = sorted((Path(__file__).parent.parent / "scenarios").glob("*.yaml"))
HALF_A_HOUSEHOLD = 2  # persons, by which the last one admitted in each county may miss


def fully_taken_up(path):
    """The whole region, where all who are asked take part and nobody leaves."""
    whole = load_scenario(path).scenario
    names = [name for name, each in whole.instruments.items() if not each.off and each.unit != "villages"]
    willing = [f"instruments.{name}.uptake=1" for name in names] + [f"instruments.{name}.drop_out=0" for name in names]
    unlimited = [f"budget.yuan.{year}=1000000000000" for year in (whole.budget.yuan if whole.budget else {})]
    return load_scenario(path, ("population.scale=1", "reported=[]", *willing, *unlimited)).scenario


def just_opened(setting, month):
    """Whether all places of the month are open: they rose, or those that were left are offered again."""
    rose = places_at(setting.places, month) > places_at(setting.places, month - 1)
    again = month % 12 == 0 if setting.refill else month % 3 == 0
    return (rose or again) and month < (setting.ends or 99_999)


@pytest.mark.slow
@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_coverage_follows_the_reported_path(path):
    """Within 3 % of the places offered, but for whole households in each county, whenever places have just opened."""
    world = one_thread(fully_taken_up(path))
    rounding = HALF_A_HOUSEHOLD * len(world.areas.counties)
    off = []
    while world.month < world.scenario.period.end:
        world.step()
        for number, name in enumerate(world.instruments.names):
            setting = world.instruments.settings[number]
            offered, taken = places_at(setting.places, world.month), world.taken_units(number)
            if just_opened(setting, world.month) and abs(taken - offered) > 0.03 * offered + rounding:
                off.append(f"{month_text(world.month)} {name}: {taken:,.0f} of {offered:,.0f} {setting.unit}")
    assert not off, "\n".join(off)
