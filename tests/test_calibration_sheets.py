"""Targets and priors: what the shipped sheets say, and every mistake in a sheet with its position."""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import GANZHOU

from calibration.paths import PathError, as_written, change
from calibration.priors import PRIORS, load_priors
from calibration.targets import TARGETS, load_targets
from sim.scenario import ScenarioError, load_scenario

TINY = {
    "register": {"review": {"bias": 0.0, "softening": {2014: 0.5, 2018: 0.9}}},
    "instruments": {
        "pigs": {"mechanism": "industry", "effect": [{"yuan_per_year": 1000.0}, {"share": 0.1}]},
        "posts": {"mechanism": "employment", "effect": [{"yuan_per_year": 500.0}]},
    },
}


@pytest.fixture(scope="module")
def ganzhou():
    return as_written(load_scenario(GANZHOU).scenario)


def written(tmp_path, text):
    path = tmp_path / "sheet.yaml"
    path.write_text(text)
    return path


def messages(load, path):
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return [f"{each.line}:{each.column}: {each.path}: {each.message}" for each in caught.value.problems]


def prior(tmp_path, text):
    lines = [line.strip() for line in text.strip().splitlines()]
    body = "\n".join(f"    {line}" for line in lines)
    return written(tmp_path, f"parameters:\n  bias:\n{body}\nfixed: {{}}\n")


GOOD = """
    label: bias
    set: [register.review.bias]
    distribution: uniform
    low: 0.0
    high: 0.2
    strength: weak
    reason: nothing known
"""


# Targets


def test_the_targets_of_ganzhou_load_and_say_what_their_errors_rest_on():
    targets = load_targets(TARGETS / "ganzhou.yaml")
    assert {target.role for target in targets} == {"fit", "validate", "ignore"}
    for target in targets:
        assert target.role == "ignore" or (target.error > 0 and target.why)
        assert target.role == "fit" or target.reason


def test_a_target_may_be_arithmetic_on_evidence():
    """261,300 of 702,400 registered live in poor villages."""
    share = next(each for each in load_targets(TARGETS / "ganzhou.yaml") if each.name == "gz_pv_share_2015")
    assert share.value == pytest.approx(37.201, abs=0.001)


def test_the_quota_of_identification_is_never_a_hit():
    for target in load_targets(TARGETS / "ganzhou.yaml"):
        assert target.role == "ignore" or target.figure.evidence != "gz_registered_poor"


def test_every_mistake_in_a_sheet_of_targets_is_told_at_once(tmp_path):
    sheet = written(
        tmp_path,
        """region: ganzhou
reported:
  - {evidence: gz_plan_lift_2016, operator: gross_exits, at: 2016-12, role: fit, error: {value: 1, assumed: a}}
  - {evidence: gz_inc_2018, operator: register_incidence, at: 2018-12, role: fit, error: {value: 1, assumed: a}}
  - {evidence: gz_poor_2015, operator: register_person, at: 2015-12, role: fit, error: {value: 1, assumed: a}}
  - {evidence: gz_poor_2015, operator: register_persons, at: 2015-12, role: fit}
  - {evidence: gz_poor_2015, operator: register_persons, at: 2015-12, role: fit, error: 20000}
  - {evidence: gz_por_2015, operator: register_persons, at: 2015-12, role: ignore, reason: none}
  - {evidence: gz_poor_2015, at: 2015-12, role: fit, error: {value: 1, assumed: a}}
  - {evidence: gz_poor_2015, operator: register_persons, at: 2015-12, role: ignore}
  - {evidence: gz_income_2011_recalled, operator: mean_income, at: 2011-12, role: fit, error: {value: 1, assumed: a}}
  - {evidence: "100 / 2", operator: mean_income, at: 2011-12, role: fit, error: {value: 1, assumed: a}}
  - {evidence: gz_poor_2015, operator: register_persons, at: 2015-12, role: fit, error: {value: -1, assumed: a}}
""",
    )
    found = messages(load_targets, sheet)
    expected = [
        ("3:16", "is a plan"),
        ("4:16", "is kept for validation and can not be fitted"),
        ("5:40", "'register_person' is not known; did you mean register_persons?"),
        ("6:5", "standard deviation"),
        ("7:89", "say what the error rests on"),
        ("8:16", "no evidence has the id 'gz_por_2015'; did you mean gz_poor_2015?"),
        ("9:5", "is missing (what the figure measures)"),
        ("10:5", "say why it is ignored"),
        ("11:16", "never seen in a source"),
        ("12:16", "names no evidence id"),
        ("13:97", "greater than 0"),
    ]
    for place, words in expected:
        assert any(each.startswith(f"{place}:") and words in each for each in found), (place, words, found)


def test_a_figure_kept_for_validation_may_be_compared_with(tmp_path):
    sheet = written(
        tmp_path,
        """region: ganzhou
reported:
  - {evidence: gz_inc_2018, operator: register_incidence, at: 2018-12, role: validate, reason: kept,
     error: {value: 0.3, assumed: as in 2015}}
""",
    )
    assert [target.role for target in load_targets(sheet)] == ["validate"]


