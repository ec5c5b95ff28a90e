"""Runs that take their values from a fit: the median, draws with bands, and what a scenario keeps of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from small import SMALL
from typer.testing import CliRunner

import sim
from calibration.evidence import load_evidence
from calibration.fitted import rests_on
from calibration.record import write_yaml
from calibration.use import NoFitError, use_of
from sim.analysis.effect_sizes import LOW, with_effects
from sim.cli import app
from sim.scenario import load_scenario

SIZES = "instruments.<industry>.effect.*.yuan_per_year"
SHORT = ("--set", "period.end=2015-12", "--set", "reported=[]", "--threads", "1")
PARAMETERS = {
    "pace": {"set": ["register.review.pace"], "scale": [], "low": 0.1, "median": 0.3, "high": 0.4},
    "late": {"set": ["register.review.softening.2019"], "scale": [], "low": 0.1, "median": 0.9, "high": 0.9},
    "industry": {"set": [], "scale": [SIZES], "low": 0, "median": 2, "high": 2},
    "elsewhere": {"set": ["instruments.fishing.uptake"], "scale": [], "low": 0, "median": 0.5, "high": 1},
}  # fmt: skip


def write_small_fit(folder: Path, **changed) -> None:
    """A fit of the small region: four draws, the first as likely as the other three together."""
    content = {
        "region": "small",
        "settings": [],
        "warnings": [],
        "made_from": rests_on(load_scenario(SMALL).resolved, ["gz_inc_2011"]),
        "parameters": PARAMETERS,
        "market_factor": {2015: 1.01},
        **changed,
    }
    write_yaml(folder / "small.yaml", content, "made up for a test")
    draws = {
        "weight": [3.0, 1.0, 1.0, 1.0],
        "pace": [0.1, 0.2, 0.3, 0.4],
        "market_factor.2015": [0.98, 0.99, 1.0, 1.01],
    }
    pd.DataFrame({**draws, "late": 0.9, "industry": 2.0, "elsewhere": 0.5}).to_parquet(folder / "small.parquet")


@pytest.fixture
def fits(tmp_path, monkeypatch):
    folder = tmp_path / "fits"
    folder.mkdir()
    monkeypatch.setattr("calibration.fitted.FITS", folder)
    return folder


def counterfactual(folder: Path, text: str) -> Path:
    path = folder / "counterfactual.yaml"
    path.write_text(f"extends: {SMALL}\n{text}")
    return path


def povsim(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_scenario_takes_the_median(fits):
    write_small_fit(fits)
    loaded = load_scenario(SMALL)
    fitted = use_of(loaded).with_median(loaded)
    review, industry = fitted.scenario.register_.review, fitted.scenario.instruments["vegetables"]
    assert review.pace == 0.3
    assert review.softening == loaded.scenario.register_.review.softening | {2019: 0.9}
    assert industry.effect[0].yuan_per_year == 2 * 3000
    assert fitted.scenario.income.market_factor == {2015: 1.01}
    assert "fitted to what small reported" in fitted.provenance["register.review.pace"].text


def test_a_counterfactual_keeps_what_it_states_and_needs_no_warning(fits, tmp_path):
    """An audit from 2014 on is one in 2019 too, although only the year 2014 is written."""
    write_small_fit(fits)
    text = """
