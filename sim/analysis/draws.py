"""Draws of parameters: what a fit leaves open, laid over a scenario as path → value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from calibration.fitted import Draw as FittedDraw
from calibration.fitted import median
from calibration.paths import stated_otherwise
from calibration.use import Use
from sim.scenario import LoadedScenario, Scenario, scenario_hash
from sim.scenario.tree import canonical_key

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Draw",
    "DrawsError",
    "as_it_stands",
    "draws_of",
    "median_of",
    "read_draws",
    "stated_otherwise",
    "with_values",
]

# A scenario with a draw's values in place, except at the paths given: those that it states otherwise than its base.
Draw = Callable[[LoadedScenario, Collection[str]], LoadedScenario]


class DrawsError(ValueError):
    """Draws that do not fit the scenario."""


def as_it_stands(loaded: LoadedScenario, stated: Collection[str]) -> LoadedScenario:
    """The one draw where there is no fit: the scenario itself."""
    return loaded


def draws_of(table: pd.DataFrame) -> list[Draw]:
    """One draw for each row of a table whose columns are scenario paths."""
    return [partial(with_values, row) for row in table.to_dict("records")]


def median_of(use: Use) -> Draw:
    """The one draw of a fit's median."""
    return partial(_with_draw, use, median(use.fit))


def read_draws(use: Use, number: int) -> list[Draw]:
    """Equally likely draws from a fit, evenly spread over its weights: the same ones for the same number."""
    return [partial(_with_draw, use, draw) for draw in use.draws(number)]


def _with_draw(use: Use, draw: FittedDraw, loaded: LoadedScenario, stated: Collection[str]) -> LoadedScenario:
    return use.with_draw(loaded, draw, stated)


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
    unfitted = loaded.unfitted and with_values(values, loaded.unfitted, stated)
    return replace(loaded, scenario=scenario, resolved=resolved, hash=scenario_hash(resolved), unfitted=unfitted)


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
