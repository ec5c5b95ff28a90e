"""What a sweep will cost, from a run of its first point on a sample of the households."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any, NamedTuple

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


def first_rows(loaded: LoadedSweep, width: int) -> str:
    """The first runs of the plan, a line each; where that is wider than `width`, a column each, as many as fit."""
    from sim.sweep.plan import tables

    table = next(tables(loaded, SHOWN)).drop_columns(["address"]).to_pandas()
    lines = str(table.to_string(index=False))
    if lines.index("\n") <= width:
        return lines
    columns = [[name, *(_short(value) for value in table[name])] for name in table]
    while True:
        widths = [max(map(len, cells)) for cells in zip(*columns, strict=True)]
        if sum(widths) + 2 * (len(widths) - 1) <= width or len(widths) == 2:
            return "\n".join(_line(cells, widths) for cells in columns)
        columns = [cells[:-1] for cells in columns]


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join([cells[0].ljust(widths[0]), *(map(str.rjust, cells[1:], widths[1:]))])


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
