"""The posterior: MCMC on the emulator, then weights from true runs at its draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.emulate import EDGE, Emulator
from calibration.problem import reported_values
from calibration.targets import Target

Floats = NDArray[np.float64]

WALKERS_PER_PARAMETER = 4


@dataclass(frozen=True)
class Chain:
    """Draws of an ensemble.

    Attributes
    ----------
    scores : (D, P) thinned draws after the burn-in
    trace : (steps, P) means over walkers, to be looked at
    acceptance : share of moves that were taken
    autocorrelation : (P,) steps until draws are independent, too few where the chain is short
    """

    scores: Floats
    trace: Floats
    acceptance: float
    autocorrelation: Floats


def log_likelihood(values: Floats, variance: Floats, reported: Floats) -> Floats:
    """(M,) log likelihood of reported figures at (M, T) simulated values with (M, T) variances."""
    return np.asarray(-(((values - reported) ** 2) / variance + np.log(variance)).sum(1) / 2)


def log_posterior(emulator: Emulator, targets: Sequence[Target], scale: float) -> Callable[[Floats], Floats]:
    """Log posterior of (M, P) scores, up to a constant.

    The variance of a figure is its own error, what the emulator does not know, and the luck of the one region that was
    reported: that of a run at `scale`, less in proportion to the villages that a run leaves out.
    """
    reported, error = reported_values(targets)
    luck = emulator.noise**2 * scale

    def at(scores: Floats) -> Floats:
        mean, unknown = emulator(scores)
        prior = -(scores**2).sum(1) / 2 - 1e6 * (np.abs(scores) > EDGE).any(1)
        return prior + log_likelihood(mean, error**2 + unknown**2 + luck, reported)

    return at


def sample(density: Callable[[Floats], Floats], start: Floats, steps: int, draws: int, seed: int) -> Chain:
    """Run emcee's ensemble from likely starts.

    Parameters
    ----------
    density : log density of (M, P) scores
    start : (S, P) scores, of which the walkers start at likely ones
    steps : steps of each walker; the first half is the burn-in
    draws : scores to keep
    """
    import emcee

    size = start.shape[1]
    walkers = WALKERS_PER_PARAMETER * size
    luck = np.random.default_rng([seed, 17])
    logs = density(start)
    shares = np.exp((logs - logs.max()) / 4)  # flattened, so that walkers start apart
    chosen = luck.choice(len(start), walkers, p=shares / shares.sum())
    first = start[chosen] + 0.1 * luck.standard_normal((walkers, size))
    # Differential evolution alone: emcee's snooker move made a standard normal's variance 0.8.
    sampler = emcee.EnsembleSampler(walkers, size, density, vectorize=True, moves=emcee.moves.DEMove())
    state = np.random.RandomState(int(luck.integers(2**31))).get_state()
    sampler.run_mcmc(emcee.State(first, random_state=state), steps)
    kept = sampler.get_chain(discard=steps // 2)
    flat = kept.reshape(-1, size)
    rows = luck.choice(len(flat), min(draws, len(flat)), replace=False)
    return Chain(
        scores=flat[rows],
        trace=sampler.get_chain().mean(1),
        acceptance=float(sampler.acceptance_fraction.mean()),
        autocorrelation=np.asarray(sampler.get_autocorr_time(tol=0, discard=steps // 2)),
    )


def weights_of(
    emulator: Emulator, targets: Sequence[Target], scores: Floats, values: Floats, scale: float, true_scale: float
) -> Floats:
    """(D,) weights, summing to 1, that true runs give to draws from the emulator's posterior.

    A run is the truth with its own luck: where it is precise it overrules the emulator, where it is noisy it corrects
    it a little. Taking a noisy run for the truth would weigh draws by luck.

    Parameters
    ----------
    scores, values : (D, P) draws and (D, T) true runs there
    scale, true_scale : share of villages in the runs that the emulator has learned from, and in the true runs
    """
    reported, error = reported_values(targets)
    mean, unknown = emulator(scores)
    own = error**2 + emulator.noise**2 * scale
    learned = unknown**2 / (unknown**2 + emulator.noise**2 * scale / true_scale)
    corrected = log_likelihood(mean + learned * (values - mean), own + (1 - learned) * unknown**2, reported)
    logs = corrected - log_likelihood(mean, own + unknown**2, reported)
    shares = np.exp(logs - logs.max())
    return np.asarray(shares / shares.sum())


def effective_size(weights: Floats) -> float:
    """Draws that as many equal weights would be worth."""
    return float(1 / (weights**2).sum())
