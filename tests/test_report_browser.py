"""Pages in headless Chromium without a network, in both languages, on a wide and a narrow screen."""

import csv
import io
import os

import pytest
from browser import chromium, visit
from made_history import made_record
from small import SMALL
from test_report_language import english_words
from typer.testing import CliRunner

import sim
from sim.analysis.comparable import by_name
from sim.analysis.risk import risk
from sim.cli import app
from sim.language import CODES, Language
from sim.report import attribution, comparison, page
from sim.report import risk as risk_page
from sim.scenario import load_scenario

pytestmark = pytest.mark.slow

WIDE, NARROW = 1400, 390
NAMES_KEPT = ("ROC", "Brier", "rates.parquet")
NAMES = ("run", "comparison", "attribution", "risk")
SHORT = ("period.end=2016-12", "shocks=[]", "reported=[]")
TWO = "switched_off=[relocation, enabling, industry]"  # two mechanisms make four coalitions

# Characters of the page that are drawn as the box that stands for a missing glyph.
BOXES = """() => {
  const drawn = (text) => {
    const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    pen.font = "24px " + getComputedStyle(document.body).fontFamily;
    pen.fillText(text, 20, 40);
    return canvas.toDataURL();
  };
  const unassigned = drawn("\\u0378");
  if (unassigned !== drawn("\\u0379") || unassigned === drawn("a")) throw Error("boxes can not be told");
  const shown = document.title + document.body.textContent;
  return [...new Set(shown)].filter((each) => each.trim() && drawn(each) === unassigned);
}"""

