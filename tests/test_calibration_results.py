"""What is made of a fit: the file that runs use, rivals, figures that were left out, recovery."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from small import SMALL
from test_calibration_fit import TRUE, Toy, formula, parameter, target

from calibration import rivals
from calibration.compare import PLAN, Rivals
from calibration.design import sobol_scores
from calibration.effects import Effect, Returns
from calibration.emulate import Emulator
from calibration.findings import Findings
from calibration.fitted import changed_since, draws, load_fit, median, with_draw
from calibration.pipeline import Effort, calibrate
from calibration.priors import Priors
from calibration.record import fit_content, recovery_content, write_fit, write_yaml
from calibration.recovery import Recovery, recover
from calibration.report.markdown import BEGIN, END, with_findings
from calibration.report.page import render
from calibration.score import administration, standings, verdict
from calibration.targets import Target
from calibration.transfer import Transfer
from calibration.validate import Foretold, by_date, left_out, never_fitted
from sim.results.store import Store
from sim.scenario import ReportedFigure, load_scenario
from sim.scenario.register import ExitPlan

EFFORT = Effort(design=32, wave=8, draws=30, scale=1.0, draw_scale=1.0, median_scale=1.0, steps=300)
PATHS = {"slope": ("register.review.pace",), "level": ("income.log_sd",), "idle": ()}


def toy_priors():
    return Priors(tuple(replace(parameter(name), set=PATHS[name]) for name in TRUE), {})


@pytest.fixture(scope="module")
def toy():
    reported = formula(TRUE)
    targets = (target("first", reported["first"], 0.05, 2015), target("second", reported["second"], 0.05, 2018))
    return Toy(toy_priors(), targets)


@pytest.fixture(scope="module")
def found(toy, tmp_path_factory):
    with ThreadPoolExecutor(2) as executor:
        return calibrate(toy, EFFORT, Store(tmp_path_factory.mktemp("runs")), executor, 1, lambda *_: None)


@pytest.fixture(scope="module")
def loaded():
    return load_scenario(SMALL)


@pytest.fixture
def fit(toy, found, loaded, tmp_path):
    content = fit_content(found, toy.priors, "small", loaded.resolved, ["a=b"], EFFORT, 1)
    write_fit(tmp_path, content, found)
    return load_fit("small", tmp_path)


# The file


def test_a_fit_is_read_as_it_was_written(fit, found):
    assert fit.region == "small"
    assert fit.settings == ("a=b",)
    assert fit.parameters["slope"].low < TRUE["slope"] < fit.parameters["slope"].high
    assert fit.parameters["slope"].set == PATHS["slope"]
    assert median(fit).values["level"] == pytest.approx(found.median.values["level"], rel=1e-3)
    assert [path.name for path in sorted(fit.file.parent.iterdir())] == ["small.parquet", "small.yaml"]


def test_draws_come_with_their_own_market_path_and_are_the_same_every_time(fit):
    some = draws(fit, 12)
    assert some == draws(fit, 12)
    assert len(some) == 12
    levels = [draw.values["level"] for draw in some]
    assert np.mean(levels) == pytest.approx(TRUE["level"], abs=0.1)
    assert some[0].market_factor == {2015: 1.0}


def test_a_scenario_with_a_draw_holds_its_values_and_its_market_path(fit, loaded):
    draw = replace(median(fit), values={"slope": 0.7, "level": 0.65, "idle": 0.5}, market_factor={2015: 1.1})
    fitted = with_draw(loaded, fit, draw)
    assert fitted.scenario.register_.review.pace == 0.7
    assert fitted.scenario.income.log_sd == 0.65
    assert fitted.scenario.income.market_factor == {2015: 1.1}
    assert fitted.hash != loaded.hash


def test_what_the_user_set_stays(fit, loaded):
    draw = replace(median(fit), values={"slope": 0.7, "level": 0.65, "idle": 0.5})
    fitted = with_draw(loaded, fit, draw, but=["register.review", "income.market_factor.2015"])
    assert fitted.scenario.income.market_factor == loaded.scenario.income.market_factor
    assert fitted.scenario.register_.review.pace == loaded.scenario.register_.review.pace
    assert fitted.scenario.income.log_sd == 0.65


def test_a_fit_that_no_longer_matches_says_what_changed(fit, loaded):
    assert changed_since(fit, loaded.resolved) == []
    other = load_scenario(SMALL, ["health.incidence=0.11", "seed=5"])
    assert changed_since(fit, other.resolved) == [
        "the scenario's health: is not the one that was fitted",
        "it was made under a=b",
    ]


def test_evidence_and_sources_that_changed_are_named(fit, loaded):
    stale = replace(fit, made_from=fit.made_from | {"sources": "0", "evidence": {"gz_inc_2011": 30.0, "gone": 1.0}})
    assert changed_since(stale, loaded.resolved) == [
        "evidence gz_inc_2011 was 30 when the fit was made, and is 26.71",
        "evidence gone was 1 when the fit was made, and is gone",
        "the model's sources changed since the fit was made",
        "it was made under a=b",
    ]


def test_a_region_without_a_fit_has_none(tmp_path):
    assert load_fit("nowhere", tmp_path) is None


# The page


def test_the_page_shows_every_target_parameter_and_rival_and_needs_nothing_beside_it(found, toy, loaded):
    targets = (*toy.targets, target("kept", 5.0, 1.0, 2018, role="validate"))
    runs = [replace(run, targets={**run.targets, "kept": 4.0}) for run in found.posterior_runs]
    calibration = replace(found, posterior_runs=runs)
    toy = replace(toy, targets=targets)
    rows = never_fitted(targets[2:], runs, found.weights, 1, lambda *_: {PLAN: 5.0, "last value": 1.0}, found.targets)
    content = fit_content(calibration, toy.priors, "small", loaded.resolved, [], EFFORT, 1)
    effect = Effect("pigs", "income_incidence", 2018, [0.25, 0.5, 0.75])
    findings = Findings(
        loaded=loaded,
        simulator=toy,
        found=calibration,
        content=content,
        rows=rows,
        effects=[effect],
        returns=Returns(1.8, 0.1, 0.6, 1.1),
        transfer=Transfer("Another region", rows, ["idle"]),
        recovery=None,
        seed=1,
    )
    page = render(findings)
    said = ("first", "second", "kept", *TRUE, PLAN, "pigs", "0.75", "Another region", "1.10", "no evidence")
    for word in ("Small region", "no place for idle", *said):
        assert word in page, word
    first_paragraph = page.partition("<p>")[2].partition("</p>")[0]
    assert verdict(rows) in first_paragraph
    readme = with_findings(f"before\n{BEGIN}\nstale words\n{END}\nafter\n", findings)
    for word in said:
        assert word in readme, word
    assert readme.startswith("before\n")
    assert readme.endswith("\nafter\n")
    assert "stale words" not in readme
    with pytest.raises(ValueError, match="are missing"):
        with_findings("no marks", findings)
    assert "The curve does not test the economy" in page, "the plan is right and the model is not"
    assert not re.search(r'(src|href)="(?!#)', page)


def test_the_verdict_names_whoever_comes_nearer():
    seen = target("a", 10.0, 1.0, 2018)
    near = Foretold(seen, "all", 8.0, 9.0, 12.0, {PLAN: 5.0})
    far = Foretold(seen, "all", 1.0, 2.0, 3.0, {PLAN: 5.0})
    assert verdict([near]).startswith("The model comes nearer than plan arithmetic")
    assert "10 % against 50 %" in verdict([near])
    assert verdict([near]) == verdict([near, near]), "a figure that is foretold twice counts once"
    within = replace(near, target=target("b", 10.0, 1.0, 2019), rivals={PLAN: 11.5})
    assert "on 1 of them plan arithmetic" in verdict([near, within])
    assert "on every figure plan arithmetic" in verdict([within])
    assert verdict([far]).startswith("The curve does not test the economy")
    assert "nothing here tests the economy" in verdict([replace(near, rivals={})])


def test_standings_compare_rival_and_model_on_the_same_figures():
    """The rival is off by 50 and 10 %, the model by 10 and 20 %; on the second the rival lies inside the band."""
    one = Foretold(target("a", 10.0, 1.0, 2018), "all", 8.0, 9.0, 12.0, {"last value": 5.0})
    other = Foretold(target("b", 10.0, 1.0, 2019), "all", 8.0, 12.0, 14.0, {"last value": 11.0})
    silent = Foretold(target("c", 10.0, 1.0, 2020), "all", 8.0, 9.0, 12.0, {})
    (found,) = standings([one, other, silent])
    assert (found.rival, found.figures, found.nearer, found.no_evidence) == ("last value", 2, 1, 1)
    assert (found.error, found.model_error) == pytest.approx((30.0, 15.0))


def test_the_file_of_a_recovery_says_how_often_intervals_held(tmp_path):
    """Two data sets: the 80 % interval held the first parameter once, the 90 and 95 % ones always."""
    inside = np.ones((2, 2, 3), bool)
    inside[1, 0, 0] = False
    content = recovery_content(["one", "two"], Recovery(np.zeros((2, 2)), inside), 1, "povsim calibrate")
    assert content["held"]["one"] == {"80 %": 0.5, "90 %": 1.0, "95 %": 1.0}
    assert content["held_in_all"]["80 %"] == 0.75
    write_yaml(tmp_path / "small.recovery.yaml", content, "What came back.")
    text = (tmp_path / "small.recovery.yaml").read_text()
    assert text.startswith("# What came back.\n")
    assert "made_up_data_sets: 2" in text


def test_county_years_and_exits_below_the_line_are_shares(found):
    """Every curve of the toy holds the same number in every year, but for a run's luck."""
    assert administration(found) == pytest.approx((1.0, 1.0))


