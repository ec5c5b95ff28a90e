"""Whether a fit still holds after the model's sources changed: its own runs, made again, must give the same figures."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any, NamedTuple

from calibration.fitted import SOURCES_CHANGED, Fit, content_of, differences
from calibration.pipeline import DRAW_SEED, Report
from calibration.problem import FitError
from calibration.record import write_content
from calibration.runs import Job, run_all
from calibration.simulate import Simulated, Simulator
from calibration.sources import results_hash
from sim.results.store import Store

CONFIRMED = 12  # runs of a tenth of the region, ten years each, compared to the last digit


class Figures(NamedTuple):
    """What a run at a draw gave: targets, and year -> the market path that was solved."""

    targets: Mapping[str, float]
    market_factor: Mapping[int, float]


def confirm(
    fit: Fit, resolved: Mapping[str, Any], simulator: Simulator, store: Store, executor: Executor, report: Report
) -> int:
    """Make the first runs at draws again and, where nothing differs, write the sources of today into the fit.

    Parameters
    ----------
    simulator : at the scale of the fit's runs at draws
    report : called with the stage, runs done and runs in all

    Returns
    -------
    Runs that were made again; none where nothing changed since the fit was made.

    Raises
    ------
    FitError
        Where evidence or scenario changed as well, or where a run gives other figures.
    """
    changed = differences(fit, resolved)
    if not changed:
        return 0
    if others := [each for each in changed if each != SOURCES_CHANGED]:
        raise FitError(f"only a new fit can help: {'; '.join(others)}")
    content = content_of(fit.file)
    values, was = _kept(fit)
    first = content["seed"] * 1_000_000 + DRAW_SEED
    runs = run_all(
        simulator,
        [Job(each, first + number) for number, each in enumerate(values)],
        store,
        executor,
        lambda done, of: report("runs made again", done, of),
    )
    now = [_same(each, run) for each, run in zip(was, runs, strict=True)]
    if differing := [number for number in range(len(was)) if was[number] != now[number]]:
        raise FitError(
            f"{len(differing)} of {len(was)} runs give other figures, so a new fit is needed. "
            + _sentence(differing[0], was[differing[0]], now[differing[0]])
        )
    content["made_from"]["sources"] = results_hash()
    write_content(fit.file, content)
    return len(was)


def _kept(fit: Fit) -> tuple[list[dict[str, float]], list[Figures]]:
    """Parameter values and figures of the fit's first runs at draws, as they stand in its file."""
    import pyarrow.parquet as parquet

    rows = parquet.read_table(fit.file.with_suffix(".parquet")).slice(0, CONFIRMED).to_pylist()
    values = [{name: row[name] for name in fit.parameters} for row in rows]
    factors = [{int(year): each for year, each in _part(row, "market_factor.").items()} for row in rows]
    return values, [Figures(_part(row, "target."), each) for row, each in zip(rows, factors, strict=True)]


def _same(was: Figures, run: Simulated) -> Figures:
    """The figures of a run that the fit holds, too."""
    return Figures({name: run.targets[name] for name in was.targets}, run.market_factor)


def _part(row: Mapping[str, float], prefix: str) -> dict[str, float]:
    return {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}


def _sentence(draw: int, was: Figures, now: Figures) -> str:
    """What differs in a run."""
    both = [
        (f"market factor of {year}", value, now.market_factor.get(year)) for year, value in was.market_factor.items()
    ]
    both += [(name, value, now.targets.get(name)) for name, value in was.targets.items()]
    return f"Draw {draw}: " + "; ".join(f"{name} was {old}, is {new}" for name, old, new in both if old != new)
