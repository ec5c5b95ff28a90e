"""Budgets: a case worked by hand, searches whose best portfolio is known, and what is refused."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_history import blank
from small import SMALL
from typer.testing import CliRunner

import sim
from sim.analysis import trials
from sim.analysis.budget_candidates import from_front
from sim.analysis.budget_search import MEMBERS, first_generation, greedy, population, within
from sim.analysis.frontier import judged, spread_out, unbeaten
from sim.analysis.marginal import MILLION, SIZES, Curves, hardly_taken, table
from sim.analysis.portfolio import MEASURES, MOST, BudgetError, brought, varied, with_places
from sim.analysis.relapse import return_risk
from sim.cli import app
from sim.scenario import load_scenario
from sim.spells import OUT

GRANTS = Path(__file__).with_name("budget.yaml")
MONTHS = 13  # December 2012 to December 2013, whose outlays count
PLAIN, COSTLY = (
    100 * 100 * MONTHS,
    100 * 200 * MONTHS,
)  # yuan: a hundred places, a month's grant and what it costs to run
GAP = 100 * 1200  # yuan by which a hundred places of either lower the gap of 2013


# a case worked by hand


@pytest.fixture(scope="module")
def grants():
    """Money for twice the plain grant and half of the costly one: more of the costly one is bought only when the plain
    one, which brings twice as much for a yuan, is used up."""
    return sim.budget(GRANTS, 2 * PLAIN + 0.5 * COSTLY, "gap", replicates=2, most_runs=178, threads=1)


def test_the_best_portfolio_is_the_one_worked_by_hand(grants):
    sizes = grants.allocation.set_index(["portfolio", "instrument"])["size"]
    assert grants.best == "greedy"
    assert sizes["greedy"].to_dict() == {"plain_grant": 2.0, "costly_grant": 0.5}
    front = grants.front.set_index("portfolio")
    assert front.at["greedy", "cost"] == 2 * PLAIN + 0.5 * COSTLY
    assert front.at["nothing", "cost"] == 0
    assert front.at["nothing", "behind"] == pytest.approx(2.5 * GAP, abs=1)
    assert front.at["as stated", "behind"] == pytest.approx(0.5 * GAP, abs=1)
    assert front.at["greedy", "on_front"]
    assert not front.at["as stated", "on_front"]
    assert front.drop("greedy")["told_apart"].all()


def test_marginal_curves_are_those_worked_by_hand(grants):
    curves = grants.curves.set_index(["instrument", "size"])
    for name, cost in (("plain_grant", PLAIN), ("costly_grant", COSTLY)):
        for size in SIZES:
            assert curves.at[(name, size), "own_outlays"] == pytest.approx(size * cost)
            assert curves.at[(name, size), "cost"] == pytest.approx((size - 1) * cost)
            assert curves.at[(name, size), "gap"] == pytest.approx((1 - size) * GAP, abs=1)
        bought = [curves.at[(name, size), "million_buys_gap"] for size in SIZES]
        assert bought[1:] == pytest.approx([1e6 * GAP / cost] * 4, rel=1e-4)
        assert np.isnan(bought[0])


def test_errors_are_those_of_luck_and_missing_where_there_is_none(grants):
    front = grants.front
    assert (front["gap_error"] > 0).all()  # seeds have other incomes
    assert (front["behind_error"] < 1).all()  # but all portfolios share them
    assert front[["gap_low", "gap_high"]].isna().all(axis=None)  # one draw of the parameters
    assert grants.seeds == 2
    assert grants.runs <= 178


def test_two_seeds_that_agree_by_chance_claim_no_small_error():
    """Steps of three instruments under two seeds; one yuan a step. The first moves nobody, the second 4 and 4, the
    third 0 and 8: the variances 0 and 32 have the mean 16, whose root over that of two seeds is the least error."""
    values = np.zeros((3, len(SIZES), 2, len(MEASURES)))
    values[..., MEASURES.index("cost")] = np.arange(len(SIZES))[:, None] * MILLION
    values[..., MEASURES.index("return_risk")] = np.nan
    of_step = np.array([[0, 0], [4, 4], [0, 8]])
    values[..., MEASURES.index("persons")] = -of_step[:, None] * np.arange(len(SIZES))[:, None]
    own = np.tile([0.0, 1, 2, 3, 4], (3, 1))
    own[2, 4] = 2.3
    found = table(Curves(["none", "sure", "unsure"], values, own))
    last = found[found["size"] == MOST].set_index("instrument")
    assert last["million_buys_persons"].to_dict() == {"none": 0, "sure": 4, "unsure": 4}
    errors = last["million_buys_persons_error"].to_dict()
    assert errors == pytest.approx({"none": 0, "sure": np.sqrt(16 / 2), "unsure": 4})
    assert hardly_taken(found) == {"unsure": pytest.approx(0.15)}


class Tried:
    """Forty portfolios, each with one instrument more than nothing, the dearer the smaller the gap."""

    def tried(self, luck):
        return 2 * np.eye(40)[::-1]

    def run(self, portfolios, luck):
        cost = portfolios.argmax(axis=1)
        return np.stack([cost, 0 * cost, -cost, 0 * cost], axis=1)[:, None, :].astype(float)


def test_the_front_is_judged_along_all_its_costs():
    """Ten portfolios are chosen already; six places are left between the costs 0 and 39."""
    chosen = {f"portfolio {n}": np.full(40, 2.0 - n / 10) for n in range(10)}
    found = from_front(Tried(), chosen, [(0, 1)])
    assert list(found) == [f"front {n}" for n in range(1, 7)]
    assert [int(each.argmax()) for each in found.values()] == [0, 8, 16, 23, 31, 39]


# interrupted and gone on


class StoppedError(Exception):
    """Stands for whatever ends a search early."""


@pytest.mark.parametrize("at", [1, 40, 100])
def test_a_search_that_was_interrupted_goes_on_and_finds_the_same(grants, tmp_path, monkeypatch, at):
    made = []
    monkeypatch.setattr(trials, "brought", lambda *args, **names: made.append(1) or brought(*args, **names))

    def search(stop_at):
        def progress(done, of):
            if done == stop_at:
                raise StoppedError

        made.clear()
        kept = tmp_path / "runs"
        return sim.budget(GRANTS, grants.yuan, "gap", replicates=2, most_runs=178, progress=progress, kept=kept)

    with pytest.raises(StoppedError):
        search(at)
    before = len(list((tmp_path / "runs").glob("*.parquet")))
    assert at - 1 <= before < grants.runs
    found = search(None)
    assert len(made) == 2 + grants.runs - before  # two tell how long a run takes
    for name in ("allocation", "front", "curves", "tried"):
        pd.testing.assert_frame_equal(getattr(found, name), getattr(grants, name), check_exact=True)
    assert (found.best, found.runs) == (grants.best, grants.runs)
    search(None)
    assert len(made) == 2


# return risk by hand


def test_return_risk_counts_those_above_the_line_at_exit_and_watched_for_two_years():
    """Five households leave in December 2013: one falls after 10 months, one after 30, one never, one is poor already,
    and one, who stands for three, never; a sixth leaves too late to be watched."""
    december = 12 * 2013 + 11
    rows = [  # household, kind, start, end, ended
        (1, 0, 0, december, OUT), (1, 1, december + 10, december + 12, 1),
        (2, 0, 0, december, OUT), (2, 1, december + 30, december + 31, 1),
        (3, 0, 0, december, OUT), (3, 1, december - 20, december - 5, 1),
        (4, 0, 0, december, OUT), (4, 1, december - 3, december + 1, 1), (4, 1, december + 5, december + 7, 1),
        (5, 0, 0, december + 24, OUT), (5, 1, december + 25, december + 26, 1),
        ((1 << 32) + 1, 0, 0, december, OUT),
    ]  # fmt: skip
    history = blank(range(2012, 2017))
    history.village_weight[:] = [1, 3]
    columns = ("household", "kind", "start", "end", "ended")
    history.spells = {name: np.array([row[i] for row in rows], np.int64) for i, name in enumerate(columns)}
    history.spells["household"] = history.spells["household"].astype(np.uint64)
    assert return_risk(history) == pytest.approx(100 * 1 / 6)
    # Watched for nine months, the sixth counts and falls, and the first falls too late.
    assert return_risk(history, months=9) == pytest.approx(100 * 1 / 7)
    assert np.isnan(return_risk(blank(range(2012, 2017))))


# searches whose best portfolio is known

PRICES, WORTH = np.array([1.0, 2.0, 4.0]), np.array([3.0, 4.0, 4.0])


def knapsack(portfolios):
    """Worth falls with size, as the square root does; the third one needs the first."""
    value = np.sqrt(portfolios) @ WORTH
    return portfolios @ PRICES, 100 - value


def test_the_greedy_search_goes_where_a_yuan_buys_most_and_never_over_the_budget():
    path = greedy(knapsack, SIZES, 3.0, WORTH / PRICES, 100)
    # A step of half a place brings 3, 2 and 1 times √½ a yuan at first; then those of each instrument fall off.
    by_hand, spent = [np.zeros(3)], 0.0
    gain = lambda i, size: WORTH[i] * (np.sqrt(size + 0.5) - np.sqrt(size)) / PRICES[i]  # noqa: E731
    while True:
        at = by_hand[-1]
        able = [i for i in range(3) if spent + PRICES[i] / 2 <= 3.0 and at[i] < 2]
        if not able:
            break
        best = max(able, key=lambda i: gain(i, at[i]))
        spent += PRICES[best] / 2
        by_hand.append(at + 0.5 * (np.arange(3) == best))
    assert path.tolist() == np.array(by_hand).tolist()


def test_the_greedy_search_tries_no_more_than_it_may():
    tried = []

    def trial(portfolios):
        tried.extend(portfolios.tolist())
        return knapsack(portfolios)

    path = greedy(trial, SIZES, 1e9, WORTH / PRICES, 7)
    assert len(tried) <= 8
    assert len(path) > 1


def test_the_population_comes_near_the_best_portfolio_of_a_problem_solved_by_calculus():
    """Within a budget B the best sizes are B w² / p² / Σ(w² / p), by Lagrange."""
    best = 3.0 * (WORTH / PRICES) ** 2 / (WORTH**2 / PRICES).sum()
    assert (best < 2).all()
    found = []

    def trial(portfolios):
        cost, value = knapsack(portfolios)
        found.extend(value[cost <= 3.0].tolist())
        return cost, value

    start = first_generation(np.array([[0.5, 0.5, 0.0], [0.4, 0.4, 0.4]]), 2.0, seed=1)
    population(trial, start, 2.0, 3.0, 1000.0, 40, seed=1)
    optimum = float(knapsack(best[None])[1][0])
    assert optimum <= min(found) <= optimum + 0.05


@given(st.lists(st.floats(0, 2), min_size=3, max_size=3), st.floats(0.1, 20))
def test_portfolios_are_made_smaller_until_they_meet_the_budget(sizes, budget):
    costs = np.outer(PRICES, SIZES)
    before = np.array([sizes])
    after = within(before, costs, SIZES, 0.0, budget)
    assert after @ PRICES <= budget * (1 + 1e-6)
    if before @ PRICES <= budget:
        assert (after == before).all()
    else:
        assert after @ PRICES == pytest.approx(budget, rel=1e-4)
        assert after[0] * before[0].sum() == pytest.approx(before[0] * after[0].sum())


def test_a_first_generation_holds_what_is_known():
    known = np.array([[0.0, 2.0], [1.0, 1.0]])
    made = first_generation(known, 2.0, seed=3)
    assert made.shape == (MEMBERS, 2)
    assert made[:2].tolist() == known.tolist()
    assert ((made >= 0) & (made <= 2)).all()


# the front


def test_nobody_beats_those_on_the_front():
    values = np.array([[1, 5], [2, 4], [2, 5], [3, 1], [3, 1], [4, 4]])
    assert unbeaten(values).tolist() == [True, True, False, True, True, False]
    assert spread_out(np.array([5.0, 1.0, 3.0, 9.0, 4.0]), 3) == [1, 4, 3]
    assert spread_out(np.zeros(0), 3) == []


def test_portfolios_within_luck_of_one_another_are_not_told_apart():
    """Two seeds: the second portfolio is 10 better in one and 8 worse in the other; the third 50 worse in both."""
    values = np.zeros((4, 1, 2, len(MEASURES)))
    values[..., MEASURES.index("cost")] = np.array([1.0, 1.0, 1.0, 9.0])[:, None, None]
    values[:, 0, :, MEASURES.index("persons")] = [[100, 100], [90, 108], [150, 150], [10, 10]]
    found = judged(["a", "b", "c", "d"], values, "persons", 5.0).set_index("portfolio")
    assert found["within_budget"].tolist() == [True, True, True, False]
    assert found["behind"].tolist() == [1, 0, 51, -89]
    assert found.at["a", "behind_error"] == pytest.approx(9)
    assert found["told_apart"].tolist() == [False, False, True, True]
    assert found["best_in"].tolist() == [0, 1, 0, 0]


# places and names


def test_places_are_scaled_and_nothing_else():
    scenario = load_scenario(SMALL).scenario
    halved = with_places(scenario, ["orchards"], [0.5], 7)
    assert list(halved.instruments["orchards"].places.values()) == [0, 16.5]
    assert halved.instruments["dibao"] == scenario.instruments["dibao"]
    assert halved.seed == 7
    assert varied(scenario, ["industry", "dibao"]) == [
        "orchards", "vegetables", "camellia", "photovoltaic", "dibao", "microcredit",
    ]  # fmt: skip


# what is refused


@pytest.mark.parametrize(
    ("yuan", "options", "message"),
    [
        (0, {}, "a budget of 0 yuan buys nothing"),
        (-5, {}, "a budget of -5 yuan buys nothing"),
        (1e9, {"objective": "return_risk"}, "its register is off"),
        (
            1e9,
            {"vary": ["plain_grants"]},
            "no mechanism or instrument 'plain_grants' to vary; did you mean plain_grant",
        ),
        (1e9, {"most_runs": 50}, "2 instruments take 18 runs for their curves, 128 to judge"),
        (PLAIN, {"vary": ["costly_grant"]}, "what is not varied costs 130,000 yuan by itself"),
    ],
)
def test_budgets_that_can_not_be_spent_are_refused(yuan, options, message):
    with pytest.raises(BudgetError, match=message):
        sim.budget(GRANTS, yuan, threads=1, **options)


def povsim(*arguments: object):
    return CliRunner().invoke(app, [*map(str, arguments)])


def test_the_command_refuses_with_exit_code_2(tmp_path):
    for arguments, message in (
        (("--budget", 0), "a budget of 0 yuan buys nothing"),
        (("--budget", 1e6, "--objective", "return_risk"), "register is off"),
        (("--budget", 1e6, "--draws", 3), "--draws needs a fit of small"),
    ):
        result = povsim("budget", GRANTS, *arguments, "--out", tmp_path / "out")
        assert result.exit_code == 2, result.output
        assert message in result.output
        assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_command_writes_a_folder_that_verifies(tmp_path):
    out = tmp_path / "out"
    yuan = 2 * PLAIN + 0.5 * COSTLY
    options = ("--objective", "gap", "--replicates", 2, "--runs", 178, "--threads", 1, "--scale", 1, "--out", out)
    result = povsim("budget", GRANTS, "--budget", yuan, *options)
    assert result.exit_code == 0, result.output
    assert "greedy *" in result.output
    assert "told apart from nothing in 2 of 2 instruments" in " ".join(result.output.split())
    assert "to judge" in result.output
    assert set(pd.read_parquet(out / "budget.parquet")["instrument"]) == {"plain_grant", "costly_grant"}
    assert {"front.parquet", "curves.parquet", "tried.parquet"} <= {path.name for path in out.iterdir()}
    page = (out / "report.html").read_text()
    assert 'id="curves_table"' in page
    assert page.count("<svg") == 3  # persons, gap, the next million; without a register there is no return risk
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert povsim("verify", out).exit_code == 0


@pytest.mark.slow
def test_the_command_goes_on_after_ctrl_c_and_writes_the_same_bytes(tmp_path):
    yuan = 2 * PLAIN + 0.5 * COSTLY
    arguments = [
        sys.executable, "-c", "from sim.cli import main; main()", "budget", GRANTS, "--budget", yuan, "--objective",
        "gap", "--replicates", 2, "--runs", 178, "--threads", 1, "--scale", 1, "--quiet", "--out",
    ]  # fmt: skip

    def start(folder):
        return subprocess.Popen(list(map(str, [*arguments, folder])), stderr=subprocess.PIPE, text=True)

    out, whole = tmp_path / "out", tmp_path / "whole"
    stopped = start(out)
    while len(list(out.glob("runs/*.parquet"))) < 20:
        assert stopped.poll() is None
        time.sleep(0.01)
    stopped.send_signal(signal.SIGINT)
    assert "interrupted; runs that are done are kept" in stopped.communicate()[1]
    assert stopped.returncode == 130
    assert [path.name for path in out.iterdir()] == ["runs"]
    for folder in (out, whole):
        assert start(folder).communicate()[1] == ""
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    assert all((out / name).read_bytes() == (whole / name).read_bytes() for name in files)
    assert povsim("verify", out).exit_code == 0
