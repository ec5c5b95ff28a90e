"""Episodes and transitions from spell tables: cases worked by hand, properties, and what is refused."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_history import made_record
from spell_cases import cases, reckoned, spell_table

from sim.analysis.frames import FrameError
from sim.analysis.spell_table import CENSORED, KINDS
from sim.analysis.spells import by_year, during, time_in, time_out
from sim.analysis.transitions import transition_matrix
from sim.results import tables

EPISODES, TRANSITIONS = cases("episodes"), cases("transitions")


def rows_of(episodes, columns):
    """Episodes as a case writes them."""
    words = {
        "begin": episodes["begin"].astype(str),
        "event": episodes["event"].map({True: columns["event"], False: "open"}),
        "start_known": episodes["start_known"].map({True: "known", False: "unknown"}),
    }
    written = episodes.assign(**words).drop(columns="entry").astype(object)
    return written.where(written.notna(), None).to_numpy().tolist()


@pytest.mark.parametrize("case", EPISODES, ids=[case["name"] for case in EPISODES])
def test_episodes_worked_by_hand(case):
    spells, kind = spell_table(case["spells"]), case.get("kind", "income_poverty")
    out = time_out(spells, kind, "2015-01", "2016-12", case.get("households"))
    assert rows_of(time_in(spells, kind), {"event": "exit"}) == case["in"]
    assert rows_of(out, {"event": "fall"}) == case["out"]


@pytest.mark.parametrize("case", TRANSITIONS, ids=[case["name"] for case in TRANSITIONS])
def test_transitions_worked_by_hand(case):
    households = pd.DataFrame(case["households"], columns=["household", "weight"])
    found = transition_matrix(spell_table(case["spells"]), households, case["of"], case["months"], "weight")
    assert found[["begin", "end"]].drop_duplicates().to_numpy().tolist() == [case["months"]]
    assert found[["from", "to"]].to_numpy().tolist() == [move[:2] for move in case["moves"]]
    assert found["households"].tolist() == [move[2] for move in case["moves"]]
    assert found["share"].tolist() == pytest.approx([reckoned(move[3]) for move in case["moves"]])


def test_transitions_have_the_error_of_a_mean_in_their_state_and_start_at_decembers():
    """Three villages; in each one household that is poor at first, of which 1, 0 and 0 stay: scores 2/9, -1/9, -1/9,
    squares 6/81, times 3/2. The state of one household lies within one village."""
    rows = [[1, "2014-12", "2016-12", "right"], [2, "2014-12", "2016-02", "none"], [3, "2014-12", "2016-02", "none"]]
    spells = spell_table([[number, KINDS[1], start, end, "illness", censored] for number, start, end, censored in rows])
    spells.loc[1:2, "censored"] = "left"
    households = pd.DataFrame({"household": [1, 2, 3, 4], "village": [1, 2, 3, 3]})
    found = transition_matrix(spells, households, "income", cluster="village").set_index(["begin", "from", "to"])
    assert found.index.get_level_values("begin").unique().tolist() == ["2014-12", "2015-12"]
    assert found.loc[("2015-12", "poor", "poor"), "standard_error"] == pytest.approx(np.sqrt(6 / 81 * 3 / 2))
    assert np.isnan(found.loc[("2015-12", "not poor", "poor"), "standard_error"])


def test_a_late_look_at_an_episode_enters_late_and_ends_early():
    spells = spell_table(
        [[1, "income_poverty", "2015-01", "2015-06", "illness", "left"],
         [1, "income_poverty", "2016-03", "2016-12", "job loss", "right"]]
    )  # fmt: skip
    out = time_out(spells, "income_poverty")
    whole, seen = during(out, "2016-01", "2016-12"), ["entry", "months", "event", "cause_of_return"]
    assert whole[seen].to_numpy().tolist() == [[6, 9, True, "job loss"]]
    early = during(out, "2015-01", "2016-02")
    assert early[seen[:3]].to_numpy().tolist() == [[0, 8, False]]
    assert early["cause_of_return"].isna().all()
    assert during(out, "2016-04", "2016-12").empty
    assert during(out, "2016-03", "2016-03")[seen[:3]].to_numpy().tolist() == [[8, 9, True]]
    years = by_year(out)
    assert years[["year", *seen[:3]]].to_numpy().tolist() == [[2015, 0, 6, False], [2016, 6, 9, True]]


# properties


@st.composite
def histories(draw):
    """Months in poverty of households that are poor at some time in two years, True by month, and their spell table."""
    bits = draw(st.lists(st.integers(1, 2**24 - 1), min_size=1, max_size=4))
    poor = [[bool(number >> month & 1) for month in range(24)] for number in bits]
    spells = []
    months = [f"{2015 + month // 12}-{month % 12 + 1:02d}" for month in range(24)]
    for household, states in enumerate(poor):
        edges = [0, *(np.flatnonzero(np.diff(states)) + 1), 24]
        for start, end in pairwise(edges):
            if states[start]:
                censored = CENSORED[(start == 0) + 2 * (end == 24)]
                spells.append([household, KINDS[1], months[start], months[min(end, 23)], "illness", censored])
    return np.array(poor), spell_table(spells), months


@given(histories())
@settings(max_examples=30)
def test_every_month_belongs_to_one_episode(history):
    """Months at risk of falling are those after a month out, months at risk of an exit those after a month in."""
    poor, spells, _ = history
    window = ("2015-01", "2016-12")
    out = time_out(spells, "income_poverty", *window, households=range(len(poor)))
    inside = time_in(spells, "income_poverty")
    assert out["months"].sum() == (~poor[:, :-1]).sum()
    assert inside["months"].sum() == poor[:, :-1].sum()
    assert out["event"].sum() == (~poor[:, :-1] & poor[:, 1:]).sum()
    assert inside["event"].sum() == (poor[:, :-1] & ~poor[:, 1:]).sum()
    assert out["start_known"].sum() == inside["event"].sum()


@given(histories())
@settings(max_examples=30)
def test_cutting_at_the_turn_of_the_year_loses_nothing(history):
    _, spells, _ = history
    out = time_out(spells, "income_poverty", "2015-01", "2016-12")
    years = by_year(out)
    assert (years["months"] - years["entry"]).sum() == out["months"].sum()
    assert years["event"].sum() == out["event"].sum()


@given(histories())
@settings(max_examples=30)
def test_transitions_are_those_of_the_months_themselves(history):
    poor, spells, months = history
    households = pd.DataFrame({"household": range(len(poor))})
    found = transition_matrix(spells, households, "income", months).set_index(["begin", "from", "to"])
    for month in range(23):
        for before, source in enumerate(("not poor", "poor")):
            here = poor[:, month] == before
            for after, target in enumerate(("not poor", "poor")):
                if here.any():
                    moved = (here & (poor[:, month + 1] == after)).sum()
                    row = found.loc[months[month], source, target]
                    assert (row["households"], row["share"]) == (moved, pytest.approx(moved / here.sum()))


@given(histories())
@settings(max_examples=30)
def test_shares_of_each_state_add_up_to_one(history):
    poor, spells, _ = history
    households = pd.DataFrame({"household": range(len(poor))})
    found = transition_matrix(spells, households, "both", ["2015-12", "2016-12"])
    assert found.groupby("from")["share"].sum().tolist() == pytest.approx([1.0] * found["from"].nunique())
    assert found["households"].sum() == len(poor)


# the written form


def test_what_a_run_writes_is_what_is_read(tmp_path):
    history = made_record().history
    spells = dict(history.spells)
    # Made spells may overlap; one household each keeps them apart.
    spells["household"] = np.arange(len(spells["start"]), dtype=np.uint64)
    history.spells.update(spells)
    tables.write_parquet(tables.spells_table(history), tmp_path / "spells.parquet")
    written = pd.read_parquet(tmp_path / "spells.parquet")
    for code, kind in enumerate(KINDS):
        mine = spells["kind"] == code
        found = time_in(written, kind)
        assert (found["months"] == (spells["end"] - spells["start"])[mine]).all()
        assert (found["event"] == (spells["censored"][mine] < 2)).all()
        assert (found["start_known"] == (spells["censored"][mine] % 2 == 0)).all()
    assert tables.SPELL_KINDS == KINDS
    assert tables.CENSORED == CENSORED


# what is refused


def test_all_wrong_rows_are_told_at_once():
    spells = spell_table(
        [[1, "income_poverty", "2015-06", "2015-01", "illness", "none"],
         [1, "registred", "2015-13", "2015-01", "illness", "none"],
         [2, "income_poverty", "2015-06", "then", "illness", "maybe"]]
    )  # fmt: skip
    with pytest.raises(FrameError) as caught:
        time_in(spells, "income_poverty")
    assert caught.value.problems == [
        "kind is none of registered, income_poverty: row 1",
        "censored is none of none, left, right, both: row 2",
        "start is no month such as 2016-01: row 1",
        "end is no month such as 2016-01: row 2",
        "the spell ends before it starts: row 0",
    ]


@pytest.mark.parametrize(
    ("second", "wrong"),
    [
        (["2015-04", "2015-09", "none"], True),
        (["2015-05", "2015-09", "none"], True),
        (["2015-06", "2015-09", "none"], False),
    ],
)
def test_spells_of_a_household_must_not_meet(second, wrong):
    spells = spell_table(
        [[1, "income_poverty", *second[:2], "illness", second[2]],
         [1, "income_poverty", "2015-01", "2015-05", "illness", "left"]]
    )  # fmt: skip
    if wrong:
        with pytest.raises(FrameError, match=r"an earlier spell .* has not ended by then: row 0"):
            time_in(spells, "income_poverty")
    else:
        assert len(time_in(spells, "income_poverty")) == 2


def test_what_follows_an_open_spell_is_refused():
    rows = [
        [1, KINDS[1], "2015-01", "2015-05", "illness", "right"],
        [1, KINDS[1], "2015-08", "2015-09", "illness", "none"],
    ]
    with pytest.raises(FrameError, match="has not ended by then: row 1"):
        time_in(spell_table(rows), KINDS[1])


def test_the_observed_months_are_asked_for_where_no_spell_tells_them():
    spells = spell_table(
        [[1, KINDS[1], "2015-03", "2015-05", "illness", "none"],
         [2, KINDS[1], "2015-03", "2015-05", "illness", "right"],
         [3, KINDS[1], "2015-03", "2015-08", "illness", "right"]]
    )  # fmt: skip
    with pytest.raises(FrameError) as caught:
        time_out(spells, KINDS[1])
    assert caught.value.problems == [
        "no spell is censored on the left, so the table does not tell the first observed month; give first=",
        "spells censored on the right differ, so the table does not tell the last observed month; give last=",
    ]
    with pytest.raises(FrameError) as caught:
        time_out(spells, KINDS[1], "2015-04", "2015-06")
    assert caught.value.problems == [
        "the spell starts before the first observed month: row 0, 1, 2",
        "the spell ends after the last observed month: row 2",
    ]


def test_other_mistakes_are_sentences():
    spells = spell_table([[1, KINDS[1], "2015-03", "2015-08", "illness", "right"]])
    with pytest.raises(FrameError, match="there is no kind poor; allowed: registered, income_poverty"):
        time_in(spells, "poor")
    with pytest.raises(FrameError, match="there is no column censored; did you mean censred"):
        time_in(spells.rename(columns={"censored": "censred"}), KINDS[1])
    for months in (["2015-12", "2016"], ["2015-12", "2016-13"], [2015, "2016-12"]):
        with pytest.raises(ValueError, match="is no month such as 2016-01"):
            transition_matrix(spells, pd.DataFrame({"household": [1]}), "income", months)
    households = pd.DataFrame({"household": [1, 2, 1], "weight": [1, 1, -1]})
    with pytest.raises(FrameError) as caught:
        transition_matrix(spells, households, "joint", ["2015-12", "2014-12"], "weight")
    assert caught.value.problems == [
        "weight is negative: row 2",
        "there are no states of joint; allowed: register, income, both",
        "the household has a row already: row 2",
        "months are two or more, in order",
        "months lie beyond 2015-08, where observation ends",
    ]


def test_a_cause_may_be_missing():
    spells = spell_table(
        [[1, KINDS[0], "2015-03", "2015-08", None, "none"], [1, KINDS[0], "2015-12", "2015-12", None, "right"]]
    )
    out = time_out(spells, KINDS[0], first="2015-01")
    assert out[["cause", "cause_of_return"]].isna().all(axis=None)
    assert out["months"].tolist() == [2, 4]
