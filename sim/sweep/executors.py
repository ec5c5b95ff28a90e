"""Workers behind the interface of `concurrent.futures`: processes of this machine, or jobs of a cluster."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

SCHEDULERS = {"slurm": "sbatch", "pbs": "qsub", "lsf": "bsub"}
PROTOCOLS = ("tcp://", "tls://")
LIMIT = 1800.0

T = TypeVar("T")


class WorkerLostError(RuntimeError):
    """The worker died with the task, or took longer than the limit; the task may be given again."""


class PlacementError(ValueError):
    """Workers can not be started where they were asked for."""


class Workers(Protocol):
    """An executor whose workers are replaced when they die or hang."""

    def submit(self, function: Callable[..., T], /, *arguments: Any) -> Future[T]:
        """Have a worker call a function; the future raises `WorkerLostError` where the worker was lost."""

    def alive(self) -> int:
        """Workers at work or ready."""


@dataclass(frozen=True)
class Options:
    """How workers are run.

    Attributes
    ----------
    limit : seconds that a task may take before its worker is replaced
    logs : folder for what workers and jobs print
    account, partition, walltime, memory, directives : handed to the cluster's scheduler, for each job
    insecure : allow unencrypted connections off this machine
    """

    limit: float = LIMIT
    logs: Path | None = None
    account: str | None = None
    partition: str | None = None
    walltime: str = "01:00:00"
    memory: str = "2GB"
    directives: list[str] = field(default_factory=list)
    insecure: bool = False


def check_placement(on: str, options: Options) -> None:
    """Refuse a place that is unknown, or that is reached in the clear.

    Raises
    ------
    PlacementError
    """
    if on not in ("processes", *SCHEDULERS) and not on.startswith(PROTOCOLS):
        names = ", ".join(("processes", *SCHEDULERS, "tcp://HOST:PORT", "tls://HOST:PORT"))
        raise PlacementError(f"{on!r} is no place for workers; allowed: {names}")
    if on.startswith("tcp://") and not options.insecure and not _loopback(on):
        raise PlacementError(f"{on} is not encrypted and not on this machine; use tls://, or give --insecure")
    if on in SCHEDULERS:
        walltime_seconds(options.walltime)
        if shutil.which(SCHEDULERS[on]) is None:
            raise PlacementError(f"{on} can not be reached from here: the command {SCHEDULERS[on]} is not installed")
    if on != "processes":
        try:
            import dask_jobqueue  # noqa: F401
        except ImportError:
            raise PlacementError("a cluster needs further packages: pip install 'poverty-exit[cluster]'") from None


def walltime_seconds(text: str) -> int:
    """Seconds of ``[DAYS-]HOURS:MINUTES[:SECONDS]`` or of minutes.

    Raises
    ------
    PlacementError
    """
    days, _, clock = text.rpartition("-")
    try:
        parts = [int(part) for part in clock.split(":")]
        hours, minutes, seconds = {1: [0, *parts, 0], 2: [*parts, 0], 3: parts}[len(parts)]
        total = ((int(days or 0) * 24 + hours) * 60 + minutes) * 60 + seconds
    except (ValueError, KeyError):
        raise PlacementError(f"--walltime {text!r} is no time; write HH:MM:SS") from None
    if total <= 0:
        raise PlacementError(f"--walltime {text!r} leaves no time to work")
    return total


def _loopback(url: str) -> bool:
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def worker_log() -> str:
    """Name of the log file of the process that asks."""
    return f"{socket.gethostname()}-{os.getpid()}.log"


@contextmanager
def workers(on: str = "processes", count: int = 1, options: Options | None = None) -> Iterator[Workers]:
    """Start workers and end them.

    Parameters
    ----------
    on : ``processes``, ``slurm``, ``pbs``, ``lsf``, or the address of a Dask scheduler with workers of its own
    count : workers, one thread each; a cluster runs each as a job

    Raises
    ------
    PlacementError
    """
    options = options or Options()
    check_placement(on, options)
    if on == "processes":
        from sim.sweep.processes import Processes

        executor: Executor = Processes(count, options.limit, options.logs)
    else:
        from sim.sweep.cluster import connect

        executor = connect(on, count, options)
    try:
        yield executor  # type: ignore[misc]
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
