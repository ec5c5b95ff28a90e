"""Gaussian processes that stand in for runs: one a target, a linear trend and what deviates from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FOLDS = 8
NOISE = (1e-6, 1.0)  # least and greatest share of noise in the variance between runs, before it is searched for
EDGE = 4.0  # scores beyond are as good as impossible; emulators are not asked there


@dataclass(frozen=True)
class CrossValidation:
    """How well an emulator foretells runs that it has not seen; (T,) each.

    Attributes
    ----------
    error : root mean squared error, in the target's unit; holds the noise of single runs
    noise : standard deviation of single runs about their mean, as the process finds it
    explained : share of the variance between runs that is foretold
    covered : share of the runs inside the foretold 95 % band
    """

    error: Floats
    noise: Floats
    explained: Floats
    covered: Floats


class Emulator:
    """Runs' targets as smooth functions of the parameters' scores.

    Parameters
    ----------
    scores : (N, P) of the runs
    values : (N, T) simulated targets
    replicates : (R, T) runs of one point with luck of their own. A process must not take their noise for a shape, so
        its own noise is at least half of theirs
    seed : of the search for hyperparameters
    like : an emulator of fewer runs, with whose hyperparameters the search starts

    Attributes
    ----------
    noise : (T,) standard deviation of single runs about the mean over luck
    """

    def __init__(
        self, scores: Floats, values: Floats, replicates: Floats, seed: int = 0, like: Emulator | None = None
    ) -> None:
        self.scores = scores
        self.middle, self.spread = values.mean(0), np.maximum(values.std(0), 1e-12)
        self._values = (values - self.middle) / self.spread
        least = np.clip((replicates.std(0, ddof=1) / self.spread / 2) ** 2, *NOISE)
        if like is None:
            kernels = [_kernel(scores.shape[1], each) for each in least]
        else:
            kernels = [_no_less(process.kernel_, each) for process, each in zip(like._processes, least, strict=True)]
        self._processes: list[Any] = [
            _process(scores, column, kernel, seed) for column, kernel in zip(self._values.T, kernels, strict=True)
        ]
        self.noise = np.sqrt([_white(each) for each in self._processes]) * self.spread
        self._precisions = [_precision(each) for each in self._processes]

    def __call__(self, scores: Floats) -> tuple[Floats, Floats]:
        """Mean over luck and its standard error, (M, T) each, at (M, P) scores."""
        at = np.clip(scores, -EDGE, EDGE)
        mean, error = np.empty((len(at), len(self.middle))), np.empty((len(at), len(self.middle)))
        for column, (process, precision) in enumerate(zip(self._processes, self._precisions, strict=True)):
            kernel = process.kernel_.k1
            cross = kernel(at, self.scores)
            mean[:, column] = cross @ process.alpha_
            own = kernel.diag(at)
            known = ((cross @ precision) * cross).sum(1)
            error[:, column] = np.sqrt(np.maximum(own - known, 1e-12))
        return self.middle + self.spread * mean, self.spread * error

    def cross_validate(self, seed: int = 0) -> CrossValidation:
        """Leaves out every run once, with the hyperparameters found on all of them."""
        rows = np.random.default_rng([seed, 13]).permutation(len(self.scores)) % FOLDS
        foretold, deviation = np.empty_like(self._values), np.empty_like(self._values)
        for column, process in enumerate(self._processes):
            for fold in range(FOLDS):
                out, rest = rows == fold, rows != fold
                again = _again(process, self.scores[rest], self._values[rest, column])
                foretold[out, column], deviation[out, column] = again.predict(self.scores[out], return_std=True)
        missed = self._values - foretold
        return CrossValidation(
            error=np.sqrt((missed**2).mean(0)) * self.spread,
            noise=self.noise,
            explained=1 - (missed**2).mean(0) / self._values.var(0),
            covered=(np.abs(missed) <= 1.96 * deviation).mean(0),
        )


def _kernel(parameters: int, least_noise: float) -> Any:
    """Linear trend, smooth deviation with a length of its own for each parameter, white noise."""
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, DotProduct, WhiteKernel

    trend = ConstantKernel(0.1, (1e-4, 1e1)) * DotProduct(1.0, (1e-2, 1e2))
    smooth = ConstantKernel(0.5, (1e-3, 1e2)) * RBF(np.full(parameters, 4.0), (0.5, 50.0))
    return trend + smooth + WhiteKernel(max(0.1, least_noise), (least_noise, 2 * NOISE[1]))


def _no_less(kernel: Any, least_noise: float) -> Any:
    """A fitted kernel as the start of another search, with other bounds of the noise."""
    from sklearn.gaussian_process.kernels import WhiteKernel

    level = max(kernel.k2.noise_level, least_noise)
    return kernel.k1 + WhiteKernel(level, (least_noise, 2 * NOISE[1]))


def _process(scores: Floats, values: Floats, kernel: Any, seed: int) -> Any:
    """A process whose hyperparameters fit the runs best."""
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor

    process = GaussianProcessRegressor(kernel, random_state=seed)
    with warnings.catch_warnings():
        # A length at its bound means that a parameter does not matter to this target, which is no fault.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return process.fit(scores, values)


def _again(process: Any, scores: Floats, values: Floats) -> Any:
    """The process with the same hyperparameters on other runs."""
    from sklearn.gaussian_process import GaussianProcessRegressor

    return GaussianProcessRegressor(process.kernel_, optimizer=None).fit(scores, values)


def _white(process: Any) -> float:
    return float(process.kernel_.k2.noise_level)


def _precision(process: Any) -> Floats:
    """(N, N) inverse of the covariance of the runs."""
    from scipy.linalg import cho_solve

    return np.asarray(cho_solve((process.L_, True), np.eye(len(process.L_))))
