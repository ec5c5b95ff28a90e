"""Every observation operator, worked by hand on a small made history."""

import numpy as np
import pytest
from made_history import blank

from calibration.evidence import Evidence
from sim.calendar import parse_month
from sim.measures import mean_income, register_start, yearly_outlays, yearly_table
from sim.reported import OPERATORS, compare_reported, observe
from sim.scenario import ReportedFigure


def figure(operator, at, since=None, instruments=()):
    period = {} if since is None else {"from": parse_month(since)}
    return ReportedFigure(
        evidence="some_figure", operator=operator, at=parse_month(at), instruments=list(instruments), **period
    )


@pytest.fixture
def history():
    """2013 to 2016, two counties of 600 and 400 people; the register starts in December 2013."""
    made = blank(range(2013, 2017), counties=2, instruments=("dibao", "orchards"))
    made.monthly["persons"][:] = [600, 400]
    for year, registered in enumerate(([90, 60], [60, 40], [30, 20], [6, 4])):
        made.monthly["registered_persons"][12 * year + 11] = registered
    made.yearly["survey_poor_persons"][:] = [[120, 80], [90, 60], [60, 40], [30, 20]]
    made.yearly["identified_persons"][0] = [90, 60]
    made.yearly["exits_persons"][:] = [[0, 0], [30, 10], [20, 20], [30, 10]]
    made.yearly["returns_persons"][:] = [[0, 0], [0, 0], [3, 1], [2, 2]]
    made.yearly["ever_registered_households"][:] = [[30, 20], [30, 20], [30, 20], [30, 20]]
    made.yearly["villages_exited"][:] = [[0, 0], [0, 0], [1, 1], [3, 2]]
    made.yearly["counties_exited"][:] = [[0, 0], [0, 0], [0, 0], [1, 0]]
    made.of_instrument["outlays"][:, 0] = 10.0
    made.of_instrument["outlays"][:, 1] = 1.0
    made.covered_any[("dibao", "orchards")] = np.array([0.0, 10.0, 20.0, 40.0])
    made.monthly["farm_income"][:] = [600.0 * 200, 400.0 * 100]
    made.monthly["wage_income"][:] = [600.0 * 100, 400.0 * 150]
    made.fifths[3, 0] = [1000, 500, 20, 480]
    return made


@pytest.mark.parametrize(
    ("wanted", "simulated"),
    [
        (figure("survey_incidence", "2014-12"), 15.0),  # 150 of 1,000
        (figure("register_incidence", "2015-12"), 5.0),  # 50 of 1,000
        (figure("register_persons", "2015-12"), 50.0),
        (figure("register_households_ever", "2015-12"), 50.0),
        (figure("gross_exits", "2016-12", since="2015-01"), 80.0),  # 40 in 2015, 40 in 2016
        (figure("gross_exits", "2015-12"), 40.0),  # without `from` the calendar year
        (figure("cumulative_reduction", "2016-12", since="2013-12"), 190.0),  # 200 poor less 10 registered
        (figure("villages_exited", "2016-12"), 5.0),
        (figure("counties_exited", "2016-12"), 1.0),
        (figure("coverage", "2016-12", instruments=["dibao", "orchards"]), 80.0),  # 40 of 50 households
        (
            figure("outlays", "2015-12", since="2014-01", instruments=["dibao"]),
            480.0,
        ),  # 24 months, 2 counties, 10
        (figure("outlays", "2014-03", since="2014-02", instruments=["dibao", "orchards"]), 44.0),  # 2 months
        (figure("mean_income", "2014-12"), 3360.0),  # (600 · 300 + 400 · 250) / 1,000 a month
        (figure("lowest_fifth_income", "2016-12"), 2000.0),
        (figure("returns_share", "2016-12"), 5.0),  # 4 of the 80 who left in 2014 and 2015
        (figure("returns_share", "2016-12", since="2015-01"), 10.0),  # 8 of them
    ],
)
def test_an_operator_measures_what_was_reported(history, wanted, simulated):
    assert observe(history, wanted) == pytest.approx(simulated)


def test_every_operator_of_the_scenario_language_exists():
    assert set(OPERATORS) == set(ReportedFigure.model_fields["operator"].annotation.__args__)


@pytest.mark.parametrize(
    "wanted",
    [
        figure("register_persons", "2017-12"),  # after the run
        figure("register_persons", "2012-12"),  # before it
        figure("register_persons", "2013-11"),  # before its first December
        figure("gross_exits", "2014-12", since="2012-01"),  # begins before it
        figure("outlays", "2014-12", since="2012-06", instruments=["dibao"]),
        figure("cumulative_reduction", "2014-12", since="2012-12"),
        figure("returns_share", "2013-12"),  # nobody had left
    ],
)
def test_a_figure_that_the_run_does_not_reach_has_no_simulated_value(history, wanted):
    assert observe(history, wanted) is None


def test_a_figure_between_two_reviews_is_seen_in_the_earlier_one(history):
    assert observe(history, figure("register_persons", "2016-05")) == 50
    assert observe(history, figure("gross_exits", "2016-05", since="2014-06")) == 80


def test_there_is_no_register_before_its_first_year(history):
    history.monthly["registered_persons"][11] = 0
    history.yearly["identified_persons"][:] = 0
    assert register_start(history) == 1
    assert observe(history, figure("register_persons", "2013-12")) is None
    assert [row["register_persons"] for row in yearly_table(history)] == [None, 100, 50, 10]


def test_the_yearly_table_adds_up_counties(history):
    row = yearly_table(history)[2]
    assert row["year"] == 2015
    assert row["register_incidence"] == pytest.approx(5)
    assert row["exits"] == 40
    assert row["returns"] == 4
    assert row["outlays_yuan"] == pytest.approx(12 * 2 * 11)


def test_outlays_of_a_year_add_up_over_its_simulated_months(history):
    assert yearly_outlays(history).tolist() == [[240.0, 24.0]] * 4


def test_income_of_a_year_needs_all_its_months(history):
    history.months = history.months[5:]
    history.monthly = {name: values[5:] for name, values in history.monthly.items()}
    assert mean_income(history, 2013) is None
    assert mean_income(history, 2014) == pytest.approx(3360)


class _Scenario:
    reported = (figure("register_persons", "2015-12"), figure("register_persons", "2020-12"))


def test_reported_figures_carry_their_relative_error_and_source(history):
    words = dict.fromkeys(Evidence.__dataclass_fields__, "")
    row = Evidence(**words | {"id": "some_figure", "value": 40.0, "unit": "persons", "source": "a yearbook"})
    reached, missed = compare_reported(history, _Scenario, {"some_figure": row})
    assert (reached.simulated, reached.reported, reached.at) == (50, 40, "2015-12")
    assert reached.relative_error == pytest.approx(0.25)
    assert (reached.unit, reached.source) == ("persons", "a yearbook")
    assert (missed.simulated, missed.relative_error) == (None, None)
