"""A fuzzer that looks for inputs which reach new lines of the readers; needs `atheris`.

    python tests/fuzz/guided.py --kind scenario -runs=5000

Further options are those of libFuzzer. What breaks is kept in `corpus/`; `try_many.py` runs it too.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["ruamel", "sim.scenario", "sim.sweep", "sim.microdata", "calibration"]):
    from reading import READERS, SEEDS, scenario, seed, workplace

from mutate import mutate
from trying import Trial, limited

MOST_BYTES = 30_000


def changed(data: bytes, most: int, luck: int) -> bytes:
    """libFuzzer's own changes seldom leave a YAML file whole; these do, three times of four."""
    return mutate(data, Random(luck))[:most] if luck % 4 else atheris.Mutate(data, most)


def main() -> None:
    kind = sys.argv.pop(sys.argv.index("--kind") + 1) if "--kind" in sys.argv else "scenario"
    options = [each for each in sys.argv if each != "--kind"]
    assert kind in READERS, f"--kind takes {', '.join(READERS)}"
    folder = Path(tempfile.mkdtemp(prefix="guided."))
    trial = Trial(workplace(folder))
    starts = folder / "starts"
    starts.mkdir()
    for number, name in enumerate(SEEDS[kind]):
        if len(seed(name)) <= MOST_BYTES:
            (starts / str(number)).write_bytes(seed(name))

    # The month is compiled, and a fuzzer does not see into it.
    READERS["scenario"] = partial(scenario, month=False)

    def one(data: bytes) -> None:
        assert trial.attempt(kind, data)

    limited()
    # A leak would be Python's own cache of instrumented code.
    limits = [f"-max_len={MOST_BYTES}", "-timeout=20", "-detect_leaks=0", "-len_control=0"]
    atheris.Setup([*options, *limits, str(starts)], one, custom_mutator=changed)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
