"""A folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

NAMES = frozenset(
    {
        "manifest.json",
        "series.parquet",
        "bands.parquet",
        "areas.parquet",
        "spells.parquet",
        "panel.parquet",
        "checkpoint.npz",
        "differences.parquet",
        "attribution.parquet",
        "interactions.parquet",
        "households.parquet",
        "monitoring.parquet",
        "monitoring.csv",
        "rates.parquet",
        "causes.parquet",
        "gap.parquet",
        "accuracy.parquet",
        "roc.parquet",
        "calibration.parquet",
        "top_up.parquet",
        "coefficients.parquet",
        "withdrawn.parquet",
        "effect_sizes.parquet",
        "budget.parquet",
        "front.parquet",
        "curves.parquet",
        "tried.parquet",
        "summary.json",
        "report.html",
    }
)
RUNS = "runs"  # what a search has run, kept for when it goes on or is asked again; no part of the result


class FolderError(Exception):
    """The folder can not be written, or may not be replaced."""


def check_writable(out: Path, force: bool = False) -> None:
    """Refuse a folder that a result can not be written to; to be called before a run as well as after it.

    `force` replaces an earlier result, never a folder that holds anything else.

    Raises
    ------
    FolderError
    """
    if out.exists() and not out.is_dir():
        raise FolderError(f"{out} is a file; --out names a folder")
    present = {entry.name for entry in out.iterdir()} - {RUNS} if out.is_dir() else set()
    if present and not force:
        raise FolderError(f"{out} exists already; give --force to replace it or another folder with --out")
    if foreign := sorted(present - NAMES):
        raise FolderError(f"{out} holds what no run wrote ({', '.join(foreign[:3])}); choose another folder")
    parent = next(folder for folder in out.absolute().parents if folder.exists())
    if not parent.is_dir():
        raise FolderError(f"{parent} is a file; {out} can not lie in it")
    try:
        # Only trying tells: a file system may be read-only, or refuse folders, whatever the permissions say.
        tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=parent).cleanup()
    except OSError as error:
        raise FolderError(f"{out} can not be written: {error.strerror}") from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_folder(out: Path, files: Mapping[str, Callable[[Path], object]], force: bool = False) -> None:
    """Write each file by its function into a hidden neighbour of `out`, then rename that to `out`.

    Parameters
    ----------
    files : name -> function that writes the path it is given; called in order
    force : replace an earlier result

    Raises
    ------
    FolderError
        See `check_writable`; nothing is left behind then, nor after an interruption.
    """
    out = out.resolve()
    check_writable(out, force)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise FolderError(f"{out} can not be written: {error.strerror}") from error
    try:
        new = work / "new"
        new.mkdir()
        for name, write in files.items():
            write(new / name)
            _sync(new / name)
        _sync(new)
        # A folder can not be renamed over one that holds files: the old result steps aside first.
        if out.exists():
            out.rename(work / "old")
        try:
            new.rename(out)
        except BaseException:
            with suppress(OSError):
                (work / "old").rename(out)
            raise
        if (work / "old" / RUNS).is_dir():
            (work / "old" / RUNS).rename(out / RUNS)
        _sync(out.parent)
    except OSError as error:
        raise FolderError(f"{out} can not be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
