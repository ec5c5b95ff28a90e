"""The evidence registry: what it refuses, what it holds, and arithmetic over it."""

import shutil
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.evidence import (
    CONFIDENCES,
    FOLDER,
    KINDS,
    EvidenceError,
    evidence_hash,
    load_evidence,
)
from calibration.evidence.expression import evaluate, ids_in

GOOD = {
    "id": "tea_2016",
    "region": "hill_county",
    "quantity": "tea_gardens",
    "value": "12.5",
    "unit": "mu",
    "date": "2016/2018",
    "as_of": "2019-01-25",
    "definition": "Area of tea gardens of poor households.",
    "source": "County gazette",
    "address": "none seen",
    "kind": "reported_outcome",
    "confidence": "in_document",
    "conflicts": "",
    "treatment": "",
    "note": "",
}


def write(folder, *rows, name="county.csv"):
    """Write rows as a registry of one file, and return its folder."""
    lines = [",".join(row.values()) for row in rows]
    (folder / name).write_text("\n".join([",".join(GOOD), *lines]) + "\n", encoding="utf-8")
    return folder


def problems_of(folder):
    """Return what the loader says against a registry."""
    with pytest.raises(EvidenceError) as caught:
        load_evidence(folder)
    return caught.value.problems


def test_a_complete_row_is_read(tmp_path):
    row = load_evidence(write(tmp_path, GOOD))["tea_2016"]
    assert (row.value, row.unit, row.date, row.conflicts) == (12.5, "mu", "2016/2018", ())


@pytest.mark.parametrize("column", [name for name in GOOD if name not in ("conflicts", "treatment", "note")])
def test_a_required_cell_must_not_be_empty(tmp_path, column):
    (problem,) = problems_of(write(tmp_path, GOOD | {column: ""}))
    assert problem.endswith(f": {column} is empty")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"id": "Tea 2016"}, "small letters"),
        ({"value": "1.2万"}, "'1.2万' is no number"),
        ({"value": "nan"}, "'nan' is no number"),
        ({"value": "inf"}, "'inf' is no number"),
        ({"date": "mid-2016"}, "date 'mid-2016' is no year"),
        ({"date": "2016-13"}, "date '2016-13' is no year"),
        ({"as_of": "2019-1-25"}, "as_of '2019-1-25' is no year"),
        ({"kind": "outcome"}, "kind 'outcome' is none of reported_outcome, "),
        ({"confidence": "sure"}, "confidence 'sure' is none of verified_in_source, "),
        ({"conflicts": "tea_2017", "treatment": "Use it."}, "'tea_2017', which is no id"),
        ({"conflicts": "tea_2016"}, "treatment must say"),
    ],
)
def test_a_wrong_cell_is_refused(tmp_path, cells, said):
    (problem,) = problems_of(write(tmp_path, GOOD | cells))
    assert problem.startswith("county.csv:2: ")
    assert said in problem


@pytest.mark.parametrize("date", ["2016", "2016-05", "2016-05-31", "2016/2018", "2016-05/2016-09", "undated"])
def test_every_form_of_date_is_read(tmp_path, date):
    assert load_evidence(write(tmp_path, GOOD | {"date": date}))["tea_2016"].date == date


def test_an_id_may_stand_once_in_all_files(tmp_path):
    write(tmp_path, GOOD)
    assert problems_of(write(tmp_path, GOOD, name="village.csv")) == [
        "village.csv:2: tea_2016: the id stands already in county.csv:2"
    ]


def test_all_problems_are_named_at_once_with_their_lines(tmp_path):
    rows = [
        GOOD | {"value": "many", "unit": ""},
        GOOD | {"id": "tea_2017"},
        GOOD | {"id": "tea_2018", "kind": "x"},
    ]
    assert [problem.split(": ")[0] for problem in problems_of(write(tmp_path, *rows))] == [
        "county.csv:2",
        "county.csv:2",
        "county.csv:4",
    ]


def test_a_row_that_conflicts_with_a_refused_row_is_not_blamed(tmp_path):
    good = GOOD | {"id": "tea_2017", "conflicts": "tea_2016", "treatment": "Use this one."}
    (problem,) = problems_of(write(tmp_path, GOOD | {"unit": ""}, good))
    assert problem == "county.csv:2: tea_2016: unit is empty"


