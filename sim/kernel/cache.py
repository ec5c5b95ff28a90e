"""Where compiled kernels are kept: a private folder named by a hash of the sources and the processor.

numba's own cache looks at the file of the compiled function alone; after a rule in another file was edited
it returned the old result. A folder per state of the sources can not be stale.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import stat
from contextlib import suppress
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
# Imports point down (tests/test_layers.py), so that nothing in these can change a kernel.
ABOVE_THE_KERNELS = (
    "analysis", "commands", "dashboard", "economy", "interface", "language", "report", "results", "sweep"
)  # fmt: skip


def sources_hash() -> str:
    """sha256 over the package's Python files, in order of their names."""
    return _hash(without=())


@cache
def _hash(without: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        if name.parts[0] not in without:
            digest.update(name.as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def folder() -> Path | None:
    """The cache folder, made with mode 0700; None where others could write to it."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "poverty-exit"
    machine = f"{platform.machine()}-{platform.processor()}-{platform.python_version()}"
    path = base / hashlib.sha256(f"{_hash(ABOVE_THE_KERNELS)} {machine}".encode()).hexdigest()[:16]
    try:
        base.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        own = all(_own(each) for each in (base, path))
    except OSError:
        return None
    return path if own else None


def _own(path: Path) -> bool:
    """Whether a folder is the user's, and nobody else can write to it."""
    state = path.stat()
    return state.st_uid == os.getuid() and not state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def is_warm() -> bool:
    """Whether the month has been compiled for this state of the sources on this kind of processor."""
    path = folder()
    return path is not None and (path / "warm").exists()


def mark_warm() -> None:
    """Remember that everything a run needs is compiled, and how long the files are that hold it."""
    path = folder()
    if path is None:
        return
    text = json.dumps({name: size for name, size in _sizes(path).items() if name.endswith(".nbc")})
    with suppress(OSError):  # a folder that was removed meanwhile only costs the next start its time
        (path / f"warm.{os.getpid()}").write_text(text, encoding="ascii")
        (path / f"warm.{os.getpid()}").replace(path / "warm")


def _sizes(path: Path) -> dict[str, int]:
    """Bytes of the compiled files."""
    return {each.relative_to(path).as_posix(): each.stat().st_size for each in sorted(path.rglob("*.nb[ci]"))}


def _mend(path: Path) -> None:
    """Empties the folder where a crash left files empty or cut off: numba would fail on them for ever."""
    with suppress(OSError, ValueError):
        sizes = _sizes(path)
        recorded = json.loads((path / "warm").read_text(encoding="ascii") or "{}") if is_warm() else {}
        if 0 in sizes.values() or any(sizes.get(name, size) != size for name, size in recorded.items()):
            for name in ("warm", *sizes):
                (path / name).unlink(missing_ok=True)


def use() -> bool:
    """Point numba at the folder; call before any kernel is imported. Returns whether caching is possible."""
    import numba

    path = folder()
    if path is not None:
        _mend(path)
        numba.config.CACHE_DIR = str(path)  # type: ignore[attr-defined]
    return path is not None
