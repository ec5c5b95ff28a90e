"""The reference loop: nine rules about as heavy as the model's, written for speed alone.

It says how fast this machine runs a month of this kind right now, so that the model's own speed can be
given as a share of it: the share is worth more than either number on a machine that others use too. It
imports nothing of the model, and its economics mean nothing.

How it is made fast: all rules run over a block of households while it is in the cache; loops are short, with
unsigned bounds, few arrays and numbers of 32 bits; conditions are arithmetic; what is gathered by village is
gathered in a loop of its own; luck is a hash, and a normal number comes from a point on the circle.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numba import njit

f4, i4, u4 = np.float32, np.int32, np.uint32
COMPILED = {"error_model": "numpy", "nogil": True}
INLINED = {**COMPILED, "forceinline": True}

BLOCK = 512
HOUSEHOLDS_OF_VILLAGE = 200
ZERO, ONE, UNIT = f4(0), f4(1), f4(2.0**-24)
TO_NEAREST = f4(1.5 * 2**23)  # adding and subtracting it rounds to a whole number
LOG2_E, LN_2 = f4(1.4426950), f4(0.6931472)
SIGN, SQRT_HALF_BITS = u4(0x80000000), i4(0x3F3504F3)

# Decisions; each has its own part of the hash's numbers.
EARNS, FALLS_ILL, RECOVERS, BILL, JOB, PLACEMENT, MOVE = (u4(0x9E3779B9 * n % 2**32) for n in range(1, 8))

# Bits of `programmes`.
INDUSTRY, EMPLOYMENT, RELOCATION, REPAIR, INSURANCE, MOVED, SUPPORT = (i4(1 << n) for n in range(7))


class Households(NamedTuple):
    """One array each."""

    key: np.ndarray
    village: np.ndarray
    members: np.ndarray
    workers: np.ndarray
    lasting: np.ndarray
    passing: np.ndarray
    income: np.ndarray
    assets: np.ndarray
    ill: np.ndarray
    employed: np.ndarray
    safe_house: np.ndarray
    programmes: np.ndarray
    planted: np.ndarray
    months_above: np.ndarray
    months_below: np.ndarray
    poor: np.ndarray


class Villages(NamedTuple):
    """One array each; `site` is where a village's households move to."""

    market: np.ndarray
    illness_risk: np.ndarray
    placement: np.ndarray
    wage: np.ndarray
    site: np.ndarray


class Parameters(NamedTuple):
    """Money in units of the poverty line per head and month, probabilities monthly."""

    growth: np.float32 = f4(0.0009)
    lasting_kept: np.float32 = f4(0.999)
    lasting_sd: np.float32 = f4(0.02)
    passing_kept: np.float32 = f4(0.8)
    passing_sd: np.float32 = f4(0.1)
    recovery: np.float32 = f4(0.2)
    illness_loss: np.float32 = f4(0.3)
    least_bill: np.float32 = f4(0.5)
    insured_share: np.float32 = f4(0.7)
    separation: np.float32 = f4(0.02)
    finding: np.float32 = f4(0.1)
    jobless_share: np.float32 = f4(0.6)
    crop_gain: np.float32 = f4(0.01)
    ripe_after: np.int32 = i4(24)
    moving: np.float32 = f4(0.003)
    repairing: np.float32 = f4(0.03)
    guaranteed: np.float32 = f4(0.55)
    need: np.float32 = f4(0.6)
    yield_of_assets: np.float32 = f4(0.02)
    spent: np.float32 = f4(0.7)
    stable_months: np.float32 = f4(12)
    fallen_months: np.float32 = f4(3)


@njit(**INLINED)
def uniform(key, salt):
    """A number in [0, 1) of 24 bits, by a hash of two rounds."""
    return f4(i4(scramble(u4(key + salt)) >> u4(8))) * UNIT


@njit(**INLINED)
def scramble(x):
    """Mixes 32 bits; every step is cut back to 32, and so must `x` be, or the compiler would multiply 64."""
    x = u4(u4(x ^ (x >> u4(16))) * u4(0x21F0AAAD))
    x = u4(u4(x ^ (x >> u4(15))) * u4(0xD35A2D97))
    return u4(x ^ (x >> u4(15)))


@njit(**INLINED)
def exp(x):
    """exp(x) within 2e-6 relative for x between -10 and 10."""
    turns = x * LOG2_E
    whole = (turns + TO_NEAREST) - TO_NEAREST
    r = turns - whole
    power = (
        (((f4(0.00132765) * r + f4(0.00967554)) * r + f4(0.0555071)) * r + f4(0.2402212)) * r + f4(0.693147)
    ) * r + ONE
    return power * i4((i4(whole) + i4(127)) << i4(23)).view(np.float32)


@njit(**INLINED)
def log(x):
    """log(x) within 3e-7 of the larger of 1 and its size, for positive x."""
    pattern = f4(x).view(np.int32)
    power = i4((pattern - SQRT_HALF_BITS) >> i4(23))
    m = i4(pattern - (power << i4(23))).view(np.float32) - ONE
    q = ((f4(-0.1010222) * m + f4(0.1641998)) * m - f4(0.1733347)) * m + f4(0.1987305)
    q = (((q * m - f4(0.2495934)) * m + f4(0.3333618)) * m - f4(0.5000067)) * m + f4(0.9999998)
    return m * q + f4(power) * LN_2


