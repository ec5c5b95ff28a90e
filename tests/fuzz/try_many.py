"""Tries many inputs on the readers of files, in a process that may use 2 GB, and a minute for each.

    python tests/fuzz/try_many.py --inputs 20000 --seed 1

An input that ends in anything but an accepted file or a list of problems is kept in `corpus/`, where a fast test
replays it for ever, and the command fails.
"""

from __future__ import annotations

import argparse
import faulthandler
import hashlib
import os
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

from mutate import mutate
from reading import CORPUS, SEEDS, compiled, read, seed, workplace

MEMORY = 2 << 30
SECONDS = 60
KINDS = tuple(SEEDS)


def limited() -> None:
    """Bounds the memory of this process."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def kept(kind: str, data: bytes) -> Path:
    """Keeps an input in the corpus."""
    path = CORPUS / f"{kind}-{hashlib.sha256(data).hexdigest()[:10]}.yaml"
    path.write_bytes(data)
    return path


def attempt(kind: str, path: Path, data: bytes) -> tuple[str, float]:
    """What became of one input, and the seconds that it took."""
    path.write_bytes(data)
    before = sorted(each.name for each in path.parent.iterdir())
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    started = time.process_time()
    try:
        result = read(kind, path)
        assert sorted(each.name for each in path.parent.iterdir()) == before, "something was left behind"
    except (Exception, RecursionError) as error:
        found = kept(kind, data)
        at = traceback.extract_tb(error.__traceback__)[-1]
        print(f"{found.name}: {type(error).__name__} at {Path(at.filename).name}:{at.lineno}: {str(error)[:300]}")
        result = "broken"
    finally:
        faulthandler.cancel_dump_traceback_later()
    return result, time.process_time() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS, action="append")
    arguments = parser.parse_args()
    kinds = arguments.kind or list(KINDS)
    limited()
    counts: Counter[tuple[str, str]] = Counter()
    slowest = 0.0
    seeds = {kind: [seed(name) for name in SEEDS[kind]] for kind in kinds}
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        print(f"an input that hangs is found in {folder}", flush=True)
        paths = compiled(workplace(Path(folder)))
        for number in range(arguments.inputs):
            luck = Random(f"{arguments.seed} {number}")
            kind = luck.choice(kinds)
            data = mutate(luck.choices(seeds[kind], list(SEEDS[kind].values()))[0], luck)
            result, seconds = attempt(kind, paths[kind], data)
            counts[kind, result] += 1
            slowest = max(slowest, seconds)
    for (kind, result), count in sorted(counts.items()):
        print(f"{kind:10} {result:10} {count:7,}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = time.perf_counter() - started
    print(f"{arguments.inputs:,} inputs in {seconds:,.0f} s, most memory {memory:,.0f} MB")
    print(f"the slowest took {slowest:.2f} s of processor time")
    return 1 if any(result == "broken" for _, result in counts) else 0


if __name__ == "__main__":
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    sys.exit(main())
