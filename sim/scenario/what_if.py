"""What a scenario may force on a region: shocks by date, and instruments that end."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.calendar import month_text
from sim.scenario.fields import Month, Section, Unit
from sim.scenario.instruments import Crop


class Shock(Section):
    """A shock forced by date."""

    kind: Literal["price", "illness", "jobs", "wages", "disaster"] = Field(description="what the shock changes")
    since: Month = Field(alias="from", description="first month of the shock")
    months: Annotated[int, Field(ge=1, le=600), Unit("months")] = Field(description="how long it lasts")
    change: Annotated[float, Field(ge=-1, le=10), Unit("relative change")] = Field(
        description="relative: of the price, of illness incidence, of job finding, of wages, of farm income (disaster)"
    )
    crop: Crop | None = Field(default=None, description="of kind price: the crop whose price changes")
    county: str = Field(default="all", description="the county that it strikes")
    villages: Literal["all", "poor"] = Field(default="all", description="of a disaster: whether only poor villages")

    @model_validator(mode="after")
    def _crop(self) -> Shock:
        if (self.kind == "price") != (self.crop is not None):
            raise ValueError(
                "a price shock names its crop" if self.crop is None else f"crop has no effect on {self.kind}"
            )
        if self.kind == "disaster" and self.change > 0:
            raise ValueError("a disaster lowers farm income: change must be between -1 and 0")
        if self.kind != "disaster" and self.villages != "all":
            raise ValueError(f"villages has no effect on {self.kind}: only a disaster strikes villages")
        return self


class Withdrawal(Section):
    """Instruments that end: at once, or for one household after another."""

    of: Annotated[list[str], Field(min_length=1)] = Field(description="mechanisms or instruments")
    since: Month = Field(alias="from", description="month in which the first households lose it")
    to: Month | None = Field(default=None, description="month in which the last households lose it; at once if missing")

    @model_validator(mode="after")
    def _order(self) -> Withdrawal:
        if self.to is not None and self.to <= self.since:
            raise ValueError(f"to {month_text(self.to)} does not lie after from {month_text(self.since)}")
        return self
