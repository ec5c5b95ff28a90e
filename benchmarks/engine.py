"""How fast the full month is, beside a reference loop and a plain Mesa model that are timed in turn with it.

    python benchmarks/engine.py [--households N] [--months M] [--json FILE]

Whoever else uses the machine slows all of them down, so the ratios say more than the speeds.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

from measure import END, MIDDLE, Run, peak_bytes, processors, repeat, scenario_of, state_bytes, table, warm_up
from plain_mesa import Region
from reference import Reference

TURN = 12
SMALL_REFERENCE = 300_000
MESA_HOUSEHOLDS = 20_000
BARS = {
    "full month / reference, one thread": (">=", 0.4),
    "full month / plain Mesa, one thread": (">=", 100),
    "full month, all threads / one": (">=", 1.8),
    "bytes of state a household": ("<=", 300),
    "seconds of a whole run": ("<", 25),
}


@dataclass
class Speed:
    """Household-months and seconds of each turn."""

    done: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, done: float, seconds: float) -> None:
        """Keeps a turn."""
        self.done.append(done)
        self.seconds.append(seconds)

    @property
    def turns(self) -> list[float]:
        """Household-months per second of each turn."""
        return [done / seconds for done, seconds in zip(self.done, self.seconds, strict=True)]

    @property
    def mean(self) -> float:
        """Household-months per second over all turns."""
        return sum(self.done) / sum(self.seconds)


def whole_run(households: int | None) -> dict[str, float]:
    """The period from its first month on all threads; needs a process of its own, for its memory."""
    warm_up()
    before = peak_bytes()
    run = Run(scenario_of(households))
    seconds = run.until(END)
    return {
        "seconds": seconds,
        "state_bytes": state_bytes(run.world) / run.world.households,
        "peak_bytes": (peak_bytes() - before) / run.world.households,
    }


def speeds(households: int | None, months: int) -> tuple[int, dict[str, Speed]]:
    """Turn by turn: a year of the full month, then the others for as long; one thread, then all."""
    warm_up()
    threads = {"one thread": 1, "all threads": processors()}
    full = {name: Run(scenario_of(households), number) for name, number in threads.items()}
    for run in full.values():
        run.until(MIDDLE)
    simulated = full["one thread"].world.households
    reference = {name: Reference(simulated, number) for name, number in threads.items()}
    small, region = Reference(SMALL_REFERENCE), Region(MESA_HOUSEHOLDS)
    for other in (*reference.values(), small, region):
        other.step()
    kinds = [f"{kind}, {name}" for kind in ("full month", "reference") for name in threads]
    result = {kind: Speed() for kind in [*kinds, "reference of 300,000, one thread", "plain Mesa, one thread"]}

    def beside(kind: str, model: Reference | Region, size: int, seconds: float) -> None:
        times, taken = repeat(model.step, seconds)
        result[kind].add(times * size, taken)

    for end in range(MIDDLE + TURN, MIDDLE + months + 1, TURN):
        for name, run in full.items():
            taken = run.until(end)
            result[f"full month, {name}"].add(TURN * simulated, taken)
            beside(f"reference, {name}", reference[name], simulated, taken)
        beside("reference of 300,000, one thread", small, SMALL_REFERENCE, taken / 2)
        beside("plain Mesa, one thread", region, MESA_HOUSEHOLDS, taken / 2)
    return simulated, result


def ratios(result: dict[str, Speed], whole: dict[str, float]) -> dict[str, tuple[float, list[float]]]:
    """What the bars are about: its value over all turns, and turn by turn."""

    def ratio(above: str, below: str) -> tuple[float, list[float]]:
        turns = zip(result[above].turns, result[below].turns, strict=True)
        return result[above].mean / result[below].mean, [a / b for a, b in turns]

    return {
        "full month / reference, one thread": ratio("full month, one thread", "reference, one thread"),
        "full month / reference, all threads": ratio("full month, all threads", "reference, all threads"),
        "full month / plain Mesa, one thread": ratio("full month, one thread", "plain Mesa, one thread"),
        "full month, all threads / one": ratio("full month, all threads", "full month, one thread"),
        "reference, all threads / one": ratio("reference, all threads", "reference, one thread"),
        "bytes of state a household": (whole["state_bytes"], []),
        "bytes of memory at the peak a household": (whole["peak_bytes"], []),
        "seconds of a whole run": (whole["seconds"], []),
    }


def judged(name: str, value: float) -> tuple[str, str]:
    """The bar of a figure, and whether it is met."""
    if name not in BARS:
        return "", ""
    sign, bar = BARS[name]
    met = {">=": value >= bar, "<=": value <= bar, "<": value < bar}[sign]
    return f"{sign} {bar:g}", "met" if met else "NOT MET"


def spread(values: list[float]) -> str:
    """Lowest, median and highest."""
    return f"{min(values):.2f} {median(values):.2f} {max(values):.2f}" if values else ""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--households", type=int, help="a sample of about this many; everybody by default")
    parser.add_argument("--months", type=int, default=END - MIDDLE, help="months to time from 2016-01, whole years")
    parser.add_argument("--json", type=Path, help="file for all figures")
    given = parser.parse_args()
    if not TURN <= given.months <= END - MIDDLE:
        parser.error(f"--months is between {TURN} and {END - MIDDLE}")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        whole = process.submit(partial(whole_run, given.households)).result()
    simulated, result = speeds(given.households, given.months)
    figures = ratios(result, whole)
    load = os.getloadavg()[0]
    print(f"{simulated:,} households, {processors()} processors, load {load:.1f}; each turn is a year")
    table(
        "Speed, million household-months a second",
        ["", "all turns", "low median high turn"],
        [
            [kind, f"{speed.mean / 1e6:.2f}", spread([turn / 1e6 for turn in speed.turns])]
            for kind, speed in result.items()
        ],
    )
    table(
        "Against the bars",
        ["", "value", "low median high turn", "bar", ""],
        [[name, f"{value:.2f}", spread(turns), *judged(name, value)] for name, (value, turns) in figures.items()],
    )
    if given.json:
        report = {
            "households": simulated,
            "processors": processors(),
            "load": load,
            "household_months_per_second": {kind: {"all": s.mean, "turns": s.turns} for kind, s in result.items()},
            "figures": {name: {"value": value, "turns": turns} for name, (value, turns) in figures.items()},
        }
        given.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
