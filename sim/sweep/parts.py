"""Files named by the hash of what they hold, written whole or not at all, spread over 256 folders."""

from __future__ import annotations

import hashlib
import io
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

RESULTS, FAILURES, UNFINISHED, REFUSED = "parts", "failures", "tmp", "refused"
FORMAT = b"povsim"


class Part(NamedTuple):
    """A file that is whole and of this sweep, and the runs that it holds."""

    path: Path
    runs: list[int]


class Refusal(NamedTuple):
    """A file that is not."""

    path: Path
    reason: str


def write_results(folder: Path, plan: str, runs: Sequence[int], table: pa.Table) -> None:
    """Keep the table of some runs."""
    import pyarrow.parquet as pq

    head = {"plan": plan, "runs": list(runs)}
    buffer = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({FORMAT: json.dumps(head)}), buffer, compression="zstd")
    _write(folder, RESULTS, ".parquet", buffer.getvalue())


def write_failures(folder: Path, plan: str, failures: Sequence[dict[str, Any]]) -> None:
    """Keep what went wrong with some runs; each failure says its run, address, error and command."""
    _write(folder, FAILURES, ".json", json.dumps({"plan": plan, "failures": list(failures)}, indent=1).encode())


def _write(folder: Path, kind: str, suffix: str, data: bytes) -> None:
    name = hashlib.sha256(data).hexdigest()[:32]
    path = folder / kind / name[:2] / f"{name}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(folder, path, data)


def write_whole(folder: Path, path: Path, data: bytes) -> None:
    """Write a file under a temporary name and rename it; a full disk leaves nothing behind."""
    work = folder / UNFINISHED / uuid.uuid4().hex
    try:
        with work.open("xb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        work.rename(path)
    finally:
        with suppress(OSError):
            work.unlink(missing_ok=True)


def read_parts(folder: Path, plan: str, total: int) -> Iterator[Part | Refusal]:
    """Every file of results, its bytes compared with its name."""
    for path in _files(folder / RESULTS):
        try:
            runs = _head_of_results(_checked(path), plan)
            yield Part(path, _in_plan(runs, total))
        except ValueError as error:
            yield Refusal(path, str(error))


def read_failures(folder: Path, plan: str, total: int) -> Iterator[tuple[Path, list[dict[str, Any]]] | Refusal]:
    """Every file of failures, checked in the same way."""
    for path in _files(folder / FAILURES):
        try:
            content = json.loads(_checked(path))
            _of_plan(content, plan)
            _in_plan([failure["run"] for failure in content["failures"]], total)
            yield path, content["failures"]
        except (ValueError, KeyError, TypeError) as error:
            yield Refusal(path, str(error))


def _files(folder: Path) -> Iterator[Path]:
    """Files by name, one shard at a time."""
    for shard in sorted(folder.iterdir()) if folder.is_dir() else ():
        yield from sorted(shard.iterdir()) if shard.is_dir() else [shard]


def _checked(path: Path) -> bytes:
    data = path.read_bytes()
    if path.stem != hashlib.sha256(data).hexdigest()[:32]:
        raise ValueError("is torn: its bytes are not those that its name stands for")
    return data


def _head_of_results(data: bytes, plan: str) -> list[int]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(io.BytesIO(data)).metadata or {}
    except pa.ArrowException as error:
        raise ValueError(f"is no Parquet file: {error}") from None
    if FORMAT not in metadata:
        raise ValueError("is foreign: no sweep wrote it")
    head = json.loads(metadata[FORMAT])
    _of_plan(head, plan)
    return list(head["runs"])


def _of_plan(head: dict[str, Any], plan: str) -> None:
    if head.get("plan") != plan:
        raise ValueError("is foreign: it belongs to another sweep")


def _in_plan(runs: list[int], total: int) -> list[int]:
    if runs and not 0 <= min(runs) <= max(runs) < total:
        raise ValueError("is foreign: it holds runs that are not planned")
    return runs


def put_aside(folder: Path, refusals: Sequence[Refusal]) -> None:
    """Move refused files out of the way, so that their runs are made again and nobody's file is lost."""
    for refusal in refusals:
        (folder / REFUSED).mkdir(exist_ok=True)
        refusal.path.rename(folder / REFUSED / f"{uuid.uuid4().hex[:8]}-{refusal.path.name}")
