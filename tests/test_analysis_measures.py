"""Measures of poverty: worked examples, distributions with closed forms, properties, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from sim.analysis.frames import FrameError
from sim.analysis.measures import MEASURES, measures, multidimensional
from sim.analysis.multidimensional import alkire_foster
from sim.analysis.poverty import (
    foster_greer_thorbecke,
    gini,
    headcount,
    poverty_gap,
    sen_shorrocks_thon,
    squared_gap,
    watts,
)

BOUNDED = ("headcount", "poverty_gap", "squared_gap", "sen_shorrocks_thon", "gini")
# Midpoints of equal slices of the population: with so many, sums are integrals up to some 1e-5.
SLICES = (np.arange(100_000) + 0.5) / 100_000


def valued(income, line, weight=None):
    """Each measure's value."""
    income = np.asarray(income, float)
    weight = np.ones(len(income)) if weight is None else np.asarray(weight, float)
    return {
        name: measure(income, weight, np.full(len(income), float(line))).value for name, measure in MEASURES.items()
    }


# worked examples


def test_the_four_persons_of_the_handbook():
    """Haughton and Khandker (2009), Handbook on Poverty and Inequality, chapter 4: 100, 110, 150, 160, line 125.

    Their gaps are 0.20 and 0.12 of the line, the Gini index of all four gaps 0.5625, so that the index of Sen,
    Shorrocks and Thon is 0.5 * 0.16 * 1.5625.
    """
    found = valued([100, 110, 150, 160], 125)
    assert found["headcount"] == 0.5
    assert found["poverty_gap"] == pytest.approx(0.08)
    assert found["squared_gap"] == pytest.approx((0.04 + 0.0144) / 4)
    assert found["watts"] == pytest.approx(0.0877442307)
    assert found["sen_shorrocks_thon"] == pytest.approx(0.125)


@pytest.mark.parametrize(("poorest", "gap"), [(100, 0.1), (124, 0.004)])
def test_the_gap_tells_two_countries_with_the_same_headcount_apart(poorest, gap):
    """The same chapter: two of four persons below 125, at 100 in one country and at 124 in the other."""
    found = valued([poorest, poorest, 150, 150], 125)
    assert (found["headcount"], found["poverty_gap"]) == (0.5, pytest.approx(gap))


def test_the_gini_index_of_ten_incomes():
    """The same handbook, chapter 6: 10, 15, 20, 20, 25, 30, 35, 40, 45, 90 have a Gini index of 0.3273."""
    incomes = np.array([10, 15, 20, 25, 40, 20, 30, 35, 45, 90.0])
    assert gini(incomes, np.ones(10)).value == pytest.approx(108 / 330)


def test_the_index_of_shorrocks_is_the_one_he_defined():
    """Shorrocks (1995): sum of (2n - 2i + 1) times the i-th largest gap, over n squared."""
    income = np.array([3.0, 40, 9, 7, 7, 25, 1, 9])
    largest_first = np.sort(np.maximum(10 - income, 0) / 10)[::-1]
    defined = sum((2 * 8 - 2 * i + 1) * gap for i, gap in enumerate(largest_first, 1)) / 64
    assert sen_shorrocks_thon(income, np.ones(8), 10.0).value == pytest.approx(defined)


def test_who_has_exactly_the_line_is_not_poor():
    assert valued([10, 9], 10)["headcount"] == 0.5


def test_the_example_of_alkire_and_foster():
    """Alkire and Foster (2011): four persons, four dimensions, cut-offs 13, 12, 3, 1, poor from two deprivations on."""
    achieved = np.array([[13.1, 14, 4, 1], [15.2, 7, 5, 0], [12.5, 10, 1, 0], [20, 11, 3, 1]])
    found = alkire_foster(achieved < [13, 12, 3, 1], np.full(4, 0.25), 0.5, np.ones(4))
    assert found["headcount", None].value == 1 / 2
    assert found["intensity", None].value == 3 / 4
    assert found["adjusted_headcount", None].value == 3 / 8
    assert [found["censored_headcount", d].value for d in range(4)] == [1 / 4, 2 / 4, 1 / 4, 2 / 4]
    assert [found["contribution", d].value for d in range(4)] == pytest.approx([1 / 6, 1 / 3, 1 / 6, 1 / 3])


