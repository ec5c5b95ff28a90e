"""What a posterior says and what it can not say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.priors import Priors
from calibration.simulate import Simulated
from calibration.targets import Target

Floats = NDArray[np.float64]

LEARNED = 0.5  # contraction from which a parameter counts as learned
KEPT_PRIOR = 0.2  # and below which it counts as keeping its prior
RIDGE = 0.4  # correlation from which two parameters trade off


@dataclass(frozen=True)
class Band:
    """A target and its posterior predictive band: 5 %, 50 % and 95 % quantiles, in the target's unit."""

    target: Target
    low: float
    median: float
    high: float

    @property
    def inside(self) -> bool:
        """Whether the reported value lies inside the 90 % band."""
        return self.low <= self.target.value <= self.high


@dataclass(frozen=True)
class Learned:
    """What a fit learned of a parameter: posterior quantiles of its value, and how far its prior was narrowed.

    Attributes
    ----------
    low, median, high : 5 %, 50 % and 95 % quantiles
    contraction : 1 less posterior variance over prior variance of the standard-normal score
    """

    name: str
    low: float
    median: float
    high: float
    contraction: float


def weighted_quantile(values: Floats, weights: Floats, shares: Sequence[float]) -> Floats:
    """Quantiles of weighted draws, interpolated between the middles of their weights."""
    order = np.argsort(values, kind="stable")
    middle = np.cumsum(weights[order]) - weights[order] / 2
    return np.interp(shares, middle / weights.sum(), values[order])


def _middle_90(values: Floats, weights: Floats) -> tuple[float, float, float]:
    low, median, high = weighted_quantile(values, weights, (0.05, 0.5, 0.95))
    return float(low), float(median), float(high)


def bands(
    targets: Sequence[Target], runs: Sequence[Simulated], weights: Floats, seed: int, with_error: bool = True
) -> list[Band]:
    """Posterior predictive bands: what would be reported if the model were true, the figure's own error included."""
    luck = np.random.default_rng([seed, 23])
    out = []
    for target in targets:
        values = np.array([run.targets[target.name] for run in runs])
        if with_error:
            values = values[:, None] + target.error * luck.standard_normal((len(values), 64))
        else:
            values = values[:, None]
        repeated = np.repeat(weights, values.shape[1])
        out.append(Band(target, *_middle_90(values.ravel(), repeated)))
    return out


def learned(priors: Priors, scores: Floats, weights: Floats | None = None) -> list[Learned]:
    """Posterior of each parameter from (D, P) scores."""
    weights = np.full(len(scores), 1 / len(scores)) if weights is None else weights
    mean = weights @ scores
    contraction = 1 - weights @ (scores - mean) ** 2
    values = priors.table(scores)
    return [
        Learned(name, *_middle_90(values[:, i], weights), float(contraction[i])) for i, name in enumerate(priors.names)
    ]


def ridges(priors: Priors, scores: Floats) -> list[tuple[str, str, float]]:
    """Pairs of parameters that trade off in the posterior, with their correlation, the strongest first."""
    correlation = np.atleast_2d(np.corrcoef(scores.T))
    pairs = [
        (priors.names[i], priors.names[j], float(correlation[i, j]))
        for i in range(len(correlation))
        for j in range(i)
        if abs(correlation[i, j]) >= RIDGE
    ]
    return sorted(pairs, key=lambda pair: -abs(pair[2]))


def in_words(priors: Priors, found: Sequence[Learned], pairs: Sequence[tuple[str, str, float]]) -> list[str]:
    """What the data tell and what they can not tell, a sentence each."""
    label = {each.name: f"{each.name} ({each.label})" for each in priors.parameters}
    told = [each.name for each in found if each.contraction >= LEARNED]
    kept = [each.name for each in found if each.contraction < KEPT_PRIOR]
    sentences = [
        f"The data narrow {', '.join(told)}."
        if told
        else "The data narrow no parameter to less than half its variance.",
        f"The data say next to nothing about {', '.join(kept)}: what is reported for them is their prior."
        if kept
        else "",
    ]
    for one, other, correlation in pairs:
        together = "rise and fall together" if correlation > 0 else "stand in for one another"
        sentences.append(
            f"The data can not tell {label[one]} from {label[other]}: they {together} (correlation {correlation:+.2f})."
        )
    return [sentence for sentence in sentences if sentence]


def degenerate(found: Sequence[Learned], effective: float, draws: int, acceptance: float) -> list[str]:
    """Why a posterior is no result; nothing where it may be one."""
    reasons = []
    if effective < max(10.0, 0.05 * draws):
        reasons.append(f"the true runs leave {effective:.0f} effective draws of {draws}: the emulator is wrong there")
    if not 0.1 <= acceptance <= 0.9:
        reasons.append(f"the chain took {100 * acceptance:.0f} % of its moves: it is stuck or wanders freely")
    if all(each.contraction < 0.05 for each in found):
        reasons.append("no parameter moved from its prior: the targets say nothing")
    if all(each.contraction > 0.999 for each in found):
        reasons.append("every parameter is a single point: errors of the targets are too small for the model")
    return reasons
