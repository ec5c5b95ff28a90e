"""Commands of the documents that take long or never end (`budget`, `serve`), at small sizes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request

import pytest
from documents import PAGES, ROOT, Command, parts, small_copy
from typer.testing import CliRunner

from sim.cli import app

# A later option overrides an earlier one.
SMALL_BUDGET = ("--scale", "0.002", "--set", "period.end=2014-12", "--runs", "290", "--replicates", "2")
ALL = [part for page in PAGES for part in parts(page) if isinstance(part, Command) and part.words[0] == "povsim"]


def given(name: str) -> list[Command]:
    """Every command of that name in the documents, each once."""
    return list({tuple(each.words): each for each in ALL if each.words[1] == name}.values())


def place(command: Command) -> str:
    return command.place


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    small_copy(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("command", given("budget"), ids=place)
def test_a_budget(command, folder):
    result = CliRunner().invoke(app, [*command.words[1:], *SMALL_BUDGET])
    assert result.exit_code == 0, result.output
    assert "(* best)" in result.output
    (page,) = folder.glob("results/*/report.html")
    assert "<svg" in page.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("command", given("serve"), ids=place)
def test_a_dashboard(command, folder):
    """Its page is fetched from the printed address, and Ctrl-C ends it."""
    (folder / "results").mkdir()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    start = [sys.executable, "-c", "from sim.cli import main; main()", *command.words[1:], "--port", "0", "--no-open"]
    with subprocess.Popen(start, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as server:
        try:
            address = re.match(r"http://127\.0\.0\.1:\d+/\?key=\S+", server.stdout.readline())[0]
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            with opener.open(address, timeout=60) as answer:
                assert answer.status == 200
                assert "povsim" in answer.read().decode()
        finally:
            server.send_signal(signal.SIGINT)
            said = server.communicate(timeout=30)[1]
    assert "stopped" in said
    assert server.returncode == 0
