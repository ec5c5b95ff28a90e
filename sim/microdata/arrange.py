"""Puts the households of a file into villages: their order, their copies and the keys of their luck.

Nothing here depends on the order of rows in the file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sim.microdata.check import Table
from sim.microdata.check_rows import village_codes
from sim.microdata.income import level

LOW = np.uint64(2**32 - 1)
HALF = np.uint64(32)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class Arranged:
    """Households in the order in which they are simulated, V villages sorted by county.

    Attributes
    ----------
    names : (V,) of villages, each with its county's; county : (V,) row of the county
    number : (V,) luck of the village; weight : (V,) households that each of its households stands for
    households : (V,) of each village
    row : (S,) row of the file that each simulated household is; copy : (S,) 0 for the row itself, then its copies
    identity : (S,) key of each
    """

    names: list[str]
    county: np.ndarray
    number: np.ndarray
    weight: np.ndarray
    households: np.ndarray
    row: np.ndarray
    copy: np.ndarray
    identity: np.ndarray


@lru_cache(maxsize=1)
def arrange(table: Table, counties: tuple[str, ...]) -> Arranged:
    """Sorts, copies and keys the households of a checked table.

    The engine knows one weight in a village. Where the weights of a village's households differ, each is simulated
    as many times as its weight holds the smallest one, every copy with luck of its own; the rounding is carried on
    from household to household by income per head, so that no part of the village's distribution gains or loses more
    than one copy.
    """
    values = table.values
    code = village_codes(values)
    first = np.unique(code, return_index=True)[1]
    pairs = [(counties.index(values["county"][row]), str(values["village"][row])) for row in first]
    order = sorted(range(len(pairs)), key=lambda each: (pairs[each][0], natural(pairs[each][1]), pairs[each][1]))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    village = rank[code]
    pairs = [pairs[each] for each in order]
    names = [f"{counties[county]}/{name}" for county, name in pairs]
    keys = values["key"] if "key" in values else hashes(values["id"])
    copies, weight = _copies(table.weight, village, level(values), keys)
    row = np.repeat(np.arange(len(table)), copies)
    copy = np.arange(len(row)) - np.repeat(np.cumsum(copies) - copies, copies)
    village = village[row]
    low = _low(keys[row], copy, kept="key" in values)
    low, order_of_rows = _distinct(low, copy, keys[row], village)
    row, copy, village = row[order_of_rows], copy[order_of_rows], village[order_of_rows]
    number = (keys[first] >> HALF)[order] if "key" in values else _numbers(names)
    return Arranged(
        names=names,
        county=np.array([county for county, _ in pairs], np.int64),
        number=number.astype(np.int64),
        weight=weight,
        households=np.bincount(village, minlength=len(names)).astype(np.int64),
        row=row,
        copy=copy,
        identity=(number.astype(np.uint64)[village] << HALF) | low,
    )


def natural(name: str) -> list[str | int]:
    """A name in parts that sort as people do: 2 before 10."""
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"([0-9]+)", name))]


def hashes(texts: Iterable[str]) -> np.ndarray:
    """64 bits of each text."""
    digests = (hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def _copies(
    weight: np.ndarray, village: np.ndarray, income: np.ndarray, keys: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(R,) times that each household is simulated, and (V,) households that each of these then stands for."""
    smallest = np.full(village.max() + 1, np.inf)
    np.minimum.at(smallest, village, weight)
    if (weight == smallest[village]).all():
        return np.ones(len(weight), np.int64), smallest
    order = np.lexsort((keys, income, village))
    ratio = (weight / smallest[village])[order]
    total = np.cumsum(ratio)
    start = np.searchsorted(village[order], np.arange(len(smallest)))
    total -= (total - ratio)[start][village[order]]
    upto = np.floor(np.round(total, 6) + 0.5)
    before = np.append(0, upto[:-1])
    before[start] = 0
    copies = np.empty(len(weight), np.int64)
    copies[order] = upto - before
    stand_for = np.bincount(village[order], weight[order])  # in one order, whatever that of the file
    return copies, stand_for / np.bincount(village, copies)


def _low(keys: np.ndarray, copy: np.ndarray, kept: bool) -> np.ndarray:
    """The lower half of each key: that of an export as it is, all others mixed."""
    x = keys + copy.astype(np.uint64) * GOLDEN
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x = (x ^ (x >> np.uint64(31))) >> HALF
    return np.where(copy == 0, keys & LOW, x) if kept else x


def _distinct(
    low: np.ndarray, copy: np.ndarray, keys: np.ndarray, village: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Lower halves that differ within each village, sorted, and the order of the rows that they belong to."""
    order = np.lexsort((keys, copy, low, village))
    while True:
        sorted_low, sorted_village = low[order], village[order]
        again = np.flatnonzero((sorted_low[1:] == sorted_low[:-1]) & (sorted_village[1:] == sorted_village[:-1])) + 1
        if len(again) == 0:
            return sorted_low, order
        low = low.copy()
        low[order[again]] = (low[order[again]] + np.uint64(1)) & LOW
        order = np.lexsort((keys, copy, low, village))


def _numbers(names: list[str]) -> np.ndarray:
    """32 bits of each village's name, no two the same."""
    taken: dict[int, None] = {}
    for number in (hashes(names) >> HALF).tolist():
        while number in taken:
            number = (number + 1) % 2**32
        taken[number] = None
    return np.array(list(taken), np.uint64)
