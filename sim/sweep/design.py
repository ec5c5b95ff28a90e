"""The points of a design: a column of values for each factor."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.sweep.model import Design, Factor

Floats = NDArray[np.float64]


def problem_of(names: list[str]) -> dict[str, Any]:
    """The factors as SALib wants them, on the unit cube; distributions are applied afterwards."""
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def size(design: Design, factors: Mapping[str, Factor], folder: Path) -> int:
    """Number of points, without drawing them."""
    d = len(factors)
    if design.kind == "grid":
        return int(np.prod([len(grid_values(factor)) for factor in factors.values()], dtype=object))
    if design.kind == "saltelli":
        return (design.samples or 0) * (2 * d + 2 if design.second_order else d + 2)
    if design.kind == "morris":
        return (design.trajectories or 0) * (d + 1)
    if design.kind == "list":
        return len(listed(design, folder))
    return design.points or 0


def draw(design: Design, factors: Mapping[str, Factor], folder: Path) -> dict[str, NDArray]:
    """Factor -> (points,) values. The same design gives the same points."""
    if design.kind == "list":
        table = listed(design, folder)
        return {name: table[name].to_numpy(zero_copy_only=False) for name in factors}
    if design.kind == "grid":
        axes = [np.arange(len(grid_values(factor))) for factor in factors.values()]
        chosen = np.meshgrid(*axes, indexing="ij")
        return {
            name: np.array(grid_values(factor))[at.ravel()]
            for (name, factor), at in zip(factors.items(), chosen, strict=True)
        }
    unit = unit_cube(design, list(factors))
    return {name: quantile(factor, unit[:, i]) for i, (name, factor) in enumerate(factors.items())}


def unit_cube(design: Design, names: list[str]) -> Floats:
    """(points, factors) between 0 and 1, of every kind of design that samples."""
    from scipy.stats import qmc

    if design.kind == "lhs":
        return np.asarray(qmc.LatinHypercube(len(names), rng=design.seed).random(design.points or 0))
    if design.kind == "sobol":
        return np.asarray(qmc.Sobol(len(names), rng=design.seed).random(design.points or 0))
    if design.kind == "saltelli":
        from SALib.sample.sobol import sample as saltelli

        return np.asarray(
            saltelli(problem_of(names), design.samples, calc_second_order=design.second_order, seed=design.seed)
        )
    from SALib.sample.morris import sample as morris

    return np.asarray(morris(problem_of(names), design.trajectories, num_levels=design.levels, seed=design.seed))


def quantile(factor: Factor, share: Floats) -> NDArray:
    """Values of a factor below which these shares of its distribution lie."""
    if factor.values is not None:
        return np.array(factor.values)[np.minimum((share * len(factor.values)).astype(int), len(factor.values) - 1)]
    low, high = factor.range or (-np.inf, np.inf)
    values = _quantile(factor, share, low, high)
    return np.rint(values).astype(np.int64) if factor.whole else np.clip(values, low, high)


def _quantile(factor: Factor, share: Floats, low: float, high: float) -> Floats:
    from scipy import stats

    if factor.distribution == "uniform":
        return low + (high - low) * share
    if factor.distribution == "log_uniform":
        return np.asarray(np.exp(np.log(low) + (np.log(high) - np.log(low)) * share))
    if factor.distribution == "triangular":
        return np.asarray(stats.triang.ppf(share, ((factor.mode or 0) - low) / (high - low), low, high - low))
    mean, sd = factor.mean or 0.0, factor.sd or 1.0
    return np.asarray(stats.truncnorm.ppf(share, (low - mean) / sd, (high - mean) / sd, mean, sd))


def grid_values(factor: Factor) -> list[Any]:
    """The values that a grid takes of a factor."""
    if factor.values is not None:
        return factor.values
    low, high = factor.range or (0.0, 0.0)
    values = np.linspace(low, high, factor.steps or 2)
    return list(np.unique(np.rint(values).astype(int)).tolist()) if factor.whole else list(values.tolist())


def extremes(factor: Factor) -> list[Any]:
    """Values of a factor to try a scenario with: all of a list, else the ends and the middle."""
    if factor.values is not None:
        return factor.values
    if factor.range is None:
        return list(quantile(factor, np.array([1e-6, 0.5, 1 - 1e-6])).tolist())
    low, high = factor.range
    middle = (low + high) / 2
    return [round(each) if factor.whole else each for each in (low, high, middle)]


def listed(design: Design, folder: Path) -> Any:
    """The pyarrow table of a list of points."""
    import pyarrow.parquet as pq
    from pyarrow import csv

    path = folder / (design.file or "")
    return pq.read_table(path) if path.suffix == ".parquet" else csv.read_csv(path)