def test_rows_and_headers_of_another_shape_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text(",".join(GOOD) + "\ntea_2016,hill_county\n")
    (tmp_path / "b.csv").write_text("id,value\ntea_2017,3\n")
    (tmp_path / "c.csv").write_bytes("县".encode("gbk"))
    short, header, coding = problems_of(tmp_path)
    assert short == "a.csv:2: tea_2016: 2 cells where 15 are needed"
    assert header.startswith("b.csv:1: header: the columns must be id,region,")
    assert coding.startswith("c.csv:1: file: it is not UTF-8 text")


def test_a_folder_without_a_registry_is_refused(tmp_path):
    (problem,) = problems_of(tmp_path)
    assert problem.endswith("no CSV file stands here")


def test_a_spreadsheet_may_save_a_byte_order_mark(tmp_path):
    path = write(tmp_path, GOOD) / "county.csv"
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert list(load_evidence(tmp_path)) == ["tea_2016"]


def test_the_hash_changes_with_one_byte_and_not_with_the_folder(tmp_path):
    copy = shutil.copytree(FOLDER, tmp_path / "copy")
    assert evidence_hash(copy) == evidence_hash()
    path = copy / "ankang.csv"
    path.write_bytes(path.read_bytes().replace(b"40.7", b"40.8", 1))
    assert evidence_hash(copy) != evidence_hash()


@pytest.fixture(scope="module")
def registry():
    return load_evidence()


@pytest.mark.parametrize(
    ("prefix", "rows"),
    [
        ("line_20", 11),  # 2010 to 2020
        ("cn_poor_", 11),  # 2010 to 2020
        ("cn_inc_", 10),  # 2010 to 2019
        ("gz_dibao_20", 6),  # 2015 to 2020
        ("gz_reloc_", 24),  # six times persons, poor and others; four kinds of site; job rule; done
        ("gz_pv_", 16),  # the paragraph on poor villages, and photovoltaic households
        ("census_", 14),
        ("prior_", 66),  # 22 parameters, three values each
    ],
)
def test_series_are_whole(registry, prefix, rows):
    assert sum(name.startswith(prefix) for name in registry) == rows


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        # article of May 2020
        ("gz_inc_2011", 26.71, "percent"),
        ("gz_inc_2019", 0.37, "percent"),
        ("gz_cumred_2012_2019", 1_920_600, "persons"),
        ("gz_registered_poor", 1_150_000, "persons"),
        ("gz_fund_2016_2019", 78_878_000_000, "yuan"),
        ("gz_workshops_2020", 946, "workshops"),
        # article of January 2019
        ("gz_lifted_2016_2018", 463_000, "persons"),
        ("gz_reloc_done", 20_819, "persons"),
        ("gz_workshop_wage", 1741, "yuan_per_month"),
        ("gz_dibao_spend", 3_140_000_000, "yuan"),
        ("gz_reimb_rate", 93.13, "percent"),
        # five-year plan
        ("gz_poor_2015", 702_400, "persons"),
        ("gz_poor_hh_2015", 308_200, "households"),
        ("gz_plan_lift_2018", 202_400, "persons"),
        ("gz_dibao_2020", 5640, "yuan_per_person_year"),
        ("gz_pv_pop_total", 1_990_600, "persons"),
        ("gz_dibao_fallback", 391_800, "persons"),
        # Ankang, Nanchang County
        ("ak_inc_2012", 40.7, "percent"),
        ("ak_factory_emp", 17_632, "persons"),
        ("nc_income_2019", 11_054.9, "yuan_per_person_year"),
        ("nc_exit_pop", 11_643, "persons"),
        # public pages
        ("line_2011", 2536, "yuan_per_person_year"),
        ("gz_income_2018", 10_782, "yuan_per_person_year"),
        ("gz_poor_2016", 431_400, "persons"),
    ],
)
def test_figures_typed_from_their_sources_stand_in_the_registry(registry, name, value, unit):
    assert (registry[name].value, registry[name].unit) == (value, unit)


@pytest.mark.parametrize("group", ["total", "poor", "sync"])
def test_the_five_relocation_modes_add_up_to_the_plan(registry, group):
    modes = ("city", "industrial_park", "township", "central_village", "dispersed")
    parts = [registry[f"gz_reloc_{mode}_{group}"].value for mode in modes]
    assert sum(parts) == registry[f"gz_reloc_total_{group}"].value


