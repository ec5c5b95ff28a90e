"""What made a result, and whether it is still what was made."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from pathlib import Path
from typing import Any

import sim
from sim.kernel.cache import sources_hash
from sim.results.folder import RUNS, FolderError
from sim.results.record import Record

LIBRARIES = ("numpy", "numba", "scipy", "pandas", "pyarrow", "matplotlib", "mesa", "pydantic")


def file_hash(path: Path) -> str:
    """sha256 of a file, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "poverty-exit": sim.__version__}
    for library in LIBRARIES:
        try:
            found[library] = importlib.metadata.version(library)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def manifest(record: Record, folder: Path) -> dict[str, Any]:
    """Everything needed to make the result again, and the hashes of the files already in `folder`."""
    return {
        "name": record.loaded.scenario.name,
        "seed": record.loaded.scenario.seed,
        "scenario_hash": record.loaded.hash,
        "evidence_hash": record.evidence_hash,
        "fit": record.fit.fit.name if record.fit else None,
        "seconds": {stage: round(seconds, 3) for stage, seconds in record.seconds.items()},
        **made_by(folder),
        "scenario": record.loaded.resolved,
    }


def made_by(folder: Path) -> dict[str, Any]:
    """The program and machine that wrote a result, and the hashes of the files already in its folder."""
    files = sorted(path for path in folder.iterdir() if path.name != "manifest.json")
    return {
        "sources_hash": sources_hash(),
        "versions": _versions(),
        "platform": f"{platform.system()} {platform.machine()}",
        "files": {path.name: {"sha256": file_hash(path), "bytes": path.stat().st_size} for path in files},
    }


def verify(folder: Path) -> list[str]:
    """Differences between a result and its manifest, one sentence each; none when it is intact.

    Raises
    ------
    FolderError
        When the folder holds no readable manifest.
    """
    try:
        files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        expected = {str(name): (str(entry["sha256"]), int(entry["bytes"])) for name, entry in files.items()}
    except OSError as error:
        raise FolderError(f"{folder} is no result: manifest.json: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise FolderError(f"{folder}/manifest.json is damaged") from error
    differences = []
    for name, (sha256, size) in expected.items():
        path = folder / name
        if not path.is_file():
            differences.append(f"{name} is missing")
        elif path.stat().st_size != size:
            differences.append(f"{name} has {path.stat().st_size:,} bytes, not {size:,}")
        elif file_hash(path) != sha256:
            differences.append(f"{name} has other contents than the run wrote")
    present = {path.name for path in folder.iterdir()} - {RUNS}
    differences += [
        f"{name} was not there when the run ended" for name in sorted(present - set(expected) - {"manifest.json"})
    ]
    return differences
