"""How numbers, dates, lists and paragraphs are written in English and in Chinese."""

from __future__ import annotations

import calendar
import re
import textwrap
import unicodedata
from collections.abc import Iterable

from sim.language import ENGLISH, Language

WIDTH = 100
UNBREAKABLE = "\N{NO-BREAK SPACE}"
# A line of Chinese does not begin with these.
CLOSING = "，。、；：？！）】”％%"


def number(value: float, language: Language = ENGLISH) -> str:
    """A number: in English with thousands separated, large round ones in millions; in Chinese by 万 and 亿."""
    if language.code == "zh":
        for unit, sign in ((1e8, "亿"), (1e4, "万")):
            if abs(value) >= unit:
                return f"{value / unit:.10g}{sign}"
        return f"{value:.10g}"
    if abs(value) >= 1e7 and value % 1e4 == 0:
        return f"{value / 1e6:,.10g} million"
    return f"{value:,.10g}"


def percent(share: float, language: Language = ENGLISH) -> str:
    """A share in percent."""
    return f"{100 * share:.10g}{'%' if language.code == 'zh' else ' %'}"


def date(key: int | str, language: Language = ENGLISH) -> str:
    """A year, or a month such as ``'2019-12'``, in words."""
    year, _, month = str(key).partition("-")
    if language.code == "zh":
        return f"{year}年{int(month)}月" if month else f"{year}年"
    return f"{calendar.month_name[int(month)]} {year}" if month else year


def joined(words: Iterable[str], language: Language = ENGLISH) -> str:
    """``'a, b and c'``."""
    *first, last = words
    if language.code == "zh":
        return "、".join([*first, last])
    return f"{', '.join(first)} and {last}" if first else last


def listed(words: Iterable[str], mark: str, language: Language = ENGLISH) -> str:
    """``'a, b'`` or ``'a; b'``."""
    return {",": "，", ";": "；"}[mark].join(words) if language.code == "zh" else f"{mark} ".join(words)


def paragraph(text: str, language: Language = ENGLISH) -> str:
    """Text wrapped to the width of a page; an item of a list hangs below its first word."""
    hanging = "  " if text.startswith("- ") else ""
    if language.code == "zh":
        return _wrapped(text, hanging)
    text = text.replace(" %", f"{UNBREAKABLE}%")
    lines = textwrap.wrap(text, WIDTH, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace(UNBREAKABLE, " ")


def _wrapped(text: str, hanging: str) -> str:
    """Chinese breaks after any character but before none of `CLOSING`; what is not Chinese stays whole."""
    lines, line = [], ""
    for piece in re.findall(rf"\s+|(?:[!-~]+|\S)[{CLOSING}]*", text):
        if line.strip() and columns(line + piece) > WIDTH:
            lines.append(line.rstrip())
            line = hanging + piece.lstrip()
        else:
            line += piece
    return "\n".join([*lines, line])


def columns(text: str) -> int:
    """Width in a terminal, where a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
