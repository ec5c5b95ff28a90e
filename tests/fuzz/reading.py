"""Reads a file as the commands do, as far as it can be read, and checks how it is refused otherwise."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from calibration.evidence import load_evidence
from calibration.targets import load_targets
from sim.columns import HOUSEHOLD
from sim.scenario import LoadedScenario, ScenarioError, explain, load_scenario
from sim.scenario.load import ScenarioText, read_scenario, resolve
from sim.sweep.plan import tables
from sim.sweep.read import load_sweep

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests"))

from own_survey import put, survey  # noqa: E402

CORPUS = Path(__file__).with_name("corpus")
LINE = re.compile(r"[^\n\r]+:[1-9]\d*:[1-9]\d*: [^\n\r]+: [^\n\r]+")
ROW = re.compile(r"[^\n\r]+\.(csv|parquet|dta): [^\n\r]+")
MONTHS = 14
MOST_HOUSEHOLDS = 5_000
LONGEST_MESSAGE = 2_500


def is_small(loaded: LoadedScenario) -> bool:
    """Whether its months take little time."""
    population = loaded.scenario.population
    return population.households * population.scale <= MOST_HOUSEHOLDS


def scenario(path: Path, month: bool = True) -> None:
    """Loads a scenario, says it in sentences and, where it is small, runs its first months, which may end by name."""
    loaded = load_scenario(path)
    explain(loaded, load_evidence())
    if month and is_small(loaded):
        _months(loaded)


def _months(loaded: LoadedScenario) -> None:
    from sim.finite import NumberError
    from sim.world import World

    world = World(loaded.scenario, threads=1)
    for _ in range(MONTHS):
        try:
            world.step()
        except NumberError:
            return
        for name in HOUSEHOLD.columns:
            assert np.isfinite(getattr(world.h, name)).all(), f"{name} is not finite"
        for name, table in world.tables.items():
            assert np.isfinite(table).all(), f"{name} is not finite"


@cache
def _text(path: Path) -> ScenarioText:
    """A scenario that inputs do not change, read once."""
    return read_scenario(path)


def overrides(path: Path) -> None:
    """Lays the lines of a file over the small region, as `--set` does."""
    lines = path.read_bytes().decode("utf-8", "replace").removesuffix("\n").split("\n")
    resolve(_text(ROOT / "tests" / "small.yaml"), lines, load_evidence())


def sweep(path: Path) -> None:
    """Loads a sweep and draws its first runs."""
    loaded = load_sweep(path)
    if loaded.runs <= 1_000_000:
        next(tables(loaded, group=100))


def targets(path: Path) -> None:
    """Loads a sheet of targets."""
    load_targets(path)


def households(path: Path) -> None:
    """Runs the first months of the small region with a file of own households."""
    _months(resolve(_text(scenario_of(path))))


def scenario_of(path: Path) -> Path:
    """The scenario that names a file of own households; any other file is its own."""
    return path.with_suffix(".yaml")


READERS: dict[str, Callable[[Path], None]] = {
    "scenario": scenario,
    "overrides": overrides,
    "sweep": sweep,
    "targets": targets,
    **dict.fromkeys(("csv", "parquet", "dta"), households),
}
# Where an input of each kind is written, and the files that stand beside it.
PLACES = {
    "scenario": "scenarios/input.yaml",
    "overrides": "scenarios/overrides.txt",
    "sweep": "scenarios/sweeps/input.yaml",
    "targets": "targets/input.yaml",
    **{kind: f"{kind}/input.{kind}" for kind in ("csv", "parquet", "dta")},
}
# How often each file is the start of an input: the long ones take long to read.
SEEDS = {
    "scenario": {
        "tests/small.yaml": 12,
        "tests/fuzz/counterfactual.yaml": 12,
        "scenarios/template.yaml": 2,
        "scenarios/nanchang_county.yaml": 1,
        "scenarios/ganzhou.yaml": 1,
    },
    "overrides": {"tests/fuzz/overrides.txt": 1},
    "sweep": {
        "tests/sweeps/small.yaml": 4,
        **{f"scenarios/sweeps/{name}.yaml": 1 for name in ("demo", "grid", "list", "morris", "saltelli", "sobol")},
    },
    "targets": {"calibration/targets/ganzhou.yaml": 1},
    **{kind: {f"survey.{kind}": 1} for kind in ("csv", "parquet", "dta")},
}


def seed(name: str) -> bytes:
    """A shipped file, or the made-up survey as text, from which tables of every kind are made.

    A sweep starts from the small region, so that one input takes some hundredths of a second.
    """
    if name.startswith("survey."):
        return survey().to_csv(index=False).encode()
    text = (ROOT / name).read_text("utf-8")
    return text.replace("../ganzhou.yaml", "../small.yaml").replace("workshops.off", "vegetables.off").encode()


def workplace(folder: Path) -> dict[str, Path]:
    """Lays out a folder in which inputs of every kind find what they start from; kind -> file to be written."""
    places = {kind: folder / place for kind, place in PLACES.items()}
    for kind, path in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if READERS[kind] is households:
            put(path.parent, path.name)
    shutil.copy(ROOT / "tests" / "small.yaml", folder / "scenarios")
    shutil.copy(ROOT / "scenarios" / "sweeps" / "points.csv", folder / "scenarios" / "sweeps")
    return places


def compiled(places: dict[str, Path]) -> dict[str, Path]:
    """The same places, after a run that compiles the model; what is timed comes later."""
    places["scenario"].write_bytes(seed("tests/small.yaml"))
    read("scenario", places["scenario"])
    return places


def read(kind: str, path: Path) -> str:
    """``accepted`` or ``refused``.

    Raises
    ------
    AssertionError
        Where a refusal does not say file, line, column (or row) and what is wrong, each problem in one bearable line.
    Exception
        Whatever the program raises but should not.
    """
    try:
        READERS[kind](path)
    except ScenarioError as error:
        problems = [str(problem) for problem in error.problems]
    else:
        return "accepted"
    assert problems, "refused without a reason"
    for problem in problems:
        assert (ROW if READERS[kind] is households else LINE).fullmatch(problem), repr(problem)
        assert len(problem) <= LONGEST_MESSAGE, f"{len(problem)} letters in one message"
    return "refused"
