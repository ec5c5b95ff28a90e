"""Blocks and commands of the project's Markdown pages.

An indented block holds commands. A fenced block says its language, and with ``title="…"`` the file that it is.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

ROOT = Path(__file__).parent.parent
PAGES = sorted(
    [
        *(ROOT / "docs").glob("*.md"),
        *(
            ROOT / name / "README.md"
            for name in (".", "benchmarks", "calibration", "calibration/evidence", "notebooks")
        ),
    ]
)
COMMANDS = "commands"
SMALL = "0.01"
RUNS_IN = re.compile(r"^(uv run (--(all-extras|extra \w+) )*|\.venv/bin/)")  # where a command is run does not change it
ENDS_AT = (">", "|", "#")


class Block(NamedTuple):
    """A block of a page; `line` is that of its first line."""

    page: Path
    line: int
    language: str
    title: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


class Command(NamedTuple):
    """A command and where it stands."""

    place: str
    words: list[str]


def parts(page: Path) -> Iterator[Block | Command]:
    """All blocks and commands of a page in order; commands are lines of indented blocks, and `povsim …` between
    backticks."""
    for token in MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8")):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "code_block":
            block = Block(page, line, COMMANDS, "", token.content)
            yield block
            yield from _lines(block)
        elif token.type == "fence":
            title = re.search(r'title="([^"]*)"', token.info)
            yield Block(page, line, token.info.partition(" ")[0], title[1] if title else "", token.content)
        for child in token.children or ():
            if child.type == "code_inline" and re.match(r"povsim [\w-]+ \S", child.content):
                yield Command(f"{page.relative_to(ROOT)}:{line}", _words(child.content))


def small_copy(folder: Path) -> None:
    """Copies what ships beside the program into a folder, with a hundredth of the villages of each region."""
    for name in ("scenarios", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.ipynb"))
    for file in (folder / "scenarios").rglob("*.yaml"):
        file.write_text(small(file.read_text("utf-8")), "utf-8")


def small(text: str) -> str:
    """YAML with a hundredth of the villages."""
    return re.sub(r"(\bscale[:=] ?(\{value: )?)[\d.]+", rf"\g<1>{SMALL}", text)


def _lines(block: Block) -> Iterator[Command]:
    text = block.text.replace("\\\n", " ")
    for line in text.splitlines():
        for part in line.split("&&"):
            if words := _words(RUNS_IN.sub("", part.strip())):
                yield Command(block.place, words)


def _words(text: str) -> list[str]:
    """Words of a command, up to a comment, and to where its output goes."""
    words = shlex.split(text, comments=True)
    return words[: next((n for n, word in enumerate(words) if word in ENDS_AT), len(words))]
