"""What a sweep costs beside its runs: overhead, throughput of tiny runs, memory of the driver.

    python benchmarks/sweep.py [--runs N] [--tiny N] [--planned N [N ...]]

Overhead is what workers do besides simulating, as a share of processor time, and the share of time in which they wait
for the driver. Starting up (some seconds) is not counted. Others who use the machine slow the runs themselves down,
which changes no share, but makes the throughput of tiny runs worse.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from measure import GANZHOU, peak_bytes, table

from sim.sweep import drive
from sim.sweep.drive import Drive
from sim.sweep.executors import workers
from sim.sweep.folder import LOGS, prepare_folder
from sim.sweep.read import load_sweep
from sim.sweep.status import DONE, take_stock
from sim.sweep.work import Done, work

SMALL = GANZHOU.parent.parent / "tests" / "small.yaml"
WORKERS = 2
SWEEP = """
name: benchmark
base: {base}
set: [{settings}]
factors: {{illness: {{path: health.incidence, range: [0.03, 0.08]}}}}
design: {{kind: lhs, points: {points}}}
outputs: {{measures: [register_incidence, income_incidence, exits_persons, outlays], levels: [region, county]}}
"""


def sweep_in(folder: Path, base: Path, settings: str, points: int) -> Any:
    """A loaded sweep of so many runs."""
    path = folder / "sweep.yaml"
    path.write_text(SWEEP.format(base=base, settings=settings, points=points))
    return load_sweep(path)


def timed_work(path: str, runs: list[int]) -> Done:
    """The work of a chunk; notes its seconds, processor seconds, and processor seconds of simulating alone."""
    from sim.sweep import work as module

    real, simulated = module.simulate, 0.0

    def simulate(*asked: Any) -> Any:
        nonlocal simulated
        began = process_time()
        history = real(*asked)
        simulated += process_time() - began
        return history

    module.simulate = simulate
    began, processor = perf_counter(), process_time()
    try:
        return work(path, runs)
    finally:
        module.simulate = real
        with (Path(path) / LOGS / f"times-{os.getpid()}").open("a") as notes:
            end = perf_counter()
            notes.write(f"{len(runs)} {began} {end} {process_time() - processor} {simulated}\n")


def times_of(folder: Path) -> list[list[list[float]]]:
    """For each worker its chunks; the first, in which it loads the model, is left out."""
    files = sorted((folder / LOGS).glob("times-*"))
    return [[[float(word) for word in line.split()] for line in file.read_text().splitlines()][1:] for file in files]


def overhead(runs: int) -> list[list[str]]:
    """Runs of about a second on two processes."""
    with tempfile.TemporaryDirectory() as temporary:
        loaded = sweep_in(Path(temporary), GANZHOU, "population.scale=0.05", runs)
        folder = prepare_folder(loaded, Path(temporary) / "out")
        drive.work = timed_work
        with workers("processes", WORKERS) as executor:
            Drive(folder, take_stock(folder).state, executor, WORKERS).run()
        drive.work = work
        assert take_stock(folder).count(DONE) == runs
        per_worker = times_of(folder.path)
    chunks = [chunk for worker in per_worker for chunk in worker]
    processor, simulated = sum(chunk[3] for chunk in chunks), sum(chunk[4] for chunk in chunks)
    gaps = sum(later[1] - earlier[2] for worker in per_worker for earlier, later in pairwise(worker))
    span = sum(worker[-1][2] - worker[0][1] for worker in per_worker if worker)
    besides, waiting = (processor - simulated) / simulated, gaps / span
    return [
        ["seconds of simulating a run (processor)", f"{simulated / sum(chunk[0] for chunk in chunks):.2f}", ""],
        ["besides, as a share of it", f"{besides:.1%}", ""],
        ["waiting for the driver", f"{waiting:.1%}", ""],
        ["overhead", f"{besides + waiting:.1%}", "< 5 %"],
    ]


def throughput(runs: int) -> list[list[str]]:
    """Tiny runs of 600 households and three years, start and planning counted."""
    with tempfile.TemporaryDirectory() as temporary:
        began = perf_counter()
        loaded = sweep_in(Path(temporary), SMALL, "period.end=2012-12", runs)
        folder = prepare_folder(loaded, Path(temporary) / "out")
        with workers("processes", WORKERS) as executor:
            Drive(folder, take_stock(folder).state, executor, WORKERS).run()
        seconds = perf_counter() - began
        files = sum(1 for _ in (folder.path / "parts").rglob("*.parquet"))
    return [
        [f"seconds of {runs:,} tiny runs", f"{seconds:.0f}", ""],
        ["minutes of 10,000 at that pace", f"{seconds / runs * 10_000 / 60:.1f}", "< 10"],
        ["files of results", f"{files:,}", ""],
    ]


class Instant:
    """Workers that do nothing at once, so that only the driver is measured."""

    def submit(self, _: Any, path: str, runs: list[int]) -> Future[Done]:
        future: Future[Done] = Future()
        future.set_result(Done(len(runs), 0, 0.1 * len(runs)))
        return future

    def alive(self) -> int:
        return WORKERS


def driver_peak(planned: int) -> tuple[float, float, float]:
    """Peak megabytes of a driver before it plans, after, and after it has handed out every run; a fresh process."""
    with tempfile.TemporaryDirectory() as temporary:
        loaded = sweep_in(Path(temporary), SMALL, "period.end=2012-12", planned)
        before = peak_bytes()
        folder = prepare_folder(loaded, Path(temporary) / "out")
        after = peak_bytes()
        counts = Drive(folder, take_stock(folder).state, Instant(), WORKERS).run()
        assert counts.made == planned
    return before / 1e6, after / 1e6, peak_bytes() / 1e6


def memory(sizes: list[int]) -> list[list[str]]:
    """Memory of the driver for sweeps of several sizes."""
    rows = []
    for size in sizes:
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            before, after, end = process.submit(driver_peak, size).result()
        label = f"MB of the driver of {size:,} runs: before planning, after, at the end"
        rows.append([label, f"{before:.0f} {after:.0f} {end:.0f}", "flat"])
    return rows


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=120, help="runs of a second, at least 40")
    parser.add_argument("--tiny", type=int, default=10_000, help="tiny runs")
    parser.add_argument("--planned", type=int, nargs="+", default=[1_000, 100_000, 1_000_000], help="sizes of sweeps")
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    rows = overhead(given.runs) + throughput(given.tiny) + memory(given.planned)
    table("Sweeps on two processes", ["", "value", "bar"], rows)


if __name__ == "__main__":
    main()
