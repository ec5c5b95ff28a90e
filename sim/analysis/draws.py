"""Draws of parameters: what a fit leaves open, laid over a scenario as path → value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calibration.fitted import FITS, Fit, load_fit, with_draw
from calibration.fitted import Draw as FittedDraw
from calibration.fitted import draws as fitted_draws
from sim.scenario import LoadedScenario, Scenario, scenario_hash
from sim.scenario.tree import canonical_key

if TYPE_CHECKING:
    import pandas as pd

# A scenario with a draw's values in place, except at the paths given: those that it states otherwise than its base.
Draw = Callable[[LoadedScenario, Collection[str]], LoadedScenario]


class DrawsError(ValueError):
    """Draws that are not there, or that do not fit the scenario."""


def as_it_stands(loaded: LoadedScenario, stated: Collection[str]) -> LoadedScenario:
    """The one draw where there is no fit: the scenario itself."""
    return loaded


def draws_of(table: pd.DataFrame) -> list[Draw]:
    """One draw for each row of a table whose columns are scenario paths."""
    return [partial(with_values, row) for row in table.to_dict("records")]


def read_draws(region: str, number: int, folder: Path = FITS) -> list[Draw]:
    """Draws from a region's fit, evenly spread over its posterior: the same ones for the same number.

    Raises
    ------
    DrawsError
        Where the region has no fit.
    """
    fit = load_fit(region, folder)
    if fit is None:
        raise DrawsError(f"--draws needs a fit of {region}, and there is no {folder.name}/{region}.yaml")
    return [partial(_fitted, fit, draw) for draw in fitted_draws(fit, number)]


def _fitted(fit: Fit, draw: FittedDraw, loaded: LoadedScenario, stated: Collection[str]) -> LoadedScenario:
    return with_draw(loaded, fit, draw, sorted(stated))


def drawn_from(region: str, number: int | None) -> list[Draw]:
    """So many draws of the region's fit, or the scenario as it stands where no number is given."""
    return [as_it_stands] if number is None else read_draws(region, number)


def with_values(values: Mapping[str, float], loaded: LoadedScenario, stated: Collection[str]) -> LoadedScenario:
    """The scenario with other numbers.

    Parameters
    ----------
    values : path -> value, as in ``{"health.incidence": 0.06}``
    stated : paths that stay as they are

    Raises
    ------
    DrawsError
        For a path that leads to no number.
    """
    written = dict(loaded.resolved)
    for path, value in values.items():
        if path not in stated:
            parts = [canonical_key(part) for part in path.split(".")]
            written = _changed(written, parts, value, path)
    scenario = Scenario.model_validate(written)
    resolved = scenario.model_dump(by_alias=True, exclude_none=True, exclude={"extends"})
    return replace(loaded, scenario=scenario, resolved=resolved, hash=scenario_hash(resolved))


def _changed(value: Any, parts: list[str | int], new: float, path: str) -> Any:
    if not parts:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise DrawsError(f"{path} is no number of the scenario")
        return new
    part, *rest = parts
    if isinstance(value, list) and str(part).isdecimal() and int(part) < len(value):
        return [_changed(each, rest, new, path) if i == int(part) else each for i, each in enumerate(value)]
    if isinstance(value, dict) and part in value:
        return {**value, part: _changed(value[part], rest, new, path)}
    raise DrawsError(f"{path} is not in the scenario")


def stated_otherwise(base: Any, other: Any, path: str = "") -> Iterator[str]:
    """Paths of the values that differ between two resolved scenarios."""
    if isinstance(base, dict) and isinstance(other, dict):
        for key in other:
            yield from stated_otherwise(base.get(key), other[key], f"{path}.{key}" if path else str(key))
    elif isinstance(base, list) and isinstance(other, list) and len(base) == len(other):
        for i, (mine, theirs) in enumerate(zip(base, other, strict=True)):
            yield from stated_otherwise(mine, theirs, f"{path}.{i}")
    elif base != other:
        yield path
