"""The model and its agents in Mesa: views of columns behave as Mesa's own agents, or refuse and say why."""

import collections.abc
import copy
import gc
import hashlib
import os
import pickle
import re
import statistics
import subprocess
import sys
import weakref
from pathlib import Path

import mesa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mesa.agent import AgentSet
from small import SMALL, load_small

import sim
from sim.columns import FLOW, HOUSEHOLD, VILLAGE
from sim.economy import County, Economy, Household, ViewSet, Village
from sim.register.status import REGISTERED, RETURNED
from sim.scenario import ScenarioError
from sim.world import World

# The register begins a year earlier, so that a short run sees identification and a review.
EARLY = {"period.end": "2013-12", "register.identification.at": "2012-12"}


def made(**parameters) -> Economy:
    return Economy(SMALL, threads=1, **parameters)


@pytest.fixture(scope="module")
def after_three_years() -> Economy:
    economy = made(settings=EARLY)
    economy.run_model()
    return economy


@pytest.fixture
def economy(after_three_years) -> Economy:
    """The same region for every test, which leaves it as it was."""
    h = after_three_years.world.h
    before = [column.copy() for column in h]
    after_three_years.reset_randomizer()
    yield after_three_years
    for column, old in zip(h, before, strict=True):
        column[:] = old


@pytest.fixture
def households(economy) -> ViewSet:
    return economy.agents


@pytest.fixture
def some(households) -> ViewSet:
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


# the month


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


def test_agents_in_random_order_and_the_compiled_block_run_give_the_same_bits():
    blocks, agents = made(settings=EARLY), made(settings=EARLY)
    agents.random.seed(99)
    while blocks.running:
        blocks.step()
        agents.step(by_agents=True)
        assert_same(blocks.world, agents.world)
    assert blocks.steps == agents.steps == 36
    assert agents.world.year_counts["exits_persons"].sum() > 0
    assert not agents.running


