"""Another region foretold from a fit, effects of several sizes, and what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from conftest import GANZHOU
from small import SMALL
from test_calibration_fit import parameter, target
from typer.testing import CliRunner

from calibration.compare import PLAN, Rivals
from calibration.effects import ALL, SIZES, effects, split_fall
from calibration.fitted import FITS
from calibration.paths import as_written
from calibration.priors import Priors, load_priors
from calibration.simulate import Simulator
from calibration.targets import TARGETS, load_targets
from calibration.transfer import transferable
from sim.cli import app
from sim.results.store import Store
from sim.scenario import ScenarioError, load_scenario

REGIONS = ("ankang", "nanchang_county")


def calibrate(*arguments):
    return CliRunner().invoke(app, ["calibrate", *map(str, arguments)])


@pytest.mark.parametrize("region", REGIONS)
def test_regions_that_are_foretold_fit_nothing(region):
    scenario = load_scenario(GANZHOU.with_name(f"{region}.yaml")).scenario
    targets = load_targets(TARGETS / f"{region}.yaml", instruments=scenario.instruments)
    assert {each.role for each in targets} == {"validate", "ignore"}


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_without_a_curve_is_told_what_can_be_said(region):
    result = calibrate(GANZHOU.with_name(f"{region}.yaml"))
    assert result.exit_code == 2
    assert "an end-point" in result.output
    assert "--transfer" in result.output


def test_every_region_can_be_held_against_the_targets_of_ganzhou():
    scenario = load_scenario(GANZHOU).scenario
    assert load_targets(TARGETS / "ganzhou.yaml", instruments=scenario.instruments)


def test_an_instrument_that_the_scenario_does_not_have_is_refused(tmp_path):
    sheet = tmp_path / "targets.yaml"
    sheet.write_text(
        """region: ganzhou
reported:
  - {evidence: gz_emp_2018, operator: workers, at: 2018-12, instruments: [workshop], role: ignore, reason: a}
  - {evidence: gz_emp_2018, operator: workers, at: 2018-12, role: ignore, reason: a}
"""
    )
    with pytest.raises(ScenarioError) as caught:
        load_targets(sheet, instruments=["workshops", "training"])
    first, second = (str(each) for each in caught.value.problems)
    assert first.startswith(f"{sheet}:3:75: ")
    assert "no instrument 'workshop'; did you mean workshops?" in first
    assert second.startswith(f"{sheet}:4:5: ")
    assert "workers needs instruments:" in second


def test_parameters_move_to_another_region_with_the_paths_that_it_has():
    ankang = as_written(load_scenario(GANZHOU.with_name("ankang.yaml")).scenario)
    priors = load_priors(as_written(load_scenario(GANZHOU).scenario))
    moved = {each.name: each for each in transferable(priors, ankang).parameters}
    assert "additionality" not in moved, "Ankang has no workshops and no labour transfer of Ganzhou's kind"
    assert moved["dibao_least"].set == ("instruments.dibao.effect.0.least_share",)
    assert moved["pace"].set == ("register.review.pace",)
    assert "survey_noise" in moved


def test_rivals_of_another_region_start_from_its_own_first_figure():
    """Ankang, 40.7 % in 2012: a fifth less a year to 2015, then evenly to the deadline of 2020, so three fifths of
    the rest are gone by 2018; and a straight line to zero in 2020 has a quarter of the way left."""
    scenario = load_scenario(GANZHOU.with_name("ankang.yaml"), ["register.review.pace=0.2"]).scenario
    (figure, *_) = load_targets(TARGETS / "ankang.yaml")
    found = Rivals(scenario, 0.67, elsewhere={2013: 16.0, 2015: 8.0})(figure, ())
    assert found[PLAN] == pytest.approx(40.7 * 0.8**3 * 2 / 5, rel=1e-3)
    assert found["linear to zero in 2020"] == pytest.approx(40.7 / 4, rel=1e-3)
    assert found["last value"] == pytest.approx(40.7, rel=1e-3)
    assert found["constant rate"] < found["last value"], "Ganzhou's rate goes on from Ankang's start"


def test_a_fall_by_two_causes_worked_by_hand():
    """4 to 2 by income alone, 2 to 1 by detection: in the other order 4 to 2 by detection and 2 to 1 by income."""
    found = split_fall(4.0, 1.0, 2.0)
    assert (found.income, found.detection) == (1.5, 1.5)
    nobody_found = split_fall(1.5, 0.0, 1.5)
    assert (nobody_found.income, nobody_found.detection) == (0.0, 1.5)
    assert found.income + found.detection == found.before - found.after


def test_every_mechanism_has_an_effect_of_three_sizes(tmp_path):
    """Each mechanism is left out once at each size, all of them too, beside a run with everything."""
    settings = ["period.end=2015-12", "reported=[]", "instruments.orchards.off=true", "population.scale=1"]
    base = as_written(load_scenario(SMALL, settings).scenario)
    pace = replace(parameter("pace"), set=("register.review.pace",), low=0.1, high=0.3)
    simulator = Simulator(base, Priors((pace,), {}), (target("any", 1.0, 1.0, 2015),), 1.0)
    with ThreadPoolExecutor(1) as pool:
        found = effects(simulator, {"pace": 0.2}, [2015], Store(tmp_path), pool, 1, lambda *_: None)
    of = {(each.mechanism, each.measure): each.points for each in found}
    assert {mechanism for mechanism, _ in of} >= {"industry", "employment", "social_security", ALL}
    assert all(len(points) == len(SIZES) for points in of.values())
    assert of[ALL, "income_incidence"][1] > 0
    assert len(list(tmp_path.iterdir())) == len(SIZES) * (len({name for name, _ in of}) + 1)


def test_no_fit_stands_under_the_name_of_a_region_that_is_only_foretold():
    assert not [region for region in REGIONS if (FITS / f"{region}.yaml").exists()]
