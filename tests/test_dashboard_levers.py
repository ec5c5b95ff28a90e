"""Levers: what they move, by how much, what is refused, and the scenario file that says so."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from own_survey import put
from small import SMALL

from sim.dashboard.changes import changes, positions_of
from sim.dashboard.export import as_yaml
from sim.dashboard.settings import numbers, overrides, position, positions
from sim.dashboard.shelf import Shelf
from sim.dashboard.site import Site
from sim.dashboard.source import read_source
from sim.language import CHINESE, ENGLISH
from sim.scenario import ScenarioError, load_scenario
from sim.scenario.load import resolve

SCENARIOS = Path(__file__).parent.parent / "scenarios"
SMALL_REGION = read_source("small", SMALL)
EVERY = [read_source(name, SCENARIOS / f"{name}.yaml") for name in ("ganzhou", "ankang", "nanchang_county")]


def named(source):
    return source.id


def moved_to(source, values):
    """The scenario with levers moved; an error where it does not hold together."""
    loaded = source.with_settings(values, [], ENGLISH)
    assert not isinstance(loaded, dict), loaded
    return loaded


def exported(source, values, folder, name="Moved"):
    """The scenario that the exported file is read as, from beside its base."""
    path = folder / "moved.yaml"
    path.write_text(as_yaml(source, values, name, str(source.text.files[-1].resolve())), encoding="utf-8")
    return load_scenario(path)


def test_twice_the_places_by_hand():
    """small.yaml: orchards have 0 places in 2014-01 and 33 in 2019-12."""
    places = moved_to(SMALL_REGION, {"instruments.orchards.places": 2.0}).resolved["instruments"]["orchards"]["places"]
    assert places == {"2014-01": 0, "2019-12": 66}


def test_places_are_whole_by_hand():
    """small.yaml: 33 places by half are 16.5, of which there is no half."""
    places = moved_to(SMALL_REGION, {"instruments.orchards.places": 0.5}).resolved["instruments"]["orchards"]["places"]
    assert places["2019-12"] == 16


def test_an_effect_by_half_by_hand():
    """small.yaml: camellia yields 1,500 yuan a year, and 5 % on all farm income."""
    effects = moved_to(SMALL_REGION, {"instruments.camellia.effect": 0.5}).resolved["instruments"]["camellia"]["effect"]
    assert effects[0]["yuan_per_year"] == 750
    assert effects[1]["share"] == 0.025
    assert effects[0]["first_after_months"] == 48


def test_a_standard_by_hand():
    """small.yaml: the standard of dibao is 1,680 yuan in 2011 and 4,860 in 2019."""
    effects = moved_to(SMALL_REGION, {"instruments.dibao.effect": 1.5}).resolved["instruments"]["dibao"]["effect"]
    assert (effects[0]["standard"][2011], effects[0]["standard"][2019]) == (2520, 7290)


def test_a_switch_and_a_value_by_hand():
    resolved = moved_to(SMALL_REGION, {"instruments.dibao.on": False, "health.reimbursed": 0.7}).resolved
    assert resolved["instruments"]["dibao"]["off"] is True
    assert resolved["health"]["reimbursed"] == 0.7


def test_a_factor_of_a_share_does_not_pass_one():
    """small.yaml: student aid keeps all children in school, a share of 1; medical lines pay 35 % and insure all."""
    assert SMALL_REGION.levers["instruments.student_aid.effect"].high == 1
    assert SMALL_REGION.levers["instruments.orchards.effect"].high == 3
    assert SMALL_REGION.levers["instruments.customs.effect"].high == 3


@pytest.mark.parametrize("source", EVERY, ids=named)
def test_every_instrument_has_its_switch_and_no_lever_moves_incomes_or_people(source):
    switches = {name for name, lever in source.levers.items() if lever.kind == "switch"}
    assert switches == {f"instruments.{name}.on" for name in source.loaded.scenario.instruments}
    paths = [part.path for lever in source.levers.values() for part in lever.parts]
    assert not [path for path in paths if path.startswith(("income.", "population.", "period.", "reported"))]
    assert len(paths) == len(set(paths)), "two levers move one number"


@pytest.mark.parametrize("source", [*EVERY, SMALL_REGION], ids=named)
def test_levers_left_where_they_stand_change_nothing(source):
    standing = {name: lever.default for name, lever in source.levers.items()}
    assert positions(source.levers, standing, ENGLISH) == ({}, {})
    assert overrides(source.levers, {}) == []
    assert {name: position(lever, source.plain) for name, lever in source.levers.items()} == standing
    assert changes(source, source.plain, ENGLISH) == []


def places_of(source):
    """Positions on the grid that the page's sliders have."""
    levers = st.sampled_from(sorted(source.levers))

    def where(name):
        lever = source.levers[name]
        if lever.kind == "switch":
            return st.tuples(st.just(name), st.booleans())
        steps = int((lever.high - lever.low) / lever.step)
        return st.tuples(st.just(name), st.integers(0, steps).map(lambda n: round(lever.low + n * lever.step, 6)))

    return st.lists(levers.flatmap(where), min_size=1, max_size=6).map(dict)