def test_interpreted_rules_give_the_same_bits_as_compiled_ones(after_three_years):
    program = (
        "from test_economy import EARLY, digest, made; economy = made(settings=EARLY); economy.run_model();"
        "print(digest(economy.world))"
    )
    interpreted = {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env={**os.environ, **interpreted}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == digest(after_three_years.world)


@pytest.mark.slow
def test_agents_and_blocks_give_the_same_bits_over_the_whole_period():
    blocks, agents = Economy(SMALL, threads=3), made()
    while blocks.running:
        blocks.step()
        agents.step(by_agents=True)
    assert_same(blocks.world, agents.world)


def test_a_model_of_ones_own_may_choose_the_order():
    class RichestFirst(Economy):
        def step(self):
            self.begin_month()
            self.agents.sort("income_12_months").do("step")
            self.end_month()

    mine, blocks = RichestFirst(SMALL, threads=1), made()
    for _ in range(3):
        mine.step()
        blocks.step()
    assert mine.steps == 3
    assert_same(mine.world, blocks.world)


def test_a_month_is_a_month_of_the_world(after_three_years):
    world = World(load_small(*(f"{path}={value}" for path, value in EARLY.items())), threads=2)
    history = world.run()
    reported = after_three_years.datacollector.get_model_vars_dataframe()
    assert list(reported.month) == sorted(reported.month)
    assert reported.month.iloc[-1] == "2013-12"
    seen = reported[reported.month >= "2011-12"]
    persons = history.monthly["persons"].sum(1)
    for ours, theirs in (
        ("registered_persons", history.monthly["registered_persons"].sum(1)),
        ("income_incidence", history.monthly["income_poor_persons"].sum(1) / persons),
        ("outlays", history.of_instrument["outlays"].sum((1, 2))),
        (
            "mean_income",
            12
            * sum(history.monthly[f"{s}_income"].sum(1) for s in ("farm", "wage", "property", "transfer"))
            / persons,
        ),
    ):
        np.testing.assert_allclose(seen[ours], theirs, rtol=1e-12)


def test_there_is_no_register_incidence_before_a_register(after_three_years):
    reported = (
        after_three_years.datacollector.get_model_vars_dataframe().set_index("month").register_incidence
    )
    assert reported[:"2012-11"].isna().all()
    assert reported["2013-12"] == pytest.approx(after_three_years.registered_persons / 2304, rel=0.05)
    off = made(settings={"register.off": True, "period.end": "2014-01", "reported": []})
    off.run_model()
    assert np.isnan(off.register_incidence)


def test_a_household_steps_once_in_a_month_that_has_begun():
    economy = made()
    with pytest.raises(RuntimeError, match=r"no month has begun: a household steps between begin_month\(\)"):
        economy.agents[0].step()
    with pytest.raises(RuntimeError, match=r"no month has begun: begin_month\(\) comes first"):
        economy.end_month()
    economy.begin_month()
    economy.agents[0].step()
    with pytest.raises(RuntimeError, match="household 0 has stepped this month"):
        economy.agents[0].step()
    with pytest.raises(RuntimeError, match="599 households have not stepped"):
        economy.end_month()
    with pytest.raises(RuntimeError, match=r"the month has begun: end_month\(\) comes first"):
        economy.step()
    economy.agents.select(lambda household: household.row > 0).do("step")
    economy.end_month()
    whole = made()
    whole.step()
    assert_same(economy.world, whole.world)


def test_the_period_ends(after_three_years):
    assert not after_three_years.running
    with pytest.raises(RuntimeError, match="the period ends in 2013-12"):
        after_three_years.step()


# the model in Mesa


def test_a_model_is_collected():
    class Firm(mesa.Agent):
        pass

    economy = made()
    economy.step()
    Firm(economy)
    seen = [weakref.ref(economy), weakref.ref(economy.world), weakref.ref(economy.agents)]
    del economy
    gc.collect()
    assert [each() for each in seen] == [None, None, None]


def test_one_file_imports_mesa():
    package = Path(sim.__file__).parent
    importing = [
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if re.search(r"^\s*(import|from) mesa\b", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert importing == ["economy/mesa_names.py"]


def test_importing_the_economy_leaves_multiprocessing_alone():
    program = "import multiprocessing, sim.economy; print(multiprocessing.get_start_method(allow_none=True))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "None"


def test_batch_run():
    results = mesa.batch_run(
        Economy,
        parameters={
            "scenario": str(SMALL),
            "threads": 1,
            "seed": [1, 2],
            "settings": [{"period.end": "2012-06"}],
        },
        number_processes=1,
        data_collection_period=1,
        display_progress=False,
    )
    assert len(results) == 2 * 18
    assert [row["month"] for row in results[-7:]] == [f"2011-{m}" for m in (12,)] + [
        f"2012-0{m}" for m in range(1, 7)
    ]
    ends = [row["mean_income"] for row in results if row["month"] == "2012-06"]
    assert len(set(ends)) == 2
    assert all(3000 < income < 8000 for income in ends)


def test_the_last_month_is_what_batch_run_keeps_by_default():
    (row,) = mesa.batch_run(
        Economy,
        {"scenario": str(SMALL), "threads": 1, "settings": [{"period.end": "2012-01"}]},
        display_progress=False,
    )
    assert row["month"] == "2012-01"


def test_settings_of_batch_run_come_in_a_list():
    with pytest.raises(TypeError, match=r"settings is a dict.*not 'seed'; in mesa.batch_run it is a list"):
        mesa.batch_run(Economy, {"scenario": str(SMALL), "settings": {"seed": 3}}, display_progress=False)


def test_scale_seed_and_settings_change_the_scenario():
    economy = made(
        scale=np.float64(0.5),
        seed=np.int64(7),
        settings={"income.log_sd": 0.7, "disasters.hazard": {"none": 0.5}},
    )
    assert economy.scenario == load_small(
        "population.scale=0.5", "seed=7", "income.log_sd=0.7", "disasters.hazard.none=0.5"
    )
    assert len(economy.villages) == 6


def test_a_wrong_setting_says_what_is_wrong():
    with pytest.raises(ScenarioError, match="helth"):
        made(settings={"helth.incidence": 0.06})


def test_a_loaded_scenario_is_taken_as_it_is():
    scenario = load_small()
    assert Economy(scenario, threads=1).scenario is scenario
    with pytest.raises(TypeError, match=r"a loaded scenario is complete; give its path to change seed"):
        Economy(scenario, seed=3)


def test_types_and_sets_of_agents_agree(economy):
    assert economy.agent_types == [Household, Village, County]
    assert economy.agents is economy.agents_by_type[Household]
    assert economy.villages is economy.agents_by_type[Village]
    assert economy.counties is economy.agents_by_type[County]
    assert [len(agents) for agents in economy.agents_by_type.values()] == [600, 12, 3]
    numbers = [agent.unique_id for agents in economy.agents_by_type.values() for agent in agents]
    assert numbers == list(range(1, 616))
    with pytest.raises(AttributeError, match="no setter"):
        economy.agents = []


def test_agents_of_ones_own_are_registered_beside_the_regions():
    class Firm(mesa.Agent):
        pass

    economy = made()
    firms = [Firm(economy), Firm(economy)]
    assert [firm.unique_id for firm in firms] == [616, 617]
    assert list(economy.agents_by_type[Firm]) == firms
    assert len(economy.agents) == 600
    firms[0].remove()
    assert list(economy.agents_by_type[Firm]) == firms[1:]


def test_agents_of_the_region_stay(economy):
    with pytest.raises(TypeError, match="can not be removed"):
        economy.remove_all_agents()
    with pytest.raises(TypeError, match="rows of columns and stay"):
        economy.agents[0].remove()
    with pytest.raises(TypeError, match="the scenario's population says how many"):
        Household.create_agents(economy, 3)


def test_a_collector_looks_at_counties_and_households():
    economy = made(settings={"period.end": "2012-02"})
    economy.datacollector = mesa.DataCollector(
        agent_reporters={"assets": "assets"},
        agenttype_reporters={
            County: {"name": "name", "may_open": "may_open", "persons": lambda county: county.persons},
            Village: {"adoption": "adoption"},
        },
    )
    economy.step()
    economy.step()
    counties = economy.datacollector.get_agenttype_vars_dataframe(County)
    assert list(counties.index.names) == ["Step", "AgentID"]
    assert list(counties.loc[2].name) == ["east", "north", "south"]
    assert counties.loc[2].may_open.all()
    assert counties.loc[2].persons.sum() == economy.county_total("persons").sum()
    assert len(economy.datacollector.get_agenttype_vars_dataframe(Village)) == 24
    assets = economy.datacollector.get_agent_vars_dataframe()
    assert assets.loc[2].assets.tolist() == economy.world.h.assets.tolist()


@pytest.mark.parametrize("copied", [pickle.dumps, copy.deepcopy, copy.copy])
def test_models_and_views_are_not_pickled_or_copied(economy, copied):
    with pytest.raises(TypeError, match="its scenario and seed make the same one again"):
        copied(economy)
    for agent in (economy.agents[0], economy.villages[0], economy.counties[0]):
        with pytest.raises(TypeError, match="a view is not pickled or copied; keep its unique_id"):
            copied(agent)


# views


def test_a_household_reads_and_writes_its_row_of_every_column(economy):
    h, f, household = economy.world.h, economy.world.f, economy.agents[17]
    for name in Household.COLUMNS:
        assert getattr(household, name) == getattr(f if name in FLOW else h, name)[17], name
    assert household.wage > 0
    assert set(Household.COLUMNS) == {*HOUSEHOLD.columns, *FLOW.columns} - {"village"}
    household.assets, household.members, household.ill = 123.5, 4, True
    assert (h.assets[17], h.members[17], h.ill[17]) == (123.5, 4, True)
    assert (household.assets, household.members, household.ill) == (123.5, 4, True)
    assert isinstance(household.members, int)
    assert "assets" in dir(household)


def test_a_village_reads_and_writes_its_row(economy):
    v, village = economy.world.v, economy.villages[3]
    assert set(Village.COLUMNS) == {*VILLAGE.columns} - {"county", "severity"}
    for name in Village.COLUMNS:
        assert getattr(village, name) == getattr(v, name)[3], name
    before, village.disaster_months = village.disaster_months, 6
    assert v.disaster_months[3] == 6
    village.disaster_months = before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("asets", "a Household has no attribute 'asets'; did you mean 'assets'?"),
        ("is_regstered", "did you mean 'is_registered'?"),
        ("xyzzy", "a Household has no attribute 'xyzzy'$"),
    ],
)
def test_an_unknown_attribute_names_the_nearest(economy, name, message):
    household = economy.agents[0]
    for attempt in (
        lambda: getattr(household, name),
        lambda: setattr(household, name, 1),
        lambda: economy.agents.get(name),
    ):
        with pytest.raises(AttributeError, match=message.replace("?", r"\?")):
            attempt()
    assert not hasattr(household, name)


@pytest.mark.parametrize(
    "name",
    ["identity", "first_key", "second_key", "wage", "income_per_head", "village", "unique_id", "county"],
)
def test_who_a_household_is_and_what_happened_is_only_read(economy, name):
    for attempt in (lambda: setattr(economy.agents[0], name, 1), lambda: economy.agents.set(name, 1)):
        with pytest.raises(AttributeError, match=f"{name} of a Household is only read"):
            attempt()


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("members", -1, ValueError),
        ("members", 256, ValueError),
        ("members", 2.5, ValueError),
        ("members", float("nan"), ValueError),
        ("assets", float("nan"), ValueError),
        ("assets", 1e39, ValueError),
        ("ill", 2, ValueError),
        ("assets", "much", TypeError),
        ("assets", None, TypeError),
    ],
)
def test_a_column_refuses_what_it_can_not_hold(economy, name, value, error):
    before = economy.world.h.assets.copy(), economy.world.h.members.copy()
    with pytest.raises(error, match=name):
        setattr(economy.agents[0], name, value)
    with pytest.raises(error, match=name):
        economy.agents.set(name, value)
    assert (economy.world.h.assets == before[0]).all()
    assert (economy.world.h.members == before[1]).all()


