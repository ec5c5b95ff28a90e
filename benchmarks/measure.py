"""What both benchmarks need: the model at a given size, clocks, memory and tables."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from sim.calendar import month_number
from sim.recorder import Recorder
from sim.scenario import load_scenario
from sim.scenario.model import Scenario
from sim.world import World

GANZHOU = Path(__file__).parent.parent / "scenarios" / "ganzhou.yaml"
WARM_UP = 20_000
MIDDLE = month_number(2015, 12)
END = month_number(2020, 12)
YEARS = (END - MIDDLE) // 12


class Run:
    """A world and its recorder, every instrument, the register and the history switched on."""

    def __init__(self, scenario: Scenario, threads: int | None = None) -> None:
        self.world = World(scenario, threads=threads)
        self.recorder = Recorder(self.world)

    def until(self, month: int) -> float:
        """Runs to the end of a month; the seconds that it took."""
        begin = perf_counter()
        while self.world.month < month:
            self.world.step()
            self.recorder.record()
        return perf_counter() - begin


def scenario_of(households: int | None) -> Scenario:
    """Ganzhou, or a sample of its villages with about this many households."""
    scenario = load_scenario(GANZHOU).scenario
    if households is None:
        return scenario
    scale = min(households / scenario.population.households, 1.0)
    return load_scenario(GANZHOU, [f"population.scale={scale}"]).scenario


def warm_up() -> None:
    """Compiles everything that a run needs, or fetches it from the cache."""
    Run(scenario_of(WARM_UP)).until(END)


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


def state_bytes(world: World) -> int:
    """Bytes of all arrays that a world keeps between months: columns, streams, enrolments, pools and sums."""
    arrays = arrays_in(tuple(vars(world).values()))
    # An array from a compiled function has a base that is no array.
    bases = (array.base if isinstance(array.base, np.ndarray) else array for array in arrays)
    owners = {id(owner): owner for owner in bases}
    return sum(owner.nbytes for owner in owners.values())


def arrays_in(value: Any) -> list[np.ndarray]:
    """An array, or those of a list or tuple of whatever depth."""
    if isinstance(value, np.ndarray):
        return [value]
    return [array for part in value for array in arrays_in(part)] if isinstance(value, list | tuple) else []


def peak_bytes() -> int:
    """Most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def repeat(work: Callable[[], Any], seconds: float) -> tuple[int, float]:
    """Runs `work` until the time is over; how often, and the seconds it took."""
    times, begin = 0, perf_counter()
    while True:
        work()
        times += 1
        taken = perf_counter() - begin
        if taken >= seconds:
            return times, taken


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table: the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    print(f"\n{title}")
    for row in [head, ["-" * width for width in widths], *rows]:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        print("  " + "  ".join(cells).rstrip())