@settings(max_examples=30)
@given(places_of(EVERY[0]))
def test_where_levers_were_moved_to_is_found_again_in_the_run(values):
    source = EVERY[0]
    moved, errors = positions(source.levers, values, ENGLISH)
    assert errors == {}
    loaded = source.with_settings(moved, [], ENGLISH)
    if isinstance(loaded, dict):
        return
    resolved = json.loads(json.dumps(loaded.resolved))
    for name, lever in source.levers.items():
        found = position(lever, resolved)
        assert found is not None
        if lever.kind == "switch":
            assert found is moved.get(name, lever.default)
        else:
            assert numbers(lever, found) == numbers(lever, moved.get(name, lever.default))
    assert positions_of(source, resolved).keys() <= moved.keys()
    assert not [line for line in changes(source, resolved, ENGLISH) if line.startswith("also")]


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from(sorted(SMALL_REGION.levers)), st.integers(0, 40).map(lambda n: n / 20)))
def test_whatever_is_moved_is_a_scenario_or_an_error_beside_a_lever(values):
    moved, errors = positions(SMALL_REGION.levers, values, ENGLISH)
    assert set(errors) <= set(values)
    result = SMALL_REGION.with_settings(moved, [], ENGLISH)
    if isinstance(result, dict):
        assert result
        assert set(result) <= set(SMALL_REGION.levers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("population.scale", 0.5),
        ("extends", 1),
        ("instruments.dibao.effect.0.standard.2011", 1),
        ("../../etc/passwd", 1),
        ("health.reimbursed=1\nseed", 1),
    ],
)
def test_what_is_no_lever_is_refused(name, value):
    moved, errors = positions(SMALL_REGION.levers, {name: value}, ENGLISH)
    assert moved == {}
    assert errors[""]


def repr_of(value):
    return repr(value)[:8]


@pytest.mark.parametrize(
    "value", [-0.1, 1.1, float("nan"), float("inf"), True, "0.5", None, [], {}, 10**400], ids=repr_of
)
def test_what_is_no_place_of_a_lever_is_refused_beside_it(value):
    moved, errors = positions(SMALL_REGION.levers, {"health.reimbursed": value}, ENGLISH)
    assert moved == {}
    assert list(errors) == ["health.reimbursed"]


@pytest.mark.parametrize("sent", [None, [], "health.reimbursed", 3])
def test_levers_come_as_a_mapping(sent):
    assert positions(SMALL_REGION.levers, sent, CHINESE)[1][""]


def test_what_the_scenario_check_finds_stands_beside_the_lever():
    """3 times 1,150,000 paired persons are more than can ever be registered."""
    found = EVERY[0].with_settings({"instruments.cadre_pairing.places": 3.0}, [], ENGLISH)
    assert list(found) == ["instruments.cadre_pairing.places"]
    assert "places for" in found["instruments.cadre_pairing.places"][0]


@pytest.mark.parametrize(
    "values",
    [
        {"instruments.orchards.places": 1.5, "health.reimbursed": 0.7},
        {"instruments.cooperatives.effect": 2.0, "instruments.housing_renovation.effect": 0.5},
        {"instruments.dibao.effect": 1.25, "instruments.dibao.on": False, "register.detection": 0.5},
        {"register.review.softening": 0.1, "lines.exit": 1.1, "budget.yuan": 0.3},
    ],
)
def test_the_exported_file_is_the_same_scenario_with_the_same_sources(tmp_path, values):
    source = EVERY[0]
    here, there = moved_to(source, values), exported(source, values, tmp_path)
    assert there.hash == here.hash != source.loaded.hash
    assert dict(there.provenance) == dict(here.provenance)


