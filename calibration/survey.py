"""The distribution of yearly income per head, and what a survey with reporting noise makes of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.calendar import is_december, year_of

if TYPE_CHECKING:
    from sim.world import World

BINS = 1024
LOWEST, HIGHEST = math.log(10.0), math.log(1e6)  # log yuan per head and year
WIDTH = (HIGHEST - LOWEST) / BINS
MIDDLE = LOWEST + WIDTH * (np.arange(BINS) + 0.5)


class Survey:
    """Persons by income in each December of a run.

    What a household tells is its income times exp(noise · normal − noise² / 2), so the mean stays what it is.

    Attributes
    ----------
    persons : year -> (BINS,) weighted persons by log income per head
    line : year -> survey line, yuan per head and year
    """

    def __init__(self) -> None:
        self.persons: dict[int, NDArray[np.float64]] = {}
        self.line: dict[int, float] = {}

    def look(self, world: World) -> None:
        """Counts everybody in a December that the world has just run."""
        if not is_december(world.month):
            return
        h = world.h
        head = np.maximum(h.income_12_months / h.members, 1.0).astype(np.float64)
        bins = np.clip((np.log(head) - LOWEST) / WIDTH, 0, BINS - 1).astype(np.int64)
        weight = world.v.weight[h.village] * h.members
        self.persons[year_of(world.month)] = np.bincount(bins, weight, BINS).astype(np.float64)
        self.line[year_of(world.month)] = float(world.now.survey_line)

    def told(self, year: int, noise: float) -> NDArray[np.float64]:
        """(BINS,) persons by what they tell."""
        reach = math.ceil(4 * noise / WIDTH)
        steps = np.arange(-reach, reach + 1) * WIDTH
        kernel = np.exp(-(((steps + noise**2 / 2) / max(noise, 1e-9)) ** 2) / 2)
        told = np.convolve(self.persons[year], kernel / kernel.sum())
        inside = told[reach : reach + BINS].copy()
        inside[0] += told[:reach].sum()
        inside[-1] += told[reach + BINS :].sum()
        return inside

    def incidence(self, year: int, noise: float) -> float:
        """Share of persons who tell an income below the line."""
        told = self.told(year, noise)
        place = (math.log(self.line[year]) - LOWEST) / WIDTH
        whole = int(place)
        return float((told[:whole].sum() + told[whole] * (place - whole)) / told.sum())

    def lowest_fifth(self, year: int, noise: float) -> float:
        """Mean of the lowest fifth of what persons tell, yuan per head and year."""
        told = self.told(year, noise)
        fifth = told.sum() / 5
        below = np.concatenate([[0.0], np.cumsum(told)])
        inside = np.clip(np.minimum(below[1:], fifth) - below[:-1], 0, None)
        return float((inside * np.exp(MIDDLE)).sum() / fifth)
