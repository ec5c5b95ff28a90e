"""Same seed, same bits: what must not matter does not, to the last bit of every column and of the history."""

import hashlib
import os
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from conftest import GANZHOU, NO_SPILL_OVERS, one_thread
from small import load_small

from sim.scenario import Scenario, load_scenario

EXTRA = "instruments.a_new_one={mechanism: social_security, effect: {source: transfer, yuan_per_year: 3000}, places: "
# A region that an interpreter can run through identification and a review.
HAMLETS = (
    "population.households=150",
    "population.persons=576",
    "population.poor_villages.households=40",
    "population.poor_villages.persons=168",
    "register.identification.at=2011-12",
    "register.identification.persons=90",
    "register.reverification.strike_off.2014=0.2",
    "period.end=2014-12",
)
# Nobody's turn depends on anybody else: places go by lot, without the register, and money is no limit.
EVERYBODY_FOR_THEMSELVES = (
    *NO_SPILL_OVERS,
    "register.off=true",
    "budget.yuan={2011: 1e12, 2014: 1e12, 2016: 1e12}",
    *(f"instruments.{name}.spillover=0" for name in ("orchards", "vegetables")),
    *(f"instruments.{name}.target={{by: lot}}" for name in load_small().instruments),
    *(
        f"instruments.{name}.eligible.registered=false"
        for name, setting in load_small().instruments.items()
        if setting.eligible.registered
    ),
)


def flat(value, name):
    """Arrays in a nested record, by a name that says where they are."""
    if isinstance(value, dict):
        return {key: array for part in value for key, array in flat(value[part], f"{name} {part}").items()}
    return {name: np.asarray(value)}


def by_name(world, history):
    """Columns, places and history of a run; what belongs to an instrument under its name, not its number."""
    found = {f"household {name}": column for name, column in world.h._asdict().items() if name != "programmes"}
    found |= {f"village {name}": column for name, column in world.v._asdict().items()}
    found |= {"register totals": world.register_totals, "spent": world.spent_this_year}
    for field in fields(history):
        if field.name not in ("instruments", "of_instrument", "covered_households"):
            found |= flat(getattr(history, field.name), field.name)
    for number, instrument in enumerate(world.instruments.names):
        found[f"{instrument}: enrolled"] = world.h.programmes >> np.uint64(number) & np.uint64(1)
        found[f"{instrument}: covered"] = history.covered_households[:, number]
        for measure, values in history.of_instrument.items():
            found[f"{instrument}: {measure}"] = values[:, number]
    return found


def lived(scenario: Scenario, **options):
    """Everything that a run of the scenario leaves behind, and the village totals of every month."""
    world = one_thread(scenario, **options)
    totals = []
    history = world.run(lambda *_: totals.append(world.village_totals.copy()), panel=20)
    return by_name(world, history) | {"village totals": np.array(totals)}


def differing(one, other):
    """Names under which two runs do not hold the same bits, or that only one of them has."""
    return sorted(
        name
        for name in one.keys() | other.keys()
        if name not in one or name not in other or one[name].tobytes() != other[name].tobytes()
    )


def digest(run):
    """One number for all the bits of a run."""
    text = hashlib.sha256()
    for name in sorted(run):
        text.update(name.encode() + np.ascontiguousarray(run[name]).tobytes())
    return text.hexdigest()


@pytest.fixture(scope="module")
def reference():
    """The small region on one thread, in blocks of the usual size."""
    return lived(load_small())


def test_a_run_repeats_itself(reference):
    """Same seed, same bits."""
    assert differing(lived(load_small()), reference) == []


def test_another_seed_gives_other_bits(reference):
    changed = differing(lived(load_small("seed=2")), reference)
    assert {"household first_key", "household income_12_months", "village totals", "fifths"} <= set(changed)


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_threads_do_not_matter(reference, threads, scale):
    one = reference if scale == 1 else lived(load_small(f"population.scale={scale}"))
    assert differing(lived(load_small(f"population.scale={scale}"), threads=threads), one) == []


ROADS = (
    "instruments.village_roads.lasts_months=30",
    "instruments.village_roads.cost.loan=500",
    "instruments.village_roads.effect={source: farm_uplift, share: 0.03, first_after_months: 5, ramp_months: 12}",
)


def test_a_village_as_a_whole_is_the_same_as_all_its_households(monkeypatch):
    """One row for the village or one for each household: effects, their ramp, their end and loans that come back."""
    as_a_whole = lived(load_small(*ROADS))
    monkeypatch.setattr("sim.instruments._whole_village", lambda setting: False)
    assert differing(as_a_whole, lived(load_small(*ROADS))) == []


