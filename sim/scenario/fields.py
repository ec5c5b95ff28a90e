"""What the models of a scenario are made of: sections and the types of their fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, PlainSerializer
from pydantic import WithJsonSchema as AsSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sim.calendar import month_number, month_text, parse_month

LAST_MONTH = month_number(2100, 12)
YEAR_PATTERN = "(19(49|[5-9][0-9])|20[0-9]{2}|2100)"
MONTH_PATTERN = f"^{YEAR_PATTERN}-(0?[1-9]|1[0-2])$"


@dataclass(frozen=True)
class Unit:
    """What a number counts or is measured in; a mapping by date has the unit of its values."""

    name: str

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(core) | {"unit": self.name}


def _month(value: Any) -> int:
    """A month; the number 201601 is read as a month that was written without its hyphen."""
    return parse_month(value if not isinstance(value, int) or value <= LAST_MONTH else str(value))


Share = Annotated[float, Field(ge=0, le=1), Unit("share")]
Positive = Annotated[float, Field(gt=0)]
NonNegative = Annotated[float, Field(ge=0)]
LogPoints = Annotated[NonNegative, Unit("log points")]
Year = Annotated[int, Field(ge=1949, le=2100)]
YearPath = Annotated[dict[Year, NonNegative], Field(min_length=1)]
SharePath = Annotated[dict[Year, Share], Field(min_length=1), Unit("share")]
Month = Annotated[
    int,
    BeforeValidator(_month),
    PlainSerializer(month_text, return_type=str),
    AsSchema({"type": "string", "pattern": MONTH_PATTERN}),
]


class Section(BaseModel):
    """A mapping of a scenario; unknown keys are refused, and a number is not written as text."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)
