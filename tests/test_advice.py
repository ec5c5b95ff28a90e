"""What a command adds to problems that a file's characters, encoding or place explain."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.commands.advice import advice
from sim.scenario.problems import Problem


def told(file):
    result = CliRunner().invoke(app, ["validate", str(file)])
    assert result.exit_code == 2
    return [line.removeprefix(f"{file}:") for line in result.stderr.splitlines()]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("name：赣州\nseed: 1\n", ["1:5: ： is a full-width mark; YAML takes a colon and a blank"]),
        ("name: a\nseed:1\nregion: b\n", ["2:5: a blank is missing after the colon"]),
        ("seed: {value: 1，assumed: x}\n", ["1:16: ， is a full-width mark; YAML takes a comma"]),
        ("seed: {value： 1, assumed: x: y}\n", ["1:13: ： is a full-width mark; YAML takes a colon and a blank"]),
        ("a: [1］\nb: 2\n", ["1:6: ］ is a full-width mark; YAML takes ]"]),
        ("name: '甲：乙，丙: ［'  # 注：丁\ndescription: 甲：乙，丙\nseed: [1\n", []),
    ],
)
def test_full_width_marks_and_missing_blanks(tmp_path, text, sentences):
    file = tmp_path / "scenario.yaml"
    file.write_text(text, encoding="utf-8")
    first, *others = told(file)
    assert "scenario: is no YAML: " in first
    assert others == sentences


@pytest.mark.parametrize(
    ("content", "ending"),
    [("name: 赣州\n".encode("gb18030"), "; it looks like GB18030 (ANSI of a Chinese Windows)"), (b"name: \xff\n", "")],
)
def test_another_encoding(tmp_path, content, ending):
    file = tmp_path / "scenario.yaml"
    file.write_bytes(content)
    assert told(file)[1:] == [f" save it as UTF-8{ending}"]


def test_a_shipped_scenario_is_seen_from_the_files_own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("sim.commands.advice.SHIPPED", tmp_path / "scenarios")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "hill.yaml").touch()
    (tmp_path / "plans").mkdir()
    file = tmp_path / "plans" / "mine.yaml"
    for name, sentences in (
        ("hill", ["1: paths are seen from the file's own folder; write extends: ../scenarios/hill.yaml"]),
        ("dale", []),
    ):
        file.write_text(f"extends: {name}.yaml\n", encoding="utf-8")
        assert told(file)[1:] == sentences


def lacking(attribute):
    return Problem("a.csv", 0, 0, attribute, f"is missing; allowed: a column, or impute: [{attribute}]")


def test_columns_to_impute_are_told_at_once():
    assert list(advice([lacking("debt"), lacking("ill")])) == [
        "to draw all of these as for synthetic households, add to impute: debt, ill"
    ]
    assert list(advice([lacking("debt")])) == []
