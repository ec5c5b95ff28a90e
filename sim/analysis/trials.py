"""Runs of portfolios, each made once: the luck of a seed is shared by all of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from sim.analysis.portfolio import brought, with_places
from sim.analysis.runs import Advance, run_each
from sim.history import Floats
from sim.scenario import Scenario

DIGITS = 3  # of a share of places; finer ones are the same portfolio

Key = tuple[int, int, tuple[float, ...]]


class Trials:
    """Portfolios of a scenario under several draws of its parameters.

    Parameters
    ----------
    draws : the scenario under each draw
    names : instruments whose places are varied
    most : runs in all, for the progress
    """

    def __init__(
        self, draws: Sequence[Scenario], names: Sequence[str], most: int, threads: int | None, progress: Advance | None
    ) -> None:
        self.draws, self.names, self.most = draws, list(names), most
        self.threads, self.progress = threads, progress
        self.seed = draws[0].seed
        self.done: dict[Key, Floats] = {}

    def run(self, portfolios: Floats, luck: Sequence[tuple[int, int]]) -> Floats:
        """(N, L, MEASURES and varied instruments) what portfolios (N, K) bring under pairs of draw and seed."""
        sizes = [tuple(row) for row in np.round(portfolios, DIGITS).tolist()]
        wanted = [[(draw, seed, each) for draw, seed in luck] for each in sizes]
        missing = [key for key in dict.fromkeys(key for row in wanted for key in row) if key not in self.done]
        scenarios = (with_places(self.draws[draw], self.names, each, seed) for draw, seed, each in missing)
        before = len(self.done)

        def advance(done: int, _: int) -> None:
            if self.progress is not None:
                self.progress(before + done, max(self.most, before + done))

        results = run_each(scenarios, partial(brought, names=self.names), self.threads, advance)
        self.done.update(zip(missing, results, strict=True))
        return np.array([[self.done[key] for key in row] for row in wanted])

    def tried(self, luck: Sequence[tuple[int, int]]) -> Floats:
        """(N, K) portfolios that were run under all of this luck, in the order in which they were first."""
        sizes = dict.fromkeys(each for _, _, each in self.done)
        whole = [each for each in sizes if all((draw, seed, each) in self.done for draw, seed in luck)]
        return np.array(whole)
