"""`explain` leaves nothing out: every reason and every evidence id of a scenario stands in its sentences."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calibration.evidence import load_evidence
from calibration.evidence.expression import ids_in
from sim.scenario import LoadedScenario, explain, load_scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"
GANZHOU = SCENARIOS / "ganzhou.yaml"
SHIPPED = sorted([*SCENARIOS.glob("*.yaml"), *SCENARIOS.glob("counterfactuals/**/*.yaml")])


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def ganzhou() -> LoadedScenario:
    return load_scenario(GANZHOU)


@pytest.fixture(scope="module")
def told(ganzhou: LoadedScenario) -> str:
    return words(explain(ganzhou, load_evidence()))


def test_every_reason_is_told(ganzhou: LoadedScenario, told: str) -> None:
    off = tuple(f"instruments.{name}." for name, each in ganzhou.scenario.instruments.items() if each.off)
    for path, ground in ganzhou.provenance.items():
        if ground.kind == "assumed" and not path.startswith(off) and path != "population.scale":
            assert f"assumed: {words(ground.text)})" in told, path


def test_every_source_is_told(ganzhou: LoadedScenario, told: str) -> None:
    sources = told.rpartition("Sources -------")[2]
    for path, ground in ganzhou.provenance.items():
        if ground.kind == "evidence" and not ground.inherited:
            for name in ids_in(ground.text):
                assert re.search(rf"\b{name}\b", sources), path


@pytest.mark.parametrize(
    "sentence",
    [
        "From December 2011 to December 2020, month by month.",
        "105,000 households [gz_orchard_hh] by December 2019, given "
        "by lot among registered households with at least 1 worker; 80 % of those asked (assumed: not every "
        "household has land and labour for trees) take part",
        "Effect: 2,400 yuan a year of farm income from orchards, first after 42 months, in full 24 months "
        "later (assumed: a tenth of a poor household's income; navel oranges bear after three to four "
        "years).",
        "Of their houses 13.6 % are unsafe [gz_pv_adobe / gz_pv_hh_total = 62,700 / 461,800:",
        "The fund in yuan: 2,000 million from 2011 to 2013, 3,000 million from 2014 to 2015,",
        "- Poor counties that have exited: 11 in December 2020 [gz_counties_poor: ",
        "Ganzhou statistics, figure not seen (recalled: never seen in a document): gz_income_2011_recalled,",
    ],
)
def test_sentences(told: str, sentence: str) -> None:
    assert sentence in told


def test_lines_fit_a_page(ganzhou: LoadedScenario) -> None:
    lines = explain(ganzhou, load_evidence()).splitlines()
    assert max(len(line) for line in lines if " " in line) <= 100


def test_shocks_switches_and_bare_numbers_are_told() -> None:
    changed = load_scenario(
        GANZHOU,
        [
            "shocks=[{kind: price, crop: orchards, county: ruijin, from: 2016-01, months: 12, change: -0.4}]",
            "instruments.dibao.off=true",
            "instruments.training.uptake=0.5",
            "instruments.training.ends=2019-12",
            "instruments.training.eligible={poor_village: true, causes: [no_skills, no_funds]}",
            "instruments.training.eligible.members='<3'",
            "register.off=true",
            "instruments.photovoltaic.uptake=0.9",
            "population.scale=0.05",
        ],
    )
    told = words(explain(changed, load_evidence()))
    for sentence in (
        "Shock: for 12 months from January 2016 the price of orchards falls by 40 % in ruijin.",
        "Minimum living guarantee (dibao) (social security, dibao): switched off.",
        "among registered households in a poor village with at least 1 worker and fewer than 3 members poor "
        "through no skills and no funds; 50 % of those asked (no source) take part.",
        "Everything ends in December 2019;",
        "Switched off: nobody is registered.",
        "90 % of those asked (no source) take part",
        "5 % of the villages are simulated",
        "Numbers without a source ------------------------ - instruments.photovoltaic.uptake "
        "- instruments.training.uptake",
    ):
        assert sentence in told


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_scenario_can_be_told(path: Path) -> None:
    told = explain(load_scenario(path), load_evidence())
    assert not re.search(r"\bNone\b|\{|\}", told)
