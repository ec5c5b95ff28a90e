"""Which runs of a plan start from a population that another run starts from too; no other is worth keeping."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.scenario.problems import ScenarioError
from sim.sweep.settings import setting


def sharing(plan: pq.ParquetFile, paths: dict[str, str], identity: Callable[[list[str]], str]) -> NDArray[np.bool_]:
    """(runs,) whether another run has the same seed and the same values of all factors that touch the population.

    Parameters
    ----------
    paths : factor -> its path
    identity : names the population of the base scenario under some settings
    """
    seeds = plan.read(["seed"])["seed"]
    if len(seeds.unique()) == len(seeds):
        return np.zeros(len(seeds), np.bool_)
    touching = [name for name, path in paths.items() if _touches(plan, name, path, identity)]
    return plan.read(["seed", *touching]).to_pandas().duplicated(keep=False).to_numpy()


def _touches(plan: pq.ParquetFile, name: str, path: str, identity: Callable[[list[str]], str]) -> bool:
    """Whether two values of a factor make two populations; where the scenario refuses one, it is taken to."""
    values = plan.read([name])[name].unique().to_pylist()
    try:
        return identity([setting(path, values[0])]) != identity([setting(path, values[-1])])
    except ScenarioError:
        return True
