"""The report: self-contained, safe, complete, and the same for the same run."""

import hashlib
import json
import re
import time
from base64 import b64encode
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from made_history import GANZHOU, made_record
from rich.console import Console

from sim.report import terminal, words
from sim.report.assumptions import provenance_rows
from sim.report.beside import attribution_beside, policy_hash
from sim.report.chart import Chart
from sim.report.counties import counties as counties_of
from sim.report.counties import figures as figures_of
from sim.report.page import render
from sim.report.words import IN_ENGLISH
from sim.scenario import load_scenario

FIGURES = ("incidence", "incidence-log", "flows", "areas", "income", "poorest-fifth", "fifths", "outlays")
VOID = {"meta", "br", "link", "img", "input"}


@pytest.fixture(scope="module")
def record():
    return made_record()


@pytest.fixture(scope="module")
def page(record):
    return render(record)


class Outline(HTMLParser):
    """Collects attributes and ids, and checks that tags close."""

    def __init__(self, text):
        super().__init__()
        self.attributes, self.ids, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.attributes += attributes
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.attributes += attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_nothing_is_fetched(page):
    outline = Outline(page)
    for name, value in outline.attributes:
        if name in ("src", "href", "xlink:href", "action", "data", "srcset"):
            assert value.startswith("#"), (name, value)
    assert re.findall(r"url\((?!#)", page) == []
    assert "@import" not in page
    assert page.count("<script") == 1
    assert "default-src 'none'" in page


def test_every_tag_closes_and_no_id_stands_twice(page):
    outline = Outline(page)
    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))


def test_every_link_of_the_page_has_its_target(page):
    outline = Outline(page)
    for name, value in outline.attributes:
        if name == "href":
            assert value[1:] in outline.ids
    for used in re.findall(r"url\(#([^)]+)\)", page):
        assert used in outline.ids


def test_the_page_allows_its_own_script_and_no_other(page):
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)[1]
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page


def test_every_figure_is_there_and_described(record, page):
    for name in FIGURES:
        assert f'id="{name}-' in page
    labels = re.findall(r'<svg role="img" aria-label="([^"]+)"', page)
    assert len(labels) == len(FIGURES) + len(record.history.counties)
    assert all(len(label) > 40 for label in labels)


def test_the_first_screen_answers_the_four_questions(page):
    first = page[: page.index('id="curve"')]
    for question in ("How much did poverty fall?", "By what?", "At what cost?", "Who is at risk"):
        assert question in first


def test_every_target_and_instrument_is_listed(record, page):
    for target in record.targets:
        assert target.id in page
    for instrument in record.loaded.scenario.instruments.values():
        assert instrument.label in page


def test_values_stand_beside_the_pointer(record, page):
    """What the bands of a figure show are the figure's own values."""
    year = record.yearly[4]
    exits = f"{year['year']}\nexits by review: {year['exits']:,.0f}\nstruck off: {year['struck_off']:,.0f}"
    assert exits in page
    assert page.count('class="tip"') > 8 * len(record.yearly)


def test_cells_carry_the_numbers_that_are_downloaded(record, page):
    table = page[page.index('<table id="years">') :]
    row = table[table.index("<tr><td>2015</td>") :]
    assert f'data-value="{record.yearly[4]["income_persons"]:.10g}"' in row[: row.index("</tr>")]


def test_every_table_has_a_name_for_its_file(page):
    assert page.count("<table") == len(re.findall(r'<table id="\w+"', page))


def test_every_county_has_its_figure_and_row(record, page):
    for name in record.history.counties:
        assert f'data-of="county" data-name="{name}"' in page
        assert f'<tr><td lang="en">{name}</td>' in page


