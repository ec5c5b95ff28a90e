"""All runs in one tidy table, the same bytes however and wherever they were made."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.sweep.folder import COLLECTED, SweepFolder
from sim.sweep.parts import UNFINISHED, Part, read_parts
from sim.sweep.plan import GROUP
from sim.sweep.status import plan_of

BATCH = 500  # runs that lie in memory together; the plan's groups are a multiple


def collect(folder: SweepFolder) -> int:
    """Write `collected.parquet` from what is done, in the order of the plan; the number of its rows.

    Columns: run, point, replicate, seed, the factors, year, level, area, measure, value.
    """
    plan = plan_of(folder)
    paths, where = _places(folder)
    read = lru_cache(maxsize=8)(lambda number: pq.read_table(paths[number]).replace_schema_metadata())
    work = folder.path / UNFINISHED / COLLECTED
    work.parent.mkdir(exist_ok=True)
    rows = 0
    try:
        with pq.ParquetWriter(work, _schema(plan), compression="zstd") as writer:
            for start in range(0, folder.runs, BATCH):
                numbers = np.unique(where[start : start + BATCH])
                table = _batch(plan, start, where, [(int(each), read(int(each))) for each in numbers if each >= 0])
                rows += len(table)
                writer.write_table(table, row_group_size=max(1, len(table)))
        work.rename(folder.path / COLLECTED)
    finally:
        work.unlink(missing_ok=True)
    return rows


def _places(folder: SweepFolder) -> tuple[list[Path], NDArray[np.int32]]:
    """The files of results, and for each run the number of the file that it is taken from, -1 for none.

    A run that lies in several files is the same in each.
    """
    paths: list[Path] = []
    where = np.full(folder.runs, -1, np.int32)
    for part in read_parts(folder.path, folder.plan, folder.runs):
        if isinstance(part, Part):
            where[part.runs] = len(paths)
            paths.append(part.path)
    return paths, where


def _schema(plan: pq.ParquetFile) -> pa.Schema:
    from sim.sweep.work import SCHEMA

    parameters = [field for field in plan.schema_arrow if field.name != "address"]
    return pa.schema([*parameters, *list(SCHEMA)[1:]])


def _batch(plan: pq.ParquetFile, start: int, where: NDArray[np.int32], parts: list[tuple[int, pa.Table]]) -> pa.Table:
    """The rows of the runs from `start` on, each taken from its own file, with its parameters."""
    schema = _schema(plan)
    chosen = []
    for number, table in parts:
        run = table["run"].to_numpy()
        mine = (run >= start) & (run < start + BATCH)
        mine[mine] = where[run[mine]] == number
        chosen.append(table.filter(pa.array(mine)))
    if not chosen:
        return schema.empty_table()
    table = pa.concat_tables(chosen)
    order = np.argsort(table["run"].to_numpy(), kind="stable")
    table = table.take(pa.array(order))
    parameters = plan.read_row_group(start // GROUP).slice(start % GROUP, BATCH).drop_columns(["address"])
    parameters = parameters.take(pa.array(table["run"].to_numpy() - start))
    columns = {**dict(zip(parameters.column_names, parameters.columns, strict=True))}
    columns |= {name: table[name] for name in table.column_names if name != "run"}
    return pa.table(columns).select(schema.names).cast(schema).combine_chunks()
