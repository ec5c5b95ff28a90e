"""Dask workers: pilot jobs of a cluster's scheduler, or those of a Dask scheduler that runs already."""

from __future__ import annotations

import logging
import os
import shlex
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from sim.sweep.executors import PROTOCOLS, Options, PlacementError, WorkerLostError, walltime_seconds
from sim.sweep.node_folder import clear
from sim.sweep.processes import ONE_THREAD
from sim.sweep.queued import Queued

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 30
ALLOWED_DEATHS = 2  # of workers that have a task, before it is called lost
CHECK_SECONDS = 5.0
CLEAR_SECONDS = 10.0
FUTILE_ROUNDS = 3  # of jobs that ended before any worker came
# A job is replaced so long after its worker is gone; with Dask's own value it is not replaced at all.
LOST_SECONDS = "3s"
PROJECT = Path(__file__).resolve().parent.parent.parent


def connect(on: str, count: int, options: Options) -> Distributed:
    """The workers of a scheduler address, or jobs started with `slurm`, `pbs` or `lsf`.

    Raises
    ------
    PlacementError
        Where nobody answers, or jobs can not be submitted.
    """
    import dask

    dask.config.set({"distributed.scheduler.allowed-failures": ALLOWED_DEATHS})
    dask.config.set({"distributed.deploy.lost-worker-timeout": LOST_SECONDS})
    for name in (
        "distributed",
        "distributed.client",
        "tornado.application",
    ):  # what matters of it is said in the words of a sweep
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return _existing(on, options) if on.startswith(PROTOCOLS) else _jobs(on, count, options)


def _existing(address: str, options: Options) -> Distributed:
    from distributed import Client
    from distributed.security import Security

    security = Security() if address.startswith("tls://") else None
    if security is not None and security.get_connection_args("client")["ssl_context"] is None:
        raise PlacementError(f"{address} needs certificates; Dask's configuration names none at distributed.comm.tls")
    try:
        client = Client(address, security=security, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TypeError, ValueError) as error:
        raise PlacementError(f"no Dask scheduler answers at {address}: {error}") from error
    return Distributed(client, options.limit)


def _jobs(kind: str, count: int, options: Options) -> Distributed:
    from distributed import Client

    refusals: list[str] = []
    try:
        cluster = job_cluster(kind, options, refusals)
        # Adapting, unlike scaling, also replaces jobs that ended before their time.
        cluster.adapt(minimum_jobs=count, maximum_jobs=count, interval="1s", wait_count=1)
    except (OSError, RuntimeError, ValueError) as error:
        raise PlacementError(f"no jobs can be started on {kind}: {error}") from error
    client = Client(cluster, set_as_default=False)
    return Distributed(client, options.limit, cluster, refusals, Queued(kind, cluster))


def job_cluster(kind: str, options: Options, refusals: list[str]) -> Any:
    """A Dask cluster whose workers are jobs of one core each; none is submitted yet.

    What the scheduler says to jobs that it does not take is added to `refusals`.
    """
    import dask_jobqueue
    from distributed.security import Security

    cluster_of = {
        "slurm": dask_jobqueue.SLURMCluster,
        "pbs": dask_jobqueue.PBSCluster,
        "lsf": dask_jobqueue.LSFCluster,
    }
    cluster_class = cluster_of[kind]
    logs = str(options.logs) if options.logs else None
    seconds = walltime_seconds(options.walltime)
    minutes = -(-seconds // 60)
    return cluster_class(
        job_cls=_noting(cluster_class.job_cls, refusals),
        cores=1,
        processes=1,
        memory=options.memory,
        queue=options.partition,
        walltime=f"{minutes // 60:02}:{minutes % 60:02}" if kind == "lsf" else options.walltime,
        **{"project" if kind == "lsf" else "account": options.account},
        job_extra_directives=options.directives,
        job_script_prologue=[f"export {name}=1" for name in ONE_THREAD] + _environment(),
        # Workers end before the scheduler ends them, between two tasks, and are replaced.
        worker_extra_args=[
            *("--lifetime", f"{0.9 * seconds:.0f}s", "--lifetime-stagger", f"{0.05 * seconds:.0f}s"),
            "--no-dashboard",
        ],
        scheduler_options={"dashboard": False, "dashboard_address": ":0"},  # any port: two sweeps may share a node
        python=sys.executable,
        log_directory=logs,
        local_directory="${TMPDIR:-/tmp}",
        shared_temp_directory=logs,
        security=None if options.insecure else Security.temporary(),
        protocol="tcp://" if options.insecure else "tls://",
    )


def _noting(job_class: Any, refusals: list[str]) -> Any:
    """The same class of jobs, which notes why one was not taken; Dask itself would try for ever and say nothing."""

    class Job(job_class):
        async def _submit_job(self, script: str) -> Any:
            try:
                return await super()._submit_job(script)
            except RuntimeError as error:
                refusals.append(str(error).partition("stderr:")[2].strip() or str(error))
                raise

    return Job


def _environment() -> list[str]:
    """What jobs need to find the same program and cache as this process, where the scheduler drops it."""
    known = {"PYTHONPATH": os.pathsep.join([str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])])}
    known |= {name: os.environ[name] for name in ("XDG_CACHE_HOME",) if name in os.environ}
    return [f"export {name}={shlex.quote(value)}" for name, value in known.items()]