def test_places_in_a_chart_worked_by_hand():
    """Four years in 332 of width: 83 each. At most 23 %: five steps of 5 % in 148 of height, 29.6 each."""
    chart = Chart.over([2015, 2016, 2017, 2018], [np.array([20.0, 10.0, 5.0, 0.0]), np.array([np.nan, 23.0, 1.0, 1.0])])
    assert (chart.right - chart.left, chart.bottom - chart.top) == (332, 148)
    assert [label for label, _ in chart.grid] == ["0", "5", "10", "15", "20", "25"]
    assert chart.points(np.array([20.0, 10.0, np.nan, 0.0])) == [
        (chart.left + 41.5, chart.bottom - 118.4),
        (chart.left + 124.5, chart.bottom - 59.2),
        (chart.left + 290.5, chart.bottom),
    ]
    assert chart.bands[0] == (chart.left, chart.left + 83)
    assert chart.bands[-1] == (chart.right - 83, chart.right)


@pytest.mark.parametrize(
    ("most", "labels"),
    [
        (0.0, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (0.03, ["0", "0.01", "0.02", "0.03"]),
        (50.0, ["0", "10", "20", "30", "40", "50"]),
        (50.1, ["0", "20", "40", "60"]),
        (100.0, ["0", "20", "40", "60", "80", "100"]),
    ],
)
def test_the_axis_of_a_chart_has_round_steps_and_room_for_all(most, labels):
    assert [label for label, _ in Chart.over([2015], [np.array([most])]).grid] == labels


def test_the_lines_of_a_county_stand_where_its_incidences_do(record, page):
    county = figures_of(record, IN_ENGLISH).counties[4]
    text = page[page.index(f'data-of="county" data-name="{county.name}"') :]
    text = text[: text.index("</figure>")]
    assert f"M{county.income[0].x} {county.income[0].y}L{county.income[1].x} {county.income[1].y}" in text
    assert (text.count("<circle"), text.count("<rect")) == (len(county.income), len(county.register))
    assert len(county.register) == sum(row["register_incidence"] is not None for row in record.yearly)


def test_a_county_worked_by_hand():
    """500 of 2,000 people below the line and 100 on the register in every month; 7 leave and 2 return a year."""
    record = made_record()
    history = record.history
    for measure, value in (("persons", 2000), ("income_poor_persons", 500), ("registered_persons", 100)):
        history.monthly[measure][:, 0] = value
    for measure, value in (("exits_persons", 7), ("returns_persons", 2)):
        history.yearly[measure][:, 0] = value
    county = counties_of(record, IN_ENGLISH)[0]
    assert (county.name, county.persons) == (history.counties[0], 2000)
    assert (county.income, county.register) == ((25, 25), (5, 5))
    assert (county.exits, county.returns) == (7 * len(history.years), 2 * len(history.years))


def test_an_attribution_that_lies_beside_answers_by_what(record):
    parts = pd.DataFrame(
        {
            "measure": "income_poor_persons",
            "year": 2020,
            "part": ["growth", "industry", "employment", "relocation", "social_security", "enabling", "total"],
            "value": [800.0, 20.0, 50.0, 10.0, 100.0, 20.0, 1000.0],
            "standard_error": 5.0,
        }
    )
    page = render(record, parts=parts)
    assert "80 % came with growth; of policy, social security counts most, with 10 %." in page.replace("\xa0", " ")
    assert "employment +50 ± 5" in page


@pytest.fixture
def beside(tmp_path):
    """Writes an attribution beside the run `tmp_path/run`."""

    def write(by="mechanism", settings=()):
        folder = tmp_path / "run_attribution"
        folder.mkdir(exist_ok=True)
        made = {"by": by, "policy": policy_hash(load_scenario(GANZHOU, settings))}
        (folder / "manifest.json").write_text(json.dumps(made))
        pd.DataFrame({"part": ["growth"]}).to_parquet(folder / "attribution.parquet")
        return folder

    return write


def test_an_attribution_of_the_same_policy_is_found(beside, record, tmp_path):
    beside(settings=("population.scale=0.05", "seed=9", "reported=[]"))
    assert list(attribution_beside(tmp_path / "run", record.loaded)["part"]) == ["growth"]


@pytest.mark.parametrize("made", [{"by": "instrument"}, {"settings": ("instruments.dibao.off=true",)}])
def test_an_attribution_of_something_else_is_left_alone(beside, record, tmp_path, made):
    beside(**made)
    assert attribution_beside(tmp_path / "run", record.loaded) is None


@pytest.mark.parametrize("broken", ["manifest.json", "attribution.parquet"])
def test_a_broken_attribution_costs_no_run(beside, record, tmp_path, broken):
    (beside() / broken).write_text("no such thing")
    assert attribution_beside(tmp_path / "run", record.loaded) is None


def test_figures_the_scenario_is_built_from_are_marked(page):
    assert re.search(r"Mean income per head</b> †", page)
    assert not re.search(r"Poor villages out</b> †", page)


def test_hostile_names_show_as_text():
    hostile = "<script>alert(1)</script> $x^{$ & [red]"
    settings = (f"name: {hostile}", f"instruments.dibao.label={hostile!r}", f"description={hostile!r}")
    record = made_record((f"name={hostile!r}", *settings[1:]))
    page = render(record)
    assert page.count("<script") == 1
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "[red]" in shown(terminal.yearly(record))


def test_the_page_is_the_same_twice(record, page):
    assert render(record) == page


def test_the_page_does_not_depend_on_how_long_the_run_took(page):
    record = made_record()
    record.seconds["simulate"] = 99.0
    assert render(record) == page


def test_a_page_is_rendered_within_seconds(record):
    began = time.process_time()
    render(record)
    assert time.process_time() - began < 6


@pytest.mark.parametrize(
    "settings",
    [
        ("period.end=2012-12",),
        ("period.end=2011-12",),
        ("reported=[]",),
        ("instruments.dibao.off=true",),
    ],
)
def test_shorter_and_barer_runs_have_a_report_too(settings):
    assert "How much did poverty fall?" in render(made_record(settings))


def test_a_run_without_register_exits_outlays_or_instruments_has_a_report_too():
    record = made_record()
    history = record.history
    for measures in (history.monthly, history.yearly, history.of_instrument):
        for name, values in measures.items():
            if name not in ("persons", "households"):
                values[:] = 0
    history.fifths[:] = history.fifths[0]
    page = render(record)
    assert "Nobody is on a register in this run." in page
    assert "No outlays" in page


def shown(table):
    console = Console(width=100, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_terminal_tables_fit_a_hundred_columns(record):
    for table in (terminal.yearly(record), terminal.reported(record)):
        lines = shown(table).splitlines()
        assert max(map(len, lines)) <= 100
    assert len(shown(terminal.reported(record)).splitlines()) == 2 + len(record.targets)


def test_numbers_that_share_a_reason_are_one_row(record):
    rows = provenance_rows(record.loaded.provenance, record.loaded.resolved)
    counties = [row for row in rows if row.path.startswith("population.counties")]
    assert [(row.path, row.value) for row in counties] == [
        ("population.counties.…", "150, 640, 510, 580, 220, 250, … (18)")
    ]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (words.percent(26.714), "26.7 %"),
        (words.percent(0.371), "0.37 %"),
        (words.percent(None), "–"),
        (IN_ENGLISH.count(1149999.6), "1,150,000"),
        (IN_ENGLISH.about(1_179_911), "1,180,000"),
        (IN_ENGLISH.about(0), "0"),
        (IN_ENGLISH.billions(3_140_000_000), "3.1"),
        (IN_ENGLISH.quantity(3_140_000_000, "yuan"), "3.14 bn yuan"),
        (IN_ENGLISH.quantity(10782, "yuan_per_person_year"), "10,782 yuan a year"),
        (IN_ENGLISH.quantity(1, "counties"), "1 county"),
        (IN_ENGLISH.quantity(26.71, "percent"), "26.71 %"),
        (words.error(-0.087), "−8.7 %"),
        (words.error(0.41), "+41 %"),
        (words.error(12.0), "×13"),
        (IN_ENGLISH.verdict(0.01, 1.0), "on the figure"),
        (IN_ENGLISH.verdict(-0.15, 1.0), "somewhat too low"),
        (IN_ENGLISH.verdict(1.5, 1.0), "far too high: 2.5 times the figure"),
        (IN_ENGLISH.verdict(None, None), "not reached by this run"),
        (IN_ENGLISH.verdict(-1.0, 0.0), "nothing of it"),
    ],
)
def test_numbers_in_words(said, text):
    assert said.replace("\N{NO-BREAK SPACE}", " ") == text