def test_views_of_the_same_row_are_equal(economy):
    other = made()
    assert economy.agents[3] == economy.agents[3]
    assert len({economy.agents[3], economy.agents[3], economy.agents[4], economy.villages[3]}) == 3
    assert economy.agents[3] != other.agents[3]
    assert economy.agents[3] != economy.villages[3]
    assert economy.agents[3] != 3


def test_households_villages_and_counties_belong_together(economy):
    h, v = economy.world.h, economy.world.v
    household = economy.agents[500]
    assert household in household.village.households
    assert household in household.county.households
    assert household.village in household.county.villages
    assert household.village.county == household.county
    assert household.county.row == v.county[h.village[500]]
    assert sum(len(village.households) for village in economy.villages) == 600
    assert sum(len(county.households) for county in economy.counties) == 600
    assert sum(len(county.villages) for county in economy.counties) == 12


def test_conveniences_of_a_household(economy):
    h = economy.world.h
    registered = economy.agents.select(lambda household: household.is_registered)
    assert rows(registered) == np.flatnonzero((h.status == REGISTERED) | (h.status == RETURNED)).tolist()
    assert economy.agents[3].income_per_head == pytest.approx(h.income_12_months[3] / h.members[3])
    h.programmes[3] = 0b101
    assert economy.agents[3].instruments == [economy.world.instruments.names[n] for n in (0, 2)]
    assert repr(economy.agents[3]).startswith("<Household 3 of east/1: ")


