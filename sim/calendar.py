"""Months as whole numbers: month 0 is January of year 0, so ``month % 12`` is 0 in January."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Any

from pydantic import BeforeValidator


def parse_month(value: Any) -> int:
    """Month number of ``'2016-01'``; raises ValueError with what was expected."""
    if isinstance(value, datetime.date):
        return month_number(value.year, value.month)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 12 * 1949:
        return value
    match = re.fullmatch(r"\s*(\d{4})-(\d{1,2})\s*", str(value))
    if not match or not 1 <= int(match[2]) <= 12 or not 1949 <= int(match[1]) <= 2100:
        raise ValueError(f"'{value}' is no month between 1949-01 and 2100-12; write for example 2016-01")
    return month_number(int(match[1]), int(match[2]))


def month_number(year: int, month: int) -> int:
    """Month number of a calendar year and month (1 to 12)."""
    return 12 * year + month - 1


def year_of(month: int) -> int:
    """Calendar year of a month number."""
    return month // 12


def is_december(month: int) -> bool:
    """Whether the month is a December, when the register is reviewed."""
    return month % 12 == 11


def month_text(month: int) -> str:
    """``'2016-01'`` of a month number."""
    return f"{month // 12}-{month % 12 + 1:02d}"


Month = Annotated[int, BeforeValidator(parse_month)]
