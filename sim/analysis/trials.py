"""Runs of portfolios, each made once: the luck of a seed is shared by all of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from sim.analysis.portfolio import brought, with_places
from sim.analysis.runs import Advance, run_each
from sim.history import Floats
from sim.results.store import Store
from sim.scenario import LoadedScenario
from sim.sweep.identity import address, origin_of

DIGITS = 3  # of a share of places; finer ones are the same portfolio

Key = tuple[int, int, tuple[float, ...]]


class Trials:
    """Portfolios of a scenario under several draws of its parameters.

    Parameters
    ----------
    draws : the scenario under each draw
    names : instruments whose places are varied
    most : runs in all, for the progress
    store : keeps runs, so that none is made again after an interruption
    """

    def __init__(
        self,
        draws: Sequence[LoadedScenario],
        names: Sequence[str],
        most: int,
        threads: int | None = None,
        progress: Advance | None = None,
        store: Store | None = None,
    ) -> None:
        self.draws, self.names, self.most = [draw.scenario for draw in draws], list(names), most
        self.threads, self.progress, self.store = threads, progress, store
        self.seed = self.draws[0].seed
        self.origins = [origin_of(draw.hash) for draw in draws]
        self.done: dict[Key, Floats] = {}

    def run(self, portfolios: Floats, luck: Sequence[tuple[int, int]]) -> Floats:
        """(N, L, MEASURES and varied instruments) what portfolios (N, K) bring under pairs of draw and seed."""
        sizes = [tuple(row) for row in np.round(portfolios, DIGITS).tolist()]
        wanted = [[(draw, seed, each) for draw, seed in luck] for each in sizes]
        fresh = [key for key in dict.fromkeys(key for row in wanted for key in row) if key not in self.done]
        found = self._kept(fresh)
        missing = [key for key in fresh if key not in found]
        before = len(self.done) + len(found)

        def advance(done: int, _: int) -> None:
            if self.progress is not None:
                self.progress(before + done, max(self.most, before + done))

        def keep(position: int, values: Floats) -> None:
            if self.store is not None:
                self.store.write(self._address(missing[position]), values.tolist())

        scenarios = (with_places(self.draws[draw], self.names, each, seed) for draw, seed, each in missing)
        results = run_each(scenarios, partial(brought, names=self.names), self.threads, advance, keep)
        found |= zip(missing, results, strict=True)
        self.done |= {key: found[key] for key in fresh}  # in an order that does not depend on what was kept
        return np.array([[self.done[key] for key in row] for row in wanted])

    def _kept(self, keys: Sequence[Key]) -> dict[Key, Floats]:
        """Runs that were made before an interruption."""
        if self.store is None:
            return {}
        stored = {key: self.store.read(self._address(key)) for key in keys}
        return {key: np.array(values) for key, values in stored.items() if values is not None}

    def _address(self, key: Key) -> str:
        draw, seed, sizes = key
        places = [f"{name}={size}" for name, size in zip(self.names, sizes, strict=True)]
        return address(self.origins[draw], [f"seed={seed}", *places])

    def tried(self, luck: Sequence[tuple[int, int]]) -> Floats:
        """(N, K) portfolios that were run under all of this luck, in the order in which they were first."""
        sizes = dict.fromkeys(each for _, _, each in self.done)
        whole = [each for each in sizes if all((draw, seed, each) in self.done for draw, seed in luck)]
        return np.array(whole)
