"""The shipped counterfactuals can be compared with their base, say only what differs, and mean what their names say."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from sim.analysis.comparable import check_comparable
from sim.calendar import parse_month
from sim.scenario import load_scenario, unsourced

ROOT = Path(__file__).parents[1] / "scenarios"
FOLDER = ROOT / "counterfactuals" / "ganzhou"
FILES = {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}
CONTINUED = "continued_to_2025"


@pytest.fixture(scope="module")
def loaded():
    return {name: load_scenario(path) for name, path in FILES.items()} | {"base": load_scenario(ROOT / "ganzhou.yaml")}


def is_continued(each) -> bool:
    return FILES[CONTINUED] in each.files or any(file.stem == CONTINUED for file in each.files)


def test_all_that_are_promised_are_there():
    assert set(FILES) == {
        "no_industry", "no_employment", "no_relocation", "no_social_security", "none_at_all", "plan_as_written",
        "no_quota_pressure", "audited_exits", "relocation_to_towns_only", "medical_lines_withdrawn",
        CONTINUED, "support_kept", "support_ends_2021", "support_tapers_2021_2025", "epidemic_2020", "price_fall",
        "flood_in_poor_villages", "reimbursement_back_to_55", "everything_at_once",
    }  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_each_can_be_compared_with_its_base_and_changes_something(name, loaded):
    base = loaded["support_kept" if is_continued(loaded[name]) else "base"]
    check_comparable(base, {name: loaded[name]})
    assert unsourced(loaded[name]) == []
    assert (loaded[name].hash == base.hash) == (name in (CONTINUED, "support_kept"))


@pytest.mark.parametrize("path", FILES.values(), ids=FILES)
def test_each_is_short_and_names_itself(path):
    content = YAML(typ="safe", pure=True).load(path)
    assert content["name"]
    assert content["description"]
    assert len(path.read_text().splitlines()) < 60


@pytest.mark.parametrize("mechanism", ["industry", "employment", "relocation", "social_security"])
def test_a_mechanism_that_is_missing_is_missing_whole(mechanism, loaded):
    for instrument in loaded[f"no_{mechanism}"].scenario.instruments.values():
        assert instrument.off == (instrument.mechanism == mechanism)
    assert all(each.off for each in loaded["none_at_all"].scenario.instruments.values())


def test_support_ends_or_tapers_but_nothing_that_was_built(loaded):
    cliff = loaded["support_ends_2021"].scenario.instruments
    taper = loaded["support_tapers_2021_2025"].scenario.instruments
    january, december = parse_month("2021-01"), parse_month("2025-12")
    for name, each in cliff.items():
        if name == "pension":
            assert each.ends > december
        elif each.mechanism == "social_security" or name in ("public_posts", "ecological_rangers"):
            assert (each.ends, each.tapers_from) == (january, None)
            assert (taper[name].tapers_from, taper[name].ends) == (january, december)
        else:
            assert each.ends is None


def test_what_is_resettled_in_towns_is_what_was_resettled(loaded):
    def placed(scenario):
        return sum(
            max(each.places.values())
            for name, each in scenario.instruments.items()
            if name.startswith("relocation_") and not each.off
        )

    assert placed(loaded["relocation_to_towns_only"].scenario) == pytest.approx(placed(loaded["base"].scenario), abs=5)
    assert placed(loaded["plan_as_written"].scenario) == 91_709


def test_everything_at_once_is_each_alone_put_together(loaded):
    alone = [loaded[name].scenario.shocks for name in ("epidemic_2020", "price_fall", "flood_in_poor_villages")]
    together = loaded["everything_at_once"].scenario
    assert together.shocks == [shock for shocks in alone for shock in shocks]
    assert together.instruments == loaded["support_ends_2021"].scenario.instruments
