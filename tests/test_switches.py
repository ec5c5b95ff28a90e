"""Mechanisms and instruments switched off or withdrawn by name: what it means, and that support tapers off evenly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import one_thread, run_to
from small import SMALL, load_small

from sim.calendar import parse_month
from sim.scenario import ScenarioError, load_scenario

MEDICAL = ("student_aid", "dibao", "medical_lines")


def problems(*overrides):
    with pytest.raises(ScenarioError) as caught:
        load_small(*overrides)
    return [str(problem) for problem in caught.value.problems]


def test_a_mechanism_is_switched_off_with_all_its_instruments():
    off = {
        name for name, each in load_small("switched_off=[social_security, orchards]").instruments.items() if each.off
    }
    assert off == {"dibao", "medical_lines", "student_aid", "orchards"}


def test_it_is_the_same_scenario_as_with_each_switched_off():
    one_by_one = [f"instruments.{name}.off=true" for name in MEDICAL]
    together = load_scenario(SMALL, ["switched_off=[social_security]"])
    assert together.hash == load_scenario(SMALL, one_by_one).hash != load_scenario(SMALL).hash


def test_what_an_instrument_says_itself_wins():
    scenario = load_small("switched_off=[social_security]", "instruments.dibao.off=false")
    assert [name for name in MEDICAL if scenario.instruments[name].off] == ["student_aid", "medical_lines"]
    kept = load_small("withdrawn={of: [social_security], from: 2019-01}", "instruments.dibao.ends=2020-06")
    assert kept.instruments["dibao"].ends == parse_month("2020-06")
    assert kept.instruments["student_aid"].ends == parse_month("2019-01")


def test_a_word_that_is_both_means_the_mechanism():
    instruments = load_small("switched_off=[relocation]").instruments
    assert [name for name, each in instruments.items() if each.off] == ["relocation", "housing_renovation"]


def test_a_file_that_extends_may_name_others(tmp_path: Path):
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(f"extends: {SMALL}\nswitched_off: [industry]\n")
    second.write_text("extends: first.yaml\nswitched_off: [dibao]\n")
    instruments = load_scenario(second).scenario.instruments
    assert [name for name, each in instruments.items() if each.off] == ["dibao"]


def test_a_resolved_scenario_says_the_same(tmp_path: Path):
    import json

    loaded = load_scenario(SMALL, ["switched_off=[industry]", "withdrawn={of: [dibao], from: 2018-01, to: 2018-06}"])
    again = tmp_path / "again.yaml"
    again.write_text(json.dumps(loaded.resolved))
    assert load_scenario(again).hash == loaded.hash


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "switched_off=[orchard]",
            "switched_off.0: there is no mechanism or instrument 'orchard'; did you mean orch",
        ),
        ("switched_off=[industri]", "did you mean industry?"),
        ("withdrawn={of: [dibaos], from: 2018-01}", "withdrawn.of.0: there is no mechanism or instrument 'dibaos'"),
        ("withdrawn={of: [dibao], from: 2018-01, to: 2017-01}", "to 2017-01 does not lie after from 2018-01"),
        ("withdrawn={of: [dibao]}", "withdrawn.from"),
        ("instruments.dibao.tapers_from=2018-01", "tapers from 2018-01, so that ends must name a later month"),
    ],
)
def test_what_can_not_be_is_refused(override, message):
    assert any(message in problem for problem in problems(override))


def test_a_mechanism_without_instruments_has_no_effect(tmp_path: Path):
    rest = [f"instruments.{name}.mechanism=industry" for name in ("relocation", "housing_renovation")]
    assert any("no instrument belongs to relocation" in each for each in problems("switched_off=[relocation]", *rest))


# how support ends

LASTING = (
    "instruments.grants={mechanism: industry, places: {2012-01: 500}, effect: {source: farm, yuan_per_year: 100}}",
    "period.end=2016-12",
)


def members(scenario):
    """Households with a grant, month by month."""
    history = one_thread(scenario).run()
    column = history.instruments.index("grants")
    return dict(zip(history.months.tolist(), history.of_instrument["members"][:, column].sum(axis=1), strict=True))


def test_a_cliff_ends_for_everybody_at_once():
    count = members(load_small(*LASTING, "withdrawn={of: [grants], from: 2014-03}"))
    assert count[parse_month("2014-02")] >= 400
    assert count[parse_month("2014-03")] == 0


def test_a_taper_ends_evenly_between_its_months():
    kept = members(load_small(*LASTING))
    count = members(load_small(*LASTING, "withdrawn={of: [grants], from: 2014-03, to: 2015-10}"))
    before, months = parse_month("2014-02"), 20
    assert {month: count[month] for month in count if month <= before} == {
        month: kept[month] for month in kept if month <= before
    }
    everybody = count[before]
    for passed in range(months + 1):
        left = everybody * (1 - passed / months)
        # A share of the lots of some 450 households: four standard errors.
        assert abs(count[before + passed] - left) <= 2 * np.sqrt(everybody) + 1
    assert count[before + months - 1] > 0
    assert count[before + months] == 0


def test_nobody_is_admitted_while_support_tapers_off():
    overrides = ("withdrawn={of: [public_posts], from: 2014-03, to: 2015-10}", "period.end=2015-12")
    world = one_thread(load_small(*overrides))
    number = world.instruments.names.index("public_posts")
    run_to(world, parse_month("2014-02"))
    entered = world.entered[number].copy()
    run_to(world, parse_month("2015-12"))
    assert entered.sum() > 0
    assert (world.entered[number] == entered).all()


def test_a_flood_strikes_poor_villages_alone():
    shock = "shocks=[{kind: disaster, villages: poor, from: 2012-03, months: 2, change: -0.5}]"
    calm = "disasters.hazard={none: 0, mild: 0, moderate: 0, severe: 0}"
    world = run_to(one_thread(load_small(shock, calm)), parse_month("2012-03"))
    assert world.v.poor_village.any()
    assert (world.v.disaster_loss == np.where(world.v.poor_village, np.float32(0.5), 0)).all()
    assert not run_to(world, parse_month("2012-05")).v.disaster_loss.any()
    assert any("villages has no effect on jobs" in each for each in problems(shock.replace("disaster", "jobs")))
