"""The table of runs, `plan.parquet`: run, point, replicate, seed, factors, address."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.sweep.design import draw
from sim.sweep.identity import address
from sim.sweep.read import LoadedSweep
from sim.sweep.settings import setting

GROUP = 10_000


def run_settings(paths: dict[str, str], row: dict[str, Any]) -> list[str]:
    """What one run changes in the base scenario."""
    return [*(setting(path, row[name]) for name, path in paths.items()), setting("seed", row["seed"])]


def paths_of(loaded: LoadedSweep) -> dict[str, str]:
    """Factor -> its path."""
    return {name: factor.path for name, factor in loaded.sweep.factors.items()}


def tables(loaded: LoadedSweep, group: int = GROUP) -> Iterator[pa.Table]:
    """The plan in groups of so many runs."""
    count = loaded.sweep.replicates.count
    columns = loaded.drawn or draw(loaded.sweep.design, loaded.sweep.factors, loaded.file.parent)
    paths = paths_of(loaded)
    for start in range(0, loaded.runs, group):
        run = np.arange(start, min(start + group, loaded.runs), dtype=np.int64)
        point, replicate = np.divmod(run, count)
        luck = replicate if loaded.sweep.replicates.luck == "shared" else run
        table = pa.table(
            {
                "run": run,
                "point": point,
                "replicate": replicate,
                "seed": loaded.base.scenario.seed + luck,
                **{name: values[point] for name, values in columns.items()},
            }
        )
        addresses = [address(loaded.origin, run_settings(paths, row)) for row in table.to_pylist()]
        yield table.append_column("address", pa.array(addresses))


def write_plan(loaded: LoadedSweep, path: Path) -> str:
    """Write the plan of a sweep and return its digest; runs in a process of its own, for its memory."""
    digest = hashlib.sha256()
    writer: pq.ParquetWriter | None = None
    for table in tables(loaded):
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
        digest.update("".join(table["address"].to_pylist()).encode())
    if writer is not None:
        writer.close()
    return digest.hexdigest()


def plan_digest(plan: pq.ParquetFile) -> str:
    """The digest of a plan as it lies on disk."""
    digest = hashlib.sha256()
    for group in range(plan.num_row_groups):
        digest.update("".join(plan.read_row_group(group, ["address"])["address"].to_pylist()).encode())
    return digest.hexdigest()


def rows_of(plan: pq.ParquetFile, runs: Sequence[int]) -> Iterator[dict[str, Any]]:
    """The rows of some runs, in their order."""
    held, group = None, -1
    for run in runs:
        if run // GROUP != group:
            group = run // GROUP
            held = plan.read_row_group(group)
        assert held is not None
        yield held.slice(run % GROUP, 1).to_pylist()[0]
