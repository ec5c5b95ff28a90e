"""Tries many inputs on the readers of files: changed at random, drawn by hypothesis, and by a fuzzer that is guided.

    python tests/fuzz/try_many.py --inputs 20000 --seed 1

A quarter each is drawn by hypothesis and guided by what it reaches (`guided.py`, which needs atheris), the others are
changed at random; one of fifty that could be run goes through `povsim run` too. An input that ends in anything but an
accepted file or a list of problems, that takes a minute or 2 GB, or leaves something behind is kept in `corpus/`,
where a fast test replays it for ever, and the command fails.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from random import Random

import hypothesis
from hypothesis import strategies as st
from inputs import TABLES, changed
from reading import READERS, ROOT, compiled, workplace
from trying import Trial, limited

ONE_IN = 50  # inputs that could be run goes through `povsim run`
GUIDED = Path(__file__).with_name("guided.py")
DONE = re.compile(r"Done (\d+) runs|^stat::number_of_executed_units: *(\d+)", re.MULTILINE)


def at_random(trial: Trial, kinds: list[str], number: int, seed: int) -> None:
    """Inputs that a seed and their number decide."""
    for each in range(number):
        luck = Random(f"{seed} {each}")
        kind = luck.choice(kinds)
        trial.attempt(kind, changed(kind, luck))


def by_hypothesis(trial: Trial, kinds: list[str], number: int, seed: int) -> None:
    """Inputs that hypothesis draws, all of them, whatever they find."""

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(st.sampled_from(kinds), st.randoms(use_true_random=False))
    def tried(kind: str, luck: Random) -> None:
        trial.attempt(kind, changed(kind, luck))

    tried()


def guided(kind: str, number: int, seed: int, folder: str) -> tuple[int, bool]:
    """How many inputs the guided fuzzer tried in a folder, and whether all ended as they should."""
    command = [sys.executable, str(GUIDED), "--kind", kind, f"-runs={number}", f"-seed={seed}", "-print_final_stats=1"]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}", "TMPDIR": folder}
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    done = DONE.search(made.stderr)
    if made.returncode:
        print(f"{made.stdout[-1000:]}{made.stderr[-1000:]}", flush=True)
    return int(next(filter(None, done.groups()))) if done else 0, made.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=READERS, action="append")
    arguments = parser.parse_args()
    kinds = arguments.kind or list(READERS)
    is_guided = find_spec("atheris") is not None
    share = arguments.inputs // 4
    counts = {"hypothesis": share, "guided": share if is_guided else 0}
    counts = {"random": arguments.inputs - sum(counts.values()), **counts}
    limited()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        print(f"an input that hangs is found in {folder}", flush=True)
        trial = Trial(compiled(workplace(Path(folder))), ONE_IN)
        print("inputs changed at random", flush=True)
        at_random(trial, kinds, counts["random"], arguments.seed)
        print(f"{counts['random']:,} tried; inputs drawn by hypothesis", flush=True)
        by_hypothesis(trial, kinds, counts["hypothesis"], arguments.seed)
        print(f"{counts['hypothesis']:,} tried; guided inputs", flush=True)
        parts = [kind for kind in kinds if kind not in TABLES]
        each = [guided(kind, counts["guided"] // len(parts), arguments.seed, folder) for kind in parts if is_guided]
    counts["guided"] = sum(number for number, _ in each)
    good = all(ended for _, ended in each) and not any(result == "broken" for _, result in trial.counts)
    if not is_guided:
        print("atheris is not installed: no input was guided")
    for (kind, result), count in sorted(trial.counts.items()):
        print(f"{kind:10} {result:10} {count:7,}")
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    said = ", ".join(f"{way} {count:,}" for way, count in counts.items())
    print(f"{sum(counts.values()):,} inputs ({said}) in {time.perf_counter() - started:,.0f} s")
    print(f"{trial.commands:,} went through povsim run too; most memory {memory:,.0f} MB")
    print(f"the slowest to read took {trial.slowest:.2f} s of processor time")
    return 0 if good else 1


if __name__ == "__main__":
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    sys.exit(main())
