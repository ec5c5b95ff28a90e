"""Checkpoints: a run that goes on from a December ends as one that never stopped, and what can not go on is refused."""

import numpy as np
import pytest
from conftest import load_ganzhou, one_thread, run_to
from small import load_small
from test_same_bits import by_name, differing

from sim.calendar import month_number
from sim.checkpoint import restore, save
from sim.history import INSTRUMENT

# What a history holds for every month, and for every December.
OF_MONTHS = ("monthly", "months")
OF_YEARS = (
    "of_kind",
    "yearly",
    "years",
    "fifths",
    "village_registered",
    "village_persons",
    "village_poor",
    "covered_any",
)


def stopped(scenario, year, path, **options):
    """A new world of the scenario that goes on from the checkpoint of a December."""
    save(run_to(one_thread(scenario), month_number(year, 12)), path)
    world = one_thread(scenario, **options)
    restore(world, path)
    return world


def later(run, months, years):
    """The last months and years of a run's series by time, and all else as it is."""

    def tail(name, array):
        first, last = name.split(" ")[0], name.split(": ")[-1]
        if first in OF_MONTHS or last in INSTRUMENT:
            return array[-months:]
        if first in OF_YEARS or last == "covered":
            return array[-years:]
        return array

    return {name: tail(name, array) for name, array in run.items()}


@pytest.fixture(scope="module")
def whole():
    """The small region from beginning to end without a stop."""
    world = one_thread(load_small())
    return by_name(world, world.run())


@pytest.mark.parametrize("year", [2011, 2013, 2014, 2016, 2019])
def test_a_stopped_run_ends_as_one_that_never_stopped(whole, year, tmp_path):
    """Columns, spells, and the history of all later months are the same to the bit, wherever the run stopped:
    at the start, at identification, at reviews."""
    world = stopped(load_small(), year, tmp_path / "december")
    assert world.month == month_number(year, 12)
    years = 2020 - year
    rest = by_name(world, world.run())
    assert len(rest["months"]) == 12 * years
    assert len(rest["spells household"]) == len(whole["spells household"]) > 100
    assert differing(rest, later(whole, 12 * years, years)) == []


def test_a_sample_of_ganzhou_goes_on_with_other_threads_and_blocks(tmp_path):
    scenario = load_ganzhou("population.scale=0.01", "period.end=2018-12")
    world = one_thread(scenario)
    without_stop = by_name(world, world.run())
    world = stopped(scenario, 2016, tmp_path / "december", threads=2, block=100)
    assert differing(by_name(world, world.run()), later(without_stop, 24, 2)) == []


def test_a_run_may_stop_more_than_once(whole, tmp_path):
    """From 2014 to 2017, and from there to the end."""
    path = tmp_path / "december"
    world = run_to(stopped(load_small(), 2014, path), month_number(2017, 12))
    save(world, path)
    world = one_thread(load_small())
    restore(world, path)
    assert differing(by_name(world, world.run()), later(whole, 36, 3)) == []


def test_a_run_writes_its_checkpoint_on_the_way(whole, tmp_path):
    """The checkpoint that `run` writes changes nothing of the run, and is the one that `save` would write."""
    by_run, by_hand = tmp_path / "by run", tmp_path / "by hand"
    december = month_number(2015, 12)
    world = one_thread(load_small())
    assert differing(by_name(world, world.run(checkpoint=(december, by_run))), whole) == []
    save(run_to(one_thread(load_small()), december), by_hand)
    with np.load(by_run) as ours, np.load(by_hand) as theirs:
        assert ours.files == theirs.files
        assert [name for name in ours.files if ours[name].tobytes() != theirs[name].tobytes()] == []


def test_a_world_that_has_run_goes_back(whole, tmp_path):
    """Restoring into a world that has lived on leaves nothing of what it lived through."""
    path = tmp_path / "december"
    world = run_to(one_thread(load_small()), month_number(2015, 12))
    save(world, path)
    run_to(world, month_number(2018, 5))
    restore(world, path)
    assert differing(by_name(world, world.run()), later(whole, 60, 5)) == []


def test_a_reform_starts_from_the_common_past(tmp_path):
    """A scenario that differs only after the checkpoint goes on from it as if it had run from the beginning."""
    path, reform = tmp_path / "december", load_small("register.review.softening.2017=1", "budget.yuan.2017=400000")
    save(run_to(one_thread(load_small()), month_number(2016, 12)), path)
    world = one_thread(reform)
    restore(world, path)
    rest = by_name(world, world.run())
    world = one_thread(reform)
    assert differing(rest, later(by_name(world, world.run()), 48, 4)) == []
    assert rest["yearly exits_persons"][0].sum() > 0


@pytest.mark.parametrize("month", [1, 6, 11])
def test_only_a_december_is_written(month, tmp_path):
    world = run_to(one_thread(load_small()), month_number(2012, month))
    with pytest.raises(ValueError, match=f"in December, not in 2012-{month:02d}"):
        save(world, tmp_path / "no december")
    assert not (tmp_path / "no december").exists()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (("seed=2",), "other households"),
        (("population.scale=0.5",), "other households"),
        (("population.households=610",), "other households"),
        (("instruments.training.off=true",), "other instruments"),
        (("instruments.more={mechanism: industry, places: {2016-01: 1}, effect: {source: farm, yuan_per_year: 1}}",),
         "other instruments"),
    ],
)  # fmt: skip
def test_another_world_is_refused(other, message, tmp_path):
    """A world of other households or instruments is refused, and stays as it was."""
    path = tmp_path / "december"
    save(run_to(one_thread(load_small()), month_number(2012, 12)), path)
    world = one_thread(load_small(*other))
    before = world.h.income_12_months.copy(), world.month
    with pytest.raises(ValueError, match=message):
        restore(world, path)
    np.testing.assert_array_equal(world.h.income_12_months, before[0])
    assert world.month == before[1]


def test_another_region_is_refused(tmp_path):
    path = tmp_path / "december"
    save(run_to(one_thread(load_small()), month_number(2011, 12)), path)
    with pytest.raises(ValueError, match="other households"):
        restore(one_thread(load_ganzhou("population.scale=0.01")), path)


def test_another_first_month_is_refused(tmp_path):
    """Enrolments and spells count from the first simulated month; with another one they would shift by a year."""
    path = tmp_path / "december"
    save(run_to(one_thread(load_small()), month_number(2015, 12)), path)
    with pytest.raises(ValueError, match="first month"):
        restore(one_thread(load_small("period.start=2012-12")), path)


@pytest.mark.parametrize(
    "effects",
    [
        "[{source: farm_uplift, share: 0.1}, {source: farm, crop: camellia, yuan_per_year: 1500}]",
        "[{source: farm, crop: camellia, yuan_per_year: 1500}]",
    ],
)
def test_instruments_with_other_effects_are_refused(effects, tmp_path):
    """An enrolment knows its effect by number: where those differ it would be taken away from another stream."""
    path = tmp_path / "december"
    save(run_to(one_thread(load_small()), month_number(2015, 12)), path)
    world = one_thread(load_small(f"instruments.camellia.effect={effects}"))
    with pytest.raises(ValueError, match="effects"):
        restore(world, path)
    assert world.month == month_number(2010, 12)
