"""The report's table of instruments: what it calls them, what places rest on, which money stands beside them."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_history import blank

from calibration.evidence import evidence_hash, load_evidence
from sim.language import CHINESE
from sim.report.instruments import instrument_rows
from sim.report.templates import environment
from sim.report.words import IN_ENGLISH, Words
from sim.results import Record
from sim.scenario import load_scenario

SCENARIOS = Path(__file__).parent.parent / "scenarios"
REGIONS = ("ganzhou", "ankang", "nanchang_county", "template")
IN_CHINESE = Words(CHINESE)


def rows_of(region, words=IN_ENGLISH, **households):
    """Rows of a region by key, in a run in which so many households were ever admitted to some instruments."""
    loaded = load_scenario(SCENARIOS / f"{region}.yaml", ("reported=[]",))
    history = blank(range(2012, 2021), instruments=tuple(loaded.scenario.instruments))
    for name, number in households.items():
        history.of_instrument["admitted"][:, history.instruments.index(name)] = number
    record = Record(
        loaded=loaded, history=history, evidence=load_evidence(), evidence_hash=evidence_hash(),
        households=1, persons=1, margins=[], seconds={}, household_months_per_second=1.0,
    )  # fmt: skip
    keys = {words.instruments(loaded.scenario)[name]: name for name in loaded.scenario.instruments}
    return {keys[row.label]: row for row in instrument_rows(record, words)}


@pytest.mark.parametrize("region", REGIONS)
def test_every_instrument_has_a_chinese_name_of_its_own(region):
    scenario = load_scenario(SCENARIOS / f"{region}.yaml").scenario
    names = [each.chinese for each in scenario.instruments.values()]
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in name) for name in names)
    assert len(set(names)) == len(names)


def test_a_page_takes_the_name_of_its_language():
    workshops = {words: rows_of("ganzhou", words)["workshops"].label for words in (IN_ENGLISH, IN_CHINESE)}
    assert workshops == {IN_ENGLISH: "Poverty workshops", IN_CHINESE: "扶贫车间"}


@pytest.mark.parametrize(
    ("label", "chinese", "called"),
    [("Trees", "果树", "果树"), ("Trees", "", "Trees"), ("", "", "orchards"), ("", "果树", "果树")],
)
def test_without_a_chinese_name_the_label_or_the_key_stands(label, chinese, called):
    settings = (f"instruments.orchards.label='{label}'", f"instruments.orchards.chinese='{chinese}'")
    scenario = load_scenario(SCENARIOS / "ganzhou.yaml", settings).scenario
    assert IN_CHINESE.instruments(scenario)["orchards"] == called


def test_an_english_name_on_a_chinese_page_is_marked():
    named = environment(CHINESE).filters["named"]
    assert named("Trees & <shrubs>") == '<span lang="en">Trees &amp; &lt;shrubs&gt;</span>'
    assert named("果树") == "果树"
    assert environment().filters["named"]("Trees") == "Trees"


def test_what_places_rest_on():
    """A figure of one row is reported; a plan's is planned; arithmetic is worked out; the rest is assumed."""
    ganzhou, nanchang = rows_of("ganzhou"), rows_of("nanchang_county")
    assert (ganzhou["workshops"].grounds, ganzhou["training"].grounds) == ("reported", "planned")
    assert ganzhou["pension"].grounds == "assumed"
    assert nanchang["own_industry"].grounds == "worked out from reports"
    assert not nanchang["own_industry"].is_reported


def test_places_that_opened_before_the_run_are_compared_in_its_first_month():
    """Ganzhou's dibao has had its places since January 2011; the run of this test begins a year later."""
    row = rows_of("ganzhou")["dibao"]
    assert (row.at, row.places, row.simulated) == ("2012-01", 256_000, 0)


def test_loans_stand_beside_the_sum_that_was_reported():
    """37.55 million yuan to 2,847 households are 13,189 yuan each; 1,000 households borrow 13.189 million."""
    (money,) = rows_of("nanchang_county", microcredit=1000)["microcredit"].money
    assert (money.reported, money.simulated, money.source) == (37_550_000, 13_189_000, "nc_loans")
    assert money.is_lent
    assert rows_of("nanchang_county")["dibao"].money == []


@pytest.mark.parametrize(("simulated", "far"), [(2847, False), (2770, False), (2755, True), (2940, True)])
def test_what_is_off_by_more_than_three_percent_tells_why(simulated, far):
    """3 % of 2,847 are 85.4."""
    row = rows_of("nanchang_county", microcredit=simulated)["microcredit"]
    assert row.is_far_off == far
    assert row.note.startswith("the reserve of 5 million yuan")


@pytest.mark.parametrize(
    ("yuan", "english", "chinese"),
    [(49_215_000, "49.2", "4,922"), (833_800, "0.83", "83.4"), (3_140_000_000, "3,140", "314,000"), (None, "–", "–")],
)
def test_money_in_millions_or_in_ten_thousands(yuan, english, chinese):
    assert (IN_ENGLISH.millions(yuan), IN_CHINESE.millions(yuan)) == (english, chinese)
