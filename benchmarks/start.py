"""Start times of the command line: wall and processor time of whole commands, as ratios to a fixed work in Python.

Each command runs in a process of its own, in turn with the fixed work and, where another checkout is named, with the
same command from there. Of all turns the least counts: others use the machine, and nothing makes a command faster.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

from measure import GANZHOU, table

HERE = Path(__file__).resolve().parent.parent
FIXED_WORK = "sum(i * i % 7 for i in range(10_000_000))"
POVSIM = "from sim.cli import main; main()"


class Seconds(NamedTuple):
    """Of one process, or the least of several."""

    wall: float
    processor: float


def time(code: str, arguments: list[str], checkout: Path) -> Seconds:
    """Of a Python process that ends well; what it prints is thrown away."""
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    begin = perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], cwd=checkout, env=environment, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"povsim {' '.join(arguments)} ended with code {process.returncode}")
    return Seconds(perf_counter() - begin, used.ru_utime + used.ru_stime)


def least(taken: list[Seconds]) -> Seconds:
    """The least of each."""
    return Seconds(min(each.wall for each in taken), min(each.processor for each in taken))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--beside", type=Path, help="another checkout, measured in turn with this one")
    options = parser.parse_args()
    checkouts = {"": HERE} | ({"beside": options.beside.resolve()} if options.beside else {})
    scenario = str(GANZHOU.relative_to(HERE))
    with TemporaryDirectory() as folder:
        commands = {
            "--help": ["--help"],
            "validate": ["validate", scenario],
            "run --scale 0.05": ["run", scenario, "--scale", "0.05", "--quiet", "--force", "--out", f"{folder}/out"],
        }
        for checkout in checkouts.values():
            time(POVSIM, commands["run --scale 0.05"], checkout)  # compiles the model
        seen: dict[tuple[str, str], list[Seconds]] = {}
        for _ in range(options.turns):
            seen.setdefault(("fixed work", ""), []).append(time(FIXED_WORK, [], HERE))
            for name, arguments in commands.items():
                for which, checkout in checkouts.items():
                    seen.setdefault((name, which), []).append(time(POVSIM, arguments, checkout))
    fixed = least(seen["fixed work", ""])
    rows = []
    for (name, which), taken in seen.items():
        wall, processor = least(taken)
        ratios = [f"{wall / fixed.wall:.2f}", f"{processor / fixed.processor:.2f}"]
        rows.append([f"{name} {which}".strip(), f"{wall:.2f}", f"{processor:.2f}", *ratios])
    head = ["command", "wall s", "processor s", "wall / fixed", "processor / fixed"]
    table(f"Least of {options.turns} turns", head, rows)


if __name__ == "__main__":
    main()
