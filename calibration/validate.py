"""Figures that a fit did not see: left out one by one, by date, or never fitted; scored beside rivals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.diagnose import weighted_quantile
from calibration.emulate import Emulator
from calibration.posterior import log_posterior, sample
from calibration.simulate import Simulated
from calibration.targets import Target
from sim.calendar import month_text

Floats = NDArray[np.float64]

STEPS = 600
KEPT = 1500


@dataclass(frozen=True)
class Foretold:
    """A figure that the fit did not see.

    Attributes
    ----------
    how : what the fit saw
    low, median, high : 90 % predictive interval of the model, the figure's own error included
    rivals : rival -> its figure, where it has one
    """

    target: Target
    how: str
    low: float
    median: float
    high: float
    rivals: Mapping[str, float]

    @property
    def inside(self) -> bool:
        """Whether the reported value lies inside the interval."""
        return self.low <= self.target.value <= self.high

    @property
    def better(self) -> list[str]:
        """Rivals that come nearer than the model's median."""
        mine = abs(self.median - self.target.value)
        return [name for name, value in self.rivals.items() if abs(value - self.target.value) < mine]

    @property
    def also_inside(self) -> list[str]:
        """Rivals whose figure lies inside the model's interval too: there the figure is no evidence for the model."""
        return [name for name, value in self.rivals.items() if self.low <= value <= self.high]


def left_out(
    emulator: Emulator,
    targets: Sequence[Target],
    groups: Mapping[str, Sequence[str]],
    start: Floats,
    scale: float,
    seed: int,
    rivals: Callable[[Target, Sequence[Target]], Mapping[str, float]],
) -> list[Foretold]:
    """Foretell targets from a posterior of the others, on the emulator.

    Parameters
    ----------
    targets : those fitted, in the order of the emulator
    groups : what the fit sees, in words -> targets that it does not see
    start : (S, P) scores among which chains find their starts
    rivals : a target and the targets that were seen -> what each rival foretells
    """
    out = []
    for number, (how, names) in enumerate(groups.items()):
        seen = [i for i, target in enumerate(targets) if target.name not in names]
        part = [targets[i] for i in seen]
        chain = sample(log_posterior(_Some(emulator, seen), part, scale), start, STEPS, KEPT, seed + number)
        mean, unknown = emulator(chain.scores)
        luck = np.random.default_rng([seed, 29, number])
        for i, target in enumerate(targets):
            if target.name in names:
                spread = np.sqrt(unknown[:, i] ** 2 + emulator.noise[i] ** 2 * scale + target.error**2)
                values = mean[:, i] + spread * luck.standard_normal(len(mean))
                low, median, high = np.quantile(values, (0.05, 0.5, 0.95))
                out.append(Foretold(target, how, float(low), float(median), float(high), rivals(target, part)))
    return out


def by_date(targets: Sequence[Target]) -> dict[str, list[str]]:
    """For each December with a figure but the last: what a fit sees that ends there -> the later figures."""
    ends = sorted({target.figure.at for target in targets})[:-1]
    return {
        f"figures to {month_text(end)}": [target.name for target in targets if target.figure.at > end] for end in ends
    }


def never_fitted(
    targets: Sequence[Target],
    runs: Sequence[Simulated],
    weights: Floats,
    seed: int,
    rivals: Callable[[Target, Sequence[Target]], Mapping[str, float]],
    seen: Sequence[Target],
) -> list[Foretold]:
    """Foretell targets in role `validate` from true runs at posterior draws."""
    luck = np.random.default_rng([seed, 31])
    out = []
    for target in targets:
        values = np.array([run.targets[target.name] for run in runs])
        if np.isnan(values).any():
            continue
        spread = (values[:, None] + target.error * luck.standard_normal((len(values), 64))).ravel()
        low, median, high = weighted_quantile(spread, np.repeat(weights, 64), (0.05, 0.5, 0.95))
        out.append(Foretold(target, "all fitted figures", float(low), float(median), float(high), rivals(target, seen)))
    return out


class _Some(Emulator):
    """An emulator of some of the targets."""

    def __init__(self, whole: Emulator, columns: Sequence[int]) -> None:
        self.whole, self.columns = whole, list(columns)
        self.noise = whole.noise[self.columns]

    def __call__(self, scores: Floats) -> tuple[Floats, Floats]:
        mean, unknown = self.whole(scores)
        return mean[:, self.columns], unknown[:, self.columns]
