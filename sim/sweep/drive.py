"""Hands the missing runs of a sweep to workers, a chunk at a time, until none is left."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.sweep.executors import WorkerLostError, Workers
from sim.sweep.folder import SweepFolder
from sim.sweep.parts import write_failures
from sim.sweep.plan import rows_of
from sim.sweep.status import DONE, plan_of
from sim.sweep.work import Done, failure, work

CHUNK_SECONDS = 20.0
LARGEST_CHUNK = 1_000
ATTEMPTS = 3
ERRORS_IN_A_ROW = 5
AHEAD = 2  # chunks in hand for each worker


class StoppedError(RuntimeError):
    """The sweep can not go on; what is done is kept."""


@dataclass
class Counts:
    """How a sweep goes, for whoever watches."""

    planned: int
    done: int
    failed: int = 0
    made: int = 0  # runs that ended since this start
    lost: int = 0  # workers
    alive: int = 0


@dataclass
class _Chunk:
    runs: list[int]
    attempts: int = 0


@dataclass
class Drive:
    """One start of a sweep.

    Parameters
    ----------
    workers, count : who works, and how many there should be
    watch : called about once a second
    chunk_seconds : about how long a chunk of runs takes; what a killed worker may lose
    """

    folder: SweepFolder
    state: NDArray[np.uint8]
    workers: Workers
    count: int
    watch: Callable[[Counts], None] = lambda counts: None
    chunk_seconds: float = CHUNK_SECONDS
    seconds_a_run: float | None = None
    again: deque[_Chunk] = field(default_factory=deque)
    errors: int = 0

    def run(self) -> Counts:
        """Make every run that is not done.

        Raises
        ------
        StoppedError
            Where results can not be written, or are not what was planned.
        """
        counts = Counts(len(self.state), int(np.count_nonzero(self.state == DONE)))
        fresh = self._fresh()
        pending: dict[Future[Done], _Chunk] = {}
        while True:
            while len(pending) < AHEAD * self.count:
                chunk = self.again.popleft() if self.again else next(fresh, None)
                if chunk is None:
                    break
                pending[self.workers.submit(work, str(self.folder.path), chunk.runs)] = chunk
            counts.alive = self.workers.alive()
            self.watch(counts)
            if not pending:
                return counts
            for future in wait(pending, timeout=1, return_when=FIRST_COMPLETED).done:
                self._settle(pending.pop(future), future, counts)

    def _fresh(self) -> Iterator[_Chunk]:
        """Chunks of the runs that are not done; one run each until it is known how long they take."""
        left, start = int(np.count_nonzero(self.state != DONE)), 0
        while left:
            block = np.flatnonzero(self.state[start : start + LARGEST_CHUNK] != DONE)[: self._size(left)] + start
            if len(block) == 0:
                start += LARGEST_CHUNK
                continue
            start = int(block[-1]) + 1
            left -= len(block)
            yield _Chunk(block.tolist())

    def _size(self, left: int) -> int:
        if self.seconds_a_run is None:
            return 1
        fair = math.ceil(left / (AHEAD * self.count))
        return max(1, min(LARGEST_CHUNK, fair, int(self.chunk_seconds / self.seconds_a_run)))

    def _settle(self, chunk: _Chunk, future: Future[Done], counts: Counts) -> None:
        try:
            done = future.result()
        except WorkerLostError as error:
            counts.lost += 1
            self._retry(chunk, error, counts)
        except Exception as error:
            self.errors += 1
            if self.errors >= ERRORS_IN_A_ROW or not isinstance(error, OSError):
                raise StoppedError(str(error)) from error
            self.again.append(chunk)
        else:
            self.errors = 0
            counts.done += done.done
            counts.failed += done.failed
            counts.made += done.done + done.failed
            pace = done.seconds / len(chunk.runs)
            self.seconds_a_run = pace if self.seconds_a_run is None else (self.seconds_a_run + pace) / 2

    def _retry(self, chunk: _Chunk, error: WorkerLostError, counts: Counts) -> None:
        """Runs that were lost together are given out alone, to find the one that kills; it fails in the end."""
        if len(chunk.runs) > 1:
            self.again.extend(_Chunk([run]) for run in chunk.runs)
        elif chunk.attempts + 1 < ATTEMPTS:
            self.again.append(_Chunk(chunk.runs, chunk.attempts + 1))
        else:
            row = next(rows_of(plan_of(self.folder), chunk.runs))
            write_failures(self.folder.path, self.folder.plan, [failure(self.folder, row, error)])
            counts.failed += 1
            counts.made += 1
