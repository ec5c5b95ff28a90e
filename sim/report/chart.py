"""Where lines over years lie in a small figure that is drawn many times: matplotlib would take 0.1 s for each."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.history import Floats

MOST_STEPS = 5


class Point(NamedTuple):
    """Places from the upper left corner."""

    x: float
    y: float


@dataclass(frozen=True)
class Chart:
    """Years from left to right, percent from zero upwards.

    Attributes
    ----------
    step : of the axis of percentages
    steps : of it from zero to the upper end
    width, height : of the figure; left, right, top, bottom : ends of the axes
    """

    years: list[int]
    step: float
    steps: int
    width: int = 376
    height: int = 206
    left: int = 38
    right: int = 370
    top: int = 38
    bottom: int = 186

    @classmethod
    def over(cls, years: list[int], lines: Iterable[Floats]) -> Chart:
        """A chart in which all lines have room, some of them with gaps."""
        most = max((float(line[np.isfinite(line)].max(initial=0)) for line in lines), default=0.0) or 1.0
        magnitude = 10.0 ** math.floor(math.log10(most / MOST_STEPS))
        step = next(each * magnitude for each in (1, 2, 5, 10) if most <= MOST_STEPS * each * magnitude)
        return cls(years, step, math.ceil(most / step))

    @property
    def grid(self) -> list[tuple[str, float]]:
        """Label and place of each step of percentages."""
        return [(f"{i * self.step:g}", self.y(i * self.step)) for i in range(self.steps + 1)]

    @property
    def ticks(self) -> list[tuple[int, float]]:
        """Label and place of the years, of every second or fifth where they would collide."""
        every = 1 if len(self.years) <= 12 else 2 if len(self.years) <= 22 else 5
        return [(year, self.x(year)) for year in self.years[::every]]

    @property
    def bands(self) -> list[tuple[float, float]]:
        """Left and right end of the room around each year."""
        half = self._room / 2
        return [(max(self.left, self.x(year) - half), min(self.right, self.x(year) + half)) for year in self.years]

    def points(self, line: Floats) -> list[Point]:
        """A line, without the years in which it has no value."""
        there = zip(self.years, line.tolist(), strict=True)
        return [Point(self.x(year), self.y(value)) for year, value in there if math.isfinite(value)]

    @property
    def _room(self) -> float:
        """Width of a year."""
        return (self.right - self.left) / len(self.years)

    def x(self, year: int) -> float:
        """The middle of a year's room."""
        return round(self.left + (year - self.years[0] + 0.5) * self._room, 1)

    def y(self, value: float) -> float:
        """The height of a percentage."""
        return round(self.bottom - value / (self.step * self.steps) * (self.bottom - self.top), 1)