# Priors


def test_the_shipped_priors_change_the_shipped_scenario(ganzhou):
    priors = load_priors(ganzhou)
    assert 10 <= len(priors.parameters) <= 18
    assert all(each.reason for each in priors.parameters)
    assert all(reason for reason in priors.fixed.values())


def test_scores_and_values_are_each_others_inverse(ganzhou):
    for parameter in load_priors(ganzhou).parameters:
        for score in (-2.0, 0.0, 1.3):
            value = parameter.value(score)
            assert parameter.low < value < parameter.high
            assert parameter.score(value) == pytest.approx(score, abs=1e-6)


def test_quantiles_of_priors_worked_by_hand(tmp_path):
    """A uniform prior's median is the middle, a log-uniform one's the geometric mean, a normal's its centre."""
    uniform = load_priors(TINY, prior(tmp_path, GOOD)).parameters[0]
    assert uniform.value(0.0) == pytest.approx(0.1)
    log_text = GOOD.replace("uniform", "log_uniform").replace("low: 0.0", "low: 0.01").replace("high: 0.2", "high: 1.0")
    log_uniform = load_priors(TINY, prior(tmp_path, log_text)).parameters[0]
    assert log_uniform.value(0.0) == pytest.approx(0.1)
    text = GOOD.replace("distribution: uniform", "distribution: normal\ncentre: 0.1\nsd: 0.05")
    normal = load_priors(TINY, prior(tmp_path, text)).parameters[0]
    assert normal.value(0.0) == pytest.approx(0.1)
    # A normal with centre 0.1 and sd 0.05 lies between 0 and 0.2 with probability 0.9545; its 84.13 % quantile there
    # is the quantile 0.02275 + 0.8413 * 0.9545 = 0.8258 of the uncut one, 0.938 standard deviations above the centre.
    assert normal.value(1.0) == pytest.approx(0.1 + 0.05 * 0.938, abs=1e-4)


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("low: 0.0\n    high: 0.2", "low: 0.2\n    high: 0.0", "6:10", "the bounds are swapped"),
        ("uniform", "log_uniform", "6:10", "lies above 0"),
        ("uniform", "normal", "5:19", "centre and sd"),
        ("uniform", "triangle", "5:19", "'triangle' is not known"),
        ("register.review.bias", "register.review.bais", "4:5", "did you mean bias?"),
        ("register.review.bias", "instruments.posts.effect.3.yuan_per_year", "4:5", "no entry 3"),
        ("register.review.bias", "instruments.<relocation>.effect.*.share", "4:5", "leads to no number"),
        ("set: [register.review.bias]", "set: []", "4:5", "names paths"),
        ("reason: nothing known", "source: [gz_por_2015]", "9:5", "did you mean gz_poor_2015?"),
        ("strength: weak", "strenght: weak", "8:5", "did you mean strength?"),
    ],
)
def test_mistakes_in_a_prior(tmp_path, old, new, place, words):
    text = GOOD.replace(old, new)
    if "source:" in new:
        text += "    reason: nothing known\n"
    found = messages(lambda path: load_priors(TINY, path), prior(tmp_path, text))
    assert any(each.startswith(f"{place}:") and words in each for each in found), found


def test_the_priors_stand_where_the_program_looks():
    assert PRIORS.exists()


# Paths


def test_a_factor_on_a_mechanism_moves_all_its_instruments_and_no_other():
    changed = change(TINY, "instruments.<industry>.effect.*.yuan_per_year", lambda old: 2 * old)
    assert changed["instruments"]["pigs"]["effect"] == [{"yuan_per_year": 2000.0}, {"share": 0.1}]
    assert changed["instruments"]["posts"] == TINY["instruments"]["posts"]
    assert TINY["instruments"]["pigs"]["effect"][0] == {"yuan_per_year": 1000.0}, "the scenario itself stays as it was"


def test_a_year_that_a_path_does_not_hold_takes_what_holds_then():
    changed = change(TINY, "register.review.softening.2016", lambda old: old / 2)
    assert changed["register"]["review"]["softening"] == {2014: 0.5, 2016: 0.25, 2018: 0.9}


def test_a_path_to_a_mapping_is_no_number():
    with pytest.raises(PathError, match="is no number"):
        change(TINY, "register.review", lambda old: old)


def test_values_of_all_parameters_keep_ganzhou_valid(ganzhou):
    """At the corners of the prior too."""
    from calibration.simulate import Simulator

    priors = load_priors(ganzhou)
    simulator = Simulator(ganzhou, priors, (), 0.02)
    size = len(priors.parameters)
    for scores in (np.zeros(size), np.full(size, 3.5), np.full(size, -3.5), np.where(np.arange(size) % 2, 3.5, -3.5)):
        scenario = simulator.scenario(priors.values(scores), 1)
        assert math.isclose(scenario.population.scale, 0.02)
