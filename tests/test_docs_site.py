"""The documents become a site without a broken link, which searches and shows equations without a network."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

import pytest
from browser import chromium, visit

ROOT = Path(__file__).parent.parent
BUILD = runpy.run_path(str(ROOT / "docs" / "build.py"))


def made_up(folder: Path, **pages: str) -> dict:
    """What `docs/build.py` is where its documents are these."""
    for name, text in {"index": "# Start\n", **pages}.items():
        (folder / "docs").mkdir(exist_ok=True)
        (folder / "docs" / f"{name}.md").write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "docs" / "build.py", folder / "docs")
    return runpy.run_path(str(folder / "docs" / "build.py"))


def test_links_lead_to_where_files_lie_among_the_pages(tmp_path):
    build = made_up(
        tmp_path, model="[rule](../sim/rule.py) [start](index.md#top)\n\n```text\n[kept](../nowhere.py)\n```\n"
    )
    (tmp_path / "sim").mkdir()
    (tmp_path / "sim" / "rule.py").write_text("x = 1\n", encoding="utf-8")
    assert build["gather"](tmp_path / "pages") == []
    page = (tmp_path / "pages" / "model.md").read_text(encoding="utf-8")
    assert page.startswith("[rule](source/sim/rule.py.md) [start](index.md#top)")
    assert "[kept](../nowhere.py)" in page
    assert "~~~~python\nx = 1\n~~~~" in (tmp_path / "pages" / "source" / "sim" / "rule.py.md").read_text(
        encoding="utf-8"
    )


def test_a_link_to_nothing_is_found(tmp_path):
    problems = made_up(tmp_path, model="[rule](../sim/rule.py)")["gather"](tmp_path / "pages")
    assert len(problems) == 1
    assert problems[0].startswith("docs/model.md: there is no file ")


def test_every_page_is_in_the_menu():
    menu = (ROOT / "docs" / "zensical.toml").read_text(encoding="utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f'"{page.name}"' not in menu] == []


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site of the documents, built strictly."""
    pytest.importorskip("zensical", reason="zensical is not installed (extra docs)")
    folder = tmp_path_factory.mktemp("site")
    assert BUILD["main"](folder) == 0
    return folder / "site"


@pytest.mark.slow
def test_a_broken_anchor_ends_the_build(tmp_path):
    pytest.importorskip("zensical", reason="zensical is not installed (extra docs)")
    build = made_up(tmp_path, model="[nowhere](index.md#nowhere)")
    (tmp_path / "docs" / "zensical.toml").write_text(
        '[project]\nsite_name = "x"\ndocs_dir = "pages"\n', encoding="utf-8"
    )
    assert build["main"](tmp_path / "build") != 0


@pytest.mark.slow
def test_search_finds_a_page_and_nothing_is_asked_of_the_network(site):
    with chromium() as launch:
        browser = launch()
        with visit(browser, site / "index.html", 1280) as seen:
            seen.page.get_by_role("button", name="Search").first.click()
            query = seen.page.get_by_role("combobox", name="Search")
            query.click()
            query.press_sequentially("Sainte", delay=100)
            assert query.input_value() == "Sainte"
            found = seen.page.get_by_role("option").filter(has_text="Places and admission").first
            found.click(timeout=20_000)
            seen.page.wait_for_url("**/model.html**")
        assert [
            address for address in seen.requests if not address.startswith(("file:", "blob:", "data:", "about:"))
        ] == []
        assert seen.complaints == []
        browser.close()


@pytest.mark.slow
@pytest.mark.parametrize("width", [400, 1280])
def test_equations_show_in_full(site, width):
    """The whole of a long equation lies within the window, and its signs are there."""
    with chromium() as launch:
        browser = launch()
        with visit(browser, site / "model.html", width) as seen:
            equation = seen.page.locator(
                "pre", has_text="capacity    = market_income · members · exp(permanent' + transitory')"
            )
            assert equation.count() == 1
            for block in seen.page.locator("pre code").all():
                assert block.evaluate("each => each.scrollWidth <= each.clientWidth + 1")
                box = block.bounding_box()
                assert box is not None
                assert box["x"] + box["width"] <= width
        assert seen.complaints == []
        browser.close()
