"""Pages in Chinese: nothing is left untranslated, and numbers are counted in 万 and 亿."""

import ast
import re
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes
from made_history import made_record

from sim.analysis.outcomes import KIND_NAMES
from sim.analysis.risk_monitoring import INCOME, LESS, LIST, ORACLE
from sim.analysis.risk_tables import SINCE_EXIT
from sim.analysis.risk_watch import CAUSES
from sim.language import CHINESE, chinese
from sim.report import attribution, comparison, figures_risk, risk, words
from sim.report.instruments import ASSUMED, PLANNED, REPORTED
from sim.report.page import render
from sim.report.tables import FIFTHS_OF_PEOPLE
from sim.report.words import Words
from sim.scenario.instruments import Instrument

ROOT = Path(__file__).parent.parent
ENVIRONMENT = jinja2.Environment(trim_blocks=True, lstrip_blocks=True)
TEMPLATES = sorted((ROOT / "sim" / "report").glob("*.html"))
SOURCES = sorted((ROOT / "sim" / "report").glob("*.py"))

# What is said from a variable, by where the words come from.
LISTS = {
    "mechanisms": words.MECHANISMS.values(),
    "sources": words.SOURCES.values(),
    "operators": words.OPERATORS.values(),
    "units": ["%", "yuan a year", "person-times", "county", "village", "yuan", "persons", "households", "villages"],
    "units of instruments": Instrument.model_fields["unit"].annotation.__args__,
    "fifths": FIFTHS_OF_PEOPLE,
    "grounds": [REPORTED, PLANNED, ASSUMED],
    "measures of a comparison": [name for name, *_ in comparison.NAMES.values()],
    "measures of an attribution": [name for name, _ in attribution.NAMES.values()],
    "kinds of household": KIND_NAMES,
    "lines": risk.LINES.values(),
    "outcomes": [label for label, _ in figures_risk.OUTCOMES.values()],
    "causes of falls": CAUSES,
    "scores": [LIST, ORACLE, INCOME, LESS],
    "years since exit": SINCE_EXIT,
}


def said_in_template(text):
    """Constant first arguments of `say(…)`."""
    calls = ENVIRONMENT.parse(text).find_all(nodes.Call)
    return [
        call.args[0].value
        for call in calls
        if isinstance(call.node, nodes.Name) and call.node.name == "say" and isinstance(call.args[0], nodes.Const)
    ]


def said_in_source(text):
    """Constant first arguments of `say(…)` and `….say(…)`, also those of a choice between two."""
    found = []
    for call in ast.walk(ast.parse(text)):
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) == "say":
            first = call.args[0]
            choices = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
            found += [each.value for each in choices if isinstance(each, ast.Constant)]
    return found


def bare_words(text):
    """Words of a template outside of tags and of `say`, which would be said in one language alone."""
    shown = "".join(node.data for node in ENVIRONMENT.parse(text).find_all(nodes.TemplateData))
    shown = re.sub(r'<(p)\b[^>]*lang="en".*?</\1>', " ", shown, flags=re.DOTALL)
    return re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>|&\w+;", " ", shown))


def test_the_readers_of_sentences_see_what_they_should():
    template = '<p class="quiet">{{ say("One") }} two {% if a %}{{ say("Three", n=1) }}{% endif %}</p><b>{{ four }}</b>'
    assert said_in_template(template) == ["One", "Three"]
    assert bare_words(template) == ["two"]
    source = 'say("One", n=1); words.say("Two" if a else "Three"); say(variable); other("Four")'
    assert said_in_source(source) == ["One", "Two", "Three"]


@pytest.mark.parametrize("path", [*TEMPLATES, *SOURCES], ids=lambda path: path.name)
def test_every_sentence_has_a_translation(path):
    said = (said_in_template if path.suffix == ".html" else said_in_source)(path.read_text(encoding="utf-8"))
    assert [sentence for sentence in said if sentence not in chinese()] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_words_stand_in_a_template_untranslated(path):
    assert bare_words(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", LISTS)
def test_every_word_of_a_list_has_a_translation(name):
    assert [word for word in LISTS[name] if word not in chinese()] == []


class Shown(HTMLParser):
    """Text of a page that is not marked as English, as code, or as the script's and style's."""

    VOID = ("meta", "br", "input", "use")

    def __init__(self, page):
        super().__init__()
        self.texts, self.open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        of = dict(attributes)
        hidden = tag in ("script", "style", "code") or of.get("lang") == "en" or of.get("class") == "id"
        if tag not in self.VOID:
            self.open.append(hidden)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        self.open.pop()

    def handle_data(self, data):
        if not any(self.open):
            self.texts.append(data)


# Names of commands and files, of methods, of keys and ids.
KEPT = (
    r"povsim (attribute FILE|(attribute|compare) --replicates|run --draws|calibrate)"
    r"|manifest\.json|CSV|\b[a-z]+([._][a-z\d]+)+\b"
)


def english_words(page, names=()):
    """Latin words that a Chinese page shows as its own, without those that the scenario calls things by."""
    text = "\n".join(Shown(page).texts)
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, "")
    return re.findall(r"[A-Za-z]{2,}", re.sub(KEPT, "", text))


def test_a_page_in_chinese_shows_no_english_of_its_own():
    record = made_record()
    scenario = record.loaded.scenario
    page = render(record, CHINESE)
    assert "<h1>赣州2011—2020年</h1>" in page
    assert english_words(page, scenario.population.counties) == []
    assert english_words(page.replace("贫困曲线", "Poverty curve")) != [], "the check sees English"
    assert '<html lang="zh-CN">' in page


@pytest.mark.parametrize(
    "settings", [("period.end=2012-12",), ("reported=[]",), ("instruments.dibao.off=true",), ("population.scale=0.1",)]
)
def test_other_runs_are_told_in_chinese_too(settings):
    assert "贫困减少了多少？" in render(made_record(settings), CHINESE)


ZH = Words(CHINESE)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (ZH.count(702_400), "70.24万"),
        (ZH.count(9_999), "9,999"),
        (ZH.count(1_395_400_000), "13.95亿"),
        (ZH.count(None), "–"),
        (ZH.about(1_179_911), "118万"),
        (ZH.about(12_345), "1.23万"),
        (ZH.about(987.4), "987"),
        (ZH.quantity(702_400, "persons"), "70.24万人"),
        (ZH.quantity(308_200, "households"), "30.82万户"),
        (ZH.quantity(3_140_000_000, "yuan"), "31.40亿元"),
        (ZH.quantity(10_782, "yuan_per_person_year"), "10,782元/年"),
        (ZH.quantity(26.71, "percent"), "26.71 %"),
        (ZH.quantity(801, "villages"), "801个村"),
        (ZH.quantity(12, "fish_ponds"), "12fish ponds"),
        (ZH.billions(3_140_000_000), "31.4"),
        (ZH.change(-217_345), "−21.7万"),
        (ZH.change(5_986), "+5,986"),
        (ZH.plus_minus(21_130), "± 2.11万"),
        (ZH.ticks(200_000), "20万"),
        (ZH.verdict(1.5, 1.0), "远高于公布数字：为其2.5倍"),
        (ZH.values(2015, {"在册": "10 %"}), "2015\n在册：10 %"),
        (ZH.listed(["甲", "乙"]), "甲、乙"),
    ],
)
def test_numbers_in_chinese(said, text):
    assert said.replace("\N{NO-BREAK SPACE}", " ") == text
