"""What the models of a scenario are made of: sections and the types of their fields."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from sim.calendar import month_number, month_text, parse_month

LAST_MONTH = month_number(2100, 12)


def _month(value: Any) -> int:
    """A month; the number 201601 is read as a month that was written without its hyphen."""
    return parse_month(value if not isinstance(value, int) or value <= LAST_MONTH else str(value))


Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
Year = Annotated[int, Field(ge=1949, le=2100)]
YearPath = Annotated[dict[Year, NonNegative], Field(min_length=1)]
SharePath = Annotated[dict[Year, Share], Field(min_length=1)]
Month = Annotated[
    int,
    BeforeValidator(_month),
    PlainSerializer(month_text, return_type=str),
]


class Section(BaseModel):
    """A mapping of a scenario; unknown keys are refused, and a number is not written as text."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)
