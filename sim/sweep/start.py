"""One start of a sweep, from an empty folder or from whatever an earlier one left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

from sim.sweep.drive import CHUNK_SECONDS, Counts, Drive
from sim.sweep.executors import Options, check_placement, workers
from sim.sweep.folder import LOGS, alone, check_folder, prepare_folder
from sim.sweep.node_folder import clear
from sim.sweep.parts import FAILURES, Refusal, put_aside
from sim.sweep.read import LoadedSweep
from sim.sweep.status import Status, take_stock


def start(
    loaded: LoadedSweep,
    path: Path,
    on: str = "processes",
    count: int = 1,
    options: Options | None = None,
    watch: Callable[[Counts], None] = lambda counts: None,
    refused: Callable[[Refusal], None] = lambda refusal: None,
    chunk_seconds: float = CHUNK_SECONDS,
) -> Status:
    """Make every run of a sweep that is not done, and say what became of all of them.

    Parameters
    ----------
    path : folder of the sweep
    on, count, options : see `sim.sweep.executors.workers`
    watch : called about once a second
    refused : called for each file that is torn or foreign; it is put aside and its runs are made again

    Raises
    ------
    FolderError, PlacementError
        Before anything is run.
    StoppedError
        Where the sweep can not go on; what is done is kept.
    """
    options = options or Options()
    check_placement(on, options)
    check_folder(loaded, path)
    with alone(path):
        folder = prepare_folder(loaded, path)
        status = take_stock(folder)
        for each in status.refused:
            refused(each)
        put_aside(folder.path, status.refused)
        # Failed runs are tried again; until then they are missing.
        rmtree(folder.path / FAILURES, ignore_errors=True)
        options = replace(options, logs=folder.path / LOGS)
        try:
            with workers(on, count, options) as executor:
                Drive(folder, status.state, executor, count, watch, min(chunk_seconds, options.limit / 10)).run()
        finally:
            clear()
        return take_stock(folder)
