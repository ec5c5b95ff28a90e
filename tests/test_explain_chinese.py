"""`povsim explain --lang zh` leaves no English behind, and says the same as the English text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from calibration.evidence import load_evidence
from sim.cli import app
from sim.language import CHINESE, ENGLISH, Language, chinese
from sim.scenario import explain, load_scenario
from sim.scenario.wording import columns, date, joined, number, paragraph, percent

SCENARIOS = Path(__file__).parents[1] / "scenarios"
COMPLETE = sorted(SCENARIOS.glob("*.yaml"))
COUNTERFACTUALS = sorted(SCENARIOS.glob("counterfactuals/**/*.yaml"))
# Two words of English; a journal and a quoted command keep their names.
ENGLISH_WORDS = re.compile(r"\b(?!PLOS One)[A-Za-z]{2,} [A-Za-z]{2,}\b")
COMMAND = re.compile(r"“povsim[^”]*”")
EVERY_CONDITION = (
    "instruments.training.eligible={exited: false, monitored: false, poor_village: false, safe_house: true, "
    "safe_water: true, chronic: false, causes: [no_skills, illness], students: '>1', elderly: '<2', members: '==3'}"
)


def unwrapped(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module", params=COMPLETE, ids=lambda path: path.stem)
def told(request: pytest.FixtureRequest) -> str:
    return explain(load_scenario(request.param), load_evidence(), CHINESE)


def test_no_english_is_left(told: str) -> None:
    assert ENGLISH_WORDS.findall(COMMAND.sub("", told)) == []


def test_lines_fit_a_page(told: str) -> None:
    assert max(columns(line) for line in told.splitlines() if re.search(r"[^!-~]", line)) <= 104


class Recorder(Language):
    """Notes what a scenario says in its own words."""

    def own(self, text: str) -> str:
        OWN.add(text)
        return super().own(text)


OWN: set[str] = set()


@pytest.mark.parametrize("path", COMPLETE, ids=lambda path: path.stem)
def test_everything_that_a_shipped_region_says_is_translated(path: Path) -> None:
    """What fails here stands in the scenario and not yet in sim/language/zh/scenarios.toml."""
    OWN.clear()
    explain(load_scenario(path), load_evidence(), Recorder("zh"))
    assert sorted(text for text in OWN if text not in chinese() and re.search(r"[A-Za-z]{2}", text)) == []


@pytest.mark.parametrize("path", COUNTERFACTUALS, ids=lambda path: path.stem)
def test_every_counterfactual_can_be_told(path: Path) -> None:
    """Nothing that a change can bring lacks its sentence."""
    assert "建档立卡" in explain(load_scenario(path), load_evidence(), CHINESE)


@pytest.mark.parametrize(
    ("settings", "sentences"),
    [
        (["register.off=true"], ["已关闭：无人建档立卡。"]),
        (["population.scale=0.05"], ["5%的村庄参加模拟"]),
        (["instruments.training.uptake=0.5"], ["被动员的户中有50%（无来源）参加", "没有来源的数字"]),
        (
            [EVERY_CONDITION],
            [
                "在建档立卡、未脱贫、非监测对象、不在贫困村、住房安全、饮水安全、无慢性病人或残疾人、"
                "有至少1名劳动力、多于1名学生、少于2名老人、恰好3名家庭成员、致贫原因为缺技术、因病的农户中"
            ],
        ),
        (
            ["shocks=[{kind: price, crop: orchards, county: ruijin, from: 2016-01, months: 12, change: -0.4}]"],
            ["冲击：自2016年1月起12个月，瑞金果品价格下降40%。"],
        ),
        (
            ["shocks=[{kind: disaster, villages: poor, from: 2016-01, months: 1, change: -0.5}]"],
            ["冲击：自2016年1月起1个月，各县贫困村农业收入下降50%。"],
        ),
    ],
)
def test_what_a_change_brings_is_told(settings: list[str], sentences: list[str]) -> None:
    text = unwrapped(explain(load_scenario(SCENARIOS / "ganzhou.yaml", settings), load_evidence(), CHINESE))
    for sentence in sentences:
        assert sentence in text


@pytest.mark.parametrize(
    "sentence",
    [
        "自2011年12月至2020年12月，逐月模拟。",
        "农村人口729万人",
        "贫困标准与收入",
        "2013年12月建档立卡",
        "计划退出：每年为在册人口的21%",
        "自2016年起，剩余人口在2018年前全部退出",
        "扶贫资金（元）：2011年至2013年20亿，2014年至2015年30亿",
        "2020年12月已摘帽的贫困县：11个",
        "标准化果园（脐橙等）（产业，orchards）：名额：由2014年1月零",
    ],
)
def test_sentences(sentence: str) -> None:
    assert sentence in GANZHOU


GANZHOU = unwrapped(explain(load_scenario(SCENARIOS / "ganzhou.yaml"), load_evidence(), CHINESE))


def test_a_text_of_ones_own_is_told_as_it_is_written() -> None:
    changed = load_scenario(SCENARIOS / "template.yaml", ["health.incidence={value: 0.07, assumed: 县医院记录}"])
    assert "每年有7%（假定：县医院记录）的户患大病" in unwrapped(explain(changed, load_evidence(), CHINESE))


def test_numbers_and_dates_in_both_languages() -> None:
    assert [number(value, CHINESE) for value in (0.35, 5000, 12000, 461800, 7290000, 2.5e9)] == [
        "0.35",
        "5000",
        "1.2万",
        "46.18万",
        "729万",
        "25亿",
    ]
    assert [number(value) for value in (5000, 461800, 2.5e9)] == ["5,000", "461,800", "2,500 million"]
    assert (percent(0.136, CHINESE), percent(0.136)) == ("13.6%", "13.6 %")
    assert (date("2016-01", CHINESE), date(2016, CHINESE)) == ("2016年1月", "2016年")
    assert (date("2016-01", ENGLISH), date(2016, ENGLISH)) == ("January 2016", "2016")
    assert (joined("abc", CHINESE), joined("abc")) == ("a、b、c", "a, b and c")


def test_chinese_is_wrapped_by_width_and_no_line_begins_with_a_comma() -> None:
    lines = paragraph("- " + "脱贫攻坚" * 24 + "a" * 3 + "，" + "监测" * 40, CHINESE).splitlines()
    assert all(columns(line) <= 102 for line in lines)
    assert all(line.startswith("  ") for line in lines[1:])
    assert not any(line.lstrip().startswith("，") for line in lines)
    assert unwrapped("".join(lines)) == "-" + "脱贫攻坚" * 24 + "aaa，" + "监测" * 40


def test_the_command() -> None:
    shown = CliRunner().invoke(app, ["explain", str(SCENARIOS / "template.yaml"), "--lang", "zh"])
    assert shown.exit_code == 0
    assert "示例县2013—2020年" in shown.stdout
