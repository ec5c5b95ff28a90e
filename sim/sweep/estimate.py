"""What a sweep will cost, from a run of its first point on a sample of the households."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter
from typing import NamedTuple

from sim.sweep.executors import workers
from sim.sweep.read import LoadedSweep

LARGEST_TRIAL = 100_000
BYTES_A_ROW = 10.0  # a value of eight bytes and little else, in the parts; as much again when collected
SHOWN = 5


class Trial(NamedTuple):
    """A run of so many households: seconds, most memory of its process, lines of the table."""

    households: float
    seconds: float
    memory: int
    rows: int


def first_rows(loaded: LoadedSweep) -> str:
    """The first runs of the plan, one line each."""
    from sim.sweep.plan import tables

    table = next(tables(loaded, SHOWN)).drop_columns(["address"])
    return str(table.to_pandas().to_string(index=False))


def estimate(loaded: LoadedSweep) -> Iterator[str]:
    """Core-hours, memory and disk, in words."""
    with workers() as executor:
        small, large = executor.submit(try_out, loaded).result()
    population = loaded.base.scenario.population
    households = population.households * population.scale
    beyond = (households - small.households) / max(large.households - small.households, 1.0)
    seconds = small.seconds + beyond * (large.seconds - small.seconds)
    memory = small.memory + beyond * (large.memory - small.memory)
    disk = 2 * BYTES_A_ROW * large.rows * loaded.runs
    yield f"{households:,.0f} households, about {seconds:.2g} s a run on one thread of this machine"
    yield f"about {seconds * loaded.runs / 3600:.3g} core-hours"
    yield f"about {memory / 1e9:.2g} GB of memory for each worker"
    yield f"up to about {disk / 1e6:,.3g} MB on disk: {large.rows * loaded.runs:,} rows in parts, and as many collected"


def try_out(loaded: LoadedSweep) -> tuple[Trial, Trial]:
    """A small and a larger run of the first point; the first run of all has the model to load and is not timed."""
    from sim.sweep.work import WARM_HOUSEHOLDS, warm

    warm(loaded.base.scenario)
    population = loaded.base.scenario.population
    households = population.households * population.scale
    _trial(loaded, min(households, WARM_HOUSEHOLDS))
    return _trial(loaded, min(households, WARM_HOUSEHOLDS)), _trial(loaded, min(households, LARGEST_TRIAL))


def _trial(loaded: LoadedSweep, households: float) -> Trial:
    import resource

    from sim.scenario.load import resolve
    from sim.sweep.outputs import rows
    from sim.sweep.plan import paths_of, run_settings, tables
    from sim.sweep.settings import setting
    from sim.sweep.work import simulate

    row = next(tables(loaded, 1)).to_pylist()[0]
    scale = min(1.0, households / loaded.base.scenario.population.households)
    sized = setting("population.scale", scale)
    began = perf_counter()
    settings = [*loaded.sweep.settings, *run_settings(paths_of(loaded), row), sized]
    scenario = resolve(loaded.text, settings).scenario
    history = simulate(scenario)
    outputs = loaded.sweep.outputs
    found = rows(scenario, history, outputs.measures, outputs.years, outputs.levels)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Trial(households, perf_counter() - began, peak, len(found))
