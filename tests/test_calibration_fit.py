"""A fit of made-up data from a simulator that is a formula: known parameters come back, and nothing depends on luck."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import pytest

from calibration.design import DesignError, jobs_at, sobol_scores
from calibration.diagnose import bands, degenerate, in_words, learned, ridges, weighted_quantile
from calibration.emulate import Emulator
from calibration.fit import point_fit
from calibration.pipeline import Effort, calibrate
from calibration.posterior import effective_size, log_posterior, sample, weights_of
from calibration.priors import Parameter, Priors
from calibration.problem import FitError, fitted_targets, simulated_values
from calibration.runs import Job, run_all
from calibration.simulate import Simulated
from calibration.targets import Target
from sim.calendar import month_number
from sim.results.store import Store
from sim.scenario import ReportedFigure

CURVES = (
    "register_incidence",
    "register_persons",
    "survey_incidence",
    "income_incidence",
    "villages_exited",
    "county_years_short_of_plan",
    "county_years_with_plan",
    "exits_below_line",
    "exits",
)
TRUE = {"slope": 0.7, "level": 1.2, "idle": 0.5}


def parameter(name):
    return Parameter(name, f"the {name}", (), (), "uniform", 0.0, 2.0, 0.0, 1.0, "weak", (), "made up")


def target(name, value, error, year, role="fit"):
    figure = ReportedFigure(evidence=name, operator="register_persons", at=month_number(year, 12))
    return Target(name, value, error, "persons", "made up", role, "", figure)


def formula(values):
    """Two figures that slope and level decide; `idle` enters none."""
    return {"first": values["level"], "second": values["level"] + 2 * values["slope"]}


@dataclass(frozen=True)
class Toy:
    """A simulator that is a formula, with a little luck that depends on the seed alone."""

    priors: Priors
    targets: tuple[Target, ...]
    scale: float = 1.0
    noise: float = 0.01

    def key(self, values, seed):
        return f"{hash((tuple(sorted(values.items())), seed, self.scale)) & 0xFFFFFFFFFFFF:x}"

    def __call__(self, values, seed):
        luck = self.noise * np.random.default_rng(seed).standard_normal()
        simulated = {name: value + luck for name, value in formula(values).items()}
        curves = {f"{measure}.{year}": 1.0 + luck for measure in CURVES for year in (2015, 2018)}
        return Simulated(values, seed, self.scale, simulated, curves, {2015: 1.0})


@pytest.fixture
def toy():
    priors = Priors(tuple(parameter(name) for name in TRUE), {})
    reported = formula(TRUE)
    targets = (target("first", reported["first"], 0.05, 2015), target("second", reported["second"], 0.05, 2018))
    return Toy(priors, targets)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(2) as executor:
        yield executor


def quiet(*_):
    pass


def test_the_point_fit_finds_known_parameters_and_leaves_the_idle_one_at_its_prior(toy, pool, tmp_path):
    found = point_fit(toy, Store(tmp_path), pool, seed=1)
    assert found.run.values["level"] == pytest.approx(TRUE["level"], abs=0.06)
    assert found.run.values["slope"] == pytest.approx(TRUE["slope"], abs=0.06)
    assert found.scores[2] == pytest.approx(0.0, abs=1e-6)
    assert list(found.losses) == sorted(found.losses, reverse=True)


@pytest.fixture
def small_effort():
    return Effort(design=32, wave=16, draws=60, scale=1.0, draw_scale=1.0, median_scale=1.0, steps=800)


def test_the_posterior_holds_known_parameters_and_says_what_it_can_not_tell(toy, pool, tmp_path, small_effort):
    found = calibrate(toy, small_effort, Store(tmp_path), pool, 1, quiet)
    known = {each.name: each for each in learned(toy.priors, found.chain.scores)}
    for name in ("slope", "level"):
        assert known[name].low < TRUE[name] < known[name].high
        assert known[name].contraction > 0.9
    assert known["idle"].contraction < 0.2
    words = " ".join(in_words(toy.priors, list(known.values()), ridges(toy.priors, found.chain.scores)))
    assert "next to nothing about idle" in words
    assert "can not tell slope" in words or "can not tell level" in words
    assert not degenerate(list(known.values()), found.effective, 60, found.chain.acceptance)
    assert all(band.inside for band in bands(toy.targets, found.posterior_runs, found.weights, 1))


def test_posterior_spread_is_that_of_the_exact_solution(toy, pool, tmp_path, small_effort):
    """`level` is seen directly with sd 0.05 and `second` adds next to nothing about it, for the prior is wide."""
    found = calibrate(toy, small_effort, Store(tmp_path), pool, 1, quiet)
    levels = toy.priors.table(found.chain.scores)[:, 1]
    assert levels.std() == pytest.approx(0.05, rel=0.25)


def test_a_fit_is_the_same_when_made_again_and_when_interrupted(toy, pool, tmp_path, small_effort):
    small = replace(small_effort, wave=8, draws=10, steps=100)

    def fitted(folder):
        return calibrate(toy, small, Store(tmp_path / folder), pool, 7, quiet)

    first = fitted("one")
    again = fitted("two")
    some = sorted((tmp_path / "two").glob("*.parquet"))[::2]
    for path in some:
        path.unlink()
    resumed = fitted("two")
    for other in (again, resumed):
        assert np.array_equal(first.scores, other.scores)
        assert np.array_equal(first.weights, other.weights)
        assert first.median == other.median


def test_a_stored_run_is_not_made_again(toy, pool, tmp_path):
    store, job = Store(tmp_path), Job({"slope": 1.0, "level": 1.0, "idle": 1.0}, 1)
    (made,) = run_all(toy, [job], store, pool)
    broken = replace(toy, noise=math.nan)
    assert run_all(broken, [job], store, pool) == [made]


def test_nothing_half_written_is_read(toy, pool, tmp_path):
    (tmp_path / "abc.123.part").write_text("half")
    assert Store(tmp_path).read("abc") is None


def test_a_design_is_balanced_and_needs_more_runs_than_parameters():
    scores = sobol_scores(3, 64, 1)
    assert scores.shape == (64, 3)
    assert ((scores > 0).sum(0) == 32).all(), "half of a Sobol sequence lies above the median of each parameter"
    assert np.array_equal(scores, sobol_scores(3, 64, 1))
    assert not np.array_equal(scores, sobol_scores(3, 64, 2))
    with pytest.raises(DesignError, match="3 runs can not tell 3 parameters apart"):
        sobol_scores(3, 3, 1)


def test_runs_of_a_design_have_luck_of_their_own(toy):
    assert [job.seed for job in jobs_at(toy.priors, np.zeros((3, 3)), 10)] == [10, 11, 12]


def test_an_end_point_is_no_curve(toy):
    with pytest.raises(FitError, match="an end-point"):
        fitted_targets(toy.targets[:1])


def test_a_figure_that_no_run_reaches_is_named(toy):
    run = Simulated({}, 1, 1.0, {"first": 1.0, "second": math.nan}, {}, {})
    with pytest.raises(FitError, match="does not reach second"):
        simulated_values([run], toy.targets)


def test_the_emulator_foretells_runs_that_it_has_not_seen_and_finds_their_noise():
    luck = np.random.default_rng(1)
    scores = sobol_scores(2, 128, 1)
    values = (np.sin(scores[:, 0]) + scores[:, 1] + 0.1 * luck.standard_normal(128))[:, None]
    replicates = 0.1 * luck.standard_normal((12, 1))
    found = Emulator(scores, values, replicates).cross_validate()
    assert found.noise[0] == pytest.approx(0.1, rel=0.3)
    assert found.error[0] < 0.16
    assert 0.88 <= found.covered[0] <= 1.0


def test_the_emulators_error_is_that_of_scikit_learn():
    scores = sobol_scores(2, 32, 1)
    values = np.sin(scores[:, :1]) + 0.1 * np.random.default_rng(1).standard_normal((32, 1))
    emulator = Emulator(scores, values, np.zeros((2, 1)))
    at = np.array([[0.3, -0.2], [2.0, 2.0]])
    mean, error = emulator(at)
    expected, spread = emulator._processes[0].predict(at, return_std=True)
    assert mean[:, 0] == pytest.approx(emulator.middle[0] + emulator.spread[0] * expected)
    with_noise = np.sqrt(error[:, 0] ** 2 + emulator.noise[0] ** 2)
    assert with_noise == pytest.approx(emulator.spread[0] * spread, rel=1e-4)


def test_a_chain_finds_a_normal_distribution():
    """Mean 1 and standard deviation 0.5 in each of two directions."""
    chain = sample(lambda x: -((x - 1) ** 2).sum(1) / 0.5, sobol_scores(2, 256, 1), 4000, 8000, 1)
    assert chain.scores.mean(0) == pytest.approx([1.0, 1.0], abs=0.1)
    assert chain.scores.std(0) == pytest.approx([0.5, 0.5], abs=0.06)


def test_impossible_scores_have_no_weight(toy):
    emulator = Emulator(
        sobol_scores(3, 16, 1), np.column_stack([np.arange(16.0), np.arange(16.0) ** 2]), np.zeros((2, 2))
    )
    density = log_posterior(emulator, toy.targets, 1.0)
    assert density(np.full((1, 3), 5.0))[0] < -1e5


class Known:
    """An emulator that believes 0 with a standard error of 1, of runs with a noise of 1."""

    noise = np.array([1.0])

    def __call__(self, scores):
        return np.zeros((len(scores), 1)), np.ones((len(scores), 1))


@pytest.mark.parametrize(
    ("true_scale", "expected"),
    [
        # A precise run (a share of villages without end) is believed: figures of 0 and 2, error and luck 1 + 1 = 2.
        (1e9, [math.exp(0.0), math.exp(-4 / 2 / 2)]),
        # A run as noisy as the belief is wide is half believed: figures of 0 and 1, variance 1 + 1 + 0.5.
        (1.0, [math.exp(0.0), math.exp(-1 / 2 / 2.5)]),
    ],
)
def test_weights_of_true_runs_worked_by_hand(true_scale, expected):
    targets = [target("one", 0.0, 1.0, 2015)]
    weights = weights_of(Known(), targets, np.zeros((2, 3)), np.array([[0.0], [2.0]]), 1.0, true_scale)
    assert weights == pytest.approx(np.array(expected) / sum(expected), rel=1e-6)


def test_noise_that_replicates_show_is_not_taken_for_a_shape():
    """Fewer runs than a shape in six directions needs: the noise of 1 is not explained away."""
    luck = np.random.default_rng(3)
    scores = sobol_scores(6, 16, 1)
    values = luck.standard_normal((16, 1))
    assert Emulator(scores, values, luck.standard_normal((12, 1))).noise[0] > 0.3


def test_equal_weights_are_worth_their_number_and_one_weight_one_draw():
    assert effective_size(np.full(8, 1 / 8)) == pytest.approx(8)
    assert effective_size(np.array([1.0, 0.0, 0.0])) == pytest.approx(1)


def test_a_weighted_median_lies_where_half_of_the_weight_is():
    """Weights 1, 1 and 6: their middles are at 0.5, 1.5 and 5 of 8, so the median, 4 of 8, is 5/7 from 2 to 3."""
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([6.0, 1.0, 1.0])
    assert weighted_quantile(values, weights, (0.5,))[0] == pytest.approx(2 + 2.5 / 3.5)


def test_a_posterior_that_is_none_is_reported_as_such(toy):
    nothing = learned(toy.priors, np.random.default_rng(1).standard_normal((4000, 3)))
    assert any("the targets say nothing" in each for each in degenerate(nothing, 100, 100, 0.3))
    assert any("emulator is wrong" in each for each in degenerate(nothing, 2, 100, 0.3))
    assert any("stuck" in each for each in degenerate(nothing, 100, 100, 0.01))
    point = learned(toy.priors, np.ones((100, 3)))
    assert any("single point" in each for each in degenerate(point, 100, 100, 0.3))
