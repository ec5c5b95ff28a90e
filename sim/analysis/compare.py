"""Counterfactuals: what alternatives change, under the same luck as their base."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from calibration.use import load_fitted
from sim.analysis.comparable import by_name, check_comparable, unproduced
from sim.analysis.draws import Draw, as_it_stands, stated_otherwise
from sim.analysis.outcomes import outcomes
from sim.analysis.runs import Advance, run_each
from sim.analysis.uncertainty import estimate
from sim.scenario import LoadedScenario, Scenario

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "alternative", "year", "level", "area", "measure", "base", "alternative_value", "difference", "mc_error", "low",
    "high",
)  # fmt: skip

BASE = ""
Source = LoadedScenario | Path | str


def compare(
    base: Source,
    *alternatives: Source,
    replicates: int = 1,
    draws: Sequence[Draw] = (as_it_stands,),
    settings: Sequence[str] = (),
    threads: int | None = None,
    progress: Advance | None = None,
) -> pd.DataFrame:
    """Differences of alternatives from a base under shared luck: for the same replicate all have the same draws.

    Parameters
    ----------
    base, alternatives : scenario files, taken at the median of a fit as `povsim compare` does, or loaded scenarios; an
        alternative is named by its file
    replicates : seeds, those of the base and of the numbers after it
    draws : parameter values laid over base and alternatives alike, see `sim.analysis.draws`
    settings : ``path=value`` texts laid over every file
    threads : runs at a time; results do not depend on it
    progress : called after each run with runs done and runs in all

    Returns
    -------
    pandas.DataFrame
        Long: alternative, year, level and area (see `outcomes`: region, counties, villages, kinds of household in the
        region and in each county, instruments), measure, means of base and alternative, their difference, its standard
        error through luck (`mc_error`, missing with one replicate), and 5 and 95 % quantiles of the difference over
        draws of the parameters (`low`, `high`, missing with one draw). Measures of the register are left out where a
        scenario has none.

    Raises
    ------
    ComparisonError
        Where the scenarios differ in what they must share.
    """
    first = load_fitted(base, settings)
    others = by_name([load_fitted(each, settings) for each in alternatives])
    check_comparable(first, others)
    everything = {BASE: first, **others}
    jobs = list(product(range(len(draws)), range(replicates), everything.values()))
    scenarios = [_scenario(first, each, draws[draw], replicate) for draw, replicate, each in jobs]
    results = run_each(scenarios, partial(outcomes, region=first.scenario.region), threads, progress)
    runs = {name: results[i :: len(everything)] for i, name in enumerate(everything)}
    return _differences(runs, (len(draws), replicates), unproduced(everything.values()))


def _scenario(base: LoadedScenario, loaded: LoadedScenario, draw: Draw, replicate: int) -> Scenario:
    """A scenario as one run takes it; whatever an alternative states, a draw leaves as it is."""
    drawn = draw(loaded, set(stated_otherwise(base.resolved, loaded.resolved)))
    return drawn.scenario.model_copy(update={"seed": base.scenario.seed + replicate})


def _differences(
    runs: Mapping[str, Sequence[pd.Series]], shape: tuple[int, int], left_out: Collection[str]
) -> pd.DataFrame:
    import pandas as pd

    tables = {name: pd.concat(each, axis=1, keys=range(len(each))) for name, each in runs.items()}
    parts = []
    for name, table in tables.items():
        if name == BASE:
            continue
        # An instrument that one of the two does not have enrols nobody and costs nothing there.
        base, other = tables[BASE].align(table, join="outer", axis=0, fill_value=0.0)
        change = estimate((other - base).to_numpy().T.reshape(*shape, len(base)))
        parts.append(
            base.index.to_frame(index=False).assign(
                alternative=name,
                base=base.mean(axis=1).to_numpy(),
                alternative_value=other.mean(axis=1).to_numpy(),
                difference=change.mean,
                mc_error=change.mc_error,
                low=change.low,
                high=change.high,
            )
        )
    table = pd.concat(parts, ignore_index=True)[list(COLUMNS)]
    return table[~table["measure"].isin(left_out)].reset_index(drop=True)