def test_weights_that_reach_the_cutoff_only_up_to_rounding_make_poor():
    shares = np.array([0.7, 0.1, 0.2])
    assert shares[0] + shares[1] < 0.8
    deprived = np.array([[True, True, False]])
    assert alkire_foster(deprived, shares, 0.8, np.ones(1))["headcount", None].value == 1


# closed forms


@pytest.mark.parametrize(("mean", "sd", "line"), [(8.0, 0.67, 2536), (9.0, 0.6, 2952), (7.0, 1.2, 900)])
def test_a_lognormal_population(mean, sd, line):
    income = np.exp(mean + sd * norm.ppf(SLICES))
    found = valued(income, line)
    d = (np.log(line) - mean) / sd
    below = [norm.cdf(d - power * sd) * np.exp(power * mean + power**2 * sd**2 / 2) / line**power for power in range(3)]
    assert found["headcount"] == pytest.approx(below[0], abs=1e-5)
    assert found["poverty_gap"] == pytest.approx(below[0] - below[1], abs=1e-5)
    assert found["squared_gap"] == pytest.approx(below[0] - 2 * below[1] + below[2], abs=1e-5)
    assert found["watts"] == pytest.approx(sd * (d * norm.cdf(d) + norm.pdf(d)), abs=1e-4)
    assert found["gini"] == pytest.approx(2 * norm.cdf(sd / np.sqrt(2)) - 1, abs=1e-3)


@pytest.mark.parametrize(("shape", "line"), [(3.0, 150.0), (2.5, 400.0), (4.0, 110.0)])
def test_a_pareto_population(shape, line):
    least = 100.0
    income = least * (1 - SLICES) ** (-1 / shape)
    found = valued(income, line)
    rich, reach = (least / line) ** shape, np.log(line / least)
    of_poor = shape / (shape - 1) * (least / line - rich)
    assert found["headcount"] == pytest.approx(1 - rich, abs=1e-5)
    assert found["poverty_gap"] == pytest.approx(1 - rich - of_poor, abs=1e-5)
    assert found["watts"] == pytest.approx(reach - (1 - rich) / shape, abs=1e-5)
    assert found["gini"] == pytest.approx(1 / (2 * shape - 1), abs=1e-3)


def test_a_uniform_population():
    """Incomes even between 0 and the line: so are gaps between 0 and 1, and twice the integral of (1 - p)^2 is 2/3."""
    found = valued(SLICES, 1)
    assert found["sen_shorrocks_thon"] == pytest.approx(2 / 3, abs=1e-5)
    assert found["squared_gap"] == pytest.approx(1 / 3, abs=1e-5)
    assert found["gini"] == pytest.approx(1 / 3, abs=1e-5)
    half = foster_greer_thorbecke(SLICES, np.ones(len(SLICES)), 1.0, 0.5)
    assert half.value == pytest.approx(1 / 1.5, abs=1e-5)


def test_a_line_of_its_own_for_each_row_is_the_same_as_relative_incomes():
    lines = np.array([100.0, 200, 300])
    income, weight = np.array([80.0, 250, 90]), np.array([2.0, 1, 3])
    for measure in (headcount, poverty_gap, squared_gap, watts, sen_shorrocks_thon):
        assert measure(income, weight, lines).value == pytest.approx(measure(income / lines, weight, 1.0).value)


# properties

amounts = st.floats(1, 1e5)
people = st.lists(st.tuples(amounts, st.floats(0.01, 100)), min_size=2, max_size=12).map(np.array)


@given(people, amounts, st.floats(0.01, 100))
def test_the_unit_of_money_and_of_weights_does_not_matter(rows, line, factor):
    income, weight = rows.T
    # A power of two leaves every comparison with the line as it is.
    money = 2.0 ** round(np.log2(factor))
    assert valued(income * money, line * money, weight * factor) == pytest.approx(
        valued(income, line, weight), abs=1e-9
    )


@given(people, amounts, st.integers(2, 4))
def test_copies_of_everybody_change_nothing(rows, line, copies):
    income, weight = rows.T
    copied = valued(np.tile(income, copies), line, np.tile(weight, copies))
    assert copied == pytest.approx(valued(income, line, weight), abs=1e-9)