# Rivals, worked by hand

CURVE = {2013: 16.0, 2015: 4.0}


@pytest.mark.parametrize(
    ("rival", "year", "expected"),
    [
        ("last value", 2018, 4.0),
        ("log-linear trend", 2017, 1.0),  # halves every year
        ("constant rate", 2016, 2.0),
        ("linear to zero in 2020", 2018, 1.6),  # 4 % in five steps of 0.8
        ("linear to zero in 2020", 2021, 0.0),
    ],
)
def test_naive_rivals(rival, year, expected):
    assert rivals.NAIVE[rival](CURVE, year) == pytest.approx(expected)


def test_the_logistic_curve_keeps_the_ratio_of_odds():
    """Odds of 1 and 1/4 in two years: 1/16 in the next, which is a share of 1/17."""
    assert rivals.logistic({2013: 50.0, 2014: 20.0}, 2015) == pytest.approx(100 / 17)


def test_plan_arithmetic():
    """702,400 a third out in 2016, then a quarter of the rest, then a third: 702,400 * 2/3 * 3/4 * 2/3."""
    left = rivals.plan_arithmetic(702_400, 2016, 2018, {2016: 1 / 3, 2017: 1 / 4, 2018: 1 / 3}.__getitem__)
    assert left == pytest.approx(702_400 / 3)
    assert rivals.plan_arithmetic(100, 2019, 2020, lambda _: 1.0) == 0


