"""The folder of a sweep: `sweep.json` says what it is, beside the plan, parts, failures and logs."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sim.results.folder import FolderError
from sim.sweep.executors import workers
from sim.sweep.identity import Origin
from sim.sweep.parts import FAILURES, REFUSED, RESULTS, UNFINISHED, write_whole
from sim.sweep.plan import paths_of, write_plan
from sim.sweep.read import LoadedSweep

RECORD, PLAN, LOGS, LOCK = "sweep.json", "plan.parquet", "logs", "lock"
COLLECTED, ANALYSIS = "collected.parquet", "analysis"
NAMES = {RECORD, PLAN, LOGS, LOCK, COLLECTED, ANALYSIS, RESULTS, FAILURES, UNFINISHED, REFUSED}


@dataclass(frozen=True)
class SweepFolder:
    """What a sweep's folder knows about itself.

    Attributes
    ----------
    identity : of the sweep; plan : digest of the table of runs
    scenario : path of the base scenario, absolute; settings : what the sweep changes in it for every run
    paths : factor -> path in the scenario; kinds, design, outputs : as in the sweep file
    """

    path: Path
    name: str
    identity: str
    plan: str
    runs: int
    scenario: str
    settings: list[str]
    paths: dict[str, str]
    design: dict[str, Any]
    outputs: dict[str, Any]
    origin: Origin

    @property
    def plan_file(self) -> Path:
        """The table of runs."""
        return self.path / PLAN


def open_folder(path: Path) -> SweepFolder:
    """The sweep in a folder.

    Raises
    ------
    FolderError
        Where there is none.
    """
    path = path.absolute()
    try:
        record = json.loads((path / RECORD).read_text(encoding="utf-8"))
        return SweepFolder(path=path, **{**record, "origin": Origin(**record["origin"])})
    except OSError as error:
        raise FolderError(f"{path} holds no sweep: {RECORD}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise FolderError(f"{path / RECORD} is damaged") from error


def prepare_folder(loaded: LoadedSweep, path: Path) -> SweepFolder:
    """The folder of a sweep, planned anew or as an earlier start left it.

    Raises
    ------
    FolderError
        Where the folder holds another sweep, or anything else.
    """
    path = path.absolute()
    check_folder(loaded, path)
    if (path / RECORD).exists():
        return open_folder(path)
    for name in (UNFINISHED, LOGS):
        (path / name).mkdir(parents=True, exist_ok=True)
    work = path / UNFINISHED / PLAN
    with workers() as planner:  # a process of its own, so that this one stays small
        plan = planner.submit(write_plan, loaded, work).result()
    work.rename(path / PLAN)
    sweep = loaded.sweep
    record = {
        "name": sweep.name,
        "identity": loaded.identity,
        "plan": plan,
        "runs": loaded.runs,
        "scenario": os.path.abspath(loaded.text.files[-1]),
        "settings": sweep.settings,
        "paths": paths_of(loaded),
        "design": sweep.design.model_dump(),
        "outputs": sweep.outputs.model_dump(),
        "origin": asdict(loaded.origin),
    }
    write_whole(path, path / RECORD, json.dumps(record, indent=1).encode())
    return open_folder(path)


def check_folder(loaded: LoadedSweep, path: Path) -> None:
    """Refuse a folder that holds another sweep, or files that no sweep wrote.

    Raises
    ------
    FolderError
    """
    if path.exists() and not path.is_dir():
        raise FolderError(f"{path} is a file; --out names a folder")
    present = {entry.name for entry in path.iterdir()} if path.is_dir() else set()
    if foreign := sorted(present - NAMES):
        raise FolderError(f"{path} holds what no sweep wrote ({', '.join(foreign[:3])}); choose another folder")
    if RECORD not in present:
        if present & {RESULTS, FAILURES}:
            raise FolderError(f"{path} holds results of a sweep but no {RECORD}; choose another folder")
        return
    held = open_folder(path)
    if held.identity != loaded.identity:
        mine, theirs = asdict(loaded.origin), asdict(held.origin)
        changed = [name for name in mine if mine[name] != theirs[name]]
        what = f"made with other {' and '.join(changed)}" if changed else "with other factors, design or outputs"
        raise FolderError(f"{path} holds another sweep, {held.name!r}, {what}; choose another folder with --out")


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Holds a folder for this process, and clears what a killed one left unfinished.

    Raises
    ------
    FolderError
        Where another process works on the sweep, or nothing can be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        handle = (path / LOCK).open("a")
    except OSError as error:
        raise FolderError(f"{path} can not be written: {error.strerror}") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderError(f"another `povsim sweep run` works on {path}") from None
        except OSError:
            pass  # some network file systems have no locks; two drivers do twice the work and no harm
        shutil.rmtree(path / UNFINISHED, ignore_errors=True)
        for name in (UNFINISHED, LOGS):
            (path / name).mkdir(exist_ok=True)
        yield
