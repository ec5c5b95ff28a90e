"""How to mend what files commonly hold: full-width marks, another encoding, another folder, columns to impute."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.shipped import SHIPPED

if TYPE_CHECKING:
    from sim.scenario import Problem

FULL_WIDTH = {"：": "a colon and a blank", "，": "a comma", "｛": "{", "｝": "}", "［": "[", "］": "]"}
# Where YAML would read them; in Chinese text they may stand.
MISPLACED = re.compile(r"(?:^\s*(?:- )?|[{,，]\s*)[\w.-]+(：)|(，)(?=\s*[a-z_]+\s*[:：])|([｛｝［］])", re.ASCII)
NO_BLANK = re.compile(r"^\s*(?:- )?[\w-]+(:)(?=[^\s:])", re.ASCII)
QUOTED_OR_COMMENT = re.compile(r"\"[^\"]*\"|'[^']*'|#.*")
IMPUTE = re.compile(r"or impute: \[(\w+)\]$")


def advice(problems: Sequence[Problem]) -> Iterator[str]:
    """Sentences on how to mend problems of a scenario's files; none where nothing can be told."""
    for each in problems:
        if each.message == "is not UTF-8 text":
            yield f"{each.file}: save it as UTF-8{_encoding(Path(each.file))}"
        elif each.message.startswith("is no YAML:"):
            yield from _marks(each)
        elif each.path == "extends" and each.message.startswith("no such file: "):
            yield from _shipped(each)
    names = [found[1] for each in problems if (found := IMPUTE.search(each.message))]
    if len(names) > 1:
        yield f"to draw all of these as for synthetic households, add to impute: {', '.join(names)}"


def _encoding(file: Path) -> str:
    try:
        file.read_bytes().decode("gb18030")
    except (OSError, UnicodeDecodeError):
        return ""
    return "; it looks like GB18030 (ANSI of a Chinese Windows)"


def _marks(problem: Problem) -> Iterator[str]:
    """Full-width marks, and colons without a blank, up to the line where reading stopped."""
    try:
        lines = Path(problem.file).read_text(encoding="utf-8-sig").splitlines()[: problem.line]
    except (OSError, UnicodeDecodeError):
        return
    for number, line in enumerate(lines, start=1):
        bare = QUOTED_OR_COMMENT.sub(lambda quoted: " " * len(quoted[0]), line)
        for found in MISPLACED.finditer(bare):
            mark = found[found.lastindex or 0]
            place = f"{problem.file}:{number}:{found.start(found.lastindex or 0) + 1}"
            yield f"{place}: {mark} is a full-width mark; YAML takes {FULL_WIDTH[mark]}"
        if colon := NO_BLANK.match(bare):
            yield f"{problem.file}:{number}:{colon.end()}: a blank is missing after the colon"


def _shipped(problem: Problem) -> Iterator[str]:
    """The way to the shipped scenario of the same name."""
    shipped = SHIPPED / os.path.basename(problem.message.removeprefix("no such file: "))
    if shipped.is_file():
        way = os.path.relpath(shipped, os.path.dirname(os.path.abspath(problem.file)))
        yield f"{problem.file}:{problem.line}: paths are seen from the file's own folder; write extends: {way}"
