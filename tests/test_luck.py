"""Luck: uniform, normal and independent across households, months and decisions, within sampling error."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from scipy import stats

import sim.month  # names the decisions of the rules
import sim.population
from sim.calendar import month_number
from sim.kernel import luck
from sim.kernel.luck import GOLDEN, household_keys, month_salt

SEED = 1
HOUSEHOLDS = 1_000_000
IN_A_VILLAGE = 547
# A correlation of independent numbers lies within this but once in 150,000 times.
NO_CORRELATION = 4.5 / np.sqrt(HOUSEHOLDS)
# A test of a true hypothesis gives less than this once in 10,000 times; the draws never change.
SURPRISING = 1e-4
MONTHS = range(month_number(2010, 1), month_number(2021, 1))

keys = st.integers(0, 2**32 - 1).map(np.uint32)


@njit
def each_draw(first_key, second_key, salt, decision, out):
    for i in range(len(out)):
        out[i] = luck.draw((first_key[i], second_key[i], salt), decision)


@njit
def each_normals(first_key, second_key, salt, decision, one, other):
    for i in range(len(one)):
        one[i], other[i] = luck.normals((first_key[i], second_key[i], salt), decision)


def identities(households=HOUSEHOLDS):
    """Village number and place in the village, as the population numbers its households."""
    village, place = np.divmod(np.arange(households, dtype=np.uint64), np.uint64(IN_A_VILLAGE))
    return (village << np.uint64(32)) | place


@pytest.fixture(scope="module")
def both_keys():
    return household_keys(SEED, identities())


def salt_of(month):
    return np.uint32(month_salt(np.uint32(month)))


def drawn(both_keys, decision, month=MONTHS[0]):
    """A uniform number of each household."""
    out = np.empty(len(both_keys[0]), np.float32)
    each_draw(*both_keys, salt_of(month), np.uint32(decision), out)
    return out


@pytest.fixture(scope="module")
def normal_pair(both_keys):
    """Both normal numbers of each household."""
    one, other = np.empty((2, HOUSEHOLDS), np.float32)
    each_normals(*both_keys, salt_of(MONTHS[0]), luck_of("earnings.shock"), one, other)
    return one.astype(np.float64), other.astype(np.float64)


def luck_of(decision):
    """The number of a decision that a rule has named."""
    return next(np.uint32(number) for number, name in luck.streams.items() if name == decision)


def correlation(one, other):
    return float(np.corrcoef(one, other)[0, 1])


# keys and names


def test_no_two_of_two_million_households_share_their_luck():
    """Both keys together are a one-to-one function of the identity."""
    first, second = household_keys(SEED, identities(2_000_000))
    both = (first.astype(np.uint64) << np.uint64(32)) | second
    assert len(np.unique(both)) == 2_000_000


def test_another_seed_gives_other_luck(both_keys):
    for ours, theirs in zip(both_keys, household_keys(SEED + 1, identities()), strict=True):
        # Two of 2 ** 32 keys are equal by chance; of a million pairs hardly any.
        assert (ours == theirs).sum() < 5


def test_every_decision_of_the_model_has_a_number_of_its_own():
    names = list(luck.streams.values())
    assert {"family.changes", "health.bill", "work.job", "register.noise", "population.role"} <= set(names)
    assert len(names) == len(set(names))


def test_no_decision_meets_another_in_any_month():
    """Month and decision are mixed into one number: over the whole period no two pairs of them are equal. The
    second number of a normal pair, and the roles of a household's members, count as decisions of their own."""
    decisions = np.array(list(luck.streams), np.uint32)
    every = np.concatenate([decisions, decisions + GOLDEN])
    members = sim.population.ROLE + np.arange(1, 8, dtype=np.uint32) * GOLDEN
    every = np.union1d(every, members)
    assert len(every) == 2 * len(decisions) + 6
    salts = np.array([salt_of(month) for month in MONTHS] + [0], np.uint32)
    assert len(np.unique(salts[:, None] ^ every)) == len(salts) * len(every)


def test_a_decision_named_twice_is_refused(monkeypatch):
    monkeypatch.setattr(luck, "streams", {})
    luck.stream("harvest")
    with pytest.raises(ValueError, match="decision 'harvest' collides with 'harvest'"):
        luck.stream("harvest")


def test_two_names_of_the_same_number_are_refused(monkeypatch):
    monkeypatch.setattr(luck, "streams", {})
    number = int(luck.stream("harvest"))
    monkeypatch.setattr(luck, "streams", {number: "sowing"})
    with pytest.raises(ValueError, match="decision 'harvest' collides with 'sowing'"):
        luck.stream("harvest")


def test_the_number_of_a_decision_follows_from_its_name(monkeypatch):
    """Not from the order in which decisions are named, so that a new one leaves all luck as it was."""
    number = luck_of("work.job")
    monkeypatch.setattr(luck, "streams", {})
    luck.stream("sowing")
    assert luck.stream("work.job") == number


# uniform numbers


