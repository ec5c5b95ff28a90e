"""Agents are rows of columns: what a view reads, writes and refuses, and what areas know of themselves."""

import numpy as np
import pytest
from economies import made, restored, rows, whole_run  # noqa: F401 - two are fixtures

from sim.columns import FLOW, HOUSEHOLD, VILLAGE
from sim.economy import Household, Village
from sim.register.status import REGISTERED, RETURNED


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
            crop: getattr(village, f"price_{crop}") for crop in ("orchards", "camellia", "vegetables", "other")
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
