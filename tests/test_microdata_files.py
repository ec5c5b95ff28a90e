"""Files of households that can not be read or lack something: one plain line each, exit code 2, never a traceback."""

import pandas as pd
import pytest
from own_survey import COLUMNS, IMPUTE, put, survey
from typer.testing import CliRunner

from sim.cli import app
from sim.microdata.check import read_table
from sim.microdata.problems import FIRST_ROWS
from sim.scenario import ScenarioError, load_scenario

SOURCES = [name for name in COLUMNS if name.endswith("_income")]


def problems(scenario, *settings):
    """Texts of what is wrong with a scenario or its file."""
    with pytest.raises(ScenarioError) as caught:
        read_table(load_scenario(scenario, settings).scenario)
    return [str(problem) for problem in caught.value.problems]


def only(found):
    assert len(found) == 1, found
    return found[0]


def without(*names):
    return {name: column for name, column in COLUMNS.items() if name not in names}


# the file


def test_no_file(tmp_path):
    scenario = put(tmp_path)
    (tmp_path / "survey.csv").rename(tmp_path / "surveys.csv")
    text = only(problems(scenario))
    assert f"no such file: {tmp_path}/survey.csv; did you mean surveys.csv?" in text
    assert text.startswith(f"{scenario}:3:")


@pytest.mark.parametrize("name", ["../survey.csv", "/etc/survey.csv", "inside/../../survey.csv"])
def test_a_file_outside_of_the_scenarios_folder(name, tmp_path):
    (tmp_path / "scenarios").mkdir()
    scenario = put(tmp_path / "scenarios")
    survey().to_csv(tmp_path / "survey.csv", index=False)
    assert "lies outside the scenario's folder" in only(problems(scenario, f"population.microdata={name}"))


def test_a_link_that_leads_outside(tmp_path):
    (tmp_path / "scenarios").mkdir()
    scenario = put(tmp_path / "scenarios")
    (tmp_path / "scenarios" / "survey.csv").rename(tmp_path / "survey.csv")
    (tmp_path / "scenarios" / "survey.csv").symlink_to(tmp_path / "survey.csv")
    assert "lies outside" in only(problems(scenario))


def test_a_file_below_the_scenarios_folder_is_read(tmp_path):
    scenario = put(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "survey.csv").rename(tmp_path / "data" / "survey.csv")
    assert len(read_table(load_scenario(scenario, ["population.microdata=data/survey.csv"]).scenario)) == 60


def test_a_kind_that_is_not_read(tmp_path):
    scenario = put(tmp_path)
    (tmp_path / "survey.csv").rename(tmp_path / "survey.xlsx")
    text = only(problems(scenario, "population.microdata=survey.xlsx"))
    assert text.endswith("survey.xlsx is of no kind that is read; allowed: .csv, .parquet, .dta")