@given(people, amounts)
def test_a_weight_of_two_is_two_persons(rows, line):
    income, weight = rows.T
    twice = valued(np.append(income, income[0]), line, np.append(weight, weight[0]))
    assert twice == pytest.approx(valued(income, line, weight * (1 + (np.arange(len(weight)) == 0))), abs=1e-9)


@given(people, amounts)
def test_measures_lie_within_their_bounds(rows, line):
    income, weight = rows.T
    found = valued(income, line, weight)
    assert all(-1e-12 <= found[name] <= 1 + 1e-12 for name in BOUNDED)
    assert found["squared_gap"] <= found["poverty_gap"] + 1e-12
    assert found["poverty_gap"] <= found["headcount"] + 1e-12
    assert found["poverty_gap"] <= found["sen_shorrocks_thon"] + 1e-12
    assert found["watts"] >= found["poverty_gap"] - 1e-12


@given(people, amounts, amounts)
def test_incomes_above_the_line_do_not_matter_to_poverty(rows, line, more):
    income, weight = rows.T
    richer = np.where(income >= line, income + more, income)
    before, after = valued(income, line, weight), valued(richer, line, weight)
    del before["gini"], after["gini"]
    assert after == pytest.approx(before, abs=1e-9)


@given(st.lists(amounts, min_size=2, max_size=12, unique=True), st.floats(0.05, 0.45), st.floats(1, 3))
def test_a_transfer_from_a_less_poor_to_a_poorer_person_lowers_what_minds_inequality(incomes, share, above):
    """The transfer axiom, with everybody poor so that nobody crosses the line; persons count alike."""
    income = np.sort(incomes)
    line = income[-1] * 1.01 * above
    after = income.copy()
    after[[0, -1]] += np.array([1, -1]) * share * (income[-1] - income[0])
    first, then = valued(income, line), valued(after, line)
    assert then["poverty_gap"] == pytest.approx(first["poverty_gap"])
    for name in ("squared_gap", "watts", "sen_shorrocks_thon", "gini"):
        assert then[name] <= first[name] + 1e-12
    if income[-1] - income[0] > 1e-3 * line:
        for name in ("squared_gap", "watts", "sen_shorrocks_thon", "gini"):
            assert then[name] < first[name]


@given(people, amounts, st.floats(0, 4))
def test_means_over_persons_decompose_by_group(rows, line, alpha):
    income, weight = rows.T
    group = np.arange(len(income)) % 2
    for measure in (watts, lambda *given: foster_greer_thorbecke(*given, alpha)):
        parts = [measure(income[group == g], weight[group == g], line).value for g in (0, 1)]
        shares = np.bincount(group, weight) / weight.sum()
        assert measure(income, weight, line).value == pytest.approx(shares @ parts, abs=1e-9)


@given(st.lists(st.tuples(st.lists(st.booleans(), min_size=3, max_size=3), st.floats(0.1, 9)), min_size=1, max_size=9),
       st.floats(0.01, 1))  # fmt: skip
def test_counting_measures_hang_together(rows, cutoff):
    deprived, weight = np.array([row for row, _ in rows]), np.array([w for _, w in rows])
    shares = np.array([0.5, 0.3, 0.2])
    found = {name: estimate.value for name, estimate in alkire_foster(deprived, shares, cutoff, weight).items()}
    of = {name: [found[name, d] for d in range(3)] for name in ("censored_headcount", "contribution")}
    assert found["adjusted_headcount", None] == pytest.approx(shares @ of["censored_headcount"])
    assert 0 <= found["adjusted_headcount", None] <= found["headcount", None] <= 1 + 1e-12
    if found["headcount", None] > 0:
        product = found["headcount", None] * found["intensity", None]
        assert found["adjusted_headcount", None] == pytest.approx(product)
        assert found["intensity", None] >= cutoff - 1e-9
        assert sum(of["contribution"]) == pytest.approx(1)
    else:
        assert np.isnan(found["intensity", None])


# the data frame