def test_a_logistic_curve_learned_elsewhere_keeps_its_ratio_of_odds():
    """Elsewhere odds fall from 1 to 1/4 in a year: from odds of 1/3 here they fall to 1/12, a share of 1/13."""
    assert rivals.moved(rivals.logistic, {2013: 50.0, 2014: 20.0}, 2013, 25.0, 2014) == pytest.approx(100 / 13)


def test_a_rate_learned_elsewhere_goes_on_from_the_start_here():
    """Elsewhere a quarter is left after two years, so half of 40 is left here after one."""
    assert rivals.moved(rivals.constant_rate, {2013: 16.0, 2015: 4.0}, 2012, 40.0, 2013) == pytest.approx(20.0)


def test_growth_alone_is_the_lognormal_of_the_specification():
    """Incomes of 4,684 and a line of 2,536 in 2011 give 26.8 % at log sd 0.65 and 28.1 % at 0.67."""
    assert rivals.growth_alone(4684, 2536, 0.65) == pytest.approx(26.8, abs=0.1)
    assert rivals.growth_alone(4684, 2536, 0.67) == pytest.approx(28.1, abs=0.1)


def figure(name, operator, value, at, since=None):
    seen = ReportedFigure.model_construct(evidence=name, operator=operator, at=at, since=since, instruments=[])
    return Target(name, value, 1.0, "", "made up", "fit", "", seen)


