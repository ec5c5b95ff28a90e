"""The notebook's interface: it changes no scenario but its own copy, and says what the command line says."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from small import SMALL
from typer.testing import CliRunner

import sim
from sim.analysis.frames import FrameError
from sim.cli import app
from sim.interface.plots import fifths
from sim.results.folder import FolderError
from sim.scenario import ScenarioError, load_scenario
from sim.sweep.analyse import AnalysisError

EVERYBODY = 10_000  # households that a panel keeps at most; the small region has 600


@pytest.fixture(scope="module")
def study():
    return sim.load(SMALL)


@pytest.fixture(scope="module")
def result(study):
    return study.run(threads=1, panel=EVERYBODY)


@pytest.fixture(scope="module")
def half(study):
    return study.scale(0.5).run(threads=1, panel=EVERYBODY)


def of_region(result, measure, year):
    rows = result.series.query("level == 'region' and measure == @measure")
    return rows.loc[rows["month"] == pd.Period(f"{year}-12", "M"), "value"].item()


class Made:
    """A result made by hand."""

    def __init__(self, spells, panel=None):
        self.tables = {"spells": spells, "areas": villages(), "panel": panel}

    def table(self, name):
        return self.tables[name]

    def scenario(self):
        return {"lines": {"survey": {"2014": 2800.0}, "exit": {"2014": 2900.0}}}


def villages():
    """A poor village, numbered 5, whose households count twice, and another one, numbered 9."""
    county = {"level": "county", "area": "a", "county": "a", "poor": False}
    poor = {
        "level": "village",
        "area": "a 5",
        "county": "a",
        "poor": True,
        "number": 5,
        "severity": "mild",
        "weight": 2.0,
    }
    other = {
        "level": "village",
        "area": "a 9",
        "county": "a",
        "poor": False,
        "number": 9,
        "severity": "none",
        "weight": 1.0,
    }
    return pd.DataFrame([county, poor, other])


def household(village, number):
    return np.uint64(village << 32 | number)


def spell(who, start, end, censored="none", cause="illness"):
    months = {"start": pd.Period(start, "M"), "end": pd.Period(end, "M")}
    return {"household": who, "kind": "income_poverty", "cause": cause, "censored": censored, **months}


@pytest.fixture
def by_hand():
    """Observed from 2011-01 to 2014-12. One household of the poor village leaves poverty at the end of 2013-12 and is
    back after 6 months, for good; one of the other village leaves at the same time and stays out."""
    spells = [
        spell(household(5, 1), "2012-06", "2013-12"),
        spell(household(5, 1), "2014-06", "2014-12", "right"),
        spell(household(9, 1), "2011-01", "2013-12", "left", cause=None),
    ]
    return sim.Result(Made(pd.DataFrame(spells)))


@pytest.mark.parametrize("which", ["result", "half"])
@pytest.mark.parametrize("year", [2013, 2020])
def test_measures_of_a_panel_of_everybody_are_those_of_the_run(which, year, request):
    run = request.getfixturevalue(which)
    measures = run.measures(year).set_index("measure")["value"]
    persons, line = of_region(run, "persons", year), run.panel.query("year == @year")["survey_line"].iloc[0]
    assert measures["headcount"] * persons == pytest.approx(of_region(run, "survey_poor_persons", year))
    assert measures["poverty_gap"] * persons * line == pytest.approx(of_region(run, "poverty_gap", year), rel=1e-5)
    assert measures["squared_gap"] * persons == pytest.approx(of_region(run, "squared_poverty_gap", year), rel=1e-5)


def test_groups_of_the_panel_add_up(result):
    whole = result.measures(2015, which=["headcount"])["value"].item()
    parts = result.measures(2015, by="county", which=["headcount"]).set_index("county")["value"]
    persons = result.panel.query("year == 2015").groupby("county")["persons"].sum()
    assert (parts * persons).sum() == pytest.approx(whole * persons.sum())


def test_fifths_are_the_sums_of_their_sources(result):
    table = fifths(result.series)
    assert table.shape == (10, 5)
    assert (table.diff(axis=1).iloc[:, 1:] > 0).all(axis=None)
    mean = sum(of_region(result, f"{source}_income", 2020) for source in ("farm", "wage", "property", "transfer"))
    # A fifth's income is that of twelve months past; the region's, of this December.
    assert table.loc[2020].mean() == pytest.approx(12 * mean / of_region(result, "persons", 2020), rel=0.25)


def test_the_hazard_of_a_case_by_hand(by_hand):
    """Months at risk are 2 x 6 and 12, the return counts twice."""
    table = by_hand.hazard()
    assert table[["after", "until", "months_at_risk", "events"]].values.tolist() == [[0, 12, 24, 2]]
    assert table["hazard"].item() == pytest.approx(2 / 24)


def test_the_hazard_by_group_and_calendar_year_of_a_case_by_hand(by_hand):
    by_village = by_hand.hazard(by="poor_village").set_index("poor_village")["hazard"]
    assert by_village.to_dict() == {True: 2 / 12, False: 0.0}
    assert by_hand.hazard(by="year")["year"].tolist() == [2014]
    assert by_hand.hazard(by="cause")["cause"].tolist() == ["illness", "not recorded"]


def test_survival_of_a_case_by_hand(by_hand):
    """Of two that are out, one returns in month 6; of two spells with known start, one ends, in month 18."""
    assert by_hand.survival()[["months", "at_risk", "events", "survival"]].values.tolist() == [[6, 2, 1, 0.5]]
    assert by_hand.survival("exit")[["months", "at_risk", "events", "survival"]].values.tolist() == [[18, 1, 1, 0.0]]


def test_a_panel_by_hand():
    rows = {"household": [household(5, 1), household(9, 1)], "members": [4, 2], "income_12_months": [8000.0, 6000.0]}
    panel = pd.DataFrame({**rows, "weight": [2.0, 1.0], "year": 2014})
    made = sim.Result(Made(pd.DataFrame(), panel))
    assert made.panel[["village", "income_per_head", "persons", "survey_line"]].values.tolist() == [
        ["a 5", 2000.0, 8.0, 2800.0],
        ["a 9", 3000.0, 2.0, 2800.0],
    ]
    assert made.measures(which=["headcount"])["value"].item() == pytest.approx(0.8)
    assert made.measures(2014, line="exit", by="village", which=["headcount"])["value"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("changes", "settings"),
    [
        ({"health.incidence": 0.08}, ["health.incidence=0.08"]),
        ({"instruments.orchards.places.2019-12": np.int64(60)}, ["instruments.orchards.places.2019-12=60"]),
        ({"period.end": pd.Period("2015-12", "M")}, ["period.end=2015-12"]),
        ({"shocks": [], "instruments.dibao.off": True}, ["shocks=[]", "instruments.dibao.off=true"]),
        ({"register.detection": {"2017": 0.2}}, ["register.detection={2017: 0.2}"]),
    ],
)
def test_changes_are_those_of_the_command_line(study, changes, settings):
    assert study.with_(changes).hash == load_scenario(SMALL, settings).hash != study.hash


def test_a_study_never_changes(study):
    before = study.hash, study.settings, study.label
    study.with_(health__incidence=0.5).without("dibao").scale(0.5).run(seed=2, threads=1)
    assert (study.hash, study.settings, study.label) == before
    with pytest.raises(AttributeError):
        study.settings = ("health.incidence=0.5",)


def test_what_is_off_stays_off(study):
    twice = study.without("dibao").without("industry")
    assert set(twice.instruments.query("off or mechanism == 'industry'").index) == set(
        twice.instruments.query("off").index
    )
    assert "dibao" in twice.instruments.query("off").index


def test_all_problems_are_said_at_once_and_where(study):
    with pytest.raises(ScenarioError) as error:
        study.with_({"health.incidence": 8, "work.finding": "often"})
    places = [(each.file, each.line, each.path) for each in error.value.problems]
    assert places == [("with_", 1, "health.incidence"), ("with_", 2, "work.finding")]


def test_a_period_without_december_is_refused_before_the_run(study):
    short = study.with_({"period.start": "2012-01", "period.end": "2012-06", "reported": []})
    with pytest.raises(ScenarioError, match="holds no December"):
        short.run()


def test_the_result_of_a_run_and_of_its_folder_are_the_same(result, tmp_path):
    opened = sim.open(result.save(tmp_path / "kept"))
    for name in ("series", "areas", "spells", "panel", "yearly", "reported"):
        assert_frame_equal(getattr(opened, name), getattr(result, name))
    assert repr(opened) == repr(result)
    again = sim.open(opened.save(tmp_path / "copied"))
    assert_frame_equal(again.hazard(), result.hazard())


def test_a_result_of_the_command_line_can_be_opened(study, tmp_path):
    out = tmp_path / "run"
    arguments = ["run", str(SMALL), "--out", str(out), "--set", "period.end=2013-12", "--threads", "1", "--quiet"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    opened, mine = sim.open(out), study.with_({"period.end": "2013-12"}).run(threads=1)
    assert_frame_equal(opened.series, mine.series)
    with pytest.raises(ValueError, match="panel=10_000"):
        opened.measures()


def test_nothing_is_replaced_unasked(result, tmp_path):
    result.save(tmp_path / "kept")
    with pytest.raises(FolderError, match="force=True"):
        result.save(tmp_path / "kept")
    result.save(tmp_path / "kept", force=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(FolderError, match="thesis"):
        result.save(tmp_path / "mine", force=True)


def test_a_folder_that_is_no_result_is_refused(result, tmp_path):
    with pytest.raises(FolderError, match="no result of a run"):
        sim.open(tmp_path)
    (result.save(tmp_path / "kept") / "summary.json").write_text("{")
    with pytest.raises(FolderError, match="damaged"):
        sim.open(tmp_path / "kept")


def test_the_report_is_one_page(result, tmp_path):
    page = result.report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!")
    assert "Small region" in page
    assert [each.name for each in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize("made", ["without", "with_"])
def test_studies_are_compared_and_named_by_what_was_changed(study, made):
    base = study.with_({"period.end": "2013-12"})
    other = base.without("dibao") if made == "without" else base.with_({"instruments.dibao.off": True})
    table = sim.compare(base, other, threads=1)
    written = sim.compare(
        SMALL,
        load_scenario(SMALL, ["period.end=2013-12", "instruments.dibao.off=true"]),
        settings=["period.end=2013-12"],
    )
    assert table["alternative"].unique().tolist() == [other.label]
    assert_frame_equal(table.drop(columns="alternative"), written.drop(columns="alternative"))


def test_studies_are_attributed_and_their_risk_is_told(study):
    short = study.with_({"period.end": "2015-12"})
    parts = sim.attribute(short.without("industry", "enabling"), years=[2015], threads=1).parts
    assert set(parts["part"]) == {"growth", "employment", "relocation", "social_security", "total"}
    risk = sim.risk(study, at="2018-12", horizon=12, futures=4, threads=1)
    assert len(risk.households) == len(risk.monitoring) > 0


def test_a_sweep_gives_one_table(tmp_path):
    sweep = sim.run_sweep(SMALL.parent / "sweeps" / "small.yaml", tmp_path / "sweep", workers=1)
    assert sweep.table.groupby(["point", "replicate"]).ngroups == 32
    assert {"illness", "no_vegetables", "measure", "value"} <= set(sweep.table.columns)
    with pytest.raises(AnalysisError, match="not sobol"):
        sweep.indices("income_incidence")


def test_a_run_depends_on_its_seed_alone(study, result):
    again = study.run(threads=2, panel=EVERYBODY)
    assert_frame_equal(again.series, result.series)
    assert not study.run(seed=2, threads=1).series.equals(result.series)


def test_a_run_prints_nothing_unless_it_is_asked(study, capsys):
    seen = []
    short = study.with_({"period.end": "2012-12"})
    short.run(threads=1, progress=lambda *month: seen.append(month[:2]))
    assert seen[-1] == (24, 24)
    assert capsys.readouterr() == ("", "")
    short.run(threads=1, progress=True)
    written = capsys.readouterr()
    assert written.out == ""
    assert "24 of 24 months" in written.err


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (lambda run: run.hazard("returns"), "no event returns; allowed: exit, return"),
        (lambda run: run.hazard(kind="poverty"), "no kind poverty"),
        (lambda run: run.hazard(by="size"), "allowed: county, poor_village, severity, cause, year"),
        (lambda run: run.measures(2030), "2030 has no December in the run; allowed: 2011 to 2020"),
        (lambda run: run.measures(line="national"), "no line national; allowed: survey, exit"),
        (lambda run: run.measures(by="countie"), "did you mean county"),
    ],
)
def test_what_can_not_be_told_is_said_with_what_can(result, asked, answer):
    with pytest.raises(FrameError, match=answer):
        asked(result)


def test_every_number_of_a_table_has_a_unit(result):
    assert set(result.series["measure"].unique()) == set(result.series.attrs["units"])
    for frame in (result.yearly, result.hazard(), result.survival(), result.panel):
        numbers = frame.select_dtypes("number").columns.difference(["household", "year"])
        assert set(numbers) <= set(frame.attrs["units"])


def test_entries_are_found_by_completion_and_cost_nothing_before():
    assert {"load", "open", "compare", "attribute", "risk", "run_sweep"} <= set(dir(sim))
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        sim.lode  # noqa: B018