# Elements that reach beyond the right edge and lie in nothing that scrolls.
BEYOND = """() => [...document.querySelectorAll("body *")].filter((each) =>
  !each.closest(".scroll") && each.getBoundingClientRect().right > document.documentElement.clientWidth + 1
).map((each) => each.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def launch():
    with chromium() as launches:
        yield launches


@pytest.fixture(scope="module")
def browser(launch):
    with launch() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """(name, code of a language) -> file."""
    folder = tmp_path_factory.mktemp("pages")
    base = load_scenario(SMALL, SHORT)
    other = load_scenario(SMALL, (*SHORT, "seed=2"))
    table = sim.compare(base, other, replicates=2, threads=1)
    compared = comparison.Comparison(base, by_name([other]), table, 2, 1, comparison.HEADLINE)
    two = load_scenario(SMALL, (*SHORT, TWO))
    parts = sim.attribute(two, years=[2014, 2016], threads=1)
    futures = risk(load_scenario(SMALL, SHORT), at="2015-12", horizon=12, futures=8, threads=1)
    record = made_record()
    files = {}
    for code in CODES:
        language = Language(code)
        rendered = {
            "run": page.render(record, language),
            "comparison": comparison.render(compared, language),
            "attribution": attribution.render(two, "mechanism", parts, language),
            "risk": risk_page.render(futures, language),
        }
        for name, text in rendered.items():
            files[name, code] = folder / f"{name}_{code}.html"
            files[name, code].write_text(text, encoding="utf-8")
    return files


def has_chinese(browser, pages):
    with visit(browser, pages["run", "zh"], WIDE) as seen:
        return seen.page.locator("#no-font").is_hidden()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", NAMES)
def test_every_page_on_both_screens(browser, pages, name, code):
    for width in (WIDE, NARROW):
        with visit(browser, pages[name, code], width) as seen:
            drawn = seen.page.locator("figure:visible svg")
            assert drawn.count() > 0
            for box in (drawn.nth(i).bounding_box() for i in range(drawn.count())):
                assert box["width"] > 250
                assert box["height"] > 60
            assert seen.page.evaluate(BEYOND) == []
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
            assert seen.requests == []
            assert seen.complaints == []


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("name", NAMES)
def test_every_character_has_a_glyph(browser, pages, name, code):
    if code == "zh" and not has_chinese(browser, pages):
        pytest.skip("no Chinese font is installed (Debian: fonts-noto-cjk)")
    with visit(browser, pages[name, code], WIDE) as seen:
        assert seen.page.evaluate(BOXES) == []


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_page_in_chinese_shows_no_english_of_its_own(pages, name):
    scenario = load_scenario(SMALL).scenario
    labels = [each.label or key for key, each in scenario.instruments.items()]
    names = [*NAMES_KEPT, scenario.name, *scenario.population.counties, *labels, *scenario.instruments, "small"]
    assert english_words(pages[name, "zh"].read_text("utf-8"), names) == []


def test_without_a_chinese_font_the_page_says_how_to_install_one(launch, pages, tmp_path):
    """Fonts of a folder that is empty but for DejaVu, which has no Chinese."""
    fonts = tmp_path / "fonts.conf"
    fonts.write_text("<fontconfig><dir>/usr/share/fonts/truetype/dejavu</dir></fontconfig>")
    with (
        launch(env={**os.environ, "FONTCONFIG_FILE": str(fonts)}) as bare,
        visit(bare, pages["run", "zh"], WIDE) as seen,
    ):
        assert seen.page.locator("#no-font").is_visible()
        assert "fonts-noto-cjk" in seen.page.locator("#no-font").inner_text()
        assert "贫" in seen.page.evaluate(BOXES)


@pytest.mark.parametrize("name", NAMES)
def test_every_table_is_downloaded_as_it_stands(browser, pages, name):
    with visit(browser, pages[name, "zh"], WIDE) as seen:
        seen.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        tables = seen.page.locator("table")
        for i in range(tables.count()):
            table = tables.nth(i)
            with seen.page.expect_download() as waiting:
                seen.page.locator("button.csv").nth(i).click()
            assert waiting.value.suggested_filename == f"{table.get_attribute('id')}.csv"
            text = waiting.value.path().read_bytes().decode("utf-8")
            assert text[0] == "\ufeff", "spreadsheets take it for UTF-8"
            assert len(list(csv.reader(io.StringIO(text[1:])))) == table.locator("tr").count()
        assert not [address for address in seen.requests if not address.startswith("blob:")]
        assert seen.complaints == []


def test_what_is_downloaded_are_the_numbers_themselves(browser, pages):
    rows = made_record().yearly
    with visit(browser, pages["run", "zh"], WIDE) as seen:
        with seen.page.expect_download() as waiting:
            seen.page.locator("button.csv").first.click()
        text = waiting.value.path().read_text(encoding="utf-8-sig")
    downloaded = list(csv.reader(io.StringIO(text)))[1:]
    assert [float(row[1]) for row in downloaded] == pytest.approx([row["income_persons"] for row in rows])


def test_a_value_shows_beside_the_pointer(browser, pages):
    record = made_record()
    with visit(browser, pages["run", "en"], WIDE) as seen:
        figure = seen.page.locator("figure:visible svg").first
        assert seen.page.locator(".hover").is_hidden()
        figure.locator(".tip path").nth(4).hover()
        shown = seen.page.locator(".hover").inner_text()
        assert shown.startswith(str(record.yearly[4]["year"]))
        assert f"{record.yearly[4]['income_incidence']:.1f}" in shown
        seen.page.mouse.move(1, 1)
        assert seen.page.locator(".hover").is_hidden()


def test_the_switch_lets_one_kind_of_poverty_stand_out(browser, pages):
    with visit(browser, pages["run", "en"], WIDE) as seen:

        def opacity(kind):
            drawn = seen.page.locator(f"figure:visible .series.{kind}").first
            return float(drawn.evaluate("(element) => getComputedStyle(element).opacity"))

        for chosen, expected in (("both", (1, 1)), ("income", (1, 0.12)), ("register", (0.12, 1)), ("both", (1, 1))):
            seen.page.locator(f"[data-switch] input[value={chosen}]").check()
            assert (opacity("income"), opacity("register")) == pytest.approx(expected)


def test_one_county_is_chosen(browser, pages):
    names = made_record().history.counties
    with visit(browser, pages["run", "en"], WIDE) as seen:
        shown = seen.page.locator("[data-of=county]:visible")
        assert [shown.nth(i).get_attribute("data-name") for i in range(shown.count())] == names[:1]
        seen.page.locator("[data-choose=county] select").select_option(names[3])
        assert [shown.nth(i).get_attribute("data-name") for i in range(shown.count())] == names[3:4]


def test_without_a_script_every_county_is_there_and_nothing_waits_for_one(browser, pages):
    names = made_record().history.counties
    with visit(browser, pages["run", "en"], WIDE, java_script_enabled=False) as seen:
        assert seen.page.locator("[data-of=county]:visible").count() == len(names)
        assert seen.page.locator("button:visible, select:visible, fieldset:visible").count() == 0


def test_the_page_prints(browser, pages):
    with visit(browser, pages["run", "en"], WIDE) as seen:
        seen.page.emulate_media(media="print")
        assert seen.page.locator("button:visible, nav:visible, fieldset:visible").count() == 0
        assert seen.page.pdf().startswith(b"%PDF")


def test_the_commands_write_in_the_language_that_is_asked_for(tmp_path):
    settings = [part for each in SHORT for part in ("--set", each)]
    commands = {
        "run": [SMALL],
        "compare": [SMALL, SMALL],
        "attribute": [SMALL, "--years", "2016", "--set", TWO],
        "risk": [SMALL, "--at", "2015-12", "--horizon", "12", "--futures", "4"],
    }
    for command, arguments in commands.items():
        out = tmp_path / command
        given = [command, *arguments, "--lang", "zh", "--quiet", "--threads", "1", "--out", out, *settings]
        result = CliRunner().invoke(app, [*map(str, given)])
        assert result.exit_code == 0, result.output
        assert '<html lang="zh-CN">' in (out / "report.html").read_text(encoding="utf-8")
    assert CliRunner().invoke(app, ["run", str(SMALL), "--lang", "fr"]).exit_code == 2
