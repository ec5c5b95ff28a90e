"""Which part of the fall of poverty is due to growth, and which to each mechanism or instrument."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from calibration.use import load_fitted
from sim.analysis.effect_sizes import EFFECT_SIZES, STATED, with_effects
from sim.analysis.game import MEASURES, STEPS, By, parts_of
from sim.analysis.runs import Advance
from sim.analysis.samples import LARGEST, Samples
from sim.analysis.shapley import in_whole_units
from sim.calendar import is_december, year_of
from sim.history import Floats
from sim.scenario import LoadedScenario, Scenario
from sim.scenario.problems import allowed

if TYPE_CHECKING:
    import pandas as pd

GROWTH, TOTAL = "growth", "total"
PERSON_YEARS = list(MEASURES).index("person_years")
REPLICATES = {"mechanism": 1, "instrument": 4}
MOST_RUNS = 2000


class AttributionError(ValueError):
    """An attribution that can not be made as asked."""


class Attribution(NamedTuple):
    """Parts and interactions of an attribution.

    Attributes
    ----------
    parts : measure, year, part (growth, the players, total), value, standard_error; beside person-years what the
        part cost until then (`outlays`, yuan) and `yuan_per_person_year`, where it spared any
    interactions : measure, year, first, second, value, standard_error: what two parts bring together beyond what each
        brings alone; negative where they do the same work
    runs : runs done
    effect_sizes : the parts again with effect_size (`sim.analysis.effect_sizes`), where it was asked for
    """

    parts: pd.DataFrame
    interactions: pd.DataFrame
    runs: int
    effect_sizes: pd.DataFrame | None = None


def attribute(
    scenario: LoadedScenario | Path | str,
    by: By = "mechanism",
    *,
    years: Sequence[int] = (),
    replicates: int | None = None,
    error: float | None = None,
    most_runs: int = MOST_RUNS,
    effect_sizes: bool = False,
    settings: Sequence[str] = (),
    threads: int | None = None,
    progress: Advance | None = None,
) -> Attribution:
    """Shapley split of the fall of poverty, from growth alone to full policy.

    Parameters
    ----------
    by : over mechanisms all coalitions are run, so that the split is exact; over instruments random orders are
        sampled, each with its reverse
    years : Decembers to report; all by default
    replicates : mechanisms: seeds; instruments: pairs of orders, each under a seed of its own. Standard errors come
        from their spread, and are missing with one
    error : largest standard error of a part of the person-years, as a share of their total; replicates are added
        until it is reached
    most_runs : beyond which nothing is run
    effect_sizes : split again where effects are smaller and larger than stated; takes three times as long
    settings : ``path=value`` texts laid over the file
    threads : runs at a time; results do not depend on it

    Raises
    ------
    AttributionError
        For years outside the period, nothing to split, or more runs than allowed.

    Notes
    -----
    Values of runs are rounded to 1/1024 of a person or yuan and split in whole numbers; what rounding leaves over
    goes to the largest remainders. So the parts sum to the total to the last digit, and a part that changes nothing
    is exactly 0.
    """
    loaded = load_fitted(scenario, settings)
    at = _positions(loaded.scenario, years)
    parts = parts_of(loaded.scenario, by)
    if not parts:
        raise AttributionError(f"{loaded.scenario.name}: no instrument is switched on, so there is nothing to split")
    samples = Samples(loaded.scenario, parts, by, threads, progress)
    replicates = replicates or REPLICATES[by]
    _check_runs(samples, replicates * (len(EFFECT_SIZES) if effect_sizes else 1), most_runs)
    samples.add(replicates)
    while error is not None and (wanted := _wanted(samples, error, at[-1])) > len(samples.numerators):
        _check_error(samples, wanted, error, at[-1], most_runs)
        samples.add(wanted - len(samples.numerators))
    found = _told(samples, at)
    return found._replace(effect_sizes=_under_effect_sizes(loaded, samples, found, at)) if effect_sizes else found


def _told(samples: Samples, at: Sequence[int]) -> Attribution:
    """Parts and interactions at some Decembers, from the samples that there are."""
    numerators = np.array(samples.numerators)
    table = in_whole_units(numerators.sum(axis=0), samples.denominator * len(numerators))
    largest = np.argsort(-np.abs(table[1:, PERSON_YEARS, at[-1]]), kind="stable")[:LARGEST]
    together = samples.interactions([samples.players[i] for i in largest])
    named = _years(samples.scenario)
    return Attribution(
        _parts(samples, table, [(i, named[i]) for i in at]),
        _interactions(together, [(i, named[i]) for i in at]),
        len(samples.runs),
    )


def _under_effect_sizes(loaded: LoadedScenario, stated: Samples, found: Attribution, at: Sequence[int]) -> pd.DataFrame:
    """The parts under every effect size, with as many replicates as the stated one has."""
    import pandas as pd

    tables = []
    for size in EFFECT_SIZES:
        parts = found.parts
        if size != STATED:
            sized = with_effects(loaded, size).scenario
            samples = Samples(sized, stated.parts, stated.by, stated.threads, stated.progress)
            samples.add(len(stated.numerators))
            parts = _told(samples, at).parts
        tables.append(parts.assign(effect_size=size))
    return pd.concat(tables, ignore_index=True)


def _years(scenario: Scenario) -> list[int]:
    months = range(scenario.period.start, scenario.period.end + 1)
    return [year_of(month) for month in months if is_december(month)]


def _positions(scenario: Scenario, years: Sequence[int]) -> list[int]:
    there = _years(scenario)
    unknown = [year for year in years if year not in there]
    if unknown:
        known = allowed([f"{there[0]} to {there[-1]}"]) if there else "; the period holds no December"
        raise AttributionError(f"{unknown[0]} has no December in the scenario's period{known}")
    return [there.index(year) for year in (sorted(years) or there)]


def _check_runs(samples: Samples, replicates: int, most_runs: int) -> None:
    needed = replicates * samples.runs_each
    if needed > most_runs:
        raise AttributionError(
            f"{len(samples.players)} {samples.by}s with {replicates} replicates take {needed:,} runs; {most_runs:,} "
            "are allowed. Allow more, ask for fewer replicates, or attribute to mechanisms"
        )


def _spread(samples: Samples) -> Floats:
    """(parts and total, measures, Y) standard error over samples; NaN with one."""
    split = np.array(samples.numerators)
    values = np.concatenate([split, split.sum(axis=1, keepdims=True)], axis=1) / samples.denominator / STEPS
    if len(values) == 1:
        return np.full(values.shape[1:], np.nan)
    return np.asarray(values.std(axis=0, ddof=1) / np.sqrt(len(values)))


def _relative_error(samples: Samples, year: int) -> float:
    """The largest standard error of a player's person-years, as a share of their total."""
    total = np.abs(np.mean(samples.numerators, axis=0).sum(axis=0)[PERSON_YEARS, year]) / samples.denominator / STEPS
    return float(_spread(samples)[1:-1, PERSON_YEARS, year].max() / total) if total else 0.0


