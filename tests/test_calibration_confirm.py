"""A fit after the model's sources changed: its runs are made again, and it is renewed only where none differs."""

# ruff: noqa: F401, F811 (fixtures of another file)
from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from test_calibration_fit import Toy
from test_calibration_results import EFFORT, fit, found, loaded, toy, toy_priors

from calibration.confirm import CONFIRMED, confirm
from calibration.fitted import content_of, load_fit
from calibration.problem import FitError
from calibration.record import write_content
from calibration.sources import results_hash
from sim.results.store import Store
from sim.scenario import load_scenario


class OtherToy(Toy):
    """The toy with another model behind it: one figure is larger by its last digit."""

    def __call__(self, values, seed):
        run = super().__call__(values, seed)
        name = next(iter(run.targets))
        return replace(run, targets=run.targets | {name: run.targets[name] * (1 + 2.0**-52)})


@pytest.fixture
def stale(fit):
    """The fit as if it had been made by other sources."""
    content = content_of(fit.file)
    content["made_from"]["sources"] = "0"
    write_content(fit.file, content)
    return load_fit("small", fit.file.parent)


def confirmed(fit, resolved, simulator, folder):
    with ThreadPoolExecutor(2) as executor:
        return confirm(fit, resolved, simulator, Store(folder / "runs"), executor, lambda *_: None)


def test_the_same_figures_renew_the_sources_and_nothing_else(stale, loaded, toy, tmp_path):
    before = content_of(stale.file)
    assert confirmed(stale, loaded.resolved, toy, tmp_path) == min(CONFIRMED, EFFORT.draws)
    after = content_of(stale.file)
    assert after["made_from"].pop("sources") == results_hash()
    assert before["made_from"].pop("sources") == "0"
    assert after == before


def test_a_last_digit_that_differs_is_named_and_nothing_is_written(stale, loaded, toy, tmp_path):
    text = stale.file.read_text()
    with pytest.raises(FitError, match=r"12 of 12 runs give other figures.* Draw 0: first was [\d.]+, is [\d.]+$"):
        confirmed(stale, loaded.resolved, OtherToy(toy.priors, toy.targets), tmp_path)
    assert stale.file.read_text() == text


def test_a_scenario_that_changed_needs_a_new_fit(stale, toy, tmp_path):
    from small import SMALL

    other = load_scenario(SMALL, ["health.incidence=0.11"])
    with pytest.raises(FitError, match="only a new fit can help: the scenario's health"):
        confirmed(stale, other.resolved, toy, tmp_path)


def test_nothing_is_run_where_nothing_changed(fit, loaded, tmp_path):
    assert confirmed(fit, loaded.resolved, None, tmp_path) == 0
