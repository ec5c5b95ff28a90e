"""Points of a design that are draws from the fit of the region."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.paths import stated_otherwise
from calibration.use import NoFitError, use_of
from sim.scenario.load import LoadedScenario
from sim.sweep.model import Factor


def posterior(base: LoadedScenario, number: int) -> tuple[dict[str, Factor], dict[str, NDArray]]:
    """Every value of the scenario that the fit sets or multiplies, the market path among them, at equally likely draws.

    A run at such a point is the run that `povsim run --draws` makes of the draw. What the scenario states for itself
    stays as it is.

    Returns factors by a name made of their path, and (number,) values of each.

    Raises
    ------
    NoFitError
        Where the region has no fit, or one that is no result.
    """
    use = use_of(base)
    if use is None:
        raise NoFitError(f"needs a fit of {base.scenario.region}, and there is none: see povsim calibrate")
    points = []
    for draw in use.draws(number):
        resolved = use.with_draw(base, draw).resolved
        points.append({path: _at(resolved, path) for path in stated_otherwise(base.resolved, resolved)})
    paths = sorted({path for point in points for path in point})
    # A draw may leave a value as it was.
    columns = {path: np.array([point.get(path, _at(base.resolved, path)) for point in points]) for path in paths}
    names = {path: re.sub(r"[^a-z0-9]+", "_", path.lower()) for path in paths}
    factors = {names[path]: Factor(path=path) for path in paths}
    return factors, {names[path]: values for path, values in columns.items()}


def _at(resolved: Any, path: str) -> Any:
    """The value at a path; None where there is none."""
    for part in path.split("."):
        if isinstance(resolved, list):
            resolved = resolved[int(part)]
        else:
            resolved = {str(key): value for key, value in (resolved or {}).items()}.get(part)
    return resolved
