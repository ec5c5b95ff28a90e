"""Who gets the places: how counties share them out, in what order households come, how lists are used up."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.admission import first_in_rank, in_order, share_out, within_reach
from sim.candidate_lists import CandidateList

wants = st.lists(st.integers(0, 3000), min_size=1, max_size=20).map(lambda numbers: np.array(numbers, float))
few = st.integers(0, 600)
# Two large counties and many that are due little more than half a place: far from everybody's quota.
LOPSIDED = np.array([500.0, 500.0] + [5.5] * 20)


def sainte_lague(places, wanting):
    """One place after the other to the county with the highest average."""
    given_so_far = np.zeros(len(wanting))
    for _ in range(places):
        given_so_far[np.argmax(wanting / (2 * given_so_far + 1))] += 1
    return given_so_far


@given(few, wants)
def test_all_places_are_given_or_all_wants_met(places, wanting):
    """The counties' places sum exactly to those there are, unless everybody can be served."""
    assert share_out(places, wanting).sum() == min(places, wanting.sum())


@given(few, wants)
def test_no_county_gets_places_that_it_can_not_fill(places, wanting):
    shares = share_out(places, wanting)
    assert (shares >= 0).all()
    assert (shares <= wanting).all()


@example(106, LOPSIDED)
@given(few, wants)
def test_one_more_place_takes_none_from_any_county(places, wanting):
    assert (share_out(places + 1, wanting) >= share_out(places, wanting)).all()


@example(122, np.array([1000.0] + [5.5] * 40))
@example(488, np.array([1800.0, 2286.0, 2989.0, 1080.0]))  # the first and the last tie for the last place
@given(few, wants)
def test_places_are_shared_by_highest_averages(places, wanting):
    """The result is that of handing out place by place (Sainte-Laguë); ties go to the county named first."""
    if places < wanting.sum():
        np.testing.assert_array_equal(share_out(places, wanting), sainte_lague(places, wanting))


@given(few, st.integers(1, 3000), st.integers(1, 3000))
def test_two_counties_stay_within_their_quota(places, first, second):
    """With two counties each gets its exact share, rounded up or down."""
    wanting = np.array([first, second], float)
    if places < wanting.sum():
        exact = places * wanting / wanting.sum()
        assert (np.abs(share_out(places, wanting) - exact) < 1).all()


def test_closed_counties_get_nothing():
    """A county that may not open wants nothing, and its places go to the others."""
    np.testing.assert_array_equal(share_out(9, np.array([50.0, 0.0, 100.0])), [3, 0, 6])


ranks = st.lists(st.integers(0, 4), min_size=1, max_size=300).map(lambda numbers: np.array(numbers, float))


@given(ranks)
def test_equal_ranks_keep_their_order(ranking):
    expected = sorted(range(len(ranking)), key=lambda position: ranking[position])
    assert in_order(ranking).tolist() == expected


@example(np.zeros(1000), 10)
@given(ranks, st.integers(1, 300))
def test_the_first_within_reach_are_the_beginning_of_the_whole_order(ranking, most):
    """Cutting off those out of reach before sorting gives the same first few as sorting all, ties included."""
    expected = sorted(range(len(ranking)), key=lambda position: ranking[position])[:most]
    kept, ends = within_reach(ranking, np.array([0, len(ranking)]), np.array([most]))
    assert ends.tolist() == [0, len(kept)]
    assert kept[in_order(ranking[kept])].tolist()[:most] == expected


@given(
    st.lists(st.tuples(st.floats(0, 1), st.integers(1, 9)), min_size=1, max_size=60, unique_by=lambda row: row[0]),
    st.integers(0, 300),
)
def test_a_quota_is_met_within_half_the_last_household(households, places):
    """The best ranks come first; the last one counts where at least half of it finds place."""
    ranking, units = (np.array(column, float) for column in zip(*households, strict=True))
    chosen = first_in_rank(ranking, units, places)
    left_out = np.setdiff1d(np.arange(len(units)), chosen)
    filled = units[chosen].sum()
    assert len(left_out) == 0 or len(chosen) == 0 or ranking[chosen].max() < ranking[left_out].min()
    if len(chosen):
        assert filled - units[chosen[-1]] / 2 <= places
    if len(left_out):
        following = left_out[np.argmin(ranking[left_out])]
        assert filled + units[following] / 2 > places


def waiting(units, counties):
    """A list of households 100, 101, … that fill these units, county after county."""
    units = np.array(units, float)
    last = np.cumsum([len(county) for county in counties])
    wanting = np.array([units[county].sum() for county in counties])
    starts = last - [len(county) for county in counties]
    return CandidateList(100 + np.arange(len(units)), units, wanting, starts, last)


def test_a_list_is_gone_down_county_by_county():
    """Places of 4, 0 and 2 take the first of each county; the next opening goes on behind them."""
    queue = waiting([2, 2, 2, 5, 1, 1], [[0, 1, 2], [3], [4, 5]])
    assert queue.take(np.array([4, 0, 2]))[0].tolist() == [100, 101, 104, 105]
    assert queue.wanting.tolist() == [2, 5, 0]
    assert queue.take(np.array([9, 9, 9]))[0].tolist() == [102, 103]
    assert queue.wanting.tolist() == [0, 0, 0]
    assert queue.take(np.array([9, 9, 9]))[0].tolist() == []


def test_a_household_is_let_in_where_half_of_it_finds_place():
    """Households of four: two places admit one, one place admits none."""
    assert waiting([4, 4], [[0, 1]]).take(np.array([2]))[0].tolist() == [100]
    assert waiting([4, 4], [[0, 1]]).take(np.array([1]))[0].tolist() == []


@given(
    st.lists(st.lists(st.integers(1, 8), max_size=12), min_size=1, max_size=4),
    st.lists(st.integers(0, 20), min_size=1, max_size=6),
)
def test_nobody_is_taken_twice_and_everybody_in_turn(sizes, openings):
    """Whatever opens, each county's households are taken from the top without gaps or repeats."""
    units = [size for county in sizes for size in county]
    ends = np.cumsum([len(county) for county in sizes])
    counties = [list(range(end - len(county), end)) for county, end in zip(sizes, ends, strict=True)]
    queue = waiting(units, counties)
    taken = np.concatenate([queue.take(np.full(len(sizes), places))[0] for places in openings]).astype(int) - 100
    assert len(set(taken)) == len(taken)
    for county in counties:
        mine = [position for position in taken if position in county]
        assert mine == county[: len(mine)]
        left = sum(units[position] for position in county[len(mine) :])
        assert queue.wanting[counties.index(county)] == pytest.approx(left) or not county


def test_a_list_loses_those_who_enrolled_elsewhere():
    """Of four households of two persons the second and the last entered another instrument since."""
    queue = waiting([2, 2, 2, 2], [[0, 1], [2, 3]])
    programmes = np.zeros(104, np.uint64)
    programmes[[101, 103]] = 4
    queue.drop_enrolled(programmes, np.uint64(6))
    assert queue.wanting.tolist() == [2, 2]
    rows, filled = queue.take(np.array([9, 9]))
    assert rows.tolist() == [100, 102]
    assert filled.tolist() == [2, 2]
