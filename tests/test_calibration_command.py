"""`povsim calibrate`: what it refuses, and what it says then."""

from __future__ import annotations

import pytest
from conftest import GANZHOU
from small import SMALL
from typer.testing import CliRunner

from sim.cli import app


def run(*arguments):
    return CliRunner().invoke(app, ["calibrate", *map(str, arguments)])


def test_a_region_without_a_curve_is_refused():
    result = run(SMALL)
    assert result.exit_code == 2
    assert "a fit needs a curve, not an end-point" in result.output


def test_an_end_point_is_refused(tmp_path):
    sheet = tmp_path / "targets.yaml"
    sheet.write_text(
        """region: ganzhou
reported:
  - {evidence: gz_inc_2019, operator: register_incidence, at: 2019-12, role: fit, error: {value: 0.1, assumed: a}}
"""
    )
    result = run(GANZHOU, "--targets", sheet)
    assert result.exit_code == 2
    assert "an end-point" in result.output


def test_fewer_runs_than_parameters_are_refused(tmp_path):
    result = run(GANZHOU, "--runs", 10, "--cache", tmp_path / "runs", "--out", tmp_path / "fit")
    assert result.exit_code == 2
    assert "10 runs can not tell" in result.output
    assert not (tmp_path / "fit").exists()


def test_every_mistake_in_the_targets_is_shown(tmp_path):
    sheet = tmp_path / "targets.yaml"
    sheet.write_text(
        """region: ganzhou
reported:
  - {evidence: gz_plan_lift_2016, operator: gross_exits, at: 2016-12, role: fit, error: {value: 1, assumed: a}}
  - {evidence: gz_poor_2015, operator: register_persons, at: 2015-12, role: fit}
"""
    )
    result = run(GANZHOU, "--targets", sheet)
    assert result.exit_code == 2
    assert f"{sheet}:3:16: reported.0.evidence: gz_plan_lift_2016 is a plan" in result.output
    assert f"{sheet}:4:5: reported.1: is missing" in result.output


@pytest.mark.slow
def test_a_small_fit_of_ganzhou_runs_from_end_to_end(tmp_path):
    """Too few runs for a result, and the command says so; the files are there all the same."""
    few = ("--runs", 20, "--second-wave", 2, "--draws", 4, "--scale", 0.01, "--draw-scale", 0.01, "--processes", 1)
    result = run(GANZHOU, *few, "--cache", tmp_path / "runs", "--out", tmp_path / "fit")
    assert result.exit_code == 0, result.output
    assert "no result:" in result.output
    names = {path.name for path in (tmp_path / "fit").iterdir()}
    assert names == {"ganzhou.html", "ganzhou.parquet", "ganzhou.yaml"}
