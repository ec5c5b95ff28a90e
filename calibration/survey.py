"""The distribution of yearly income per head, and what a survey with reporting noise makes of it."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.calendar import is_december, year_of

if TYPE_CHECKING:
    from sim.world import World

BINS = 1024
LOWEST, HIGHEST = math.log(10.0), math.log(1e6)  # log yuan per head and year
WIDTH = (HIGHEST - LOWEST) / BINS
MIDDLE = LOWEST + WIDTH * (np.arange(BINS) + 0.5)
# The official count takes whoever is below the line in income or in consumption, and below so many lines in the other
# (cn_second_criterion). So one bad year of accounts makes nobody poor who consumes as before.
SECOND_CRITERION = 1.2
INCOME_BELOW = (SECOND_CRITERION, 1.0, 0.0)  # lines, of those who consume less than one line, than the second, and more
SHARES = 10  # classes of households by the share of farm and business in their income
SHARE = (np.arange(SHARES) + 0.5) / SHARES
LUCK = 999  # equally likely outcomes of a year's business accounts
NORMAL = np.array([NormalDist().inv_cdf((n + 0.5) / LUCK) for n in range(LUCK)])

Floats = NDArray[np.float64]


class Noise(NamedTuple):
    """Log standard deviations of what a household tells: of its whole income, and of its farm and business besides.

    Either keeps the mean: what is told is the truth times exp(noise · normal - noise² / 2). Business accounts are the
    less certain part: what is sown is paid for in one year and sold in another.
    """

    whole: float = 0.0
    business: float = 0.0


class Survey:
    """Persons by income in each December of a run.

    Attributes
    ----------
    persons : year -> (3, SHARES, BINS) weighted persons by class of consumption (as INCOME_BELOW), the share of
        business in their income, and log income per head
    line : year -> survey line, yuan per head and year
    """

    def __init__(self) -> None:
        self.persons: dict[int, Floats] = {}
        self.line: dict[int, float] = {}

    def look(self, world: World) -> None:
        """Counts everybody in a December that the world has just run; consumption and the split of income by source
        are those of the month."""
        if not is_december(world.month):
            return
        h, f, line = world.h, world.f, float(world.now.survey_line)
        head = np.maximum(h.income_12_months / h.members, 1.0).astype(np.float64)
        bins = np.clip((np.log(head) - LOWEST) / WIDTH, 0, BINS - 1).astype(np.int64)
        business = f.farm / np.maximum(f.farm + f.wage + f.property + f.transfer, 1e-9)
        shares = np.clip(business * SHARES, 0, SHARES - 1).astype(np.int64)
        consumed = np.digitize(12 * f.consumption / h.members, (line, SECOND_CRITERION * line))
        weight = world.v.weight[h.village] * h.members
        shape = (len(INCOME_BELOW), SHARES, BINS)
        counted = np.bincount(np.ravel_multi_index((consumed, shares, bins), shape), weight, int(np.prod(shape)))
        self.persons[year_of(world.month)] = counted.astype(np.float64).reshape(shape)
        self.line[year_of(world.month)] = line

    def told(self, year: int, noise: Noise) -> Floats:
        """(3, 2, BINS) of each class of consumption: persons by the income that they tell; the same, each times the
        share of business in it."""
        told = np.zeros((len(INCOME_BELOW), 2, BINS))
        for number, share in enumerate(SHARE):
            kernels = _kernels(share, noise)
            for row, persons in zip(told, self.persons[year][:, number], strict=True):
                row += [_within(np.convolve(persons, kernel)) for kernel in kernels]
        return told

    def incidence(self, year: int, noise: Noise) -> float:
        """Share of persons whom the official count takes for poor, by income and consumption."""
        told = self.told(year, noise)[:, 0]
        lines = zip(told, INCOME_BELOW, strict=True)
        return sum(_below(persons, below * self.line[year]) for persons, below in lines) / float(told.sum())

    def income_incidence(self, year: int) -> float:
        """Share of persons whose income is below the line."""
        persons = self.persons[year].sum(axis=(0, 1))
        return _below(persons, self.line[year]) / float(persons.sum())

    def lowest_fifth(self, year: int, noise: Noise) -> tuple[float, float]:
        """The lowest fifth of persons by what they tell: mean yuan per head and year, and share of business in it."""
        told, of_business = self.told(year, noise).sum(axis=0)
        fifth = told.sum() / 5
        below = np.concatenate([[0.0], np.cumsum(told)])
        inside = np.clip(np.minimum(below[1:], fifth) - below[:-1], 0, None) * np.exp(MIDDLE)
        business = np.divide(of_business, told, out=np.zeros(BINS), where=told > 0)
        return float(inside.sum() / fifth), float((inside * business).sum() / inside.sum())


def _below(persons: Floats, yuan: float) -> float:
    """Persons below so much income per head."""
    if yuan <= 0:
        return 0.0
    place = (math.log(yuan) - LOWEST) / WIDTH
    whole = int(place)
    return float(persons[:whole].sum() + persons[whole] * (place - whole))


def _kernels(share: float, noise: Noise) -> tuple[Floats, Floats]:
    """Of those with this share of business: how many tell how many bins more than the truth, about the middle of the
    kernel; the same, times the share of business in what they tell."""
    business = np.exp(noise.business * NORMAL)
    business *= share / business.mean()
    whole = 1 - share + business
    steps = np.log(whole) / WIDTH
    reach = math.ceil(np.abs(steps).max())
    low = np.floor(steps).astype(np.int64)
    shift = np.concatenate([low, low + 1]) + reach
    part = np.concatenate([low + 1 - steps, steps - low]) / LUCK
    parts = part, part * np.tile(business / whole, 2)
    blur = _normal(noise.whole)
    moved, of_business = (np.convolve(np.bincount(shift, each, 2 * reach + 2)[:-1], blur) for each in parts)
    return moved, of_business


def _normal(noise: float) -> Floats:
    """Weights of steps of a bin each about the mean-preserving change of a normal log noise."""
    reach = math.ceil(4 * noise / WIDTH)
    steps = np.arange(-reach, reach + 1) * WIDTH
    weights = np.exp(-(((steps + noise**2 / 2) / max(noise, 1e-9)) ** 2) / 2)
    return np.asarray(weights / weights.sum())


def _within(counts: Floats) -> Floats:
    """(BINS,) of a longer row about the same middle; what lies beyond an end is counted at that end."""
    beyond = (len(counts) - BINS) // 2
    inside = counts[beyond : beyond + BINS].copy()
    inside[0] += counts[:beyond].sum()
    inside[-1] += counts[beyond + BINS :].sum()
    return inside