def test_rivals_answer_in_the_unit_of_the_figure(loaded):
    """200 of some persons are registered by quota in 2013; 100 are left in 2015 and go out evenly until 2018."""
    scenario = loaded.scenario
    review = scenario.register_.review.model_copy(update={"plans": [ExitPlan(since=2016, deadline=2018)]})
    identification = scenario.register_.identification.model_copy(update={"at": 12 * 2013 + 11, "persons": 200.0})
    register = scenario.register_.model_copy(update={"review": review, "identification": identification})
    rivals_of = Rivals(scenario.model_copy(update={"register_": register}), 0.67)
    seen = [figure("stock", "register_persons", 100.0, 12 * 2015 + 11)]
    stock = rivals_of(figure("later", "register_persons", 0.0, 12 * 2016 + 11), seen)
    assert stock["last value"] == pytest.approx(100)
    assert stock["constant rate"] == pytest.approx(100 / 2**0.5)
    assert stock[PLAN] == pytest.approx(100 * 2 / 3)
    share = rivals_of(figure("later", "register_incidence", 0.0, 12 * 2016 + 11), seen)
    assert share[PLAN] == pytest.approx(100 * 100 * 2 / 3 / scenario.population.persons)
    exits = rivals_of(figure("exits", "gross_exits", 0.0, 12 * 2017 + 11, 12 * 2016), seen)
    assert exits[PLAN] == pytest.approx(100 * 2 / 3)
    assert exits["last value"] == pytest.approx(0)
    assert rivals_of(figure("villages", "villages_exited", 0.0, 12 * 2018 + 11), seen) == {}


def test_a_fit_that_ends_early_foretells_all_later_figures():
    targets = [target("a", 1.0, 1.0, 2013), target("b", 1.0, 1.0, 2015), target("c", 1.0, 1.0, 2015)]
    assert by_date(targets) == {"figures to 2013-12": ["b", "c"]}


# What was not fitted


def test_a_left_out_figure_is_foretold_from_the_others_alone():
    """`third` repeats `first`, so it is foretold exactly, whatever was reported for it."""
    luck = np.random.default_rng(1)
    scores = sobol_scores(2, 64, 1)
    first, second = scores[:, 0], scores[:, 1]
    values = np.column_stack([first, second, first]) + 0.01 * luck.standard_normal((64, 3))
    targets = [target("first", 0.5, 0.05, 2013), target("second", 0.0, 0.05, 2014), target("third", 9.0, 0.05, 2015)]
    (row,) = left_out(
        Emulator(scores, values, 0.01 * luck.standard_normal((12, 3))),
        targets,
        {"all but third": ["third"]},
        sobol_scores(2, 256, 2),
        1.0,
        1,
        lambda each, seen: {"a little below": 0.45, "right": each.value} if len(seen) == 2 else {},
    )
    assert row.median == pytest.approx(0.5, abs=0.05)
    assert not row.inside
    assert row.better == ["right"]
    assert row.also_inside == ["a little below"]


def test_figures_never_fitted_are_foretold_by_draws(toy, found):
    rows = never_fitted(toy.targets, found.posterior_runs, found.weights, 1, lambda *_: {}, toy.targets)
    assert [row.target.name for row in rows] == ["first", "second"]
    assert all(row.inside for row in rows)


@pytest.mark.slow
def test_made_up_data_give_back_what_made_them(found):
    """Of 50 made-up data sets, intervals hold the true value about as often as they say, idle parameters' too."""
    with ThreadPoolExecutor(2) as pool:
        recovered = recover(found.emulator, found.targets, sobol_scores(3, 256, 3), 1.0, 50, 1, pool)
    assert recovered.inside.shape == (50, 3, 3)
    assert (recovered.coverage(0.90) >= 0.85 - 0.06).all()
    assert recovered.coverage(0.90).mean() == pytest.approx(0.90, abs=0.07)
    assert recovered.coverage(0.80).mean() == pytest.approx(0.80, abs=0.09)
    assert (recovered.inside[:, :, 0] <= recovered.inside[:, :, 2]).all(), "an 80 % interval lies within a 95 % one"