def test_figures_of_areas_add_up(economy):
    total = economy.county_total("persons").sum()
    assert sum(economy.villages.get("persons")) == pytest.approx(total)
    assert sum(economy.counties.get("persons")) == pytest.approx(total)
    assert sum(economy.counties.get("registered_persons")) == pytest.approx(economy.registered_persons)
    for area in (*economy.villages, *economy.counties):
        assert area.registered_share == pytest.approx(area.registered_persons / area.persons)


def test_decisions_of_a_county(economy):
    world = economy.world
    for county in economy.counties:
        c = county.row
        village = county.villages[0]
        assert county.prices == {
            crop: getattr(village, f"price_{crop}")
            for crop in ("orchards", "camellia", "vegetables", "other")
        }
        assert county.job_finding == village.finding
        assert county.wage_level == village.wage_level
        assert county.may_open == world.may_open()[c]
        assert county.spent_this_year == world.spent_this_year[c] > 0
        assert county.places_given["dibao"] == world.admitted[world.instruments.names.index("dibao"), c] > 0
        assert county.planned_exits == pytest.approx(0.21 * county.registered_persons)
        assert county.this_year["planned_exits_persons"] == world.year_counts["planned_exits_persons"][c]
        assert 0 < county.this_year["exits_persons"] < county.registered_persons
    assert economy.counties.get("poor") == [True, True, False]