@pytest.mark.parametrize("block", [1, 7, 512, 2048])
def test_blocks_do_not_matter(reference, block):
    assert differing(lived(load_small(), block=block), reference) == []


@pytest.mark.parametrize("many", [0, 10**6])
def test_tidying_enrolments_does_not_matter(reference, many, monkeypatch):
    """Rows whose turn can not come any more are dropped every December, or never."""
    monkeypatch.setattr("sim.enrolments.MANY", many)
    assert differing(lived(load_small()), reference) == []


@pytest.mark.parametrize("block", [7, 2048])
def test_keeping_flows_does_not_matter(reference, block):
    assert differing(lived(load_small(), block=block, keep_flows=True), reference) == []


def test_threads_and_blocks_do_not_matter_in_a_large_region():
    """Three threads in Ganzhou, whose villages are larger than a block of 100."""
    scenario = load_scenario(GANZHOU, ("population.scale=0.01", "period.end=2016-12")).scenario
    assert differing(lived(scenario, threads=3, block=100), lived(scenario)) == []


@pytest.mark.parametrize("idle", ["{2012-01: 0}}", "{2012-01: 50}, off: true}"])
def test_an_idle_instrument_changes_nothing(reference, idle):
    """With no places, or switched off, it only moves the others' bits of enrolment."""
    changed = differing(lived(load_small(EXTRA + idle)), reference)
    assert [name for name in changed if not name.startswith("a_new_one")] == []


def test_an_idle_instrument_enrols_nobody():
    run = lived(load_small(EXTRA + "{2012-01: 0}}"))
    mine = [name for name in run if name.startswith("a_new_one")]
    assert len(mine) == 8
    assert not any(run[name].any() for name in mine)


def test_the_order_of_instruments_does_not_matter(reference):
    scenario = load_small()
    turned = scenario.model_copy(update={"instruments": dict(reversed(scenario.instruments.items()))})
    assert list(turned.instruments) != list(scenario.instruments)
    assert differing(lived(turned), reference) == []


def test_an_instrument_leaves_everybody_elses_luck_alone():
    """Where no spill-over, rank or budget ties households together, those who are not enrolled in a new
    instrument live the same life to the bit, in the small region with all its other instruments."""
    before = lived(load_small(*EVERYBODY_FOR_THEMSELVES))
    after = lived(load_small(*EVERYBODY_FOR_THEMSELVES, EXTRA + "{2012-01: 60, 2016-01: 200}, target: {by: lot}}"))
    enrolled = after["a_new_one: enrolled"] == 1
    assert enrolled.sum() == 200
    assert before["vegetables: enrolled"].sum() >= 20
    of_households = [name for name in before if name.startswith("household ") or name.endswith(": enrolled")]
    changed = [name for name in of_households if (before[name] != after[name])[~enrolled].any()]
    assert changed == []


def test_an_instrument_leaves_the_luck_of_its_own_households_alone():
    """Who is helped is born, falls ill and loses work in the same months as without the help."""
    before = lived(load_small(*EVERYBODY_FOR_THEMSELVES))
    after = lived(load_small(*EVERYBODY_FOR_THEMSELVES, EXTRA + "{2012-01: 200}}"))
    changed = differing(before, after)
    assert "household income_12_months" in changed
    fate = ("members", "workers", "students", "elderly", "chronic", "ill", "jobless", "permanent", "transitory")
    assert not {f"household {name}" for name in fate} & set(changed)


def hamlets():
    """The digest of a region of 150 households, from January 2011 to the review of December 2014."""
    return digest(lived(load_small(*HAMLETS)))


def test_the_interpreted_run_has_something_to_compare():
    """The 48 months hold an identification, exits, strike-offs, and admissions to most instruments."""
    run = lived(load_small(*HAMLETS))
    assert run["yearly identified_persons"].sum() >= 80
    assert run["yearly exits_persons"].sum() > 0
    assert run["yearly struck_off_persons"].sum() > 0
    assert sum(run[name].any() for name in run if name.endswith(": enrolled")) >= 6


def test_interpreted_and_compiled_months_have_the_same_bits():
    """The whole model in plain Python, every warning an error: same columns, totals and history as compiled."""
    here = Path(__file__).parent
    plain = {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import test_same_bits as t, sys; sys.stdout.write(t.hamlets())"],
        env={**os.environ, **plain}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == hamlets()