def test_a_list_that_is_stated_anew_keeps_the_evidence_of_its_instrument(tmp_path):
    source = EVERY[2]
    lists = [f"instruments.{name}.effect" for name in source.loaded.scenario.instruments]
    values = {name: 0.5 for name in lists if name in source.levers}
    here, there = moved_to(source, values), exported(source, values, tmp_path)
    assert there.hash == here.hash
    assert dict(there.provenance) == dict(here.provenance)


def test_the_exported_file_states_only_what_differs():
    text = as_yaml(SMALL_REGION, {"instruments.orchards.places": 2.0, "health.reimbursed": 0.7}, "Twice", "small.yaml")
    assert text == (
        "extends: small.yaml\n"
        "name: Twice\n"
        "health:\n"
        "  # Medical bills reimbursed (as a share)\n"
        "  reimbursed: {value: 0.7, assumed: moved in the dashboard; 0.55 in the scenario it extends}\n"
        "instruments:\n"
        "  orchards:\n"
        "    # orchards, places × 2 (households)\n"
        "    places:\n"
        "      2019-12: {value: 66, assumed: moved in the dashboard; 33 in the scenario it extends}\n"
    )


def test_names_can_not_write_into_the_exported_file(tmp_path):
    name = "x\nseed: 7\n# {value: 1} ' \" : é 中"
    there = exported(SMALL_REGION, {"health.reimbursed": 0.7}, tmp_path, name)
    assert there.scenario.name == name
    assert there.scenario.seed == SMALL_REGION.loaded.scenario.seed


def test_a_label_can_not_write_into_the_exported_file(tmp_path):
    path = tmp_path / "odd.yaml"
    path.write_text(f'extends: {SMALL}\ninstruments: {{orchards: {{label: "a\\nseed: 7\\n"}}}}\n', encoding="utf-8")
    source = read_source("odd", path)
    assert exported(source, {"instruments.orchards.places": 2.0}, tmp_path).scenario.seed == 1


def test_changes_in_words():
    run = resolve(
        SMALL_REGION.text,
        [
            "instruments.dibao.off=true",
            "instruments.orchards.places.2019-12=66",
            "health.reimbursed=0.7",
            "accounts.interest=0.07",
            "seed=5",
            "name=other",
        ],
    )
    assert changes(SMALL_REGION, json.loads(json.dumps(run.resolved)), ENGLISH) == [
        "orchards: places × 2",
        "dibao: not in use",
        "Medical bills reimbursed: 0.7 as a share",
        "also accounts.interest",
    ]


def test_what_the_worker_runs_is_what_was_checked_also_with_own_households(tmp_path):
    path = put(tmp_path)
    site = Site(Shelf({path.stem: path}, tmp_path / "results"), 0.5, 1)
    wish = site.wish({"scenario": path.stem, "levers": {"health.reimbursed": 0.7}, "scale": 1, "seed": 3}, ENGLISH)
    order = site.order(wish, ENGLISH)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "scenario.yaml").write_text(order["scenario"], encoding="utf-8")
    loaded = load_scenario(elsewhere / "scenario.yaml", order["settings"])
    assert loaded.scenario.population.microdata is not None
    assert (loaded.hash, loaded.scenario.seed) == (wish.loaded.hash, 3)


def test_the_exported_file_says_which_command_gives_the_run():
    site = Site(Shelf({"small": SMALL}, SMALL.parent), 0.5, 1)
    for text, language in ((ENGLISH, ""), (CHINESE, " --lang zh")):
        wish = site.wish({"scenario": "small", "levers": {}, "name": "Small", "scale": 0.5, "seed": 3}, text)
        name, content = site.export(wish, text)
        assert name == "small_changed.yaml", "a file that extends small.yaml can not be called so"
        assert f"# povsim run small_changed.yaml --scale 0.5 --seed 3{language}\n" in content


def test_a_scenario_can_not_leave_its_folder(tmp_path):
    path = tmp_path / "region.yaml"
    path.write_text(f"extends: {SMALL}\nname: far\n")
    shelf = Shelf({"region": path}, tmp_path / "results")
    with pytest.raises(ScenarioError, match="lies outside"):
        Site(shelf, 0.5, 1).read("region")
    assert Site(shelf, 0.5, 1, outside=True).read("region").plain["name"] == "far"