def test_a_county_without_money_may_not_open():
    economy = made(settings={"budget.yuan": {2011: 0}})
    economy.step()
    assert economy.counties.get("may_open") == [False, False, False]


def test_a_county_that_the_sample_left_out_has_no_prices():
    economy = made(scale=0.1)
    economy.step()
    without = economy.counties.select(lambda county: len(county.villages) == 0)
    assert len(without) == 2
    assert np.isnan([*without[0].prices.values(), without[0].job_finding]).all()
    assert len(without[0].households) == 0
    assert (without[0].persons, without[0].registered_share) == (0, 0)


def test_areas_leave_the_list(economy):
    world = economy.world
    poor = economy.villages.select(lambda village: village.poor_village)
    assert len(poor) == 4
    assert poor.get("listed") == [True] * 4
    assert poor.get("exited") == [None] * 4
    assert sorted(poor.get("planned_exit")) == [2016, 2017, 2018, 2018]
    assert sorted(poor.get("severity")) == ["mild", "moderate", "moderate", "severe"]
    rich = economy.villages.select(lambda village: not village.poor_village)
    assert (rich[0].listed, rich[0].exited, rich[0].planned_exit, rich[0].severity) == (
        False,
        None,
        None,
        "none",
    )
    assert "never listed" in repr(rich[0])
    before = world.village_exit.copy(), world.county_exit.copy()
    world.village_exit[poor[0].row] = world.month
    world.county_exit[0] = world.month + 5
    assert (poor[0].listed, poor[0].exited) == (False, "2013-12")
    assert "exited in 2013-12" in repr(poor[0])
    assert (economy.counties[0].listed, economy.counties[0].exited) == (True, None)
    assert "listed as poor" in repr(economy.counties[0])
    world.village_exit[:], world.county_exit[:] = before


# sets: every public member of Mesa's AgentSet


REFUSED = ["add", "discard", "remove", "pop", "clear", "__ior__", "__iand__", "__isub__", "__ixor__"]
OPERATORS = [
    *("__and__", "__or__", "__sub__", "__xor__", "__rand__", "__ror__", "__rsub__", "__rxor__"),
    *("__le__", "__lt__", "__ge__", "__gt__", "__eq__"),
    *("__len__", "__iter__", "__contains__", "__getitem__", "__reversed__"),
    *("__getstate__", "__setstate__"),
]


def test_every_member_of_mesas_agent_set_has_a_test():
    """Those with a name of their own in a ``test_set_`` of that name."""
    bases = [vars(base) for base in AgentSet.__mro__ if base is not object]
    dunders = {name for members in bases for name, member in members.items() if callable(member)}
    members = {name for name in {*dir(AgentSet), *dunders} if not name.startswith("_")}
    members |= {name for name in dunders if name.startswith("__")} - {"__init__", "__init_subclass__"}
    tested = {name.removeprefix("test_set_") for name in globals() if name.startswith("test_set_")}
    assert members - tested - {*REFUSED, *OPERATORS} == set()


