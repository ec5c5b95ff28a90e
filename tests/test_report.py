"""The report: self-contained, safe, complete, and the same for the same run."""

import re
import time
from html.parser import HTMLParser

import pytest
from made_history import made_record
from rich.console import Console

from sim.report import terminal, words
from sim.report.assumptions import provenance_rows
from sim.report.page import render

FIGURES = ("incidence", "incidence-log", "flows", "areas", "income", "poorest-fifth", "fifths", "outlays")
VOID = {"meta", "br", "link", "img"}


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
    assert "<script" not in page


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


def test_every_figure_is_there_and_described(page):
    for name in FIGURES:
        assert f'id="{name}-' in page
    labels = re.findall(r'<svg role="img" aria-label="([^"]+)"', page)
    assert len(labels) == len(FIGURES)
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


def test_figures_the_scenario_is_built_from_are_marked(page):
    assert re.search(r"Mean income per head</b> †", page)
    assert not re.search(r"Poor villages out</b> †", page)


def test_hostile_names_show_as_text():
    hostile = "<script>alert(1)</script> $x^{$ & [red]"
    settings = (f"name: {hostile}", f"instruments.dibao.label={hostile!r}", f"description={hostile!r}")
    record = made_record((f"name={hostile!r}", *settings[1:]))
    page = render(record)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "[red]" in shown(terminal.yearly(record))


def test_the_page_is_the_same_twice(record, page):
    assert render(record) == page


def test_the_page_does_not_depend_on_how_long_the_run_took(page):
    record = made_record()
    record.seconds["simulate"] = 99.0
    assert render(record) == page


def test_a_page_is_rendered_within_seconds(record):
    began = time.perf_counter()
    render(record)
    assert time.perf_counter() - began < 4


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
        ("population.counties.…", "150, 640, 510, 580, 220, 250, … (18 numbers)")
    ]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (words.percent(26.714), "26.7 %"),
        (words.percent(0.371), "0.37 %"),
        (words.percent(None), "–"),
        (words.count(1149999.6), "1,150,000"),
        (words.about(1_179_911), "1,180,000"),
        (words.about(0), "0"),
        (words.billions(3_140_000_000), "3.1"),
        (words.quantity(3_140_000_000, "yuan"), "3.14 bn yuan"),
        (words.quantity(10782, "yuan_per_person_year"), "10,782 yuan a year"),
        (words.quantity(1, "counties"), "1 county"),
        (words.quantity(26.71, "percent"), "26.71 %"),
        (words.error(-0.087), "−8.7 %"),
        (words.error(0.41), "+41 %"),
        (words.error(12.0), "×13"),
        (words.verdict(0.01, 1.0), "on the figure"),
        (words.verdict(-0.15, 1.0), "somewhat too low"),
        (words.verdict(1.5, 1.0), "far too high: 2.5 times the figure"),
        (words.verdict(None, None), "not reached by this run"),
        (words.verdict(-1.0, 0.0), "nothing of it"),
    ],
)
def test_numbers_in_words(said, text):
    assert said.replace("\N{NO-BREAK SPACE}", " ") == text
