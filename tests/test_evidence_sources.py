"""The registry holds what its sources list: no row is lost, and every known conflict is stated in both rows."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from calibration.evidence import load_evidence
from calibration.evidence.reading import treatments

REGISTRY = load_evidence()

# Pairs that disagree, by the numbers of the list of known conflicts; each row must name the other.
KNOWN_CONFLICTS = {
    1: ["gz_workshops_2018 gz_workshops_2020", "gz_workshop_emp_2018 gz_workshop_emp_2020"],
    2: ["gz_emp_2018 gz_emp_2020", "gz_emp_2018 gz_ind_self_hh"],
    3: ["gz_ind_hh_2018 gz_ind_hh_2020", "gz_ind_cov_2018 gz_ind_cov_2020"],
    4: ["gz_villages_2015 gz_villages_poor", "gz_villages_exit_2018 gz_villages_exit_all"],
    5: ["gz_plan_lift_2018 gz_lifted_2016_2018", "gz_reloc_total_total gz_reloc_done"],
    6: ["gz_lifted_2016_2018 gz_poor_2015", "gz_lifted_2016_2018 gz_poor_2018"],
    7: ["gz_inc_2011 gz_registered_poor", "gz_inc_2011 gz_poor_2015", "gz_cumred_2012_2019 gz_registered_poor"],
    8: ["gz_poor_hh_2015 gz_poor_2015"],
    9: ["gz_dibao_2016 line_2016", "gz_dibao_2020 line_2020", "gz_dibao_fallback gz_dibao_spend"],
    10: ["gz_fund_2016_2019 gz_fund_city_county", "gz_fund_integrated gz_loans", "gz_aid_funds gz_loans"],
    11: ["gz_ncms_city_inpatient gz_reimb_rate", "gz_ncms_city_inpatient gz_oop_cap"],
    12: ["ak_poor_2018 ak_inc_2012", "ak_poor_2012 ak_inc_2018"],
    13: ["ak_paired_hh ak_poor_2018", "ak_inc_2012 ak_income_2015"],
    14: ["nc_income_2019 nc_dibao_n", "nc_income_2019 nc_wubao_n"],
    15: ["nc_public_posts nc_dibao_n", "nc_emp nc_dibao_n", "nc_emp_rate nc_dibao_n"],
    16: ["gz_inc_2019 gz_leaders_accountable", "gz_inc_2019 gz_corruption_cases", "cn_poor_2019 cn_poor_2020"],
    17: ["cn_return_2016_approx cn_return_2016_recalled", "cn_inc_2017 pa_low_wage_2017"],
}
# How many rows by region and kind were typed from the five documents and from public pages, counted in those lists.
IN_DOCUMENTS = {
    "ankang": {"parameter": 1, "reported_input": 17, "reported_outcome": 18},
    "ganzhou": {"derived": 1, "parameter": 14, "plan_target": 61, "reported_input": 42, "reported_outcome": 61},
    "nanchang_county": {"derived": 1, "parameter": 1, "reported_input": 17, "reported_outcome": 18},
}
ON_PAGES = {
    "ankang": {"reported_outcome": 3},
    "china": {"derived": 1, "parameter": 41, "reported_outcome": 60},
    "china_8_minority_provinces": {"reported_outcome": 1},
    "china_8_provinces": {"parameter": 1},
    "china_central": {"parameter": 1, "reported_outcome": 4},
    "china_deep_poverty_counties": {"reported_outcome": 1},
    "china_east": {"reported_outcome": 4},
    "china_poor_areas": {"reported_outcome": 13},
    "china_poor_areas_low_quintile": {"reported_outcome": 2},
    "china_poor_counties": {"reported_outcome": 14},
    "china_west": {"reported_outcome": 6},
    "ethiopia_rural_small_town": {"derived": 1, "reported_outcome": 1},
    "ganzhou": {"reported_outcome": 11},
    "guizhou_17_villages": {"parameter": 1},
    "jiangxi": {"reported_outcome": 5},
    "luoxiao_mountains": {"reported_outcome": 1},
    "nanchang_city": {"reported_outcome": 1},
    "northwest_china_6_counties": {"parameter": 1},
    "one_chinese_county": {"parameter": 1},
    "shaanxi": {"reported_outcome": 1},
    "shaanxi_county_b": {"parameter": 1},
    "shanxi": {"reported_outcome": 1},
    "yanbian": {"parameter": 1},
}
A_DOCUMENT = re.compile(r"\d{3}_[0-9a-f]{16}\.txt")


@pytest.mark.parametrize("number", KNOWN_CONFLICTS)
def test_known_conflicts_are_in_the_registry(number):
    for pair in KNOWN_CONFLICTS[number]:
        one, other = pair.split()
        assert other in REGISTRY[one].conflicts
        assert one in REGISTRY[other].conflicts


def test_both_rows_of_a_conflict_say_the_same_about_it():
    silent = [
        (each.id, other)
        for each in REGISTRY.values()
        for other in each.conflicts
        if not any({each.id, other} == set(said.ids) for said in treatments([each, REGISTRY[other]]))
    ]
    assert silent == []


def test_rows_that_differ_on_one_quantity_name_each_other():
    rows = list(REGISTRY.values())
    silent = [
        (one.id, other.id)
        for i, one in enumerate(rows)
        for other in rows[i + 1 :]
        if (one.region, one.quantity, one.date) == (other.region, other.quantity, other.date)
        and one.value != pytest.approx(other.value, rel=0.005)  # a rounded figure is no other figure
        and other.id not in one.conflicts
    ]
    assert silent == []


@pytest.mark.parametrize("typed", [IN_DOCUMENTS, ON_PAGES], ids=["documents", "pages"])
def test_no_row_of_the_sources_is_lost(typed):
    rows = [each for each in REGISTRY.values() if not each.id.startswith("prior_")]
    of_documents = typed is IN_DOCUMENTS
    there_are = Counter(
        (each.region, each.kind) for each in rows if bool(A_DOCUMENT.fullmatch(each.address)) == of_documents
    )
    expected = {(region, kind): count for region, kinds in typed.items() for kind, count in kinds.items()}
    assert {key: there_are[key] for key, count in expected.items() if there_are[key] < count} == {}