def test_looking_makes_agents(some):
    assert len(some) == 40
    assert rows(some) == some.rows.tolist()
    assert rows(reversed(some)) == some.rows[::-1].tolist()
    assert (some[0].row, some[-1].row, some[np.int64(3)].row) == (some.rows[0], some.rows[-1], some.rows[3])
    assert rows(some[5:9]) == some.rows[5:9].tolist()
    assert isinstance(some[5:9], list)
    assert some[7] in some
    assert repr(some) == "<40 × Household>"
    with pytest.raises(IndexError):
        some[40]
    with pytest.raises(TypeError):
        some["assets"]
    assert isinstance(some, collections.abc.Sequence)
    assert isinstance(some, AgentSet)


def test_a_set_contains_its_agents_and_no_others(some):
    others = set(range(600)) - set(some.rows.tolist())
    everybody = some.model.agents
    assert all(everybody[row] in some for row in some.rows)
    assert not any(everybody[row] in some for row in others)
    assert some.model.villages[0] not in some
    assert made().agents[int(some.rows[0])] not in some
    assert "household" not in some


def test_sets_are_combined_and_compared(households):
    a, b = (ViewSet(households.model, Household, np.array(r)) for r in ([5, 3, 9, 1], [9, 2, 3]))
    assert rows(a & b) == [9, 3]
    assert rows(a | b) == [5, 3, 9, 1, 2]
    assert rows(a - b) == [5, 1]
    assert set(rows(a ^ b)) == {5, 1, 2}
    assert rows(a & list(b)) == [9, 3]
    assert rows(list(b) | a) == [5, 3, 9, 1, 2]
    assert rows(list(a) - b) == [5, 1]
    assert rows([households[9]] & a) == [9]
    assert set(rows([households[9]] ^ a)) == {5, 3, 1}
    assert isinstance(a & b, ViewSet)
    assert a & b <= a
    assert a & b < a
    assert a >= a & b
    assert a > a & b
    assert a == a.sort("assets")
    assert a != b
    assert not a <= b
    with pytest.raises(TypeError, match=r"<Village .* is no Household of this model"):
        a | [households.model.villages[0]]


def test_set_isdisjoint(households):
    ours = ViewSet(households.model, Household, np.array([1, 2]))
    assert ours.isdisjoint([households[3]])
    assert not ours.isdisjoint([households[2]])


def test_set_random(households):
    assert households.random is households.model.random


def test_set_index(some):
    assert some.index(some[7]) == 7
    with pytest.raises(ValueError):  # noqa: PT011 - Sequence's own, without a message
        some.index("household")


def test_set_count(some):
    assert some.count(some[7]) == 1
    assert some.count("household") == 0


@pytest.mark.parametrize("at_most", [float("inf"), 0, 3, 1, 0.5, 1.0, 0.0, 100])
@pytest.mark.parametrize("condition", [None, lambda household: household.members > 3])
def test_set_select(some, condition, at_most):
    assert rows(some.select(condition, at_most=at_most)) == rows(
        plain(some).select(condition, at_most=at_most)
    )


def test_select_by_flags(some):
    assert rows(some.select(some.array("members") > 3)) == rows(
        some.select(lambda household: household.members > 3)
    )
    assert rows(some.select(some.array("poor"), at_most=1)) == rows(
        some.select(lambda household: household.poor, at_most=1)
    )
    with pytest.raises(ValueError, match=r"flags are bool of shape \(40,\)"):
        some.select(some.array("members"))
    with pytest.raises(ValueError, match=r"flags are bool of shape \(40,\)"):
        some.select(np.ones(3, bool))


def test_select_by_type(some):
    assert rows(some.select(agent_type=Household)) == rows(some)
    assert rows(some.select(agent_type=mesa.Agent)) == rows(some)
    assert rows(some.select(agent_type=County)) == []


