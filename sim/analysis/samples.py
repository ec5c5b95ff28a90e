"""Samples of an attribution: the game played under one seed, exactly or in one random order and its reverse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from math import factorial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.analysis.game import STEPS, By, Parts, losses, outlays_to_date, with_only, without_growth
from sim.analysis.runs import Advance, run_each
from sim.analysis.shapley import (
    Coalition,
    Game,
    Whole,
    coalitions,
    gains,
    interaction,
    orders,
    prefixes,
    second_difference,
    shapley,
)
from sim.history import Floats, History
from sim.scenario import Scenario

LARGEST = 4  # instruments whose interactions are told; of mechanisms all are


class Run(NamedTuple):
    """What the game needs of a run: losses, what growth is counted against, and outlays by instrument."""

    losses: Whole
    reference: Whole
    outlays: dict[str, Floats]


def _run(history: History) -> Run:
    every = {name: [name] for name in history.instruments}
    return Run(losses(history), without_growth(history), outlays_to_date(history, every))


class Samples:
    """Plays the game of a scenario, one sample after another, and keeps every run.

    Attributes
    ----------
    players : names in order
    denominator : what the numerators of a sample are divided by
    """

    def __init__(self, scenario: Scenario, parts: Parts, by: By, threads: int | None, progress: Advance | None) -> None:
        self.scenario, self.parts, self.by = scenario, parts, by
        self.players = sorted(parts)
        self.everybody = frozenset(parts)
        self.runs: dict[tuple[int, Coalition], Run] = {}
        self.numerators: list[Whole] = []
        self.threads, self.progress = threads, progress
        self.denominator = 2 if by == "instrument" else factorial(len(parts))

    @property
    def runs_each(self) -> int:
        """Runs that a sample takes."""
        n = len(self.players)
        return max(2 * n, 1) if self.by == "instrument" else 2**n

    def seed(self, sample: int) -> int:
        """Each sample has luck of its own."""
        return self.scenario.seed + sample

    def add(self, number: int) -> None:
        """Plays further samples."""
        done = len(self.numerators)
        pairs = orders(self.players, done + number)[done:]
        new = range(done, done + number)
        if self.by == "mechanism":
            self._complete((sample, each) for sample in new for each in coalitions(self.players))
        else:
            both = zip(new, pairs, strict=True)
            self._complete((sample, each) for sample, pair in both for order in pair for each in prefixes(order))
        for sample, pair in zip(new, pairs, strict=True):
            self.numerators.append(self._split(sample, pair))

    def _split(self, sample: int, pair: tuple[list[str], list[str]]) -> Whole:
        """(1 + players, measures, Y): growth and each player, over the denominator."""
        value = self.game(sample)
        start = self.runs[sample, frozenset()]
        if self.by == "mechanism":
            split = shapley(self.players, value)
        else:
            forwards, backwards = (gains(order, value) for order in pair)
            split = {player: forwards[player] + backwards[player] for player in self.players}
        by_growth = self.denominator * (start.reference - start.losses)
        return np.array([by_growth, *(split[player] for player in self.players)])

    def game(self, sample: int) -> Game:
        """What coalitions achieve under the luck of a sample."""
        return lambda coalition: -self.runs[sample, coalition].losses

    def interactions(self, largest: Sequence[str]) -> dict[tuple[str, str], Floats]:
        """(samples, measures, Y) of each pair: Shapley interaction indices of mechanisms, or second differences from
        full policy of the largest instruments."""
        if self.by == "mechanism":
            pairs = combinations(self.players, 2)
            return {pair: self._each(interaction, self.players, *pair) for pair in pairs}
        pairs_of_largest = list(combinations(sorted(largest), 2))
        absent = [*((name,) for name in largest), *pairs_of_largest]
        samples = range(len(self.numerators))
        self._complete((sample, self.everybody.difference(names)) for sample in samples for names in absent)
        return {
            pair: self._each(second_difference, self.everybody.difference(pair), *pair) for pair in pairs_of_largest
        }

    def _each(self, of_game: Callable[..., NDArray], *arguments: Any) -> Floats:
        """What each sample's game gives, in persons and yuan."""
        return np.array([of_game(self.game(sample), *arguments) for sample in range(len(self.numerators))]) / STEPS

    def outlays(self) -> dict[str, Floats]:
        """Player -> (Y,) yuan that its instruments cost since the first year under full policy, mean of the samples."""
        full = [self.runs[sample, self.everybody].outlays for sample in range(len(self.numerators))]
        return {
            player: np.mean([np.sum([run[name] for name in names], axis=0) for run in full], axis=0)
            for player, names in self.parts.items()
        }

    def _complete(self, wanted: Iterable[tuple[int, Coalition]]) -> None:
        """Does the runs that are missing."""
        missing = [each for each in dict.fromkeys(wanted) if each not in self.runs]
        scenarios = (with_only(self.scenario, self.parts, acting, self.seed(sample)) for sample, acting in missing)
        self.runs.update(zip(missing, run_each(scenarios, _run, self.threads, self.progress), strict=True))
