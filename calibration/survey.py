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
    persons : year -> (SHARES, BINS) weighted persons by the share of business in their income and log income per head
    line : year -> survey line, yuan per head and year
    """

    def __init__(self) -> None:
        self.persons: dict[int, Floats] = {}
        self.line: dict[int, float] = {}

    def look(self, world: World) -> None:
        """Counts everybody in a December that the world has just run; the split by source is that of the month."""
        if not is_december(world.month):
            return
        h, f = world.h, world.f
        head = np.maximum(h.income_12_months / h.members, 1.0).astype(np.float64)
        bins = np.clip((np.log(head) - LOWEST) / WIDTH, 0, BINS - 1).astype(np.int64)
        business = f.farm / np.maximum(f.farm + f.wage + f.property + f.transfer, 1e-9)
        shares = np.clip(business * SHARES, 0, SHARES - 1).astype(np.int64)
        weight = world.v.weight[h.village] * h.members
        counted = np.bincount(shares * BINS + bins, weight, SHARES * BINS).astype(np.float64)
        self.persons[year_of(world.month)] = counted.reshape(SHARES, BINS)
        self.line[year_of(world.month)] = float(world.now.survey_line)

    def told(self, year: int, noise: Noise) -> Floats:
        """(2, BINS) persons by the income that they tell; the same, each times the share of business in it."""
        told = np.zeros((2, BINS))
        for share, persons in zip(SHARE, self.persons[year], strict=True):
            for row, kernel in zip(told, _kernels(share, noise), strict=True):
                row += _within(np.convolve(persons, kernel))
        return told

    def incidence(self, year: int, noise: Noise) -> float:
        """Share of persons who tell an income below the line."""
        told, _ = self.told(year, noise)
        place = (math.log(self.line[year]) - LOWEST) / WIDTH
        whole = int(place)
        return float((told[:whole].sum() + told[whole] * (place - whole)) / told.sum())

    def lowest_fifth(self, year: int, noise: Noise) -> tuple[float, float]:
        """The lowest fifth of persons by what they tell: mean yuan per head and year, and share of business in it."""
        told, of_business = self.told(year, noise)
        fifth = told.sum() / 5
        below = np.concatenate([[0.0], np.cumsum(told)])
        inside = np.clip(np.minimum(below[1:], fifth) - below[:-1], 0, None) * np.exp(MIDDLE)
        business = np.divide(of_business, told, out=np.zeros(BINS), where=told > 0)
        return float(inside.sum() / fifth), float((inside * business).sum() / inside.sum())


def _kernels(share: float, noise: Noise) -> tuple[Floats, Floats]:
    """Of those with this share of business: how many tell how many bins more than the truth, about the middle of the
    kernel; the same, times the share of business in what they tell."""
    told = np.exp(noise.business * NORMAL - noise.business**2 / 2)
    whole = 1 - share + share * told / told.mean()
    steps = np.log(whole) / WIDTH
    reach = math.ceil(np.abs(steps).max())
    low = np.floor(steps).astype(np.int64)
    shift = np.concatenate([low, low + 1]) + reach
    part = np.concatenate([low + 1 - steps, steps - low]) / LUCK
    of_business = np.tile(share * told / told.mean() / whole, 2)
    blur = _normal(noise.whole)
    moved, business = (np.bincount(shift, each, 2 * reach + 2)[: 2 * reach + 1] for each in (part, part * of_business))
    return np.convolve(moved, blur), np.convolve(business, blur)


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
