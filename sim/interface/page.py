"""How scenarios and results look in a notebook's cell."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def paragraph(text: str) -> str:
    """A paragraph that keeps its lines."""
    return f"<p>{escape(text).replace(chr(10), '<br>')}</p>" if text else ""


def table(frame: pd.DataFrame) -> str:
    """A table whose numbers have thousands separators, and as many digits as can be read."""
    return str(frame.to_html(formatters=dict.fromkeys(frame.columns, shown), border=0))


def shown(value: Any) -> str:
    """A number to four digits, or whatever else as text; a dash where there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return escape(str(value))
    if value != value:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 or value == round(value) else f"{value:.4g}"
