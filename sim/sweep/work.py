"""What a worker does: some runs of a plan, kept as one file of results and one of failures."""

from __future__ import annotations

import fcntl
import logging
import traceback
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.scenario.load import ScenarioText, read_scenario, resolve
from sim.scenario.model import Scenario
from sim.scenario.problems import ScenarioError
from sim.sweep import outputs
from sim.sweep.executors import worker_log
from sim.sweep.folder import LOGS, SweepFolder, open_folder
from sim.sweep.identity import address, origin_of
from sim.sweep.parts import write_failures, write_results
from sim.sweep.plan import rows_of, run_settings
from sim.sweep.settings import command
from sim.sweep.sharing import sharing

if TYPE_CHECKING:
    from sim.history import History

WARM_HOUSEHOLDS = 2_000
SCHEMA = pa.schema(
    [
        ("run", pa.int64()),
        ("year", pa.int16()),
        ("level", pa.string()),
        ("area", pa.string()),
        ("measure", pa.string()),
        ("value", pa.float64()),
    ]
)
log = logging.getLogger("povsim.sweep")


class ChangedError(RuntimeError):
    """The scenario, the program or the evidence is no longer what the sweep was planned with."""


class Done(NamedTuple):
    """What became of some runs."""

    done: int
    failed: int
    seconds: float


class Bench(NamedTuple):
    """What a worker keeps between tasks."""

    folder: SweepFolder
    text: ScenarioText
    plan: pq.ParquetFile
    pinned: tuple[str, ...]  # own households: a file that changes under a sweep makes runs fail
    shared: NDArray[np.bool_]  # runs that start from the population of another run


def work(path: str, runs: Sequence[int]) -> Done:
    """Make some runs of the sweep in a folder.

    Raises
    ------
    ChangedError
        Where what it would make is not what was planned.
    OSError
        Where the results can not be written; a run that fails is a failure on file instead.
    """
    started = perf_counter()
    folder, text, plan, pinned, shared = _bench(path)
    tables, done, failures = [], [], []
    for row in rows_of(plan, runs):
        settings = [*folder.settings, *run_settings(folder.paths, row)]
        if address(folder.origin, settings[len(folder.settings) :]) != row["address"]:
            raise ChangedError(f"run {row['run']} of {folder.plan_file} does not bear out its address")
        try:
            scenario = resolve(text, [*settings, *pinned]).scenario
            history = simulate(scenario, bool(shared[row["run"]]))
            tables.append(_table(row["run"], outputs.rows(scenario, history, **folder.outputs)))
            done.append(row["run"])
        except Exception as error:  # whatever is wrong with one run, the others go on
            log.exception("run %d failed", row["run"])
            failures.append(failure(folder, row, error))
    if done:
        write_results(folder.path, folder.plan, done, pa.concat_tables(tables))
    if failures:
        write_failures(folder.path, folder.plan, failures)
    seconds = perf_counter() - started
    log.info("runs %d to %d: %d done, %d failed, %.1f s", runs[0], runs[-1], len(done), len(failures), seconds)
    return Done(len(done), len(failures), seconds)


def failure(folder: SweepFolder, row: dict[str, Any], error: BaseException) -> dict[str, Any]:
    """What is kept of a run that failed: enough to see why, and to make it again alone."""
    where = traceback.extract_tb(error.__traceback__)[-1:]
    return {
        "run": row["run"],
        "address": row["address"],
        "error": f"{type(error).__name__}: {error}",
        "at": [f"{Path(frame.filename).name}:{frame.lineno}" for frame in where],
        "command": command(folder.scenario, [*folder.settings, *run_settings(folder.paths, row)]),
    }


def _table(run: int, rows: list[Any]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * 5
    arrays = [pa.array([run] * len(rows), pa.int64())]
    arrays += [pa.array(column, field.type) for column, field in zip(columns, list(SCHEMA)[1:], strict=True)]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def simulate(scenario: Scenario, shared: bool = False) -> History:
    """A whole run on one thread; a shared population is one that other runs of this node start from as well."""
    from sim.sweep.populations import population
    from sim.world import World

    return World(scenario, threads=1, drawn=population(scenario) if shared else None).run()


@lru_cache(maxsize=1)
def _bench(path: str) -> Bench:
    """Reads the scenario once a process, and compiles the model once a node."""
    folder = open_folder(Path(path))
    _write_log(folder)
    try:
        text = read_scenario(folder.scenario)
        base = resolve(text, folder.settings)
    except ScenarioError as error:
        raise ChangedError(f"the scenario changed since the sweep was planned: {error}") from None
    origin = origin_of(base.hash)
    if origin != folder.origin:
        changed = [name for name, value in vars(origin).items() if value != getattr(folder.origin, name)]
        raise ChangedError(f"{' and '.join(changed)} changed since the sweep in {folder.path} was planned")
    warm(base.scenario)
    contents = base.scenario.population.microdata_sha256
    pinned = (f"population.microdata_sha256='{contents}'",) if contents else ()
    plan = pq.ParquetFile(folder.plan_file)
    return Bench(folder, text, plan, pinned, _shared(folder, text, plan, base.scenario))


def _shared(folder: SweepFolder, text: ScenarioText, plan: pq.ParquetFile, base: Scenario) -> NDArray[np.bool_]:
    from sim.sweep.populations import identity

    if base.population.microdata is not None:
        return np.zeros(folder.runs, np.bool_)
    return sharing(plan, folder.paths, lambda settings: identity(resolve(text, [*folder.settings, *settings]).scenario))


def warm(scenario: Scenario) -> None:
    """Compile the model, or wait until a neighbour has: jobs that race to fill the cache do the work many times."""
    from sim.kernel import cache as kernels

    place = kernels.folder()
    if place is None or kernels.is_warm():
        return
    with (place / "lock").open("w") as handle:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if not kernels.is_warm():
            log.info("compiling the model once for this machine, about 30 s")
            scale = min(1.0, WARM_HOUSEHOLDS / scenario.population.households)
            population = scenario.population.model_copy(update={"scale": scale})
            simulate(scenario.model_copy(update={"population": population}))
            kernels.mark_warm()


def _write_log(folder: SweepFolder) -> None:
    handler = logging.FileHandler(folder.path / LOGS / worker_log(), encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    for former in log.handlers[:]:
        log.removeHandler(former)
        former.close()
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
