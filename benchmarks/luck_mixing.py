"""What another way of mixing in the second key would do to households that share the first, and what it would cost.

python benchmarks/luck_mixing.py
"""

from __future__ import annotations

import time

import numpy as np
from luck import HOUSEHOLDS, SEED, luck_of_all
from numba import njit

from sim.kernel import luck
from sim.kernel.luck import FIRST, SECOND, UNIT
from sim.kernel.numeric import INLINED, f4, i4, u4

SALTS = 1 << 16
ROUNDS = 200
POPULATION = 2_000_000


@njit(**INLINED)
def multiplied(first_key, second_key, salt):
    """As `luck.uniform`, the second key multiplied by an odd number that is another one in every month and decision."""
    x = u4(first_key + salt)
    x = u4(u4(x ^ (x >> u4(16))) * FIRST)
    x = u4(x ^ u4(second_key * u4(salt | u4(1))))
    x = u4(u4(x ^ (x >> u4(15))) * SECOND)
    x = u4(x ^ (x >> u4(16)))
    return f4(i4(x >> u4(8))) * UNIT


@njit(**INLINED)
def once_more(first_key, second_key, salt):
    """As `luck.uniform`, with a third round of the hash."""
    x = u4(first_key + salt)
    x = u4(u4(x ^ (x >> u4(16))) * FIRST)
    x = u4(x ^ second_key)
    x = u4(u4(x ^ (x >> u4(15))) * SECOND)
    x = u4(u4(x ^ (x >> u4(16))) * FIRST)
    x = u4(x ^ (x >> u4(15)))
    return f4(i4(x >> u4(8))) * UNIT


def measured(uniform):
    """Functions that time a way of mixing, and correlate two households over many salts."""

    @njit(error_model="numpy")
    def total(first_key, second_key, salt, out):
        for i in range(len(first_key)):
            out[i] = uniform(first_key[i], second_key[i], salt)

    @njit(error_model="numpy")
    def correlations(first_key, second, other, count, out):
        for pair in range(len(first_key)):
            product = 0.0
            for i in range(count):
                salt = luck.mix(np.uint32(i))
                x = np.float64(uniform(first_key[pair], second[pair], salt)) - 0.5
                product += x * (np.float64(uniform(first_key[pair], other[pair], salt)) - 0.5)
            out[pair] = product * 12 / count

    return total, correlations


def sharing_the_first_key(households: int) -> tuple[np.ndarray, ...]:
    """The first key of each pair of households that share it, and their second keys."""
    first, second, *_ = luck_of_all(households)
    order = np.argsort(first, kind="stable")
    same = np.flatnonzero(np.diff(first[order].astype(np.int64)) == 0)
    return first[order[same]], second[order[same]], second[order[same + 1]]


def main() -> None:
    first, second, *_ = luck_of_all(HOUSEHOLDS)
    real = sharing_the_first_key(POPULATION)
    source = np.random.default_rng(SEED)
    made = tuple(source.integers(0, 2**32, (3, 4096), dtype=np.uint32))
    print(f"{len(real[0])} pairs of {POPULATION:,} households share the first key; 4,096 further pairs are drawn\n")
    print("| mixing | ns a draw | pairs | largest correlation | above 0.02 | squares, 1 expected |")
    print("|---|---|---|---|---|---|")
    ways = {"as it is": luck.uniform, "second key times salt": multiplied, "third round": once_more}
    made_up = {name: measured(uniform) for name, uniform in ways.items()}
    out, times = np.empty(1 << 14, np.float32), {name: [] for name in ways}
    for number in range(ROUNDS):
        for name, (total, _) in made_up.items():
            start = time.perf_counter()
            total(first[: len(out)], second[: len(out)], np.uint32(number), out)
            times[name].append((time.perf_counter() - start) / len(out) * 1e9)
    for name, (_, correlations) in made_up.items():
        for of, keys in (("of the population", real), ("drawn", made)):
            found = np.empty(len(keys[0]))
            correlations(*keys, SALTS, found)
            size, squares = np.abs(found), float(np.square(found).mean() * SALTS)
            row = f"{size.max():.3f} | {(size > 0.02).sum()} of {len(found)} | {squares:.2f}"
            print(f"| {name} | {min(times[name]):.2f} | {of} | {row} |")


if __name__ == "__main__":
    main()