def test_select_in_place_narrows_a_selection_but_not_the_model(some):
    kept = rows(some.select(at_most=7))
    assert some.select(at_most=7, inplace=True) is some
    assert rows(some) == kept
    with pytest.raises(
        TypeError, match=r"the model's own set keeps all its agents; use select\(\) without inplace"
    ):
        some.model.agents.select(at_most=7, inplace=True)
    assert some.model.agents.select() is not some.model.agents


def test_a_set_forgets_whom_it_no_longer_holds(some):
    last = some[39]
    assert last in some
    some.select(at_most=39, inplace=True)
    assert last not in some


def test_set_shuffle(some):
    before = rows(some)
    shuffled = some.shuffle()
    assert rows(some) == before
    assert rows(shuffled) != before
    assert sorted(rows(shuffled)) == sorted(before)
    some.model.reset_randomizer()
    assert rows(some.shuffle()) == rows(shuffled)
    assert some.shuffle(inplace=True) is some
    assert rows(some) != before


def test_the_models_own_set_may_be_shuffled_in_place(economy):
    households = economy.agents
    assert households.shuffle(inplace=True) is economy.agents
    assert rows(households) != list(range(600))
    assert households[0] in households
    assert rows(households.sort("row", ascending=True, inplace=True)) == list(range(600))


def test_set_shuffle_do(some):
    seen = []
    assert some.shuffle_do(lambda household, to: to.append(household.row), seen) is some
    assert seen != rows(some)
    assert sorted(seen) == sorted(rows(some))


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize(
    "key",
    ["members", "assets", "poor", "income_per_head", "village.name", lambda household: -household.workers],
)
def test_set_sort(some, key, ascending):
    assert rows(some.sort(key, ascending=ascending)) == rows(plain(some).sort(key, ascending=ascending))


def test_sort_in_place(some):
    expected = rows(some.sort("assets"))
    assert some.sort("assets", inplace=True) is some
    assert rows(some) == expected


def test_set_do(some):
    seen = []
    assert some.do(seen.append) is some
    assert seen == list(some)
    assert some.do("advance") is some
    with pytest.raises(AttributeError, match="a Household has no attribute 'stop'; did you mean 'step'"):
        some.do("stop")


def test_set_map(some):
    assert some.map(lambda household, more: household.members + more, 1) == [
        members + 1 for members in some.get("members")
    ]
    assert some.map("__repr__") == [repr(household) for household in some]


@pytest.mark.parametrize(
    "names", ["members", "assets", "poor", "income_per_head", ["members", "is_registered"], []]
)
@pytest.mark.parametrize("missing", ["error", "default"])
def test_set_get(some, names, missing):
    values = some.get(names, handle_missing=missing, default_value=0)
    assert values == plain(some).get(names, handle_missing=missing, default_value=0)
    assert isinstance(values, list)


def test_get_what_is_missing(some):
    assert some.get("pets", handle_missing="default", default_value=0) == [0] * 40
    assert some.get(["members", "pets"], "default", -1)[0] == [some[0].members, -1]
    with pytest.raises(AttributeError, match="a Household has no attribute 'pets'"):
        some.get("pets")
    with pytest.raises(ValueError, match="handle_missing is 'error' or 'default', not 'ignore'"):
        some.get("members", handle_missing="ignore")


def test_whole_columns_do_not_overflow(households):
    assert households.agg("members", sum) == households.model.world.persons > 255


def test_set_agg(some):
    for attribute in ("members", "income_per_head"):
        for function in (sum, max, np.mean, statistics.median):
            assert some.agg(attribute, function) == plain(some).agg(attribute, function)
    assert some.agg("members", [min, max]) == plain(some).agg("members", [min, max])


