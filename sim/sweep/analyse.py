"""Analyses of a collected sweep: results by point, and the indices or boxes that follow from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.scenario.problems import allowed, nearest
from sim.sweep.design import unit_cube
from sim.sweep.folder import COLLECTED, SweepFolder
from sim.sweep.model import Design
from sim.sweep.prim import Box, boxes
from sim.sweep.sensitivity import Index, morris, sobol

NEEDS = {"sobol": "saltelli", "morris": "morris"}

Floats = NDArray[np.float64]


class AnalysisError(ValueError):
    """The sweep does not hold what the analysis needs."""


def method_for(sweep: SweepFolder) -> str:
    """The analysis that a sweep's design was made for; any design can be searched for boxes."""
    return next((method for method, kind in NEEDS.items() if kind == sweep.design["kind"]), "prim")


@dataclass(frozen=True)
class Result:
    """A measure in a year and an area, the mean of the replicates at each point of the design."""

    measure: str
    year: int
    area: str
    values: Floats

    @property
    def title(self) -> str:
        """Measure, area and year in words."""
        return f"{self.measure.replace('_', ' ')}, {self.area}, {self.year}"


def results(folder: SweepFolder, measure: str | None, year: int | None, area: str | None) -> list[Result]:
    """The results asked for: all measures by default, in the last year, of the region.

    Raises
    ------
    AnalysisError
        Where nothing was collected, a name is unknown, or a point has no value.
    """
    path = folder.path / COLLECTED
    if not path.is_file():
        raise AnalysisError(f"{path} does not exist; run `povsim sweep collect {folder.path}` first")
    keys = ["measure", "level", "area", "year"]
    known = pq.ParquetFile(path).read_row_group(0, keys).to_pandas().drop_duplicates()  # those of the first runs
    region = known[known.level == "region"]
    area = area or (None if region.empty else str(region.area.iloc[0]))
    year = year or int(known.year.max())
    known = known[(known.area == _known(area, known.area.unique(), "area")) & (known.year == year)]
    if known.empty:
        raise AnalysisError(f"the sweep kept nothing of {year}")
    names = sorted(known.measure) if measure is None else [_known(measure, known.measure.unique(), "measure")]
    return [Result(name, year, str(area), _by_point(folder, name, year, str(area))) for name in names]


def _known(name: object, names: NDArray, what: str) -> str:
    if name not in names:
        raise AnalysisError(f"the sweep kept no {what} {name!r}{nearest(name, names)}{allowed(sorted(names))}")
    return str(name)


def _by_point(folder: SweepFolder, measure: str, year: int, area: str) -> Floats:
    """(points,) means over replicates."""
    filters = [("measure", "=", measure), ("year", "=", year), ("area", "=", area)]
    table = pq.read_table(folder.path / COLLECTED, columns=["point", "value"], filters=filters)
    points = pc.max(pq.read_table(folder.plan_file, columns=["point"])["point"]).as_py() + 1
    if len(table) < folder.runs:
        raise AnalysisError(f"{folder.runs - len(table):,} of {folder.runs:,} runs are not in {COLLECTED}")
    if table["value"].null_count:
        raise AnalysisError(f"{measure} has no value in {year} at some points; take another year")
    at, value = table["point"].to_numpy(), table["value"].to_numpy()
    return np.asarray(np.bincount(at, value, points) / np.bincount(at, minlength=points))


def factors(folder: SweepFolder) -> tuple[list[str], Floats]:
    """Names of the factors and (points, factors) values, false and true as 0 and 1.

    Raises
    ------
    AnalysisError
        Where a factor holds words.
    """
    plan = pq.read_table(folder.plan_file, columns=[*folder.paths, "replicate"], filters=[("replicate", "=", 0)])
    words = [name for name in folder.paths if plan.schema.field(name).type == "string"]
    if words:
        raise AnalysisError(f"{', '.join(words)}: words have no order, so no box or index is made of them")
    columns = [plan[name].to_numpy().astype(np.float64) for name in folder.paths]
    return list(folder.paths), np.column_stack(columns)


def indices(folder: SweepFolder, method: str, result: Result) -> list[Index]:
    """Sobol's or Morris's indices of a result.

    Raises
    ------
    AnalysisError
        Where the design is not that of the method.
    """
    design = Design(**folder.design)
    if design.kind != NEEDS[method]:
        raise AnalysisError(f"--method {method} needs a design of kind {NEEDS[method]}, not {design.kind}")
    names = list(folder.paths)
    if method == "sobol":
        return sobol(names, result.values, design.second_order)
    return morris(names, unit_cube(design, names), result.values, design.levels)


def failing_worlds(folder: SweepFolder, result: Result, above: float | None, below: float | None) -> list[Box]:
    """Boxes in which the result lies above, or below, a threshold.

    Raises
    ------
    AnalysisError
        Where that happens nowhere, or everywhere.
    """
    failed = result.values > above if above is not None else result.values < (below or 0.0)
    if failed.all() or not failed.any():
        lowest, highest = result.values.min(), result.values.max()
        where = "everywhere" if failed.all() else "nowhere"
        raise AnalysisError(f"that happens {where}: {result.title} lies between {lowest:.6g} and {highest:.6g}")
    _, x = factors(folder)
    return boxes(x, failed)
