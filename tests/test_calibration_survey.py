"""What a survey hears of incomes: closed forms, a large made-up survey, and the official count of the poor."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from calibration.evidence import load_evidence
from calibration.survey import BINS, INCOME_BELOW, LOWEST, SECOND_CRITERION, SHARES, WIDTH, Noise, Survey


def survey_of(log_incomes, share=0.45, consumption=1):
    """Everybody's income comes from business by this share, a middle of one of the ten classes, and everybody consumes
    between one line and the second criterion, or what the class of consumption says."""
    survey = Survey()
    bins = ((np.asarray(log_incomes) - LOWEST) / WIDTH).astype(int)
    survey.persons[2015] = np.zeros((3, SHARES, BINS))
    survey.persons[2015][consumption, int(share * SHARES)] = np.bincount(bins, minlength=BINS)
    survey.line[2015] = 2800.0
    return survey


@pytest.mark.parametrize(("consumption", "lines"), [(0, 1.2), (1, 1.0)])
def test_the_official_count_looks_at_income_and_consumption(consumption, lines):
    """Who consumes less than a line is poor up to 1.2 lines of income; who consumes up to 1.2 lines, up to one."""
    incomes = np.linspace(1000.0, 5000.0, 400_001)
    survey = survey_of(np.log(incomes), consumption=consumption)
    assert survey.incidence(2015, Noise()) == pytest.approx((lines * 2800 - 1000) / 4000, abs=0.002)
    assert survey.income_incidence(2015) == pytest.approx(1800 / 4000, abs=0.002)


def test_who_consumes_much_is_not_poor_for_one_bad_year():
    survey = survey_of(np.log([100.0, 200.0]), consumption=2)
    assert survey.incidence(2015, Noise(0.3, 0.8)) == 0
    assert survey.income_incidence(2015) == 1


def test_the_second_criterion_is_the_one_of_the_source():
    assert load_evidence()["cn_second_criterion"].value == SECOND_CRITERION == INCOME_BELOW[0]


def test_a_survey_of_a_lognormal_is_the_closed_form_with_noise_and_without():
    """Mean 6,000 and log sd 0.6, told with noise of 0.3: a lognormal with the same mean and log sd 0.6708."""
    from scipy.special import ndtr, ndtri

    quantiles = ndtri((np.arange(200_000) + 0.5) / 200_000)
    survey = survey_of(math.log(6000) - 0.18 + 0.6 * quantiles)
    for noise, spread in ((0.0, 0.6), (0.3, math.hypot(0.6, 0.3))):
        below = ndtr((math.log(2800 / 6000) + spread**2 / 2) / spread)
        assert survey.incidence(2015, Noise(whole=noise)) == pytest.approx(below, abs=0.001)
        lowest = 5 * 6000 * ndtr(ndtri(0.2) - spread)
        told, business = survey.lowest_fifth(2015, Noise(whole=noise))
        assert told == pytest.approx(lowest, rel=0.005)
        assert business == pytest.approx(0.45), "noise of all income leaves its split as it is"


@pytest.mark.parametrize(("share", "whole"), [(0.45, 0.0), (0.45, 0.2), (0.95, 0.2), (0.05, 0.0)])
def test_noise_of_business_accounts_is_what_a_large_survey_would_hear(share, whole):
    """Two million interviews: true income lognormal, its business part told with noise of its own, then all of it."""
    luck = np.random.default_rng(3).standard_normal((3, 2_000_000))
    true = 6000 * np.exp(0.6 * luck[0] - 0.18)
    business = share * true * np.exp(0.8 * luck[1] - 0.32)
    blur = np.exp(whole * luck[2] - whole**2 / 2)
    told, business = ((1 - share) * true + business) * blur, business * blur
    lowest = told <= np.quantile(told, 0.2)
    survey = survey_of(np.log(true), share)
    noise = Noise(whole=whole, business=0.8)
    assert survey.told(2015, noise)[:, 0].sum() == pytest.approx(2_000_000)
    assert survey.incidence(2015, noise) == pytest.approx((told < 2800).mean(), abs=0.002)
    mean, part = survey.lowest_fifth(2015, noise)
    assert mean == pytest.approx(told[lowest].mean(), rel=0.01)
    assert part == pytest.approx(business[lowest].sum() / told[lowest].sum(), abs=0.005)


def test_a_survey_sorts_households_by_what_they_consume_and_the_share_of_business_in_their_december():
    """Two of three persons live on farming alone, one on wages alone; in other months nobody is asked."""
    survey = Survey()
    h = SimpleNamespace(income_12_months=np.array([4000.0, 3000.0]), members=np.array([2, 1]), village=np.array([0, 0]))
    f = SimpleNamespace(
        farm=np.array([300.0, 0.0]),
        wage=np.array([0.0, 200.0]),
        property=np.zeros(2),
        transfer=np.zeros(2),
        consumption=np.array([2.0, 1.0]) * [2700 / 12, 3000 / 12],
    )
    world = SimpleNamespace(h=h, f=f, v=SimpleNamespace(weight=np.ones(1)), now=SimpleNamespace(survey_line=2800.0))
    survey.look(SimpleNamespace(month=2015 * 12 + 10))
    assert survey.persons == {}
    world.month = 2015 * 12 + 11
    survey.look(world)
    assert survey.persons[2015].sum(axis=2).tolist() == [
        [*[0.0] * (SHARES - 1), 2.0],  # 2,700 yuan a head, all from the farm
        [1.0, *[0.0] * (SHARES - 1)],  # 3,000 yuan, less than 3,360
        [0.0] * SHARES,
    ]
    assert survey.incidence(2015, Noise()) == pytest.approx(2 / 3)
