"""pyABC as an independent reference: the same posterior of a small problem, found another way."""

from __future__ import annotations

import numpy as np
import pytest
from test_calibration_fit import parameter, target

from calibration.design import sobol_scores
from calibration.emulate import Emulator
from calibration.posterior import log_posterior, sample
from calibration.priors import Priors
from calibration.rivals import growth_alone

ERRORS = {"early": 1.0, "late": 0.5}
RANGES = {"log_sd": (0.5, 0.9), "bias": (-0.3, 0.3)}
REPORTED = {"early": 27.0, "late": 10.0}
PARTICLES = 400


def incidences(values):
    """Growth alone at the mean incomes and lines of 2011 and 2015, the later incomes inflated by `bias`."""
    early = growth_alone(4684, 2536, values["log_sd"])
    return {"early": early, "late": growth_alone(7786 * np.exp(values["bias"]), 2855, values["log_sd"])}


def own_posterior():
    """(draws, 2) values of log_sd and bias by emulator and chain."""
    bounds = {name: {"low": low, "high": high} for name, (low, high) in RANGES.items()}
    from dataclasses import replace

    priors = Priors(tuple(replace(parameter(name), **each) for name, each in bounds.items()), {})
    targets = [target(name, REPORTED[name], ERRORS[name], year) for name, year in (("early", 2011), ("late", 2015))]
    scores = sobol_scores(2, 128, 1)
    runs = [incidences(priors.values(row)) for row in scores]
    values = np.array([[run[each.name] for each in targets] for run in runs])
    emulator = Emulator(scores, values, np.repeat(values[:1], 2, axis=0))
    chain = sample(log_posterior(emulator, targets, 0.0), scores, 3000, 4000, 1)
    return priors.table(chain.scores)


def reference(pyabc, folder):
    """Values and weights of pyABC's particles under the same normal errors, without an emulator."""
    spans = {name: pyabc.RV("uniform", low, high - low) for name, (low, high) in RANGES.items()}
    kernel = pyabc.IndependentNormalKernel(var=[error**2 for error in ERRORS.values()], keys=list(ERRORS))
    np.random.seed(1)
    search = pyabc.ABCSMC(
        incidences,
        pyabc.Distribution(**spans),
        kernel,
        population_size=PARTICLES,
        eps=pyabc.Temperature(),
        acceptor=pyabc.StochasticAcceptor(),
        sampler=pyabc.SingleCoreSampler(),
    )
    search.new(f"sqlite:///{folder / 'reference.db'}", REPORTED)
    found, weights = search.run(max_nr_populations=8).get_distribution()
    return found[list(RANGES)].to_numpy(), weights


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_posterior_is_that_of_pyabc(tmp_path):
    """Means agree within four Monte-Carlo standard errors of the particles, spreads within as many of theirs."""
    pyabc = pytest.importorskip("pyabc", reason="pyABC is not installed", exc_type=ImportError)
    mine = own_posterior()
    particles, weights = reference(pyabc, tmp_path)
    mean = weights @ particles
    spread = np.sqrt(weights @ (particles - mean) ** 2)
    effective = 1 / (weights**2).sum()
    assert effective > PARTICLES / 10
    assert (np.abs(mine.mean(0) - mean) <= 4 * spread / np.sqrt(effective)).all()
    assert (np.abs(mine.std(0) / spread - 1) <= 4 / np.sqrt(2 * effective)).all()
    correlation = np.corrcoef(mine.T)[0, 1]
    assert correlation == pytest.approx(np.cov(particles.T, aweights=weights)[0, 1] / spread.prod(), abs=0.15)