class Distributed(Executor):
    """An executor on Dask's workers; see `sim.sweep.executors.Workers`."""

    def __init__(
        self,
        client: Client,
        limit: float,
        cluster: Any = None,
        refusals: Sequence[str] = (),
        queued: Queued | None = None,
    ) -> None:
        self.client, self.limit, self.cluster, self.refusals, self.queued = client, limit, cluster, refusals, queued
        self.met = False
        self.executor = client.get_executor(pure=False)
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future[Any]:  # type: ignore[override]
        """A future of `concurrent.futures`; a worker that dies too often with the task becomes `WorkerLostError`."""
        from distributed.scheduler import KilledWorker

        inner: Future[Any] = self.executor.submit(function, *arguments)
        outer: Future[Any] = Future()
        outer.set_running_or_notify_cancel()

        def settle(done: Future[Any]) -> None:
            error = WorkerLostError("the executor was shut down") if done.cancelled() else done.exception()
            if isinstance(error, KilledWorker):
                error = WorkerLostError("workers died or hung while they had it")
            if error is None:
                outer.set_result(done.result())
            else:
                outer.set_exception(error)

        inner.add_done_callback(settle)
        return outer

    def alive(self) -> int:
        """Workers that are connected.

        Raises
        ------
        PlacementError
            Where jobs are refused, or end, and none was ever at work; later ones may fare better.
        """
        connected = len(self.client.scheduler_info(n_workers=-1)["workers"])
        self.met = self.met or connected > 0
        if self.refusals and not self.met:
            raise PlacementError(f"jobs are refused: {self.refusals[0]}")
        if self.queued is not None and self.queued.rounds >= FUTILE_ROUNDS and not self.met:
            raise PlacementError("jobs leave the queue before a worker comes; logs/dask-worker-*.err may say why")
        return connected

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends jobs; workers of a scheduler that ran before are left as they were."""
        self.ending.set()
        self.thread.join()
        telling = threading.Thread(target=self._clear_nodes, daemon=True)  # a worker that hangs never answers
        telling.start()
        telling.join(CLEAR_SECONDS)
        with suppress(Exception):  # whatever fails here, the results are on disk
            self.client.close()
        if self.cluster is not None:
            with suppress(Exception):
                self.cluster.close()

    def _clear_nodes(self) -> None:
        """Has workers remove what they shared on their nodes; they are killed soon, and could not do so themselves."""
        with suppress(Exception):
            self.client.run(clear)

    def _watch(self) -> None:
        """Restarts workers that have had the same tasks for longer than the limit, and replaces jobs that are gone."""
        since: dict[str, tuple[Any, float]] = {}
        while not self.ending.wait(min(CHECK_SECONDS, self.limit / 4)):
            with suppress(Exception):  # the scheduler may be gone, which the tasks will tell
                processing = self.client.processing()
                now = monotonic()
                for worker, tasks in processing.items():
                    if not tasks or since.get(worker, (None, 0))[0] != tasks:
                        since[worker] = (tasks, now)
                stuck = [each for each in processing if processing[each] and now - since[each][1] > self.limit]
                if stuck:
                    self.client.restart_workers(stuck, timeout=CONNECT_SECONDS, raise_for_error=False)
            if self.queued is not None:
                with suppress(Exception):  # the cluster may be closing
                    self.queued.look()
