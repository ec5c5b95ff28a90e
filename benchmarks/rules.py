"""Where the time of a run goes: seconds a year for each stage, nanoseconds a household for each rule.

    python benchmarks/rules.py [--households N]

The years are 2016 to 2020; rules are timed on the state they end in, each alone on so few households that its
columns stay in the processor's cache, as those of a block do within the month. The last rows are all rules in
one, on these few and on everybody: the difference is memory.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
from measure import END, MIDDLE, YEARS, Run, scenario_of, table, warm_up
from numba import njit

import sim.world
from sim.columns import FLOW
from sim.engine import TOTALS, add_up
from sim.kernel.luck import month_salt
from sim.kernel.numeric import COMPILED
from sim.kernel.rule import BLOCK, fuse
from sim.month import MONTH
from sim.recorder import Recorder
from sim.spells import Spells
from sim.world import World

FEW = 8_000
REPEATS = 100
STAGES: dict[str, tuple[Any, str]] = {
    "rules and sums": (sim.world, "advance"),
    "enrolments whose turn has come": (sim.world, "settle"),
    "openings": (sim.world, "open_places"),
    "places take stock": (sim.world, "take_stock"),
    "January": (sim.world, "turn_year"),
    "certification": (sim.world, "look_back"),
    "register": (sim.world, "december"),
    "register counted": (sim.world, "count_register"),
    "spells": (Spells, "cross"),
    "instruments' tables": (World, "instrument_tables"),
    "recording": (Recorder, "record"),
}


def over_villages(rules: Sequence[Any], name: str) -> Callable[..., None]:
    """A compiled loop that runs some rules alone, with the month's flows at hand."""
    chained = fuse(rules, name)

    @njit(**COMPILED)
    def loop(h, f, v, p, now, villages):
        queue = np.empty(BLOCK, np.uint32)
        for k in range(villages):
            for b in range(v.first[k], v.end[k], BLOCK):
                chained(h, f, v, p, now, k, np.uint64(b), np.uint64(min(b + BLOCK, v.end[k])), np.uint64(0), queue)

    return loop


@njit(**COMPILED)
def sums(h, f, v, p, now, villages):
    """The month's sums alone."""
    totals = np.zeros((villages, len(TOTALS)), np.int64)
    for k in range(villages):
        for b in range(v.first[k], v.end[k], BLOCK):
            add_up(h, f, k, np.uint64(b), np.uint64(min(b + BLOCK, v.end[k])), np.uint64(0), totals)


class Part:
    """The first villages of a world, its month's flows with them."""

    def __init__(self, world: World, households: int) -> None:
        self.world = world
        self.villages = int(np.searchsorted(world.bounds, households))
        self.households = int(world.bounds[self.villages])
        self.flows = FLOW.empty(self.households)

    def nanoseconds(self, loop: Callable[..., None], repeats: int) -> float:
        """Time a household, without that of the call, on a copy of the state; every time in another month."""
        world = self.world
        h = type(world.h)(*(column[: self.households].copy() for column in world.h))

        def seconds(villages: int, month: int) -> float:
            now = world.now._replace(salt=np.uint32(month_salt(np.uint32(month))))
            begin = perf_counter()
            loop(h, self.flows, world.v, world.parameters, now, villages)
            return perf_counter() - begin

        seconds(self.villages, 0)
        times = [seconds(self.villages, month) - seconds(0, month) for month in range(1, repeats + 1)]
        return median(times) / self.households * 1e9


def timed(owner: Any, name: str, clock: list[float]) -> None:
    """Puts a clock around a function of a module or class."""
    function = getattr(owner, name)

    def call(*arguments: Any, **named: Any) -> Any:
        begin = perf_counter()
        try:
            return function(*arguments, **named)
        finally:
            clock[0] += perf_counter() - begin

    setattr(owner, name, call)


def time_stages(run: Run) -> None:
    """Prints seconds a year for each stage of the years 2016 to 2020."""
    clocks = {stage: [0.0] for stage in STAGES}
    for stage, (owner, name) in STAGES.items():
        timed(owner, name, clocks[stage])
    total = run.until(END)
    taken = {stage: clock[0] for stage, clock in clocks.items()}
    taken["everything else"] = total - sum(taken.values())
    taken["all"] = total
    nanoseconds = 1e9 / (12 * YEARS * run.world.households)
    rows = [
        [stage, f"{time / YEARS:.3f}", f"{time / total:.0%}", f"{time * nanoseconds:.2f}"]
        for stage, time in taken.items()
    ]
    table("A year of the full month, one thread", ["", "seconds", "share", "ns a household and month"], rows)


def time_rules(world: World) -> None:
    """Prints nanoseconds for each rule."""
    few, everybody = Part(world, FEW), Part(world, world.households)
    month = over_villages(MONTH, "month")
    together = few.nanoseconds(month, REPEATS)  # leaves the flows of a whole month for the rules that follow
    alone = {rule.name: few.nanoseconds(over_villages([rule], rule.name), REPEATS) for rule in MONTH}
    alone["sums"] = few.nanoseconds(sums, REPEATS)
    rows = [[name, f"{time:.2f}"] for name, time in alone.items()]
    rows += [
        ["all of these, one by one", f"{sum(alone.values()):.2f}"],
        [f"all rules in one, {few.households:,} households", f"{together:.2f}"],
        [f"all rules in one, {world.households:,}, flows kept", f"{everybody.nanoseconds(month, 5):.2f}"],
    ]
    table("Nanoseconds a household and month", ["", "ns"], rows)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, help="a sample of about this many; everybody by default")
    given = parser.parse_args()
    warm_up()
    run = Run(scenario_of(given.households), threads=1)
    run.until(MIDDLE)
    time_stages(run)
    time_rules(run.world)


if __name__ == "__main__":
    main()
