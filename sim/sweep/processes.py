"""Supervised processes: one that dies or hangs is replaced, which a `ProcessPoolExecutor` can not do."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from time import monotonic
from typing import Any

from sim.sweep.executors import WorkerLostError, worker_log

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
SPAWN = multiprocessing.get_context("spawn")


def _serve(connection: Connection, logs: Path | None) -> None:
    """A worker: calls what it is sent until the connection closes; dies with the process that started it."""
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if logs is not None:
        with suppress(OSError):
            out = os.open(logs / worker_log(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(out, 1)
            os.dup2(out, 2)
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            function, arguments = pickle.loads(connection.recv_bytes())
            try:
                answer = (True, function(*arguments))
            except Exception as error:
                answer = (False, error)
            connection.send(answer)


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


class _Task:
    """A call that somebody waits for."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.future: Future[Any] = Future()
        self.call = pickle.dumps((function, arguments))


class _Worker:
    """A process and the task that it has."""

    def __init__(self, logs: Path | None) -> None:
        self.connection, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(target=_serve, args=(theirs, logs), daemon=True)
        self.process.start()
        theirs.close()
        self.task: _Task | None = None
        self.since = 0.0

    def give(self, task: _Task) -> None:
        self.task, self.since = task, monotonic()
        with suppress(OSError):  # a worker that has died is found out below
            self.connection.send_bytes(task.call)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


class Processes(Executor):
    """An executor of `count` processes.

    Parameters
    ----------
    limit : seconds that a task may take
    logs : folder for what the processes print
    """

    def __init__(self, count: int, limit: float, logs: Path | None = None) -> None:
        self.count, self.limit, self.logs = count, limit, logs
        self.waiting: deque[_Task] = deque()
        self.workers: list[_Worker] = []
        self.wake, self.woken = os.pipe()
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._supervise, daemon=True)
        self.thread.start()

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future[Any]:  # type: ignore[override]
        """See `sim.sweep.executors.Workers`."""
        if self.ending.is_set():
            raise RuntimeError("the workers were shut down")
        task = _Task(function, arguments)
        self.waiting.append(task)
        os.write(self.woken, b".")
        return task.future

    def alive(self) -> int:
        """Processes that run."""
        return sum(worker.process.is_alive() for worker in list(self.workers))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes; tasks they have are lost."""
        self.ending.set()
        os.write(self.woken, b".")
        self.thread.join()
        os.close(self.wake)
        os.close(self.woken)

    def _supervise(self) -> None:
        try:
            self._serve_tasks()
        finally:  # whatever ends this thread, nobody is left waiting
            self.ending.set()
            for worker in self.workers:
                worker.end()
                if worker.task is not None:
                    self.waiting.append(worker.task)
            for task in self.waiting:
                if not task.future.cancel():
                    task.future.set_exception(WorkerLostError("the executor was shut down"))

    def _serve_tasks(self) -> None:
        while not self.ending.is_set():
            self._hand_out()
            busy = [worker for worker in self.workers if worker.task is not None]
            ready = wait([self.wake, *(worker.connection for worker in busy)], timeout=0.5)
            if self.wake in ready:
                os.read(self.wake, 4096)
            for worker in busy:
                if worker.connection in ready:
                    self._answer(worker)
                elif monotonic() - worker.since > self.limit:
                    self._lose(worker, f"took longer than {self.limit:g} s")

    def _hand_out(self) -> None:
        """Gives waiting tasks to idle workers, and starts those that are not there yet."""
        idle = [worker for worker in self.workers if worker.task is None]
        while self.waiting and (idle or len(self.workers) < self.count):
            worker = idle.pop() if idle else self._start()
            if not worker.process.is_alive():
                self.workers.remove(worker)
                worker.end()
                continue
            task = self.waiting.popleft()
            if task.future.running() or task.future.set_running_or_notify_cancel():
                worker.give(task)
            else:
                idle.append(worker)

    def _start(self) -> _Worker:
        worker = _Worker(self.logs)
        self.workers.append(worker)
        return worker

    def _answer(self, worker: _Worker) -> None:
        assert worker.task is not None
        try:
            fine, value = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.join(5)
            self._lose(worker, f"ended with exit code {worker.process.exitcode}")
            return
        future, worker.task = worker.task.future, None
        if fine:
            future.set_result(value)
        else:
            future.set_exception(value)

    def _lose(self, worker: _Worker, why: str) -> None:
        assert worker.task is not None
        self.workers.remove(worker)
        worker.end()
        worker.task.future.set_exception(WorkerLostError(f"the worker {why}"))