def test_groups_are_measured_apart_and_lines_may_differ_between_them():
    frame = pd.DataFrame(
        {"income": [100, 110, 150, 160, 50, 60.0], "persons": [1, 1, 1, 1, 2, 3], "year": [2011] * 4 + [2012] * 2,
         "line": [125] * 4 + [55] * 2}
    )  # fmt: skip
    found = measures(frame, weight="persons", line="line", by=["year"], which=["poverty_gap", "headcount"])
    assert list(found.columns) == ["year", "measure", "value", "standard_error"]
    assert found[["year", "measure"]].to_numpy().tolist() == [
        [2011, "poverty_gap"], [2011, "headcount"], [2012, "poverty_gap"], [2012, "headcount"],
    ]  # fmt: skip
    assert found["value"].tolist() == pytest.approx([0.08, 0.5, 2 / 5 * 5 / 55, 2 / 5])


def test_dimensions_are_named_and_grouped():
    frame = pd.DataFrame({"house": [1, 0, 1], "school": [True, False, False], "county": ["a", "a", "b"]})
    found = multidimensional(frame, {"house": 0.5, "school": 0.5}, 1.0, weight=None, by="county")
    cell = found.set_index(["county", "measure", "dimension"])["value"]
    assert cell["a", "adjusted_headcount", "all"] == 0.5
    assert cell["a", "contribution", "school"] == 0.5
    assert cell["b", "headcount", "all"] == 0
    assert np.isnan(cell["b", "intensity", "all"])


def test_a_group_without_weight_has_no_measure():
    frame = pd.DataFrame({"income": [1.0, 2, 3], "weight": [1, 1, 0], "county": ["a", "a", "b"]})
    found = measures(frame, line=2, by="county")
    assert found[found.county == "b"]["value"].isna().all()


def test_all_problems_are_told_at_once_with_their_rows():
    frame = pd.DataFrame(
        {"income": [100, np.nan, 0, -5, 8], "weight": [1, -1, 1, np.inf, 1], "line": [1, 2, 0, -3, 9],
         "village": ["a", None, "b", "b", "b"], "share": [0.1, 0.1, 0.2, 0.3, 2], "county": ["x"] * 5}
    )  # fmt: skip
    with pytest.raises(FrameError) as caught:
        measures(
            frame,
            line="line",
            by=["contry"],
            cluster="village",
            strata="county",
            share="share",
            which=["watts", "gini", "sst"],
        )
    assert caught.value.problems == [
        "income is missing or infinite: row 1",
        "weight is missing or infinite: row 3",
        "weight is negative: row 1",
        "there is no column contry; did you mean county?",
        "village is missing: row 1",
        "share is not between 0 and 1: row 4",
        "line is not positive: row 2, 3",
        "there is no measure sst; allowed: headcount, poverty_gap, squared_gap, watts, sen_shorrocks_thon, gini",
        "income is not positive, which watts needs; leave watts out of `which`: row 2, 3",
        "income is negative, which gini can not take; leave gini out of `which`: row 3",
    ]  # fmt: skip


def test_many_rows_are_counted_and_other_mistakes_are_sentences():
    frame = pd.DataFrame({"income": ["much"] * 9, "weight": [-1] * 9})
    with pytest.raises(FrameError, match=r"weight is negative: row 0, 1, 2, 3, 4 and 4 more") as caught:
        measures(frame, line=-1, share=3)
    assert "column income does not hold numbers" in caught.value.problems
    assert "line is -1, not positive" in caught.value.problems
    assert "share is 3, not between 0 and 1" in caught.value.problems
    with pytest.raises(FrameError, match="no rows"):
        measures(frame[:0], line=1)
    with pytest.raises(FrameError, match="weight is 0 in every row"):
        measures(pd.DataFrame({"income": [1.0], "weight": [0]}), line=1)
    with pytest.raises(ValueError, match="alpha is -1"):
        foster_greer_thorbecke(np.ones(1), np.ones(1), 1.0, -1)


def test_mistakes_about_dimensions_are_sentences():
    frame = pd.DataFrame({"house": [1, 2, 0], "school": [0, 1, 1]})
    with pytest.raises(FrameError) as caught:
        multidimensional(frame, {"house": 0.5, "school": 0.6}, 1.5, weight=None)
    assert caught.value.problems == [
        "house is neither 0 nor 1: row 1",
        "the weights of the dimensions are [0.5, 0.6]; they are positive and add up to 1",
        "cutoff is 1.5; it lies above 0 and is at most 1",
    ]
