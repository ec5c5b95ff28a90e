"""Runs that were asked for: one at a time, each in a process of its own, the others wait."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WORKER = (sys.executable, "-m", "sim.dashboard.worker")
PROJECT = Path(__file__).parents[2]
MOST_WAITING = 20
KEPT = 20
PATIENCE = 10.0  # seconds from asking a process to end until it is ended
LAST_WORDS = 2000  # characters of standard error


@dataclass
class Job:
    """A run that was asked for.

    Attributes
    ----------
    run : name of the folder that it writes
    order : what the worker reads
    state : waiting, running, done, failed or cancelled
    progress : the worker's last lines of JSON, merged
    """

    id: str
    name: str
    run: str
    order: dict[str, Any]
    state: str = "waiting"
    progress: dict[str, Any] = field(default_factory=dict)
    error: str = ""

    def shown(self) -> dict[str, Any]:
        """What the browser is told."""
        return {
            "id": self.id,
            "name": self.name,
            "run": self.run,
            "state": self.state,
            "error": self.error,
            **self.progress,
        }


class QueueFullError(Exception):
    """No further run is taken."""


class Jobs:
    """The queue; all of it lives in one event loop."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._added = asyncio.Event()
        self._process: Process | None = None
        self._number = 0

    def __iter__(self) -> Any:
        return iter(self._jobs.values())

    def add(self, name: str, run: str, order: dict[str, Any]) -> Job:
        """Queue a run; one that waits or runs already is not queued twice.

        Raises
        ------
        QueueFullError
        """
        open_jobs = [job for job in self if job.state in ("waiting", "running")]
        for job in open_jobs:
            if job.run == run:
                return job
        if len(open_jobs) >= MOST_WAITING:
            raise QueueFullError
        self._number += 1
        job = Job(str(self._number), name, run, order)
        closed = [each.id for each in self if each.state not in ("waiting", "running")]
        for old in closed[: max(0, len(closed) - KEPT + 1)]:
            del self._jobs[old]
        self._jobs[job.id] = job
        self._added.set()
        return job

    async def cancel(self, number: str) -> bool:
        """Stop a run, or take it out of the queue; whether there was one to stop."""
        job = self._jobs.get(number)
        if job is None or job.state not in ("waiting", "running"):
            return False
        was_running, job.state = job.state == "running", "cancelled"
        if was_running:
            await self._end()
        return True

    async def work(self) -> None:
        """Run one job after another, until cancelled; a process that runs then is ended."""
        try:
            while True:
                job = next((each for each in self if each.state == "waiting"), None)
                if job is None:
                    self._added.clear()
                    await self._added.wait()
                    continue
                try:
                    await self._run(job)
                except (OSError, ValueError) as error:
                    # A process that can not be started, or says what no worker says, is one failed run.
                    job.state, job.error = "failed", str(error)
                    await self._end()
        finally:
            await self._end()

    async def _run(self, job: Job) -> None:
        job.state = "running"
        path = os.pathsep.join([str(PROJECT), *filter(None, [os.environ.get("PYTHONPATH")])])
        # In a session of its own, Ctrl-C in the terminal reaches the dashboard alone, which then ends the run.
        self._process = process = await asyncio.create_subprocess_exec(
            *WORKER,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=os.environ | {"PYTHONPATH": path},
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stderr is not None
        if job.state == "cancelled":  # while it was being started
            await self._end()
        errors = asyncio.create_task(process.stderr.read())
        with suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(json.dumps(job.order).encode())
            await process.stdin.drain()
        process.stdin.close()
        await self._follow(job, process)
        code = await process.wait()
        words = (await errors).decode(errors="replace")[-LAST_WORDS:]
        if job.state == "running":
            job.state = "done" if code == 0 else "failed"
            if code != 0 and not job.error:
                job.error = words.strip() or f"the process ended with code {code}"

    @staticmethod
    async def _follow(job: Job, process: Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            said = json.loads(line)
            job.error = said.pop("error", job.error)
            job.progress |= said

    async def _end(self) -> None:
        """Ask the running process to end, and end it when it does not."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
