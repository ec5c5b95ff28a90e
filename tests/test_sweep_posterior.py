"""Draws of a fit as the points of a sweep: equally likely, whole, and the same runs as elsewhere."""

from __future__ import annotations

import pytest
from small import SMALL
from test_calibration_use import write_small_fit

from calibration.use import use_of
from sim.scenario import load_scenario
from sim.scenario.load import resolve
from sim.sweep.estimate import first_rows
from sim.sweep.plan import paths_of, run_settings, tables
from sim.sweep.read import load_sweep

SWEEP = f"""
name: posterior
base: {SMALL}
set: [instruments.vegetables.uptake=0.7]
design: {{kind: posterior, points: 6}}
outputs: {{measures: [income_incidence]}}
"""


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    (tmp_path / "fits").mkdir()
    monkeypatch.setattr("calibration.fitted.FITS", tmp_path / "fits")
    write_small_fit(tmp_path / "fits")
    (tmp_path / "sweep.yaml").write_text(SWEEP)
    return load_sweep(tmp_path / "sweep.yaml")


def rows(loaded):
    return next(tables(loaded)).to_pylist()


def test_a_draw_comes_as_often_as_its_weight_says(loaded):
    """Of six equally likely draws the first, as likely as the other three together, is three."""
    assert [row["register_review_pace"] for row in rows(loaded)] == [0.1, 0.1, 0.1, 0.2, 0.3, 0.4]
    assert [row["income_market_factor_2015"] for row in rows(loaded)] == [0.98, 0.98, 0.98, 0.99, 1.0, 1.01]


def test_a_run_at_a_draw_is_that_of_the_draw(loaded):
    base = load_scenario(SMALL, ["instruments.vegetables.uptake=0.7"])
    use = use_of(base)
    for row, draw in zip(rows(loaded), use.draws(6), strict=True):
        made = resolve(loaded.text, [*loaded.sweep.settings, *run_settings(paths_of(loaded), row)])
        assert made.hash == use.with_draw(base, draw).hash != base.hash


def test_another_fit_is_another_sweep(loaded, tmp_path):
    before = load_sweep(tmp_path / "sweep.yaml").identity
    assert before == loaded.identity
    draws = tmp_path / "fits" / "small.parquet"
    import pandas as pd

    pd.read_parquet(draws).assign(pace=[0.1, 0.2, 0.3, 0.35]).to_parquet(draws)
    assert load_sweep(tmp_path / "sweep.yaml").identity != before


@pytest.mark.parametrize(("width", "runs"), [(80, 5), (59, 2), (58, 1)])
def test_a_plan_too_wide_for_the_terminal_shows_a_run_in_a_column(loaded, width, runs):
    lines = first_rows(loaded, width).splitlines()
    assert lines[0].split() == ["run", *map(str, range(runs))]
    assert len(lines) == 4 + len(loaded.sweep.factors)
    assert runs == 1 or max(map(len, lines)) <= width
    (pace,) = [line.split() for line in lines if line.startswith("register_review_pace")]
    assert pace[1:] == ["0.1", "0.1", "0.1", "0.2", "0.3"][:runs]


def test_a_plan_that_fits_shows_a_run_in_a_line(loaded):
    lines = first_rows(loaded, 1000).splitlines()
    assert len(lines) == 1 + 5
    assert lines[0].split() == ["run", "point", "replicate", "seed", *loaded.sweep.factors]
