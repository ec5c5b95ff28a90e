"""Tests the model's random numbers as the model draws them, and prints a table.

    python benchmarks/luck.py                  2 ** 30 draws for every kind of test, some minutes
    python benchmarks/luck.py --draws 22       a quick look

Draws are taken along four walks through households, months and decisions; whoever stands next to whom in the model
stands next to one another in a walk. A p-value below one in a million is called suspicious: with some 100 tests of
good numbers that happens once in ten thousand tables.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy import stats

import sim.month  # names the decisions of the rules
import sim.population  # noqa: F401  names those of the population
from sim.calendar import month_number
from sim.kernel import luck

SEED = 1
IN_A_VILLAGE = 547
HOUSEHOLDS = 1 << 20
FIRST_MONTH, MONTHS = month_number(2010, 1), 128
WALKS = ("households", "months", "decisions", "diagonal")
CHUNK = 1 << 22
BIRTHDAYS = 1 << 17  # in a year of 2 ** 48 days two spacings are expected to be equal
SUSPICIOUS = 1e-6


class Result(NamedTuple):
    """One test: what it looked at, its statistic, and the probability of one as extreme or more."""

    test: str
    where: str
    draws: float
    statistic: str
    p: float


@njit(error_model="numpy")
def walked(walk, start, first_key, second_key, salts, decisions, out):
    """Draws along a walk, as whole numbers of 24 bits."""
    households, months, count = len(first_key), len(salts), len(decisions)
    for i in range(len(out)):
        n = start + i
        if walk == 0:
            household, n = n % households, n // households
            month, decision = n % months, n // months % count
        elif walk == 2:
            decision, n = n % count, n // count
            month, household = n % months, n // months % households
        else:
            month, n = n % months, n // months
            household, decision = n % households, n // households % count
            if walk == 3:
                household = (household + month) % households
        known = (first_key[household], second_key[household], salts[month])
        out[i] = np.uint32(luck.draw(known, decisions[decision]) * np.float32(1 << 24))


@njit(error_model="numpy")
def counted(draws, high, low, pairs, low_pairs, sums):
    """Adds draws to counts of their 16 high and low bits, of neighbouring pairs, and to sums of products."""
    for i in range(len(draws)):
        x = draws[i]
        high[x >> 8] += 1
        low[x & 0xFFFF] += 1
        if i + 12 < len(draws):
            y = draws[i + 1]
            pairs[(x >> 16) << 8 | y >> 16] += 1
            low_pairs[(x & 0xFF) << 8 | (y & 0xFF)] += 1
            centred = np.float64(x) - 8388607.5
            sums[0] += centred * (np.float64(y) - 8388607.5)
            sums[1] += centred * (np.float64(draws[i + 2]) - 8388607.5)
            sums[2] += centred * (np.float64(draws[i + 12]) - 8388607.5)
            sums[3] += 1


def luck_of_all(households: int) -> tuple[np.ndarray, ...]:
    """Keys of households numbered as the population numbers them, salts of months, and the model's decisions."""
    village, place = np.divmod(np.arange(households, dtype=np.uint64), np.uint64(IN_A_VILLAGE))
    first, second = luck.household_keys(SEED, (village << np.uint64(32)) | place)
    salts = np.array([luck.month_salt(np.uint32(FIRST_MONTH + month)) for month in range(MONTHS)], np.uint32)
    named = np.array(sorted(luck.streams), np.uint32)
    return first, second, salts, np.concatenate([named, named + luck.GOLDEN])


def even(test: str, where: str, draws: float, counts: np.ndarray) -> Result:
    """Chi-square of equally likely cells, against too uneven as well as too even."""
    expected = counts.sum() / counts.size
    chi = float(((counts - expected) ** 2).sum() / expected)
    freedom = counts.size - 1
    p = 2 * min(stats.chi2.sf(chi, freedom), stats.chi2.cdf(chi, freedom))
    return Result(test, where, draws, f"{chi:,.0f} with {freedom:,} degrees of freedom", min(1.0, float(p)))


def score(test: str, where: str, draws: float, z: float) -> Result:
    """A standard normal statistic."""
    return Result(test, where, draws, f"{z:+.2f} standard errors", float(2 * stats.norm.sf(abs(z))))


