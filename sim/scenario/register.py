"""What the register may say: identification, review, re-verification, return, areas."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator

from sim.calendar import is_december, month_number, month_text, year_of
from sim.scenario.fields import LogPoints, Month, NonNegative, Positive, Section, Share, SharePath, Unit, Year
from sim.scenario.instruments import Cause


class Identification(Section):
    """The first survey for the register: a quota, ranked by a noisy proxy of need."""

    at: Month = Field(description="the December in which the register is set up")
    persons: Annotated[NonNegative, Unit("persons")] = Field(description="quota; an input, never a hit")
    noise: LogPoints = Field(description="standard deviation of the proxy")
    house_weight: LogPoints = Field(default=0.0, description="for an unsafe house")
    illness_weight: LogPoints = Field(default=0.0, description="for illness")
    labour_weight: LogPoints = Field(default=0.0, description="for having nobody who can work")
    size_weight: LogPoints = Field(default=0.0, description="for each member fewer")
    schooling_weight: LogPoints = Field(default=0.0, description="for each year of schooling below the mean")
    causes: dict[Cause, Share] = Field(description="shares of causes, summing to 1")

    @field_validator("at")
    @classmethod
    def _in_december(cls, at: int) -> int:
        if not is_december(at):
            december = month_text(month_number(year_of(at), 12))
            raise ValueError(f"the register is set up in a December; did you mean {december}?")
        return at

    @model_validator(mode="after")
    def _sum(self) -> Identification:
        if abs(sum(self.causes.values()) - 1) > 0.01:
            raise ValueError(f"shares of causes add up to {sum(self.causes.values()):.3f}, not 1")
        return self


class ExitPlan(Section):
    """From this year on, who is left on the register goes out until the deadline, in equal parts or as stated."""

    since: Year = Field(description="first year in which the plan holds")
    deadline: Year = Field(description="year by which all are to be out")
    share: Share | None = Field(
        default=None, description="of the stock, planned to exit in each year before the deadline; else equal parts"
    )

    @model_validator(mode="after")
    def _order(self) -> ExitPlan:
        if self.deadline < self.since:
            raise ValueError(f"deadline {self.deadline} lies before since {self.since}")
        return self

    def planned(self, year: int) -> float:
        """Share of the stock that is to exit in a year from `since` on."""
        if year >= self.deadline:
            return 1.0
        return 1 / (self.deadline - year + 1) if self.share is None else self.share


class Review(Section):
    """The yearly exit review in December."""

    margin: Annotated[NonNegative, Unit("share")] = Field(
        description="share of the line by which income must exceed it"
    )
    stability: Annotated[NonNegative, Unit("share")] = Field(
        description="last year's income over the line must have reached this share"
    )
    noise: LogPoints = Field(description="standard deviation of certified income")
    bias: LogPoints = Field(description="by which certified income exceeds tested income")
    pace: Share = Field(description="planned share of the stock a year before any plan")
    plans: list[ExitPlan] = Field(default_factory=list, description="one for each plan or revision")
    softening: SharePath = Field(description="share of a shortfall against the plan that is met anyway")
    excess: SharePath = Field(
        default_factory=lambda: {2014: 0.0}, description="share of those who pass beyond the plan who exit as well"
    )
    villages: Annotated[dict[Year, NonNegative], Unit("villages")] = Field(
        default_factory=dict, description="planned exits of poor villages a year: their households go first"
    )

    def planned(self, year: int) -> float:
        """Share of the stock that is to exit in a year: by the latest plan, or the pace before any."""
        plans = [plan for plan in self.plans if plan.since <= year]
        return max(plans, key=lambda plan: plan.since).planned(year) if plans else self.pace


class Reverification(Section):
    """Strike-offs of households found not to be poor, and additions of those overlooked."""

    strike_off: SharePath = Field(description="share of the registered a year")
    added: SharePath = Field(description="newly identified a year, as a share of the registered")


class Monitoring(Section):
    """From this month, who is near the line is watched and comes first."""

    since: Month = Field(description="first month of watching")
    line_multiple: Annotated[Positive, Unit("times the line")] = Field(
        description="income below which a household is watched"
    )


class VillageExit(Section):
    """When a poor village leaves the list."""

    incidence: Share = Field(description="share of persons on the register below which the village exits")
    since: Month = Field(description="first month in which villages exit")
    paved_road: Annotated[dict[Year, Share], Unit("share")] = Field(
        default_factory=dict, description="share of poor villages with a road"
    )


class CountyExit(Section):
    """When a poor county leaves the list."""

    incidence: Share = Field(description="share of persons on the register below which the county exits")
    since: Month = Field(description="first month in which counties exit")
    inspection_months: Annotated[int, Field(ge=0, le=60), Unit("months")] = Field(
        default=0, description="months from review to exit"
    )


class Register(Section):
    """Identification, review, exit, re-verification, return, monitoring; villages and counties."""

    off: bool = Field(default=False, description="true: nobody is registered")
    identification: Identification
    review: Review
    reverification: Reverification
    detection: SharePath = Field(description="probability that a return below the line is registered")
    monitoring: Monitoring
    village_exit: VillageExit
    county_exit: CountyExit