@pytest.mark.parametrize("suffix", ["parquet", "dta", "csv"])
@pytest.mark.parametrize("how", ["empty", "cut", "noise"])
def test_a_damaged_file(suffix, how, tmp_path):
    scenario = put(tmp_path, f"survey.{suffix}")
    file = tmp_path / f"survey.{suffix}"
    whole = file.read_bytes()
    file.write_bytes({"empty": b"", "cut": whole[: len(whole) // 2], "noise": b"\x81\xff\x00" * 1000}[how])
    found = CliRunner().invoke(app, ["validate", str(scenario)])
    assert (found.exit_code, "Traceback" in found.output) == (2, False)
    assert all(line.startswith(f"{file}: ") for line in found.output.splitlines())
    if suffix != "csv":
        named = {"parquet": "Parquet", "dta": "a Stata file"}[suffix]
        assert f"can not be read as {named}: " in found.output


def test_rows_of_other_lengths(tmp_path):
    scenario = put(tmp_path)
    with (tmp_path / "survey.csv").open("a") as file:
        file.write("1,2,3\n")
    assert "can not be read as CSV" in only(problems(scenario))


def test_a_table_without_rows(tmp_path):
    assert "holds no household" in only(problems(put(tmp_path, frame=survey().head(0))))


def test_columns_that_stand_twice(tmp_path):
    scenario = put(tmp_path)
    frame = survey()
    frame.columns = ["人口" if name == "老人" else name for name in frame]
    frame.to_csv(tmp_path / "survey.csv", index=False)
    assert only(problems(scenario)).endswith("columns stand twice: 人口")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(encoding, tmp_path):
    scenario = put(tmp_path)
    survey().to_csv(tmp_path / "survey.csv", index=False, encoding=encoding)
    table = read_table(load_scenario(scenario).scenario)
    assert table.values["id"][0] == "0001"
    assert table.values["village"][0] == "柳湾"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_yes_and_no_in_chinese(encoding, tmp_path):
    scenario = put(tmp_path)
    frame = survey()
    frame[COLUMNS.get("chronic", "chronic")] = ["是", "否"] * (len(frame) // 2) + ["是"] * (len(frame) % 2)
    frame.to_csv(tmp_path / "survey.csv", index=False, encoding=encoding)
    table = read_table(load_scenario(scenario).scenario)
    assert table.values["chronic"][:4].tolist() == [1, 0, 1, 0]


def test_another_encoding(tmp_path):
    scenario = put(tmp_path)
    survey().to_csv(tmp_path / "survey.csv", index=False, encoding="utf-16")
    assert "can not be read as CSV: it is text in no known encoding; allowed: UTF-8, GB18030" in only(
        problems(scenario)
    )


def test_a_stata_file_whose_text_is_not_utf_8(tmp_path):
    """It says that it is UTF-8, so that whatever else it is can only be guessed."""
    scenario = put(tmp_path, "survey.dta")
    file = tmp_path / "survey.dta"
    file.write_bytes(file.read_bytes().replace("柳湾".encode(), "柳湾".encode("gb18030") + b"  "))
    assert "can not be read as a Stata file" in only(problems(scenario))


def test_a_file_that_changes_after_the_scenario_was_read(tmp_path):
    scenario = load_scenario(put(tmp_path)).scenario
    survey().head(50).to_csv(tmp_path / "survey.csv", index=False)
    with pytest.raises(ScenarioError, match="has changed since the scenario was read"):
        read_table(scenario)


def test_other_contents_than_stated(tmp_path):
    scenario = put(tmp_path)
    stated = load_scenario(scenario).scenario.population.microdata_sha256
    pinned = f"population.microdata_sha256='{stated}'"
    assert len(read_table(load_scenario(scenario, [pinned]).scenario)) == 60
    survey().head(50).to_csv(tmp_path / "survey.csv", index=False)
    assert "has other contents: sha256" in only(problems(scenario, pinned))


# the columns


def test_a_column_that_is_not_there(tmp_path):
    text = only(problems(put(tmp_path, columns={**COLUMNS, "assets": "存款数"})))
    assert 'column "assets" (yours: "存款数"): there is no such column; did you mean 存款?; allowed: 户编号, 县' in text


def test_an_attribute_that_is_needed(tmp_path):
    found = problems(put(tmp_path, columns=without("chronic", "members")))
    assert [text.partition(": ")[2] for text in found] == [
        'column "chronic": is missing; allowed: a column of that name, or columns: {chronic: …}, or impute: [chronic]',
        'column "members": is missing; allowed: a column of that name, or columns: {members: …}',
    ]


def test_an_attribute_that_there_is_not(tmp_path):
    text = only(problems(put(tmp_path, columns={**COLUMNS, "worker": "劳动力"})))
    assert "population.columns.worker: 'worker' is not known; did you mean workers?" in text


def test_what_can_not_be_imputed(tmp_path):
    text = only(problems(put(tmp_path, impute=[*IMPUTE, "members"])))
    assert "'members' is not known" in text


def test_weights_that_are_not_there(tmp_path):
    assert 'column "weights" (yours: "权")' in only(problems(put(tmp_path, weights="权")))


def test_incomes_said_twice_or_not_at_all(tmp_path):
    frame = survey().assign(income=1000.0)
    text = only(problems(put(tmp_path, frame=frame)))
    assert "says twice what a household earns, in farm_income and income" in text
    assert "says nothing of incomes" in only(problems(put(tmp_path, columns=without(*SOURCES), impute=IMPUTE)))


def test_shares_beside_sources(tmp_path):
    frame = survey().assign(farm_share=0.5)
    assert 'column "farm_share": has no effect' in only(problems(put(tmp_path, frame=frame)))
    assert 'column "wage_share": has no effect' in only(problems(put(tmp_path, impute=[*IMPUTE, "wage_share"])))


@pytest.mark.parametrize("key", ["columns={id: x}", "weights=w", "impute=[debt]", "microdata_sha256=ab"])
def test_keys_without_a_file(key, tmp_path):
    put(tmp_path)
    text = only(problems(tmp_path / "small.yaml", f"population.{key}"))
    assert "has no effect without microdata" in text


# rows


def test_many_rows_with_one_problem_are_counted(tmp_path):
    """The first three, and how many more."""
    frame = survey()
    frame[COLUMNS["assets"]] = -1.0
    found = problems(put(tmp_path, frame=frame))
    assert len(found) == FIRST_ROWS + 1 == 4
    assert found[-1].endswith(f'row 4: column "assets" (yours: "{COLUMNS["assets"]}"): the same in 57 more rows')


def test_all_problems_at_once_and_exit_code_2(tmp_path):
    frame = survey().astype({COLUMNS["county"]: object})
    frame.loc[2, COLUMNS["county"]] = "eest"
    frame.loc[7, COLUMNS["workers"]] = 19
    frame.loc[9, "权重"] = float("nan")
    scenario = put(tmp_path, frame=frame)
    for command in (["validate"], ["run", "--quiet", "--out", str(tmp_path / "out")], ["households"]):
        found = CliRunner().invoke(app, [command[0], str(scenario), *command[1:]])
        assert (found.exit_code, "Traceback" in found.output) == (2, False)
        assert "row 10" in found.output
    assert not (tmp_path / "out").exists()


def test_designated_villages_where_the_scenario_has_none(tmp_path):
    none = {"count": 0, "households": 0, "persons": 0}
    settings = ["instruments.village_roads.off=true", "register.village_exit.since=2016-12"]
    found = problems(put(tmp_path, poor_villages=none), *settings)
    assert 'column "severity" (yours: "贫困程度"): designated, but population.poor_villages.count is 0' in found[0]


def export_with(tmp_path, **changes):
    """An export of the survey with other cells, and the scenario that runs it."""
    scenario, out = put(tmp_path), tmp_path / "all.parquet"
    assert CliRunner().invoke(app, ["households", str(scenario), "--out", str(out), "--force"]).exit_code == 0
    frame = pd.read_parquet(out)
    for name, change in changes.items():
        frame[name] = change(frame[name])
    frame.to_parquet(out)
    return out.with_suffix(".yaml")


def test_keys_that_are_none(tmp_path):
    half = export_with(tmp_path, key=lambda keys: keys.astype(str).where(keys.index != 1, "4x"))
    assert "row 2: column \"key\": '4x' is no key" in problems(half)[0]


def test_keys_of_other_villages(tmp_path):
    """A household whose key was another one's, and villages that share their half of it."""
    twice = export_with(tmp_path, key=lambda keys: keys.where(keys.index != 1, keys[0]))
    assert "stands in row 1 already" in only(problems(twice))
    other = export_with(tmp_path, key=lambda keys: keys.where(keys.index != 1, keys.iloc[-1] + 1))
    found = problems(other)
    assert any("differs from row 1 of the same village" in text for text in found)
    assert any("belongs to another village" in text for text in found)


def test_a_farm_share_without_a_wage_share(tmp_path):
    scenario = export_with(tmp_path, farm_share=lambda share: share.where(share.index != 4))
    found = problems(scenario, "population.impute=[farm_share, wage_share]")
    assert 'row 5: column "farm_share": farm_share and wage_share go together' in only(found)


def test_shares_that_leave_nothing(tmp_path):
    scenario = export_with(tmp_path, farm_share=lambda share: share * 0 + 0.99)
    assert "which income.property_share leaves" in problems(scenario)[0]
