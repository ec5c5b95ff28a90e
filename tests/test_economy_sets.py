"""Sets of views: every public member of Mesa's own set behaves as Mesa's, or refuses and says why."""

import collections.abc
import copy
import pickle
import statistics

import mesa
import numpy as np
import pytest
from economies import every_household, forty, made, plain, restored, rows, whole_run  # noqa: F401 - four are fixtures
from hypothesis import given, settings
from hypothesis import strategies as st
from mesa.agent import AgentSet

from sim.economy import County, Household, ViewSet

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
    assert rows(some.select(condition, at_most=at_most)) == rows(plain(some).select(condition, at_most=at_most))


def test_select_by_flags(some):
    assert rows(some.select(some.array("members") > 3)) == rows(some.select(lambda household: household.members > 3))
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
    with pytest.raises(TypeError, match=r"the model's own set keeps all its agents; use select\(\) without inplace"):
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


@pytest.mark.parametrize("names", ["members", "assets", "poor", "income_per_head", ["members", "is_registered"], []])
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
        with pytest.raises(TypeError, match=r"a set of views is not pickled or deep-copied; get\(\) or array\(\)"):
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
    assert economy.villages.groupby("county").count() == {county: len(county.villages) for county in economy.counties}
    assert economy.villages.agg("disaster_loss", max) >= 0
    assert repr(economy.counties) == "<3 × County>"
    assert rows(economy.counties.sort("name")) == [2, 1, 0]