def _wanted(samples: Samples, error: float, year: int) -> int:
    """Samples that the error asked for takes, judged by those there are; two at least tell an error."""
    done = len(samples.numerators)
    return 2 if done < 2 else ceil(done * min((_relative_error(samples, year) / error) ** 2, 1e6))


def _check_error(samples: Samples, wanted: int, error: float, year: int, most_runs: int) -> None:
    needed = wanted * samples.runs_each
    if needed > most_runs:
        done = len(samples.numerators)
        reached = f"reach {_relative_error(samples, year):.2%} of the total" if done > 1 else "tell no error"
        raise AttributionError(
            f"{len(samples.players)} {samples.by}s can not be sampled to a standard error of {error:.2%}: {done} "
            f"replicates {reached}, and about {wanted:,} or {needed:,} runs are needed; {most_runs:,} are allowed"
        )


def _parts(samples: Samples, table: np.ndarray, years: Sequence[tuple[int, int]]) -> pd.DataFrame:
    import pandas as pd

    names = [GROWTH, *samples.players, TOTAL]
    values = np.concatenate([table, table.sum(axis=0, keepdims=True)]) / STEPS
    spread, outlays = _spread(samples), samples.outlays()
    outlays[TOTAL] = np.sum([outlays[player] for player in samples.players], axis=0)
    rows = []
    for m, measure in enumerate(MEASURES):
        for y, year in years:
            for p, part in enumerate(names):
                value = float(values[p, m, y])
                cost = float(outlays[part][y]) if part in outlays and m == PERSON_YEARS else None
                each = cost / value if cost is not None and value > 0 else None
                rows.append((measure, year, part, value, float(spread[p, m, y]), cost, each))
    columns = ["measure", "year", "part", "value", "standard_error", "outlays", "yuan_per_person_year"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"outlays": float, "yuan_per_person_year": float})


def _interactions(together: dict[tuple[str, str], Floats], years: Sequence[tuple[int, int]]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for m, measure in enumerate(MEASURES):
        for y, year in years:
            for (first, second), values in together.items():
                of_pair = values[:, m, y]
                spread = of_pair.std(ddof=1) / np.sqrt(len(of_pair)) if len(of_pair) > 1 else np.nan
                rows.append((measure, year, first, second, float(of_pair.mean()), float(spread)))
    return pd.DataFrame(rows, columns=["measure", "year", "first", "second", "value", "standard_error"])