register: {review: {softening: {2014: 0.0}, pace: 0.11}}
instruments: {vegetables: {effect: {yuan_per_year: 100}}, orchards: {off: true}}
"""
    loaded = load_scenario(counterfactual(tmp_path, text), ["income.log_sd=0.6"])
    use = use_of(loaded)
    assert use.changed == ()
    fitted = use.with_median(loaded).scenario
    assert fitted.register_.review.softening == {2014: 0.0}
    assert fitted.register_.review.pace == 0.11
    assert fitted.instruments["vegetables"].effect[0].yuan_per_year == 100
    assert fitted.instruments["camellia"].effect[0].yuan_per_year == 2 * 1500
    assert fitted.instruments["orchards"].off
    assert fitted.income.log_sd == 0.6


def test_a_changed_base_warns_whatever_extends_it(fits, tmp_path):
    base = tmp_path / "base.yaml"
    base.write_text(SMALL.read_text().replace("births: 0.0121", "births: 0.02"))
    write_small_fit(fits)
    other = tmp_path / "other.yaml"
    other.write_text("extends: base.yaml\nhealth: {incidence: 0.2}\n")
    assert use_of(load_scenario(other)).changed == ("the scenario's family: is not the one that was fitted",)


def test_words_seeds_and_reported_figures_do_not_make_a_fit_stale(fits, tmp_path):
    base = tmp_path / "base.yaml"
    base.write_text(SMALL.read_text().replace("name: Small region", "name: Another").replace("seed: 1", "seed: 7"))
    write_small_fit(fits)
    assert use_of(load_scenario(base)).changed == ()


def test_a_fit_that_is_no_result_is_not_used(fits, tmp_path):
    write_small_fit(fits, warnings=["no parameter moved from its prior"])
    with pytest.raises(NoFitError, match="is no result: no parameter moved"):
        use_of(load_scenario(SMALL))
    result = povsim("run", SMALL, *SHORT, "--draws", 2, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "no parameter moved" in result.output
    result = povsim("run", SMALL, *SHORT, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "the scenario's own numbers are taken" in result.stderr
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["fit"] is None


def test_draws_need_a_fit(fits, tmp_path):
    result = povsim("run", SMALL, *SHORT, "--draws", 2, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "--draws needs a fit of small, and there is none" in result.output
    assert povsim("run", SMALL, "--draws", 2, "--no-fit").exit_code == 2


def test_a_run_says_which_fit_it_used_and_what_changed_since(fits, tmp_path):
    stale = rests_on(load_scenario(SMALL).resolved, []) | {"evidence": {"gz_inc_2011": 20.0}}
    write_small_fit(fits, made_from=stale)
    result = povsim("run", SMALL, *SHORT, "--out", tmp_path / "out")
    now = load_evidence()["gz_inc_2011"].value
    sentence = f"evidence gz_inc_2011 was 20 when the fit was made, and is {now}"
    assert "parameters: median of" in result.stderr
    assert f"may no longer hold: {sentence}" in result.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["fit"] == {"file": f"{tmp_path.name}/fits/small.yaml", "draws": 0, "changed_since": [sentence]}
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["scenario"]["register"]["review"]["pace"] == 0.3
    report = (tmp_path / "out" / "report.html").read_text()
    assert sentence in report
    assert "median of the fit" in report
    plain = povsim("run", SMALL, *SHORT, "--no-fit", "--out", tmp_path / "plain")
    assert "parameters" not in plain.stderr
    assert json.loads((tmp_path / "plain" / "summary.json").read_text())["fit"] is None


def test_draws_give_bands_around_the_median(fits, tmp_path):
    """A single draw that is as the median gives bands without width; four that differ in pace give wide ones."""
    write_small_fit(fits)
    result = povsim("run", SMALL, *SHORT, "--draws", 6, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "5 to 95 %" in result.stdout
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["fit"]["draws"] == 6
    band = next(row for row in summary["yearly"] if row["year"] == 2015)["bands"]["register_persons"]
    assert band["low"] < band["middle"] < band["high"]
    table = pd.read_parquet(tmp_path / "out" / "bands.parquet")
    assert set(table.columns) == {"month", "level", "area", "measure", "low", "middle", "high"}
    assert (table["low"] <= table["middle"]).all()
    assert (table["middle"] <= table["high"]).all()
    row = table.query("level == 'region' and measure == 'registered_persons' and month == '2015-12'")
    assert row[["low", "middle", "high"]].iloc[0].tolist() == pytest.approx(list(band.values()))
    series = pd.read_parquet(tmp_path / "out" / "series.parquet")
    assert set(table["measure"]) <= set(series["measure"])
    assert povsim("verify", tmp_path / "out").exit_code == 0


def test_bands_are_quantiles_over_equally_likely_draws(fits):
    """Of six draws three are the first row, for its weight is half of all."""
    write_small_fit(fits)
    drawn = use_of(load_scenario(SMALL)).draws(6)
    assert [draw.number for draw in drawn] == [0, 0, 0, 1, 2, 3]
    assert [draw.market_factor[2015] for draw in drawn] == [0.98, 0.98, 0.98, 0.99, 1.0, 1.01]


def test_comparisons_take_the_fit_and_alternatives_keep_what_they_state(fits, tmp_path):
    from sim.analysis.draws import median_of, read_draws

    write_small_fit(fits)
    base = load_scenario(SMALL)
    other = load_scenario(counterfactual(tmp_path, "register: {review: {pace: 0.11}}\n"))
    use = use_of(base)
    assert median_of(use)(base, ()).scenario.register_.review.pace == 0.3
    assert median_of(use)(other, ()).scenario.register_.review.pace == 0.11
    assert [draw(base, ()).scenario.register_.review.pace for draw in read_draws(use, 2)] == [0.1, 0.3]


# In a notebook


def test_a_study_takes_the_median_as_a_run_does_and_keeps_what_is_changed(fits, tmp_path):
    write_small_fit(fits)
    study = sim.load(SMALL)
    assert study.scenario.register_.review.pace == 0.3
    assert "parameters: median of" in repr(study)
    changed = study.with_({"register.review.pace": 0.35}).with_(health__incidence=0.08)
    assert changed.scenario.register_.review.pace == 0.35
    assert changed.scenario.income.market_factor[2015] == 1.01
    result = CliRunner().invoke(app, ["run", str(SMALL), "--out", str(tmp_path / "run"), *SHORT])
    assert result.exit_code == 0, result.output
    same = sim.load(SMALL).with_({"period.end": "2015-12", "reported": []}).run(threads=1)
    pd.testing.assert_frame_equal(same.series, sim.open(tmp_path / "run").series)


def test_a_study_takes_the_numbers_of_its_files_where_it_is_told_to(fits):
    write_small_fit(fits)
    study = sim.load(SMALL, fit=False)
    assert study.hash == load_scenario(SMALL).hash
    assert "median" not in repr(study)
    with pytest.raises(ValueError, match="nothing to draw from: small has no fit"):
        study.draws(4)


def test_a_stale_fit_warns_and_one_that_is_no_result_is_left(fits):
    write_small_fit(fits, made_from=rests_on(load_scenario(SMALL).resolved, ["gz_inc_2011"]) | {"sources": "0"})
    with pytest.warns(UserWarning, match="may no longer hold: the model's sources changed"):
        assert sim.load(SMALL).scenario.register_.review.pace == 0.3
    write_small_fit(fits, warnings=["two effective draws"])
    with pytest.warns(UserWarning, match="is no result: two effective draws; the scenario's own numbers are taken"):
        assert sim.load(SMALL).fit is None


def test_draws_replace_a_median_and_keep_sizes_of_effects(fits):
    write_small_fit(fits)
    study, plain = sim.load(SMALL), load_scenario(SMALL)
    first = study.draws(4)[0]
    assert first(study, ()).hash == first(plain, ()).hash
    assert first(with_effects(study, LOW), ()).hash == first(with_effects(plain, LOW), ()).hash
    assert with_effects(study, LOW).hash != study.hash
