"""Saved runs: which are on the shelf, what they changed, and which can be compared."""

from dataclasses import replace
from pathlib import Path

import pytest
from dashboards import SCENARIOS, made_run, made_site, three_runs, visitor
from small import SMALL

from sim.dashboard.comparison import refusals
from sim.dashboard.shelf import Shelf, open_shelf
from sim.language import ENGLISH


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return three_runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture
def site(runs):
    return made_site(runs, SMALL, SCENARIOS / "ganzhou.yaml")


def test_a_run_shows_its_changes_and_can_be_taken_up_again(site):
    with visitor(site) as client:
        text = client.get("/run/moved").text
        assert "Medical bills reimbursed: 0.7" in text
        assert "dibao): not in use" in text
        assert "/scenario/ganzhou#%7B%22health.reimbursed%22" in text


def test_two_runs_of_one_population_are_compared(site):
    with visitor(site) as client:
        text = client.get("/compare?base=base&other=moved").text
        assert 'id="differences"' in text
        assert text.count("<svg") == 10


def test_runs_of_another_population_or_luck_are_not_compared(site, tmp_path):
    with visitor(site) as client:
        text = client.get("/compare?base=base&other=smaller").text
        assert "population.scale" in text
        assert "<svg" not in text
    made_run(tmp_path, "one")
    made_run(tmp_path, "two", "seed=2")
    with visitor(made_site(tmp_path)) as client:
        assert "do not share their luck" in client.get("/compare?base=one&other=two").text


def saved(site, name, **population):
    """A saved run whose manifest says something else of its population."""
    run = site.shelf.run(name)
    return replace(run, scenario={**run.scenario, "population": {**run.scenario["population"], **population}})


def test_of_own_households_the_contents_count_and_no_file_is_opened(site):
    own = {"microdata": "/etc/passwd", "microdata_sha256": "a"}
    base = saved(site, "base", **own)
    assert refusals(base, saved(site, "moved", **own | {"microdata": "elsewhere.csv"}), ENGLISH) == []
    assert refusals(base, saved(site, "moved", **own | {"microdata_sha256": "b"}), ENGLISH)
    assert refusals(base, saved(site, "moved"), ENGLISH)


def test_runs_that_this_version_can_not_read_are_not_compared(site):
    unknown = saved(site, "moved", unknown_key=1)
    assert "another version" in refusals(site.shelf.run("base"), unknown, ENGLISH)[0]


def test_what_is_no_run_is_not_on_the_shelf(tmp_path):
    made_run(tmp_path, "run")
    (tmp_path / "link").symlink_to(tmp_path / "run")
    (tmp_path / "empty").mkdir()
    for name, manifest in (("damaged", "{"), ("list", "[]"), ("sweep", '{"name": "x", "seed": 1}')):
        (tmp_path / name).mkdir()
        for file in ("manifest.json", "summary.json", "report.html"):
            (tmp_path / name / file).write_text(manifest)
    made_run(tmp_path, "secret")
    (tmp_path / "secret" / "report.html").unlink()
    (tmp_path / "secret" / "report.html").symlink_to("/etc/passwd")
    assert [run.id for run in Shelf({}, tmp_path).runs()] == ["run"]


def test_where_runs_are_kept(tmp_path, runs):
    assert open_shelf(SMALL, None).folder == Path("results")
    assert open_shelf(SMALL, tmp_path).folder == tmp_path
    assert open_shelf(runs, None).folder == runs
    assert open_shelf(SCENARIOS, None).folder == Path("results")
    assert "ganzhou" in open_shelf(SCENARIOS, None).scenarios
