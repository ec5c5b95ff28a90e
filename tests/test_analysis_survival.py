"""Life tables, Kaplan-Meier and Aalen-Johansen: cases worked by hand, properties, other implementations."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spell_cases import cases, drawn_episodes, episode_table, reckoned

from sim.analysis.frames import FrameError
from sim.analysis.hazard import life_table
from sim.analysis.survival import cumulative_incidence, log_log_interval, survival

CURVES, TABLES = cases("curves"), cases("tables")
ROUNDED = 0.00005


@pytest.mark.parametrize("case", CURVES, ids=[case["name"] for case in CURVES])
def test_curves_worked_by_hand(case):
    episodes = episode_table(case["episodes"])
    found = survival(episodes)
    expected = np.array([[reckoned(value) for value in row] for row in case["survival"]])
    assert (found[["months", "at_risk", "events"]].to_numpy() == expected[:, :3]).all()
    np.testing.assert_allclose(found["survival"], expected[:, 3], atol=1e-12)
    np.testing.assert_allclose(found["standard_error"], expected[:, 4], atol=1.01 * ROUNDED)
    if "incidence" in case:
        found = cumulative_incidence(episodes)
        assert found[["cause", "months"]].to_numpy().tolist() == [row[:2] for row in case["incidence"]]
        expected = np.array([[reckoned(value) for value in row[2:]] for row in case["incidence"]])
        np.testing.assert_allclose(found["incidence"], expected[:, 0], atol=1e-12)
        np.testing.assert_allclose(found["standard_error"], expected[:, 1], atol=1.01 * ROUNDED)


@pytest.mark.parametrize("case", TABLES, ids=[case["name"] for case in TABLES])
def test_life_tables_worked_by_hand(case):
    rows = case["episodes"]
    episodes = episode_table([row[1:] for row in rows], [row[0] for row in rows])
    found = life_table(episodes, case["width"], cluster=case.get("cluster"))
    expected = np.array([[reckoned(value) for value in row] for row in case["table"]])
    np.testing.assert_allclose(found.to_numpy(float), expected, atol=1.01 * ROUNDED)


def test_the_interval_is_the_one_that_stata_prints():
    """Its cancer example, 48 patients of whom 2 die in the first month: 0.9583, 0.0288, from 0.8435 to 0.9894
    (`sts list`, as quoted on Statalist on 14 November 2007)."""
    found = survival(episode_table([[0, 1, "died"]] * 2 + [[0, 2, None]] * 46))
    columns = ["survival", "standard_error", "lower", "upper"]
    np.testing.assert_allclose(found.loc[0, columns].to_numpy(float), [0.9583, 0.0288, 0.8435, 0.9894], atol=ROUNDED)


def test_what_is_certain_up_to_rounding_has_no_interval():
    lower, upper = log_log_interval(np.array([0.0, 1e-17, 0.5, 1 - 1e-15, 1.0]), np.full(5, 1e-8), 0.95)
    assert np.isnan(lower).tolist() == np.isnan(upper).tolist() == [True, True, False, True, True]


def test_groups_have_curves_of_their_own():
    rows = [[0, 1, "a"], [0, 2, None], [0, 2, "a"], [0, 3, "b"]]
    episodes = episode_table(rows).assign(county=list("xxyy"))
    found = survival(episodes, by="county")
    assert found[["county", "months", "survival"]].to_numpy().tolist() == [["x", 1, 0.5], ["y", 2, 0.5], ["y", 3, 0.0]]
    causes = cumulative_incidence(episodes, by=["county"])
    assert list(causes.columns[:3]) == ["county", "cause", "months"]
    assert causes[causes.county == "x"]["incidence"].tolist() == [0.5, 0]
    table = life_table(episodes, 12, by="county")
    assert table[["county", "months_at_risk", "events"]].to_numpy().tolist() == [["x", 3, 1], ["y", 5, 2]]


def test_weights_count_as_so_many_households():
    episodes = episode_table([[0, 2, "a"], [0, 5, None], [1, 4, "b"]]).assign(weight=[2, 1, 3])
    copies = episodes.loc[episodes.index.repeat(episodes["weight"])]
    columns = ["months_at_risk", "events", "hazard"]
    assert (life_table(episodes, 3, weight="weight")[columns] == life_table(copies, 3)[columns]).all(axis=None)


# properties

rows_of_months = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from(["a", "b", "c"])), min_size=2, max_size=30
)  # fmt: skip


@given(rows_of_months)
@settings(max_examples=40)
def test_without_censoring_shares_are_those_counted_and_errors_are_binomial(rows):
    episodes = episode_table([[0, months, cause] for months, cause in rows])
    size = len(rows)
    for _, row in survival(episodes).iterrows():
        share = np.mean(episodes["months"] > row["months"])
        assert row["survival"] == pytest.approx(share)
        if share > 0:
            assert row["standard_error"] == pytest.approx(np.sqrt(share * (1 - share) / size))
    for _, row in cumulative_incidence(episodes).iterrows():
        share = np.mean((episodes["months"] <= row["months"]) & (episodes["cause_of_return"] == row["cause"]))
        assert row["incidence"] == pytest.approx(share)
        assert row["standard_error"] == pytest.approx(np.sqrt(share * (1 - share) / size), abs=1e-7)


rows_with_censoring = st.lists(
    st.tuples(st.integers(0, 4), st.integers(1, 9), st.sampled_from(["a", "b", None])).map(
        lambda row: [row[0], row[0] + row[1], row[2]]
    ),
    min_size=2,
    max_size=30,
).filter(lambda rows: any(row[2] for row in rows))


@given(rows_with_censoring)
@settings(max_examples=40)
def test_whoever_has_not_ended_for_any_cause_survives(rows):
    episodes = episode_table(rows)
    left = survival(episodes).set_index("months")
    ended = cumulative_incidence(episodes).groupby("months")["incidence"].sum()
    np.testing.assert_allclose(left["survival"] + ended, 1)
    assert left["survival"].is_monotonic_decreasing
    assert ((left["lower"] <= left["survival"]) | left["lower"].isna()).all()
    assert ((left["upper"] >= left["survival"]) | left["upper"].isna()).all()


@given(rows_with_censoring)
@settings(max_examples=40)
def test_with_one_cause_incidence_has_the_error_of_survival(rows):
    episodes = episode_table([[entry, months, cause and "a"] for entry, months, cause in rows])
    left, ended = survival(episodes), cumulative_incidence(episodes)
    some = left["survival"] > 0
    np.testing.assert_allclose(ended["standard_error"][some], left["standard_error"][some], atol=1e-7)


@given(rows_with_censoring)
@settings(max_examples=40)
def test_the_life_table_by_month_has_the_hazards_of_survival(rows):
    episodes = episode_table(rows)
    table = life_table(episodes, 1)
    left = survival(episodes)
    with_events = table[table["events"] > 0]
    assert with_events["until"].tolist() == left["months"].tolist()
    assert with_events["months_at_risk"].tolist() == left["at_risk"].tolist()
    np.testing.assert_allclose((1 - with_events["hazard"]).cumprod(), left["survival"])


def test_a_known_hazard_is_found_in_spite_of_late_entries_and_censoring():
    luck = np.random.default_rng(5)
    hazard = 0.04
    episodes = drawn_episodes(luck, np.full(40_000, hazard), 60, entries=True)
    table = life_table(episodes, 12)
    distance = (table["hazard"] - hazard) / table["standard_error"]
    assert (distance.abs() < 4).all()
    left = survival(episodes)
    distance = (left["survival"] - (1 - hazard) ** left["months"]) / left["standard_error"]
    assert (distance[left["at_risk"] > 100].abs() < 4).all()


def test_intervals_hold_the_truth_as_often_as_they_say():
    """400 samples of 60 episodes; 95 % of 400 has a standard deviation of 1.1 points. Intervals of small samples are
    somewhat off as well, hence 4 points."""
    luck, held = np.random.default_rng(6), []
    for _ in range(400):
        episodes = drawn_episodes(luck, np.full(60, 0.08), 30)
        left = survival(episodes)
        row = left[left["months"] <= 10].iloc[-1]
        held.append(row["lower"] <= 0.92 ** row["months"] <= row["upper"])
    assert np.mean(held) == pytest.approx(0.95, abs=0.04)


# another implementation


LIFELINES = json.loads((Path(__file__).with_name("spells_by_hand") / "lifelines.json").read_text())


def test_survival_is_that_of_lifelines():
    """With ties, late entry and censoring; `lifelines_curves.py` wrote what is expected."""
    made = LIFELINES["kaplan_meier"]
    ours = survival(pd.DataFrame(made["episodes"]))
    assert ours["months"].tolist() == made["months"]
    np.testing.assert_allclose(ours["survival"], made["survival"])
    np.testing.assert_allclose(ours[["lower", "upper"]], made["limits"], rtol=1e-6)


def test_incidence_by_cause_is_that_of_lifelines():
    made = LIFELINES["aalen_johansen"]
    cause = pd.Series(made["episodes"]["cause"]).map({0: None, 1: "a", 2: "b"}).astype(object)
    episodes = pd.DataFrame({"entry": 0, "months": made["episodes"]["months"], "event": cause.notna()})
    ours = cumulative_incidence(episodes.assign(cause_of_return=cause)).query("cause == 'a'").set_index("months")
    # Where one household is left at risk the variance is not defined, and each program has its own way out.
    known = [n for n, month in enumerate(made["months"]) if ours.at[month, "at_risk"] > 1]
    expected = {name: np.array(made[name])[known] for name in ("months", "incidence", "variance", "limits")}
    ours = ours.loc[expected["months"]]
    np.testing.assert_allclose(ours["incidence"], expected["incidence"])
    np.testing.assert_allclose(ours["standard_error"] ** 2, expected["variance"], rtol=1e-6)
    np.testing.assert_allclose(ours[["lower", "upper"]], expected["limits"], rtol=1e-6)


def test_where_nothing_happened_there_is_no_curve_and_no_hazard():
    episodes = episode_table([[0, 3, None], [0, 0, None]])
    assert survival(episodes).empty
    assert life_table(episodes)[["months_at_risk", "events", "hazard"]].to_numpy().tolist() == [[3, 0, 0]]


# what is refused


def test_all_wrong_rows_are_told_at_once():
    episodes = pd.DataFrame(
        {"entry": [0, -1, 5, 0, 3], "months": [4, 4, 4, np.nan, 3], "event": [1, 0, 1, 0, 1],
         "start_known": [True, False, True, True, True], "cause_of_return": ["a", None, None, None, "b"],
         "county": ["x", "y", None, "x", "x"]}
    )  # fmt: skip
    with pytest.raises(FrameError) as caught:
        cumulative_incidence(episodes, by="county")
    assert caught.value.problems == [
        "months is missing or infinite: row 3",
        "entry is negative: row 1",
        "months is less than entry: row 2",
        "the event comes at entry, before the episode is at risk: row 4",
        "the episode's start is not known, so neither are its months; keep frame[frame.start_known]: row 1",
        "county is missing: row 2",
        "the event has no cause_of_return: row 2",
    ]
    with pytest.raises(FrameError, match="no episode has an event"):
        cumulative_incidence(episode_table([[0, 3, None]]))
    for analysis in (survival, life_table):
        with pytest.raises(FrameError, match="months is less than entry: row 2"):
            analysis(episodes)
