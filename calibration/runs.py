"""Runs of a fit, made side by side and kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import asdict
from typing import Any, NamedTuple, Protocol

from calibration.simulate import Simulated
from sim.results.store import Store

Progress = Callable[[int, int], None]


class Job(NamedTuple):
    """A run to be made: parameter values and seed."""

    values: Mapping[str, float]
    seed: int


class Simulates(Protocol):
    """What turns a job into a run, and names it by its content."""

    def key(self, values: Mapping[str, float], seed: int) -> str: ...

    def __call__(self, values: Mapping[str, float], seed: int) -> Simulated: ...


def run_all(
    simulator: Simulates, jobs: Sequence[Job], store: Store, executor: Executor, progress: Progress | None = None
) -> list[Simulated]:
    """Every job's run, in order; stored ones are read, others are made by the executor and stored as they come.

    Parameters
    ----------
    progress : called with runs done and runs in all
    """
    keys = [simulator.key(job.values, job.seed) for job in jobs]
    done = {key: _simulated(run) for key in set(keys) if (run := store.read(key)) is not None}
    missing = {key: job for key, job in zip(keys, jobs, strict=True) if key not in done}
    pending = {executor.submit(simulator, job.values, job.seed): key for key, job in missing.items()}
    try:
        for future in as_completed(pending):
            key = pending[future]
            done[key] = future.result()
            store.write(key, asdict(done[key]))
            if progress is not None:
                progress(len(done), len(set(keys)))
    finally:
        for future in pending:
            future.cancel()
    return [done[key] for key in keys]


def _simulated(stored: dict[str, Any]) -> Simulated:
    """A stored run; JSON's keys are text."""
    return Simulated(**stored | {"market_factor": {int(year): each for year, each in stored["market_factor"].items()}})


def processes_for(number: int | None) -> Executor:
    """Fresh processes, so that none inherits another's threads; as many as processors where no number is given."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    return ProcessPoolExecutor(number or len(os.sched_getaffinity(0)), mp_context=get_context("spawn"))