def chunks(walk: int, draws: int, known: tuple[np.ndarray, ...], size: int = CHUNK) -> Iterator[np.ndarray]:
    """Draws along a walk, some at a time."""
    out = np.empty(min(size, draws), np.uint32)
    for start in range(0, draws - len(out) + 1, len(out)):
        walked(walk, start, *known, out)
        yield out


def evenness(draws: int, known: tuple[np.ndarray, ...]) -> Iterator[Result]:
    """Uniform numbers, and neighbours of every kind."""
    for walk, name in enumerate(WALKS):
        high, low, pairs, low_pairs = np.zeros((4, 1 << 16), np.int64)
        sums = np.zeros(4)
        for chunk in chunks(walk, draws // len(WALKS), known):
            counted(chunk, high, low, pairs, low_pairs, sums)
        number = float(high.sum())
        if name in ("households", "decisions"):  # the other walks take the draws of the first in another order
            yield even("uniform, 16 high bits", name, number, high)
            yield even("uniform, 16 low bits", name, number, low)
        yield even("neighbouring pairs, high bits", name, number, pairs)
        yield even("neighbouring pairs, low bits", name, number, low_pairs)
        for lag, total in zip((1, 2, 12), sums, strict=False):
            z = total / ((1 << 48) / 12) / np.sqrt(sums[3])
            yield score(f"serial correlation, lag {lag}", name, number, float(z))


def equal_spacings(draws: np.ndarray) -> int:
    """Equal ones among the spacings of birthdays; each birthday is two neighbouring draws."""
    days = np.sort(draws[::2].astype(np.uint64) << np.uint64(24) | draws[1::2])
    return int((np.diff(np.sort(np.diff(days))) == 0).sum())


def birthdays(draws: int, known: tuple[np.ndarray, ...]) -> Iterator[Result]:
    """Equal spacings between birthdays, each of two neighbouring draws: 2 are expected of 131,072 birthdays."""
    for walk, name in enumerate(WALKS):
        equal = years = 0
        for chunk in chunks(walk, draws // len(WALKS), known, 2 * BIRTHDAYS):
            equal += equal_spacings(chunk)
            years += 1
        expected = years * BIRTHDAYS**3 / 2**50
        p = 2 * min(stats.poisson.sf(equal - 1, expected), stats.poisson.cdf(equal, expected))
        found = f"{equal:,} equal spacings, {expected:,.0f} expected"
        yield Result("birthday spacings, 2 draws", name, years * 2 * BIRTHDAYS, found, min(1.0, float(p)))


@njit(error_model="numpy")
def correlated(first_key, second_key, one, other):
    """Standard score of the correlation between two salts over households."""
    total = 0.0
    for i in range(len(first_key)):
        x = np.float64(luck.uniform(first_key[i], second_key[i], one)) - 0.5
        total += x * (np.float64(luck.uniform(first_key[i], second_key[i], other)) - 0.5)
    return total * 12 / np.sqrt(len(first_key))


@njit(error_model="numpy")
def correlated_over_time(one, other, start, count):
    """Standard score of the correlation between two households, given by their keys, over salts."""
    total = 0.0
    for i in range(count):
        salt = luck.mix(np.uint32(start + i))
        x = np.float64(luck.uniform(one[0], one[1], salt)) - 0.5
        total += x * (np.float64(luck.uniform(other[0], other[1], salt)) - 0.5)
    return total * 12 / np.sqrt(count)


def scores_of_pairs(draws: int, known: tuple[np.ndarray, ...]) -> Iterator[Result]:
    """The same households under pairs of salts, and pairs of households that share one of their two keys.

    The sum of the squared scores of independent pairs is a chi-square.
    """
    first, second, salts, decisions = known
    source = np.random.default_rng(SEED)
    pairs = max(20, draws // (2 * len(first)))
    of_salts = []
    for _ in range(pairs):
        months, kinds = source.choice(salts, 2), source.choice(decisions, 2)
        one, other = (luck.mix(np.uint32(month ^ kind)) for month, kind in zip(months, kinds, strict=True))
        if one != other:
            of_salts.append(correlated(first, second, one, other))
    yield squares("correlation between two decisions or months", "all households", 2.0 * pairs * len(first), of_salts)
    count = 1 << 16
    for shared in (0, 1):
        found = []
        for number in range(max(20, draws // (2 * count))):
            keys = source.integers(0, 2**32, 3, dtype=np.uint32)
            one = (keys[0], keys[1]) if shared == 0 else (keys[1], keys[0])
            other = (keys[0], keys[2]) if shared == 0 else (keys[2], keys[0])
            found.append(correlated_over_time(one, other, number * count, count))
        where = f"households with the same {('first', 'second')[shared]} key"
        yield squares("correlation over time", where, 2.0 * len(found) * count, found)


def squares(test: str, where: str, draws: float, scores: list[float]) -> Result:
    """The squared scores of many pairs together, and the largest of them."""
    total, most = float(np.square(scores).sum()), float(np.abs(scores).max())
    p = 2 * min(stats.chi2.sf(total, len(scores)), stats.chi2.cdf(total, len(scores)))
    found = f"{total:,.0f} with {len(scores):,} degrees of freedom, largest score {most:.1f}"
    return Result(test, where, draws, found, min(1.0, float(p)))


@njit(error_model="numpy")
def normals_of(first_key, second_key, salt, decision, cells, powers, beyond, limits):
    """Adds both normal numbers of each household to sums of powers, counts beyond limits, and cells of 1/64."""
    for i in range(len(first_key)):
        for z in luck.normals((first_key[i], second_key[i], salt), decision):
            x = np.float64(z)
            power = 1.0
            for k in range(len(powers)):
                power *= x
                powers[k] += power
            for k in range(len(limits)):
                beyond[0, k] += x > limits[k]
                beyond[1, k] += x < -limits[k]
            cells[int(min(max((x + 8) * 64, 0), len(cells) - 1))] += 1


def normals(draws: int, known: tuple[np.ndarray, ...]) -> Iterator[Result]:
    """Normal numbers against the moments, the shape and the tails of the normal distribution."""
    first, second, salts, decisions = known
    limits = np.array([1.0, 2.0, 3.0, 4.0, 4.5, 5.0, 5.5])
    cells, powers, beyond = np.zeros(1024, np.int64), np.zeros(6), np.zeros((2, len(limits)), np.int64)
    rounds = max(1, draws // (2 * len(first)))
    for number in range(rounds):
        month, kind = salts[number % len(salts)], decisions[number // len(salts) % (len(decisions) // 2)]
        normals_of(first, second, month, kind, cells, powers, beyond, limits)
    count = 2.0 * rounds * len(first)
    expected = (0, 1, 0, 3, 0, 15)
    variance = (1, 2, 15, 96, 945, 10_170)
    for k, (mean, spread) in enumerate(zip(expected, variance, strict=True)):
        z = (powers[k] / count - mean) / np.sqrt(spread / count)
        yield score(f"normal numbers, moment {k + 1}", "households and months", count, float(z))
    edges = np.arange(1025) / 64 - 8
    share = np.diff(stats.norm.cdf(edges)) * count
    enough = share >= 100
    chi = float(((cells - share)[enough] ** 2 / share[enough]).sum())
    p = float(stats.chi2.sf(chi, enough.sum() - 1))
    found = f"{chi:,.0f} with {enough.sum() - 1:,} degrees of freedom"
    yield Result("normal numbers, cells of 1/64", "households and months", count, found, p)
    for k, limit in enumerate(limits):
        likely = float(stats.norm.sf(limit) * count)
        for side, sign in enumerate((">", "< -")):
            number = int(beyond[side, k])
            p = 2 * min(stats.poisson.sf(number - 1, likely), stats.poisson.cdf(number, likely))
            where = f"beyond {sign}{limit:g}" if side else f"beyond {limit:g}"
            found = f"{number:,}, {likely:,.0f} expected"
            yield Result("normal numbers, tail", where, count, found, min(1.0, float(p)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=30, metavar="BITS", help="2 ** BITS draws for every kind of test")
    draws = 1 << parser.parse_args().draws
    started, known = time.perf_counter(), luck_of_all(HOUSEHOLDS)
    print("| test | draws along or between | draws | statistic | p |\n|---|---|---|---|---|")
    results = []
    for tests in (evenness, birthdays, scores_of_pairs, normals):
        for each in tests(draws, known):
            results.append(each)
            print(f"| {each.test} | {each.where} | {each.draws:.2g} | {each.statistic} | {each.p:.2g} |", flush=True)
    bad = [each for each in results if each.p < SUSPICIOUS]
    print(f"\n{len(results)} tests, {len(bad)} suspicious, {time.perf_counter() - started:,.0f} s")


if __name__ == "__main__":
    main()
