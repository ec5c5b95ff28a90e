"""Clicking through the dashboard in a real browser: levers, runs, figures, comparison, export, both languages."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from browser import chromium
from small import SMALL

ROOT = Path(__file__).parent.parent
POVSIM = (sys.executable, "-c", "from sim.cli import main; main()", "--allow-outside")
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
EVIL = "<script>document.title='evil'</script><img src=x onerror=\"document.title='evil'\">"
TABLES = ("series.parquet", "areas.parquet", "spells.parquet", "report.html")
LONG = 300_000  # milliseconds; the model may have to be compiled first

pytestmark = pytest.mark.slow


def povsim(*arguments, cwd):
    done = subprocess.run([*POVSIM, *map(str, arguments)], cwd=cwd, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A scenario with a name that tries to be a script, and the folder that its runs go to."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "region.yaml").write_text(
        f"extends: {SMALL}\nname: {json.dumps(EVIL)}\ninstruments: {{dibao: {{label: {json.dumps(EVIL)}}}}}\n"
    )
    return folder


@pytest.fixture(scope="module")
def address(folder):
    command = (*POVSIM, "serve", "region.yaml", "--scale", "1", "--threads", "1", "--port", "0", "--no-open")
    process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
    yield process.stdout.readline().strip()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0, "Ctrl-C ends it cleanly"


@pytest.fixture(scope="module")
def browser():
    with chromium() as launch:
        opened = launch()
        yield opened
        opened.close()


@pytest.fixture
def page(browser, address):
    """The page of the scenario; no request may leave for elsewhere, and the script may not fail."""
    context = browser.new_context(accept_downloads=True, locale="en-US")
    page = context.new_page()
    asked, errors = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    yield page
    here = address.partition("/?")[0]
    assert [url for url in asked if not url.startswith((here, "data:", "blob:"))] == []
    assert errors == []
    assert page.title() != "evil"
    context.close()


def expect(locator):
    from playwright.sync_api import expect as waiting

    return waiting(locator)


def lever(page, name):
    """The input of a lever; its group is opened."""
    box = page.locator(f'[data-lever="{name}"]')
    group = page.locator("details.group", has=box)
    if group.get_attribute("open") is None:
        group.locator("> summary").click()
    return box.locator('input[type="number"], input[type="checkbox"]')


def changed(page):
    return page.locator("#changed li")


def saved(page):
    return page.locator("#runs tbody tr")


def run(page):
    """Starts a run and waits until it is on the shelf."""
    before = saved(page).count()
    page.click("#start")
    expect(saved(page)).to_have_count(before + 1, timeout=LONG)


def test_move_run_read_compare_export_reload(page, folder):
    expect(changed(page)).to_have_text(["Nothing: this is the scenario as it stands."])
    run(page)
    lever(page, "health.reimbursed").fill("0.7")
    lever(page, "instruments.orchards.places").fill("1.5")
    lever(page, "instruments.photovoltaic.on").uncheck()
    expect(changed(page)).to_have_text(
        ["orchards: places × 1.5", "photovoltaic: not in use", "Medical bills reimbursed: 0.7 as a share"]
    )
    page.fill("#name", "Three levers")
    run(page)

    # The same numbers as the command line gives, byte by byte.
    with page.expect_download() as download:
        page.click("#export")
    assert download.value.suggested_filename == "three_levers.yaml"
    download.value.save_as(folder / "three_levers.yaml")
    povsim("validate", "three_levers.yaml", cwd=folder)
    povsim("run", "three_levers.yaml", "--scale", 1, "--seed", 1, "--threads", 1, "--out", "by_hand", cwd=folder)
    made = next(
        each for each in (folder / "results").iterdir() if "Three levers" in (each / "manifest.json").read_text()
    )
    for name in TABLES:
        assert (folder / "by_hand" / name).read_bytes() == (made / name).read_bytes(), name

    # The address remembers the levers.
    page.reload()
    expect(changed(page)).to_have_count(3)
    expect(lever(page, "health.reimbursed")).to_have_value("0.7")

    # A wish that was fulfilled is not simulated again.
    page.fill("#name", "Three levers")
    expect(page.locator("#notice")).to_have_text("This run is saved already.")
    page.click("#start")
    page.wait_for_url("**/run/*")
    summary = json.loads((made / "summary.json").read_text())
    last = summary["yearly"][-1]
    assert f"{last['income_persons']:,.0f} people" in page.locator(".figures").inner_text()
    report = page.frame_locator("iframe")
    expect(report.locator("h1")).to_have_text("Three levers")
    assert report.locator("svg").count() >= 8

    page.click("text=Move the levers on from here")
    expect(changed(page)).to_have_count(3)
    page.click("#reset")
    expect(changed(page)).to_have_text(["Nothing: this is the scenario as it stands."])

    page.click("text=Compare the two")
    expect(page.locator("#differences tbody tr")).to_have_count(5)
    assert page.locator("figure svg").count() == 10
    base = json.loads(
        next(each for each in (folder / "results").iterdir() if each != made).joinpath("summary.json").read_text()
    )
    difference = last["income_persons"] - base["yearly"][-1]["income_persons"]
    cells = page.locator("#differences tbody tr").first.locator("td").all_inner_texts()
    assert float(cells[-1].replace("−", "-").replace(",", "")) == pytest.approx(difference)


def test_what_is_wrong_stands_beside_its_lever_and_can_not_be_run(page):
    lever(page, "instruments.orchards.places").fill("7")
    wrong = page.locator('[data-lever="instruments.orchards.places"] .wrong li')
    expect(wrong).to_have_text("must lie between 0 and 3")
    expect(page.locator("#start")).to_be_disabled()
    lever(page, "instruments.orchards.places").fill("")
    expect(wrong).to_have_text("must be a number")
    lever(page, "instruments.orchards.places").fill("2")
    expect(wrong).to_have_count(0)
    expect(page.locator("#start")).to_be_enabled()


def test_a_slider_moves_its_number(page):
    slider = page.locator('[data-lever="instruments.orchards.effect"] input[type="range"]')
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    value = float(lever(page, "instruments.orchards.effect").input_value())
    assert 2.1 < value < 2.7
    assert value == pytest.approx(round(value / 0.05) * 0.05), "in whole steps"
    expect(changed(page)).to_have_text([f"orchards: effect × {value:g}"])


def test_names_from_files_are_text(page):
    expect(page.locator("h1")).to_have_text(EVIL)
    assert page.locator("legend", has_text="<script>").count() == 1
    lever(page, "instruments.dibao.on").uncheck()
    expect(changed(page)).to_have_text([f"{EVIL}: not in use"])
    page.fill("#name", EVIL)
    page.click("#start")
    job = page.locator("#jobs li").first
    expect(job.locator("strong")).to_have_text(EVIL)
    job.locator("button").click()
    expect(job).to_have_attribute("data-state", re.compile("cancelled|done"), timeout=30_000)


def test_a_run_can_be_cancelled_and_leaves_nothing(page, folder):
    page.fill("#seed", "77")
    lever(page, "health.reimbursed").fill("0.31")
    page.click("#start")
    job = page.locator("#jobs li").first
    job.locator("button").click()
    expect(job).to_have_attribute("data-state", "cancelled", timeout=30_000)
    assert '"seed": 77' not in "".join(each.read_text() for each in (folder / "results").glob("*/manifest.json"))
    assert not list((folder / "results").glob(".*"))


def test_chinese_keeps_the_levers_and_narrow_screens_need_no_scrolling_aside(page):
    lever(page, "health.reimbursed").fill("0.7")
    expect(changed(page)).to_have_count(1)
    page.click("#language")
    expect(page.locator("#levers-title")).to_have_text("可调参数")
    expect(changed(page)).to_have_text(["医疗费报销比例: 0.7 （比例）"])
    page.set_viewport_size({"width": 360, "height": 740})
    for path in ("", "/compare"):
        page.goto(page.url if not path else page.url.partition("/scenario")[0] + path)
        assert page.evaluate_handle("document.documentElement").get_property("scrollWidth").json_value() <= 360


def test_levers_move_by_keyboard_alone(page):
    field = lever(page, "instruments.orchards.places")
    field.focus()
    page.keyboard.press("ArrowUp")
    expect(field).to_have_value("1.05")
    expect(changed(page)).to_have_count(1)
    unlabelled = [
        each.get_attribute("id")
        for each in page.locator("input:not([type=range]), select").all()
        if not each.evaluate_handle("each => each.labels.length || each.ariaLabel").json_value()
    ]
    assert unlabelled == []
