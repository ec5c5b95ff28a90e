"""What a fit minimises and a posterior weighs: simulated against reported, and parameters against their priors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from calibration.simulate import Simulated
from calibration.targets import Target

Floats = NDArray[np.float64]


class FitError(ValueError):
    """A fit that can not be made."""


def fitted_targets(targets: Sequence[Target]) -> list[Target]:
    """Targets in role `fit`.

    Raises
    ------
    FitError
        Where there are none, or fewer than two dates of outcomes: an end-point is no curve.
    """
    chosen = [target for target in targets if target.role == "fit"]
    if not chosen:
        raise FitError(
            "no figure is in role fit: there is an end-point, or there are figures to be foretold, and no curve that "
            "could tell one parameter from another. What a fit elsewhere foretells here is shown by povsim calibrate "
            "FITTED --transfer SCENARIO"
        )
    if len({target.at for target in chosen}) < 2:
        raise FitError(
            f"a fit needs figures of two dates at least, and these targets name {chosen[0].at}: an end-point, no curve"
        )
    return chosen


def simulated_values(runs: Sequence[Simulated], targets: Sequence[Target]) -> Floats:
    """(runs, targets) simulated values.

    Raises
    ------
    FitError
        Where a run does not reach a target.
    """
    values = np.array([[run.targets[target.name] for target in targets] for run in runs])
    missed = [target.name for target, bad in zip(targets, np.isnan(values).any(0), strict=True) if bad]
    if missed:
        raise FitError(f"the scenario's period or register does not reach {', '.join(missed)}")
    return values


def reported_values(targets: Sequence[Target]) -> tuple[Floats, Floats]:
    """Reported values and their standard deviations, (targets,) each."""
    return np.array([each.value for each in targets]), np.array([each.error for each in targets])
