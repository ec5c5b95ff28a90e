"""Many runs side by side."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TypeVar

from sim.history import History
from sim.kernel.cache import mark_warm
from sim.scenario import Scenario
from sim.world import World

Result = TypeVar("Result")
Advance = Callable[[int, int], None]
TURN = 5e-5  # seconds; kernels of small runs last a tenth of a millisecond


@contextmanager
def quick_turns() -> Iterator[None]:
    """Python's threads take turns this often. By default a thread whose kernel is done waits 5 ms for its turn, many
    times what the kernel took, so that two threads were no quicker than one."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def run_each(
    scenarios: Iterable[Scenario],
    of_run: Callable[[History], Result],
    threads: int | None = None,
    progress: Advance | None = None,
    keep: Callable[[int, Result], None] = lambda position, result: None,
) -> list[Result]:
    """What `of_run` makes of each scenario's history, in order.

    Runs share nothing, so one thread each is quicker than several threads for one run.

    Parameters
    ----------
    threads : runs at a time; all processors by default. Results do not depend on it
    progress : called after each run with runs done and runs in all
    keep : called with a run's position and result as soon as it is done
    """

    def one(scenario: Scenario) -> Result:
        return of_run(World(scenario, threads=1).run())

    with quick_turns(), ThreadPoolExecutor(threads or len(os.sched_getaffinity(0))) as pool:
        runs = {pool.submit(one, scenario): position for position, scenario in enumerate(scenarios)}
        try:
            for done, run in enumerate(as_completed(runs), start=1):
                keep(runs[run], run.result())
                if progress is not None:
                    progress(done, len(runs))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    mark_warm()
    return [run.result() for run in runs]