@njit(**INLINED)
def signed(x, bits):
    """x, its sign turned where the highest of the 32 bits is set."""
    return u4(f4(x).view(np.uint32) ^ (u4(bits) & SIGN)).view(np.float32)


@njit(**INLINED)
def normals(key, salt):
    """Two independent standard normal numbers (Box-Muller).

    22 bits of the angle's hash choose a point on a quarter of the circle, two more its signs: no quadrant
    has to be looked up.
    """
    radius = np.sqrt(f4(-2) * log(uniform(key, salt) + UNIT))
    bits = scramble(u4(key + (salt ^ u4(0x5BD1E995))))
    x = f4(i4(bits >> u4(10))) * f4(2.0**-22) - f4(0.5)
    z = x * x
    cosine = ((f4(-0.01443088) * z + f4(0.1793213)) * z - f4(0.8723555)) * z + f4(0.7071068)
    sine = (((f4(-0.00324724) * z + f4(0.05633937)) * z - f4(0.4567648)) * z + f4(1.1107207)) * x
    return signed(radius * (cosine - sine), bits << u4(31)), signed(radius * (cosine + sine), bits << u4(30))


@njit(**INLINED)
def earnings(h, v, p, salt, lo, hi):
    """Income follows a lasting and a passing component and the village's market."""
    for i in range(lo, hi):
        lasting, passing = normals(h.key[i], salt + EARNS)
        h.lasting[i] = p.growth + p.lasting_kept * h.lasting[i] + p.lasting_sd * lasting
        h.passing[i] = p.passing_kept * h.passing[i] + p.passing_sd * passing
    for i in range(lo, hi):
        h.income[i] = exp(h.lasting[i] + h.passing[i])
    for i in range(lo, hi):
        h.income[i] *= v.market[h.village[i]]


@njit(**INLINED)
def health(h, v, p, salt, lo, hi, risk, strikes):
    """Falls ill or recovers; illness costs income and brings a bill."""
    for i in range(lo, hi):
        risk[i - lo] = v.illness_risk[h.village[i]]
    for i in range(lo, hi):
        strikes[i - lo] = uniform(h.key[i], salt + FALLS_ILL) < risk[i - lo]
    for i in range(lo, hi):
        stays = uniform(h.key[i], salt + RECOVERS) >= p.recovery
        h.ill[i] = strikes[i - lo] | (h.ill[i] & stays)
    for i in range(lo, hi):
        h.income[i] *= ONE - p.illness_loss * f4(h.ill[i])
    for i in range(lo, hi):
        own_share = ONE - p.insured_share * f4((h.programmes[i] & INSURANCE) != 0)
        bill = p.least_bill + uniform(h.key[i], salt + BILL)
        h.assets[i] -= f4(strikes[i - lo]) * bill * own_share


@njit(**INLINED)
def work(h, p, salt, lo, hi):
    """Loses or finds the main job."""
    for i in range(lo, hi):
        u = uniform(h.key[i], salt + JOB)
        keeps, finds = u >= p.separation, u < p.finding
        h.employed[i] = (h.employed[i] & keeps) | (finds & (not h.employed[i]))
    for i in range(lo, hi):
        h.income[i] *= p.jobless_share + (ONE - p.jobless_share) * f4(h.employed[i])


@njit(**INLINED)
def industry(h, p, month, lo, hi):
    """A crop yields more from year to year until it is ripe."""
    for i in range(lo, hi):
        age = min(max(i4(month - h.planted[i]), i4(0)), p.ripe_after)
        h.income[i] *= ONE + p.crop_gain * f4(age) * f4(h.programmes[i] & INDUSTRY)


@njit(**INLINED)
def employment(h, v, p, salt, lo, hi, chance, wage):
    """Some are placed this month at the village's wage."""
    for i in range(lo, hi):
        chance[i - lo] = v.placement[h.village[i]]
    for i in range(lo, hi):
        wage[i - lo] = v.wage[h.village[i]]
    for i in range(lo, hi):
        placed = (uniform(h.key[i], salt + PLACEMENT) < chance[i - lo]) & ((h.programmes[i] & EMPLOYMENT) != 0)
        h.income[i] += f4(placed) * h.workers[i] * wage[i - lo]


@njit(**INLINED)
def relocation(h, v, p, salt, lo, hi, moves):
    """Some move to another village, some houses are repaired."""
    for i in range(lo, hi):
        u = uniform(h.key[i], salt + MOVE)
        repaired = (u < p.repairing) & ((h.programmes[i] & REPAIR) != 0)
        moves[i - lo] = (u < p.moving) & ((h.programmes[i] & RELOCATION) != 0)
        h.safe_house[i] = h.safe_house[i] | moves[i - lo] | repaired
    for i in range(lo, hi):
        h.programmes[i] |= i4(moves[i - lo]) * MOVED
    for i in range(lo, hi):
        if moves[i - lo]:
            h.village[i] = v.site[h.village[i]]


