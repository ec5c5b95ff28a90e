"""Runs of a fit, kept by content: what is done is never done again, and a fit may be interrupted at any time."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple, Protocol

from calibration.simulate import Simulated

Progress = Callable[[int, int], None]


class Job(NamedTuple):
    """A run to be made: parameter values and seed."""

    values: Mapping[str, float]
    seed: int


class Simulates(Protocol):
    """What turns a job into a run, and names it by its content."""

    def key(self, values: Mapping[str, float], seed: int) -> str: ...

    def __call__(self, values: Mapping[str, float], seed: int) -> Simulated: ...


class Store:
    """A folder with one Parquet file a run, named by its content hash.

    Parameters
    ----------
    folder : made where it does not exist
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def read(self, key: str) -> Simulated | None:
        """A stored run, or None."""
        import pyarrow.parquet as parquet

        path = self.folder / f"{key}.parquet"
        if not path.exists():
            return None
        text = parquet.read_table(path).column("run")[0].as_py()
        content = json.loads(text)
        content["market_factor"] = {int(year): factor for year, factor in content["market_factor"].items()}
        return Simulated(**content)

    def write(self, key: str, run: Simulated) -> None:
        """Store a run, whole or not at all."""
        import pyarrow as arrow
        import pyarrow.parquet as parquet

        path = self.folder / f"{key}.parquet"
        part = path.with_suffix(f".{os.getpid()}.part")
        parquet.write_table(arrow.table({"run": [json.dumps(asdict(run))]}), part)
        part.replace(path)


def run_all(
    simulator: Simulates, jobs: Sequence[Job], store: Store, executor: Executor, progress: Progress | None = None
) -> list[Simulated]:
    """Every job's run, in order; stored ones are read, others are made by the executor and stored as they come.

    Parameters
    ----------
    progress : called with runs done and runs in all
    """
    keys = [simulator.key(job.values, job.seed) for job in jobs]
    done = {key: run for key in set(keys) if (run := store.read(key)) is not None}
    missing = {key: job for key, job in zip(keys, jobs, strict=True) if key not in done}
    pending = {executor.submit(simulator, job.values, job.seed): key for key, job in missing.items()}
    try:
        for future in as_completed(pending):
            key = pending[future]
            done[key] = future.result()
            store.write(key, done[key])
            if progress is not None:
                progress(len(done), len(set(keys)))
    finally:
        for future in pending:
            future.cancel()
    return [done[key] for key in keys]


def processes_for(number: int | None) -> Executor:
    """Fresh processes, so that none inherits another's threads; as many as processors where no number is given."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(number or len(os.sched_getaffinity(0)), mp_context=get_context("spawn"))
