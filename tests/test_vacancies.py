"""Places that found nobody: who is named, the worst first, in what words; and a planner who doubles places."""

from __future__ import annotations

from functools import cache

import pytest
from made_history import blank
from small import SMALL
from typer.testing import CliRunner

from calibration.evidence import evidence_hash, load_evidence
from sim.cli import app
from sim.language import CHINESE
from sim.report.vacancies import vacancies
from sim.report.words import IN_ENGLISH, Words
from sim.results import Record
from sim.scenario import load_scenario


@cache
def loaded(*settings):
    return load_scenario(SMALL, ("reported=[]", *settings))


def said(taken, *settings, words=IN_ENGLISH):
    """Sentences on a run of the small region in which so many units of some instruments were admitted, else all."""
    scenario = loaded(*settings).scenario
    history = blank(range(2011, 2021), instruments=tuple(scenario.instruments))
    for name, each in scenario.instruments.items():
        number = history.instruments.index(name)
        for measure in ("admitted", "held"):
            history.of_instrument[measure][:, number] = 0
            history.of_instrument[measure][:, number, 0] = taken.get(name, max(each.places.values()))
    record = Record(
        loaded=loaded(*settings), history=history, evidence=load_evidence(), evidence_hash=evidence_hash(),
        households=1, persons=1, margins=[], seconds={}, household_months_per_second=1.0,
    )  # fmt: skip
    return vacancies(record, words)


def test_places_that_are_all_taken_need_no_words():
    assert said({}) == []
    assert said({"orchards": 31}) == []  # 31 of 33: less than a tenth


def test_the_sentence_says_what_was_offered_what_was_taken_and_why():
    (sentence,) = said({"orchards": 11}, "instruments.orchards.uptake=0.5")
    label = loaded().scenario.instruments["orchards"].label or "orchards"
    assert sentence.replace("\N{NO-BREAK SPACE}", " ") == (
        f"{label}: of places for 33 households by 2020-12, 11 were taken, 67 % found nobody: "
        "no household was left that its rules allow and that takes part, or its county had spent the money of the "
        "year; of those asked 50 % take part."
    )
    (chinese,) = said({"orchards": 11}, words=Words(CHINESE))
    assert "33户的名额，11已被占用，67%无人可用" in chinese.replace("\N{NO-BREAK SPACE}", "")


def test_the_worst_come_first_and_the_others_are_counted():
    places = {name: max(each.places.values()) for name, each in loaded().scenario.instruments.items()}
    names = [name for name in places if places[name] >= 40][:5]
    taken = {name: places[name] * n / 10 for n, name in enumerate(names)}
    found = said(taken)
    labels = IN_ENGLISH.instruments(loaded().scenario)
    assert [text.partition(":")[0] for text in found[:3]] == [labels[name] for name in names[:3]]
    assert found[3:] == ["Further instruments with such places: 2."]


def test_places_that_closed_are_those_of_the_month_before():
    """What ended by the end of the run is not missing then."""
    settings = ("instruments.orchards.ends=2016-01",)
    assert said({}, *settings) == []


def test_a_sample_may_lack_a_few():
    """Eleven of 33 found somebody: 22 are five households or more where each stands for one, not where for ten."""
    assert len(said({"orchards": 11}, "population.scale=0.5")) == 1
    assert said({"orchards": 11}, "population.scale=0.1") == []


@pytest.mark.slow
def test_a_planner_who_doubles_places_that_nobody_can_take_is_told(tmp_path):
    """There are hardly more unsafe houses to renovate than places already."""
    options = ("--set", "instruments.housing_renovation.places.2018-12=400", "--out", tmp_path / "out")
    result = CliRunner().invoke(app, ["run", str(SMALL), *map(str, options), "--threads", "1"])
    assert result.exit_code == 0, result.output
    assert "found nobody: no household was left" in " ".join(result.output.split())
    assert 'id="vacancies"' in (tmp_path / "out" / "report.html").read_text()
