"""Changes a YAML text as a careless, a hasty or a hostile hand would: values, keys, blocks of lines, bytes.

Every change is drawn from a `random.Random`, so hypothesis, a fuzzer or a plain seed can be the hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

WORD = re.compile(r"[^\s,:{}\[\]#'\"]+")
KEY = re.compile(r"[\w-]+(?=:(?:\s|$))")
NUMBER = re.compile(r"(?<![\w.-])-?\d+(?:\.\d+)?(?![\w-])")
DATE = re.compile(r"\b\d{4}(?:-\d{2})?\b")

# What may stand where another word stood; characters that no editor shows are written as Python writes them.
WORDS = Path(__file__).with_name("words.txt").read_text("ascii").splitlines()
VALUES = [word.encode().decode("unicode_escape") for word in WORDS]
VALUES += ["9" * 400, "a" * 5000, "1" * 5000, "0x" + "f" * 5000, "{a: " * 60 + "1" + "}" * 60, "[" * 200 + "]" * 200]
BYTES = [b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\t", b"\r", b"\r\n", b"\x80", b"\xc3", b"\n", b"!!", b": "]
BYTES += [
    b"---\n",
    b"...\n",
    b"%YAML 1.1\n",
    b"%TAG ! x\n",
    b"- ",
    b"? ",
    b"{",
    b"}",
    b"[",
    b"&a ",
    b"*a",
    b"\xed\xa0\x80",
]


def _replaced(pattern: re.Pattern[str], text: str, luck: Random, new: Callable[[str], str]) -> str:
    found = list(pattern.finditer(text))
    if not found:
        return text
    match = luck.choice(found)
    return text[: match.start()] + new(match.group()) + text[match.end() :]


def value(text: str, luck: Random) -> str:
    """A word becomes a hostile one."""
    return _replaced(WORD, text, luck, lambda _: luck.choice(VALUES))


def number(text: str, luck: Random) -> str:
    """A number becomes another one of the same kind, or of the next."""
    changes: list[Callable[[str], str]] = [
        lambda old: f"-{old}",
        lambda old: f"{old}0",
        lambda old: f"{old}e{luck.choice([-300, -9, 3, 6, 12, 18, 38, 39, 300])}",
        lambda old: str(float(old) * luck.choice([0, 0.5, 2, 100])),
        lambda old: str(int(float(old[:15])) + luck.choice([-1, 1])),
        lambda old: f"'{old}'",
        lambda old: luck.choice(VALUES),
    ]
    return _replaced(NUMBER, text, luck, luck.choice(changes))


def date(text: str, luck: Random) -> str:
    """A year or month moves."""
    return _replaced(DATE, text, luck, lambda old: f"{luck.choice([1948, 1990, 2005, 2100, 2101])}{old[4:]}")


def key(text: str, luck: Random) -> str:
    """A key becomes another one of the text, misspelt, or a hostile word."""
    keys = KEY.findall(text) or ["x"]
    return _replaced(KEY, text, luck, lambda old: luck.choice([luck.choice(keys), old[1:] or "x", luck.choice(VALUES)]))


def spliced(text: str, luck: Random) -> str:
    """A word becomes a word from elsewhere."""
    words = WORD.findall(text) or ["x"]
    return _replaced(WORD, text, luck, lambda _: luck.choice(words))


def anchored(text: str, luck: Random) -> str:
    """A word gets an anchor, and another becomes its alias."""
    text = _replaced(WORD, text, luck, lambda old: f"&b {old}")
    return _replaced(WORD, text, luck, lambda _: "*b")


def _block(lines: list[str], start: int) -> int:
    """The end of a line's block: the lines after it that are indented deeper."""
    depth = len(lines[start]) - len(lines[start].lstrip())
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > depth):
        end += 1
    return end


def block(text: str, luck: Random) -> str:
    """A key with all below it is left out, doubled, moved, emptied or shifted."""
    lines = text.split("\n")
    start = luck.randrange(len(lines))
    end = _block(lines, start)
    taken, rest = lines[start:end], lines[:start] + lines[end:]
    what = luck.randrange(5)
    if what == 0:
        lines = rest
    elif what == 1:
        lines[end:end] = taken
    elif what == 2:
        at = luck.randint(0, len(rest))
        lines = rest[:at] + taken + rest[at:]
    elif what == 3:
        lines[start:end] = [taken[0].split(":")[0] + ":"]
    else:
        lines[start:end] = [luck.choice([" ", "\t", "   "]) + line for line in taken]
    return "\n".join(lines)


TEXT_CHANGES = (value, value, number, number, date, key, spliced, anchored, block, block)


def _bytes(data: bytes, luck: Random) -> bytes:
    """Bytes put in, taken out or cut off."""
    at = luck.randint(0, len(data))
    what = luck.randrange(4)
    if what == 0:
        return data[:at]
    if what == 1:
        return data[:at] + data[at + luck.randint(1, 40) :]
    return data[:at] + luck.choice(BYTES) * luck.choice([1, 1, 1, 2, 200]) + data[at:]


def _encoded(data: bytes, luck: Random) -> bytes:
    """Another encoding, or other ends of lines."""
    text = data.decode("utf-8", "replace")
    return luck.choice(
        [
            text.encode("utf-16"),
            text.encode("utf-32"),
            text.encode("latin-1", "replace"),
            text.encode("utf-8-sig"),
            data.replace(b"\n", b"\r\n"),
            data.replace(b"\n", b"\r"),
            data.replace(b"  ", b"\t"),
        ]
    )


def mutate(data: bytes, luck: Random) -> bytes:
    """One to three changes of a text, at times one of its bytes too."""
    text = data.decode("utf-8", "surrogateescape")
    for _ in range(luck.choice([1, 1, 1, 2, 3])):
        text = luck.choice(TEXT_CHANGES)(text, luck)
    data = text.encode("utf-8", "surrogatepass" if "\ud800" in text else "surrogateescape")
    if luck.random() < 0.15:
        data = _bytes(data, luck)
    return _encoded(data, luck) if luck.random() < 0.03 else data
