"""A private folder in a node's temporary folder, for what its processes share while they are at work."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO

IN_USE = "in_use"


def folder() -> Path | None:
    """The folder, held until this process ends; None where it can not be had or others could read it.

    Whoever finds it held by nobody empties it: what it holds belongs to sweeps that are over.
    """
    held = _hold()
    return held[0] if held else None


def clear() -> None:
    """Let go of the folder, emptied unless another process holds it."""
    if held := _hold():
        path, handle = held
        with suppress(OSError):
            _empty(path, handle)
        handle.close()
    _hold.cache_clear()
    atexit.unregister(clear)


@cache
def _hold() -> tuple[Path, IO[str]] | None:
    path = Path(tempfile.gettempdir()) / f"poverty-exit-{os.getuid()}"
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        state = path.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid() or stat.S_IMODE(state.st_mode) & 0o077:
            return None
        handle = (path / IN_USE).open("w")
        _empty(path, handle)
    except OSError:
        return None
    atexit.register(clear)
    return path, handle


def _empty(path: Path, handle: IO[str]) -> None:
    with suppress(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for each in path.iterdir():
            if each.is_dir():
                shutil.rmtree(each, ignore_errors=True)
            elif each.name != IN_USE:
                each.unlink(missing_ok=True)
    fcntl.flock(handle, fcntl.LOCK_SH)