def test_set_set(some):
    h, untouched = some.model.world.h, np.setdiff1d(np.arange(600), some.rows)
    before = h.assets.copy()
    assert some.set("assets", 0.0) is some
    assert (h.assets[some.rows] == 0).all()
    assert (h.assets[untouched] == before[untouched]).all()
    some.set("assets", np.arange(40))
    assert some[13].assets == 13
    with pytest.raises(AttributeError, match="did you mean 'assets'"):
        some.set("asets", 0.0)
    with pytest.raises(AttributeError, match="income_per_head of a Household is only read"):
        some.set("income_per_head", 0.0)


@pytest.mark.parametrize("by", ["members", "poor", "village", lambda household: household.county.name])
def test_set_groupby(some, by):
    ours, theirs = some.groupby(by), plain(some).groupby(by, result_type="list")
    assert list(ours.groups) == list(theirs.groups)
    assert {key: rows(group) for key, group in ours} == {key: rows(group) for key, group in theirs}
    assert all(isinstance(group, ViewSet) for _, group in ours)
    assert ours.count() == theirs.count()
    assert ours.agg("assets", max) == theirs.agg("assets", max)
    assert ours.map("agg", "assets", max) == ours.agg("assets", max)
    as_lists = some.groupby(by, result_type="list")
    assert {key: rows(group) for key, group in as_lists} == {key: rows(group) for key, group in ours}
    assert all(isinstance(group, list) for _, group in as_lists)


def test_groupby_another_result(some):
    with pytest.raises(ValueError, match="result_type is 'agentset' or 'list', not 'dict'"):
        some.groupby("members", result_type="dict")


@pytest.mark.parametrize("whose", ["households", "some"])
@pytest.mark.parametrize("name", REFUSED)
def test_who_belongs_to_a_set_is_fixed(request, whose, name):
    agents = request.getfixturevalue(whose)
    before = rows(agents)
    with pytest.raises(TypeError, match=r"who belongs to this set is fixed; make another with select\(\)"):
        getattr(agents, name)(*([] if name in ("pop", "clear") else [agents[0]]))
    assert rows(agents) == before


def test_sets_are_not_pickled(some):
    for refused in (pickle.dumps, copy.deepcopy):
        with pytest.raises(
            TypeError, match=r"a set of views is not pickled or deep-copied; get\(\) or array\(\)"
        ):
            refused(some)
    with pytest.raises(TypeError, match="not unpickled"):
        some.__setstate__({})
    copied = copy.copy(some)
    assert rows(copied) == rows(some)
    copied.select(at_most=1, inplace=True)
    assert len(some) == 40


def test_an_array_is_a_copy(some):
    members = some.array("members")
    members[:] = 0
    assert some.array("members").min() > 0
    with pytest.raises(AttributeError, match="did you mean 'members'"):
        some.array("member")


@given(
    chosen=st.lists(st.integers(0, 599), unique=True, max_size=30),
    key=st.sampled_from(["members", "schooling", "status", "poor"]),
    ascending=st.booleans(),
    at_most=st.one_of(st.integers(0, 40), st.floats(0, 1)),
)
@settings(deadline=None)
def test_any_selection_behaves_as_mesas_own(after_three_years, chosen, key, ascending, at_most):
    ours = ViewSet(after_three_years, Household, np.array(chosen, np.int64))
    theirs = plain(ours)
    assert rows(ours.sort(key, ascending)) == rows(theirs.sort(key, ascending))
    assert rows(ours.select(at_most=at_most)) == rows(theirs.select(at_most=at_most))
    assert ours.get(key) == theirs.get(key)
    assert ours.groupby(key).count() == theirs.groupby(key).count()
    assert rows(ours.shuffle().sort("row", ascending=True)) == sorted(chosen)


def test_areas_are_sets_too(economy):
    assert economy.counties.get("name") == ["east", "north", "south"]
    assert economy.villages.groupby("county").count() == {
        county: len(county.villages) for county in economy.counties
    }
    assert economy.villages.agg("disaster_loss", max) >= 0
    assert repr(economy.counties) == "<3 × County>"
    assert rows(economy.counties.sort("name")) == [2, 1, 0]
