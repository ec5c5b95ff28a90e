"""Luck: every draw is a pure function of (seed, household, month, decision).

Two policies therefore share their luck, and no result depends on the order of households, blocks, threads or
processes. A household carries two 32-bit keys: with one, two of two million households would share all their
luck about 400 times, and sums of key and salt would meet far more often. The mixing constants are those of
Wellons' lowbias32 hash (2018), the second key enters between its two rounds.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numba import njit

from sim.kernel.numeric import CACHING, COMPILED, INLINED, f4, i4, log, turn, u4

FIRST = u4(0x7FEB352D)
SECOND = u4(0x846CA68B)
GOLDEN = u4(0x9E3779B9)
SMALLEST = f4(2.0**-25)
UNIT = f4(2.0**-24)

streams: dict[int, str] = {}


def stream(decision: str) -> np.uint32:
    """The number of a named decision. Refuses a name used twice and two names of the same number."""
    number = u4(int.from_bytes(hashlib.blake2b(decision.encode(), digest_size=4).digest(), "little"))
    if int(number) in streams:
        raise ValueError(f"decision {decision!r} collides with {streams[int(number)]!r}")
    streams[int(number)] = decision
    return number


@njit(**INLINED)
def mix(x):
    """Scrambles 32 bits."""
    x = u4(x)
    x = u4(u4(x ^ (x >> u4(16))) * FIRST)
    x = u4(u4(x ^ (x >> u4(15))) * SECOND)
    return u4(x ^ (x >> u4(16)))


@njit(**INLINED)
def uniform(first_key, second_key, salt):
    """A number in [0, 1) of 24 bits."""
    x = u4(first_key + salt)
    x = u4(u4(x ^ (x >> u4(16))) * FIRST)
    x = u4(x ^ second_key)
    x = u4(u4(x ^ (x >> u4(15))) * SECOND)
    x = u4(x ^ (x >> u4(16)))
    return f4(i4(x >> u4(8))) * UNIT


@njit(**INLINED)
def draw(luck, decision):
    """A household's uniform number of this month for a decision. `luck` is (first key, second key, month salt)."""
    return uniform(luck[0], luck[1], mix(u4(luck[2] ^ decision)))


@njit(**INLINED)
def normals(luck, decision):
    """Two independent standard normal numbers (Box-Muller)."""
    radius = np.sqrt(f4(-2) * log(draw(luck, decision) + SMALLEST))
    sine, cosine = turn(draw(luck, u4(decision + GOLDEN)))
    return radius * cosine, radius * sine


@njit(cache=CACHING, **COMPILED)
def month_salt(month):
    """What month adds to every draw of that month; months and decisions are mixed apart."""
    return mix(u4(u4(month) * GOLDEN + SECOND))


def household_keys(seed: int, identity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two 32-bit keys of each household from the seed and its 64-bit identity."""
    start = int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), "little")
    state = np.asarray(identity, np.uint64) + np.uint64(start)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state = state ^ (state >> np.uint64(31))
    return (state >> np.uint64(32)).astype(np.uint32), state.astype(np.uint32)