@njit(**INLINED)
def social_security(h, p, lo, hi):
    """Tops income up to what is guaranteed."""
    for i in range(lo, hi):
        h.income[i] = max(h.income[i], p.guaranteed * h.members[i] * f4((h.programmes[i] & SUPPORT) != 0))


@njit(**INLINED)
def accounts(h, p, lo, hi):
    """Consumption takes the need and a part of the rest; what is left is saved."""
    for i in range(lo, hi):
        need = p.need * h.members[i]
        rest = max(h.income[i] + p.yield_of_assets * h.assets[i] - need, ZERO)
        h.assets[i] = max(h.assets[i] + h.income[i] - need - p.spent * rest, ZERO)


@njit(**INLINED)
def poverty(h, p, lo, hi, above):
    """A stable income and a safe house end poverty; some months below the line begin it."""
    for i in range(lo, hi):
        above[i - lo] = h.income[i] >= h.members[i]
    for i in range(lo, hi):
        h.months_above[i] = (h.months_above[i] + ONE) * f4(above[i - lo])
    for i in range(lo, hi):
        h.months_below[i] = (h.months_below[i] + ONE) * (ONE - f4(above[i - lo]))
    for i in range(lo, hi):
        leaves = (h.months_above[i] >= p.stable_months) & h.safe_house[i]
        falls = h.months_below[i] >= p.fallen_months
        h.poor[i] = (h.poor[i] & (not leaves)) | (falls & (not h.poor[i]))


@njit(**COMPILED)
def advance(h, v, p, month, salt, first, end, poor):
    """Runs the month for households `first` to `end` and adds the poor of each village to `poor`."""
    rate, other_rate, flag = np.empty(BLOCK, f4), np.empty(BLOCK, f4), np.empty(BLOCK, np.bool_)
    for block in range(first, end, BLOCK):
        lo, hi = np.uint64(block), np.uint64(min(block + BLOCK, end))
        earnings(h, v, p, salt, lo, hi)
        health(h, v, p, salt, lo, hi, rate, flag)
        work(h, p, salt, lo, hi)
        industry(h, p, month, lo, hi)
        employment(h, v, p, salt, lo, hi, rate, other_rate)
        relocation(h, v, p, salt, lo, hi, flag)
        social_security(h, p, lo, hi)
        accounts(h, p, lo, hi)
        poverty(h, p, lo, hi, flag)
        for i in range(lo, hi):
            poor[h.village[i]] += h.poor[i]


@njit(**COMPILED)
def salt_of(month):
    """What the month adds to every key."""
    return scramble(u4(u4(month) * u4(0x85EBCA6B) + u4(1)))


def populate(households: int) -> tuple[Households, Villages]:
    """Made-up households in villages of equal size."""
    luck = np.random.default_rng(1)
    villages = max(households // HOUSEHOLDS_OF_VILLAGE, 1)
    h = Households(
        key=luck.integers(0, 2**32, households, u4),
        village=(np.arange(households) * villages // households).astype(u4),
        members=luck.integers(1, 7, households).astype(f4),
        workers=luck.integers(0, 4, households).astype(f4),
        lasting=luck.normal(0.9, 0.5, households).astype(f4),
        passing=np.zeros(households, f4),
        income=np.zeros(households, f4),
        assets=np.ones(households, f4),
        ill=np.zeros(households, np.bool_),
        employed=np.ones(households, np.bool_),
        safe_house=luck.random(households) < 0.7,
        programmes=luck.integers(0, 128, households, i4) & ~MOVED,
        planted=luck.integers(0, 24, households, i4),
        months_above=np.zeros(households, f4),
        months_below=np.zeros(households, f4),
        poor=np.ones(households, np.bool_),
    )
    v = Villages(
        market=luck.normal(1, 0.05, villages).astype(f4),
        illness_risk=luck.uniform(0.005, 0.015, villages).astype(f4),
        placement=np.full(villages, 0.3, f4),
        wage=np.full(villages, 0.6, f4),
        site=luck.permutation(villages).astype(u4),
    )
    return h, v


class Reference:
    """Households of the reference loop and the threads that run their months.

    Attributes
    ----------
    poor : (V,) poor households of each village after the last month
    """

    def __init__(self, households: int, threads: int = 1) -> None:
        self.households, self.threads, self.month = households, threads, 0
        self.h, self.v = populate(households)
        self.cuts = np.linspace(0, households, (4 * threads if threads > 1 else 1) + 1).astype(np.int64)
        self.executor = ThreadPoolExecutor(threads)
        self.poor = np.zeros(len(self.v.market), i4)

    def step(self) -> None:
        """Runs one month for everybody."""
        salt = salt_of(self.month)
        counts = np.zeros((len(self.cuts) - 1, len(self.poor)), i4)

        def part(n: int) -> None:
            advance(self.h, self.v, Parameters(), i4(self.month), salt, self.cuts[n], self.cuts[n + 1], counts[n])

        each = map if self.threads == 1 else self.executor.map
        list(each(part, range(len(counts))))
        self.poor = counts.sum(0)
        self.month += 1