def test_the_plan_lifts_everybody_out_and_every_village(registry):
    persons = evaluate("gz_plan_lift_2016 + gz_plan_lift_2017 + gz_plan_lift_2018", registry)
    villages = evaluate("gz_plan_villages_2016 + gz_plan_villages_2017 + gz_plan_villages_2018", registry)
    assert persons == registry["gz_poor_2015"].value
    assert villages == registry["gz_villages_2015"].value


def test_the_village_groups_add_up(registry):
    groups = "gz_pv_groups_severe + gz_pv_groups_moderate + gz_pv_groups_mild"
    assert evaluate(groups, registry) == registry["gz_pv_groups"].value


def test_priors_are_in_order(registry):
    names = [name.removesuffix("_low") for name in registry if name.startswith("prior_") and name.endswith("_low")]
    assert len(names) == 22
    for name in names:
        low, central, high = (registry[f"{name}_{end}"].value for end in ("low", "central", "high"))
        assert low <= central <= high, name


def test_conflicts_are_mutual(registry):
    one_sided = [
        (name, other)
        for name, row in registry.items()
        for other in row.conflicts
        if name not in registry[other].conflicts
    ]
    assert one_sided == []


def test_a_plan_is_a_plan_and_every_kind_occurs(registry):
    kinds = Counter(row.kind for row in registry.values())
    assert set(kinds) == set(KINDS)
    assert {row.confidence for row in registry.values()} == set(CONFIDENCES)
    assert all(row.kind == "plan_target" for name, row in registry.items() if "_plan_lift_" in name)


def test_no_recalled_figure_claims_an_address_it_was_read_at(registry):
    recalled = [row for row in registry.values() if row.confidence == "recalled_unverified"]
    assert {row.address for row in recalled} <= {"none seen", "public.csv"}


def test_the_packaged_registry_can_not_be_spoilt_by_its_readers(registry):
    load_evidence().clear()
    assert load_evidence() == registry


def test_an_expression_is_evaluated(registry):
    assert evaluate("gz_pv_pop_total / gz_pv_hh_total", registry) == pytest.approx(4.3105, abs=1e-4)
    assert evaluate("-(gz_inc_2019 - 1) * 2", registry) == pytest.approx(1.26)
    assert evaluate(" 3e2 ", registry) == 300


def test_ids_are_listed_once_in_the_order_of_mention():
    assert ids_in("(beta + alpha) / beta - 2 * gamma") == ["beta", "alpha", "gamma"]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("gz_pv_pop_totl / gz_pv_hh_totel", "did you mean 'gz_pv_pop_total'?"),
        ("qqqq + 1", "no evidence has the id 'qqqq'"),
        ("", "no arithmetic expression"),
        ("gz_inc_2011 gz_inc_2019", "no arithmetic expression"),
        ("2 ** 9", "only evidence ids"),
        ("gz_inc_2011.value", "only evidence ids"),
        ("max(1, 2)", "only evidence ids"),
        ("__import__('os')", "only evidence ids"),
        ("True + 1", "only evidence ids"),
        ("'2' + 1", "only evidence ids"),
        ("1 if 1 else 2", "only evidence ids"),
        ("1 / (gz_inc_2011 - gz_inc_2011)", "division by zero"),
        ("1e308 * 10", "no finite value"),
        ("1" * 400, "too large"),
    ],
)
def test_what_is_no_expression_over_evidence_is_refused(registry, expression, said):
    with pytest.raises(EvidenceError) as caught:
        evaluate(expression, registry)
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["1 + " * 5000 + "1", "(" * 300 + "1" + ")" * 300], ids=["long", "deep"])
def test_an_expression_too_deep_to_walk_is_refused(registry, text):
    with pytest.raises(EvidenceError):
        evaluate(text, registry)


def test_every_unknown_id_is_named(registry):
    with pytest.raises(EvidenceError) as caught:
        evaluate("gz_pv_pop_totl / gz_pv_hh_totel", registry)
    assert len(caught.value.problems) == 2


EXPRESSIONS = st.recursive(
    st.integers(0, 99).map(str) | st.sampled_from(["gz_inc_2011", "gz_workshop_wage"]),
    lambda part: st.tuples(part, st.sampled_from("+-*/"), part).map(lambda three: f"({' '.join(three)})"),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_expressions_mean_what_python_means_by_them(expression):
    registry = load_evidence()
    names = {name: registry[name].value for name in ids_in(expression)}
    try:
        expected = float(eval(expression, {}, names))
    except ZeroDivisionError:
        with pytest.raises(EvidenceError):
            evaluate(expression, registry)
    else:
        assert evaluate(expression, registry) == expected