@given(keys, keys, keys)
def test_a_uniform_number_lies_from_zero_up_to_one(first, second, salt):
    """It is a whole multiple of 2 ** -24, at least 0 and less than 1."""
    value = float(luck.uniform(first, second, salt))
    assert 0 <= value < 1
    assert value * 2**24 == int(value * 2**24)


def test_uniform_numbers_reach_both_ends(both_keys):
    u = drawn(both_keys, luck_of("work.job"))
    assert 0 <= u.min() < 1e-5
    assert 1 - 1e-5 < u.max() < 1


@pytest.mark.parametrize("decision", ["family.changes", "health.falls_ill", "work.job", "health.bill"])
def test_uniform_numbers_fill_all_intervals_alike(both_keys, decision):
    """Chi-square over 1,000 equal intervals: neither too uneven nor too even to be luck."""
    counts = np.histogram(drawn(both_keys, luck_of(decision)), 1000, (0, 1))[0]
    assert SURPRISING < stats.chisquare(counts).pvalue < 1 - SURPRISING


def assert_independent(one, other):
    """No correlation, and chi-square over 16 by 16 cells finds no other pattern."""
    assert abs(correlation(one, other)) < NO_CORRELATION
    counts = np.histogram2d(one, other, 16, ((0, 1), (0, 1)))[0]
    assert stats.chisquare(counts.ravel()).pvalue > SURPRISING


@pytest.mark.parametrize("apart", [1, 2, 12])
def test_months_are_independent(both_keys, apart):
    decision = luck_of("work.job")
    assert_independent(drawn(both_keys, decision), drawn(both_keys, decision, MONTHS[apart]))


def test_decisions_are_independent(both_keys):
    names = ("family.changes", "family.who", "health.falls_ill", "work.job")
    draws = {name: drawn(both_keys, luck_of(name)) for name in names}
    for one, other in combinations(names, 2):
        assert_independent(draws[one], draws[other])


@pytest.mark.parametrize("apart", [1, 2, IN_A_VILLAGE], ids=["next door", "one between", "same place next village"])
def test_neighbours_are_independent(both_keys, apart):
    u = drawn(both_keys, luck_of("health.falls_ill"))
    assert_independent(u[apart:], u[:-apart])


def test_neighbours_are_independent_over_time(both_keys):
    """Nor does a household repeat next month what its neighbour drew this month."""
    decision = luck_of("health.falls_ill")
    assert_independent(drawn(both_keys, decision)[1:], drawn(both_keys, decision, MONTHS[1])[:-1])


def test_seeds_are_independent(both_keys):
    others = household_keys(SEED + 1, identities())
    decision = luck_of("work.job")
    assert_independent(drawn(both_keys, decision), drawn(others, decision))


def test_the_months_of_a_household_are_as_uneven_as_luck():
    """The sums of 120 months of a household vary as sums of independent numbers do: nobody is lucky for life."""
    few = tuple(key[:20_000] for key in household_keys(SEED, identities()))
    months = MONTHS[:120]
    total = sum(drawn(few, luck_of("work.job"), month).astype(np.float64) for month in months)
    variance = len(months) / 12
    assert total.var() == pytest.approx(variance, rel=4.5 * np.sqrt(2 / len(total)))
    assert total.mean() == pytest.approx(len(months) / 2, abs=4.5 * np.sqrt(variance / len(total)))


# normal numbers


@pytest.mark.parametrize("which", [0, 1])
def test_normal_numbers_have_the_moments_of_the_normal_distribution(normal_pair, which):
    """Mean 0, variance 1, skewness 0 and kurtosis 3, each within 4.5 standard errors."""
    z = normal_pair[which]
    for moment, error, expected in ((1, 1, 0), (2, 2, 1), (3, 15, 0), (4, 96, 3)):
        assert (z**moment).mean() == pytest.approx(expected, abs=4.5 * np.sqrt(error / len(z)))


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("beyond", [1.0, 2.0, 3.0, 4.0])
def test_normal_numbers_have_the_tails_of_the_normal_distribution(normal_pair, which, beyond):
    z = normal_pair[which]
    expected = stats.norm.sf(beyond) * len(z)
    for count in ((z > beyond).sum(), (z < -beyond).sum()):
        assert abs(count - expected) < 4.5 * np.sqrt(expected)


@pytest.mark.parametrize("which", [0, 1])
def test_normal_numbers_follow_the_normal_distribution(normal_pair, which):
    """Chi-square over 200 intervals of equal probability."""
    counts = np.histogram(stats.norm.cdf(normal_pair[which]), 200, (0, 1))[0]
    assert stats.chisquare(counts).pvalue > SURPRISING


def test_the_two_normal_numbers_are_independent(normal_pair):
    one, other = normal_pair
    assert_independent(stats.norm.cdf(one), stats.norm.cdf(other))
    assert abs(correlation(one**2, other**2)) < NO_CORRELATION


def test_normal_numbers_stay_finite_at_the_worst_luck(normal_pair):
    """A uniform number of 0 would have no logarithm; the smallest radius step keeps every number below 5.9."""
    assert np.abs(normal_pair).max() < 5.9
