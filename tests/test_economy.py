"""The model and its month in Mesa: the same bits as the world's, whoever steps, and a model as Mesa expects one."""

import copy
import gc
import os
import pickle
import re
import subprocess
import sys
import weakref
from pathlib import Path

import mesa
import numpy as np
import pytest
from economies import EARLY, assert_same, digest, made, restored, whole_run  # noqa: F401 - two are fixtures
from small import SMALL, load_small

import sim
from sim.economy import County, Economy, Household, Village
from sim.scenario import ScenarioError
from sim.world import World

# the month


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
        "from economies import EARLY, digest, made; economy = made(settings=EARLY); economy.run_model();"
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
            12 * sum(history.monthly[f"{s}_income"].sum(1) for s in ("farm", "wage", "property", "transfer")) / persons,
        ),
    ):
        np.testing.assert_allclose(seen[ours], theirs, rtol=1e-12)


def test_there_is_no_register_incidence_before_a_register(after_three_years):
    reported = after_three_years.datacollector.get_model_vars_dataframe().set_index("month").register_incidence
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
    assert [row["month"] for row in results[-7:]] == [f"2011-{m}" for m in (12,)] + [f"2012-0{m}" for m in range(1, 7)]
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
