"""The tests of luck: they pass on the model's luck at a small size, and fail on luck that is bad."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))

import luck as battery
from luck_mixing import measured, multiplied, sharing_the_first_key

from sim.kernel import luck

SURPRISING = 1e-5
DRAWS = 1 << 20


@pytest.fixture(scope="module")
def known():
    return battery.luck_of_all(1 << 16)


@pytest.mark.parametrize(
    "tests", [battery.evenness, battery.birthdays, battery.normals], ids=lambda each: each.__name__
)
def test_the_models_luck_passes(known, tests):
    results = list(tests(DRAWS, known))
    assert results
    assert [each for each in results if each.p < SURPRISING] == []


def counted(draws):
    """P-values of the tests of evenness for any draws of 24 bits."""
    tables, sums = np.zeros((4, 1 << 16), np.int64), np.zeros(4)
    battery.counted(draws.astype(np.uint32), *tables, sums)
    evenness = [battery.even("", "", len(draws), table).p for table in tables]
    scores = sums[:3] / ((1 << 48) / 12) / np.sqrt(sums[3])
    return evenness + [battery.score("", "", len(draws), float(z)).p for z in scores]


def good():
    return np.random.default_rng(1).integers(0, 1 << 24, DRAWS)


def congruential():
    """A multiplicative generator modulo 2 ** 31; its low bits repeat, and its points lie in few planes."""
    values, x = np.empty(DRAWS, np.int64), 1
    for i in range(DRAWS):
        x = x * 65539 % 2**31
        values[i] = x & 0xFFFFFF
    return values


def test_good_draws_pass():
    assert min(counted(good())) > SURPRISING


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda draws: draws & ~1, id="a bit that is never set"),
        pytest.param(lambda draws: np.where(draws >> 22 == 3, draws >> 1, draws), id="few large numbers"),
        pytest.param(lambda draws: np.repeat(draws[::2], 2), id="everything twice"),
        pytest.param(lambda draws: np.arange(len(draws)) * 16, id="too even"),
        pytest.param(lambda draws: draws[np.r_[0:2, 0 : len(draws) - 2]] // 2 + draws // 2, id="neighbours alike"),
        pytest.param(lambda draws: congruential(), id="a bad generator"),
    ],
)
def test_bad_draws_fail(spoil):
    assert min(counted(spoil(good()))) < 1e-10


def test_birthdays_in_a_lattice_are_found():
    size = 2 * battery.BIRTHDAYS
    assert battery.equal_spacings(good()[:size].astype(np.uint32)) < 15
    assert battery.equal_spacings((np.arange(size) * 9973 % (1 << 24)).astype(np.uint32)) > 1000


@pytest.mark.parametrize(("uniform", "alike"), [(luck.uniform, True), (multiplied, False)], ids=["now", "multiplied"])
def test_households_that_share_their_first_key(uniform, alike):
    """The known weakness, in 482 pairs of two million households: some of them have correlated luck. The second key,
    multiplied by a number of the month and decision, would end that."""
    keys = sharing_the_first_key(2_000_000)
    assert 360 < len(keys[0]) < 570  # 2e6 ** 2 / 2 ** 33 are expected, give or take 22
    found = np.empty(len(keys[0]))
    measured(uniform)[1](*keys, 1 << 14, found)
    squares = np.square(found).mean() * (1 << 14)
    assert (squares > 1 + 5 * np.sqrt(2 / len(found))) == alike


def test_two_households_of_equal_keys_are_found_to_be_alike():
    same = (np.uint32(7), np.uint32(9))
    other = (np.uint32(8), np.uint32(9))
    assert battery.correlated_over_time(same, same, 0, 4096) > 50
    assert abs(battery.correlated_over_time(same, other, 0, 4096)) < 5
