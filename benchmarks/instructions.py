"""Instructions that the compiled model executes, for each household and month.

    python benchmarks/instructions.py                 # count, and compare with instructions.json
    python benchmarks/instructions.py --note "why"    # count, and keep the figure with the reason for it

Unlike time, this does not depend on what else the machine does. Valgrind's callgrind counts; the model is compiled for
one fixed kind of processor, so that machines agree. Instructions of Python itself and of libraries are left out. The
command fails where a figure has grown by more than 5 % over the kept one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

KEPT = Path(__file__).with_name("instructions.json")
PROCESSOR = "x86-64-v3"
GROWTH = 0.05
HOUSEHOLDS = 8_000
COUNTED = {
    "month": "rules and sums of the month",
    "year": "everything compiled, a whole year with January and December",
}
MONTHS = {"month": 1, "year": 12}
# Code that numba made belongs to no file.
COMPILED_LINE = re.compile(r"^\s*([\d,]+) .*\?\?\?:0x[0-9a-f]+ \[\?\?\?\]", re.MULTILINE)


def instrumentation(state: str) -> None:
    """Switches counting on or off for this process."""
    subprocess.run(["callgrind_control", "-i", state, str(os.getpid())], check=True, stdout=subprocess.DEVNULL)


def prepare(checkpoint: str) -> None:
    """Compiles the model, runs it to 2015-12 and keeps its state; says how many households there are."""
    from measure import END, MIDDLE, Run, scenario_of

    from sim.checkpoint import save

    run = Run(scenario_of(HOUSEHOLDS), threads=1)
    run.until(MIDDLE)
    save(run.world, checkpoint)
    run.until(END)
    print(run.world.households)


def observe(checkpoint: str, what: str) -> None:
    """What runs under valgrind: a year of the model, or only the loop of a month."""
    from measure import MIDDLE, Run, scenario_of

    import sim.world
    from sim.checkpoint import restore

    run = Run(scenario_of(HOUSEHOLDS), threads=1)
    restore(run.world, checkpoint)
    if what == "month":
        advance = sim.world.advance

        def counted(*arguments: object) -> None:
            instrumentation("on")
            advance(*arguments)
            instrumentation("off")

        sim.world.advance = counted
        run.world.step()
    else:
        instrumentation("on")
        run.until(MIDDLE + 12)
        instrumentation("off")


def own(*arguments: str, under: tuple[str, ...] = ()) -> str:
    """What this file prints when it is called with other arguments, compiled for the fixed processor."""
    command = [*under, sys.executable, __file__, *arguments]
    environment = os.environ | {"NUMBA_CPU_NAME": PROCESSOR, "NUMBA_CPU_FEATURES": ""}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{ran.stderr[-2000:]}")
    return ran.stdout


def count() -> dict[str, float]:
    """Instructions for each household and month."""
    counted = {}
    with tempfile.TemporaryDirectory() as folder:
        checkpoint, out = f"{folder}/2015-12.npz", f"{folder}/counts"
        households = int(own("--prepare", checkpoint).split()[-1])
        for what, months in MONTHS.items():
            callgrind = ("valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={out}")
            own("--observe", checkpoint, what, under=callgrind)
            shown = subprocess.run(
                ["callgrind_annotate", "--threshold=100", out], capture_output=True, text=True, check=True
            )
            total = sum(int(each.replace(",", "")) for each in COMPILED_LINE.findall(shown.stdout))
            counted[what] = round(total / (households * months), 1)
    return counted


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--note", help="keep the figures that are counted, for this reason")
    parser.add_argument("--prepare", help=argparse.SUPPRESS)
    parser.add_argument("--observe", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.prepare:
        prepare(asked.prepare)
        return 0
    if asked.observe:
        observe(*asked.observe)
        return 0
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: nothing was counted")
        return 0
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    counted = count()
    for what, text in COUNTED.items():
        print(f"{counted[what]:8.1f} instructions a household and month ({kept.get(what, '-')} kept): {text}")
    if asked.note:
        KEPT.write_text(json.dumps(counted | {"note": asked.note}, indent=2) + "\n")
        return 0
    grown = [what for what in COUNTED if counted[what] > (1 + GROWTH) * kept[what]]
    if grown:
        print(f"more than {GROWTH:.0%} over what is kept; if it is worth it, say why with --note", file=sys.stderr)
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
