"""Every command and every block of code in the documents works.

Fast: options of all commands exist, files that they name are there, blocks of every language can be read.
Slow: each page is followed from top to bottom in a copy of the shipped files, with these changes:

- shipped regions have a hundredth of their villages, sweeps and `scale=` in Python as well (`SMALL`), and options that
  buy precision are lowered (`LOWERED`);
- a block with a title is saved under it; a block in another language than commands, Python and YAML is only read;
- a command that stands twice is run once.

Not run are commands that
- hold a placeholder: a word in capitals such as FILE, or an ellipsis (`PLACEHOLDER`);
- change the machine, need a network or a screen (`ELSEWHERE`), a cluster (`--on`; `test_docs_cluster.py`), or a fit
  (`--draws`; `test_calibration_use.py`), which is not shipped;
- never end (`povsim serve`) or take long (`povsim budget`), which `test_docs_long.py` follows, or longer (`povsim
  calibrate`, whose point fit alone takes hundreds of runs; `test_calibration_command.py`; programs of benchmarks and
  notebooks; `test_benchmarks.py`, `test_notebooks.py`).

Pages in `FOLLOWED_ELSEWHERE` have a test of their own.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import tomllib
from pathlib import Path

import pytest
import typer
from documents import COMMANDS, PAGES, ROOT, SMALL, Block, Command, parts, small_copy
from ruamel.yaml import YAML
from typer.testing import CliRunner

from sim.cli import app

PLACEHOLDER = re.compile(r"^[A-Z]{1,12}(\.\w+)?$|…|^\[")
ELSEWHERE = ("git", "pip", "python3", "jupyter", "docs/build.py", "pytest", "python")
NOT_RUN = ("serve", "calibrate", "budget")
FOLLOWED_ELSEWHERE = {
    "adding_a_region.md": "test_template.py",
    "adding_a_rule.md": "test_docs_rule.py",
    "cluster.md": "test_docs_cluster.py",
}
LOWERED = {"--scale": SMALL, "--futures": "8", "--replicates": "2"}
ALWAYS_LOWERED = ("--scale", "--futures")
READ = {
    "text": str,
    "csv": lambda text: list(csv.reader(io.StringIO(text), strict=True)),
    "yaml": YAML(typ="safe", pure=True).load,
    "json": json.loads,
    "python": ast.parse,
    "diff": str,
}
PARTS = [part for page in PAGES for part in parts(page)]
ALL = [part for part in PARTS if isinstance(part, Command)]
BLOCKS = [part for part in PARTS if isinstance(part, Block)]


def placed(each: Block | Command) -> str:
    return each.place


def subcommand(words: list[str]) -> tuple[typer.core.TyperCommand, list[str]]:
    """The command of `povsim` that is meant, and its arguments."""
    found, rest = typer.main.get_command(app), words[1:]
    while hasattr(found, "commands"):
        assert rest[0] in found.commands, f"there is no povsim {rest[0]}"
        found, *rest = found.commands[rest[0]], *rest[1:]
    return found, rest


def is_example(command: Command) -> bool:
    return any(PLACEHOLDER.search(word) for word in command.words)


# what is read


@pytest.mark.parametrize("command", [each for each in ALL if each.words[0] == "povsim"], ids=placed)
def test_its_options_exist(command):
    found, arguments = subcommand(command.words)
    found.make_parser(found.context_class(found)).parse_args(args=[*arguments])


@pytest.mark.parametrize("command", [each for each in ALL if each.words[0] != "povsim"], ids=placed)
def test_a_command_of_another_program_names_what_is_there(command):
    """Programs are known, files and extras exist."""
    assert command.words[0] in ELSEWHERE
    for word in command.words:
        if word.endswith((".py", ".ipynb")):
            assert (ROOT / word).is_file(), word
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        assert set(re.findall(r"\[(\w+)\]$", word)) <= {*extras}, word


@pytest.mark.parametrize("block", BLOCKS, ids=placed)
def test_a_block_can_be_read(block):
    assert block.language in (*READ, COMMANDS), "a fenced block says its language"
    READ.get(block.language, str)(block.text)


def test_what_reads_the_pages_finds_what_is_there():
    """The tests above see the commands of the README, in blocks and between backticks."""
    told = [" ".join(each.words) for each in ALL if each.place.startswith("README.md")]
    assert told.count("povsim run scenarios/ganzhou.yaml") >= 2
    assert "pip install uv" in told
    assert "povsim diff scenarios/ganzhou.yaml my_county.yaml" in told
    assert {block.language for block in BLOCKS} >= {"python", "yaml", "csv", "diff", "text", COMMANDS}


def test_an_option_that_does_not_exist_is_found():
    with pytest.raises(Exception, match="No such option: --scales"):
        test_its_options_exist(Command("", ["povsim", "run", "x.yaml", "--scales", "1"]))


# what is done


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of what ships beside the program, with small regions; the present folder."""
    small_copy(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lowered(arguments: list[str], options: set[str]) -> list[str]:
    """The arguments with options that buy precision at their lowest."""
    for option in ALWAYS_LOWERED:
        if option in options and option not in arguments:
            arguments = [*arguments, option, ""]
    pairs = zip(["", *arguments], arguments, strict=False)
    return [LOWERED.get(before, word) for before, word in pairs]


def is_run(command: Command) -> bool:
    words = command.words
    return (
        words[0] == "povsim"
        and words[1] not in NOT_RUN
        and not {"--on", "--draws"} & {*words}
        and not is_example(command)
    )


def do(block_or_command: Block | Command, space: dict) -> None:
    """Runs a command, or does with a block what its language says."""
    if isinstance(block_or_command, Command):
        found, arguments = subcommand(block_or_command.words)
        path = block_or_command.words[1 : len(block_or_command.words) - len(arguments)]
        options = {option for parameter in found.params for option in parameter.opts}
        result = CliRunner().invoke(app, [*path, *lowered(arguments, options)])
        assert result.exit_code == 0, f"{block_or_command.place}: {result.output}"
        return
    if block_or_command.title:
        Path(block_or_command.title).write_text(block_or_command.text, encoding="utf-8")
    if block_or_command.language == "python":
        text = re.sub(r"(\bscale(=|\(|\": ))0\.\d+", rf"\g<1>{SMALL}", block_or_command.text)
        exec(compile(text, block_or_command.place, "exec"), space)


def steps(page: Path) -> list[Block | Command]:
    """What a reader does, in order, each command once."""
    found, done = [], []
    for part in parts(page):
        if isinstance(part, Block):
            found.append(part)
        elif is_run(part) and part.words not in done:
            found.append(part)
            done.append(part.words)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.name not in FOLLOWED_ELSEWHERE],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_a_page_can_be_followed(page, folder):
    space: dict = {}
    for step in steps(page):
        do(step, space)
