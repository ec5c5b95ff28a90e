"""What a scenario may say: every key with its type, unit and range.

A leaf number may be written bare or as ``{value: …, evidence: …}`` or ``{value: …, assumed: …}``;
the loader strips that wrapper, keeps the provenance, and hands bare numbers to these models.
Rates are per year and shares lie between 0 and 1 unless a description says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from sim.calendar import month_text, parse_month
from sim.scenario.fields import Month, NonNegative, Positive, Section, Share, Year, YearPath
from sim.scenario.instruments import CAUSES, CROPS, SOURCES, Crop, Instrument
from sim.scenario.microdata import AttributeName, Imputable
from sim.scenario.register import Register

LARGEST_MEAN_SIZE = 8  # households of 1 to 8 members are drawn


class Period(Section):
    """Reported months, both included. At least the year before is simulated too, from a January, to fill incomes."""

    start: Month
    end: Month

    @model_validator(mode="after")
    def _order(self) -> Period:
        if self.end < self.start:
            raise ValueError(f"end {month_text(self.end)} lies before start {month_text(self.start)}")
        return self


class County(Section):
    """A county: its rural persons (used as a weight) and whether it is a designated poor county."""

    persons: Positive = Field(description="rural persons, thousand; only the proportions count")
    poor: bool = False


class PoorVillages(Section):
    """Designated poor villages and who lives there."""

    count: Annotated[int, Field(ge=0)]
    households: NonNegative
    persons: NonNegative
    severity: dict[Literal["mild", "moderate", "severe"], Share] = Field(description="shares, summing to 1")
    concentration: Positive = Field(
        default=3.0, description="odds that a poor village lies in a poor county rather than in another one"
    )
    unsafe_houses: Share = Field(description="share of their households with an unsafe house")
    paved_road: Share = Field(description="share of poor villages with a paved road at the start")

    @model_validator(mode="after")
    def _sum(self) -> PoorVillages:
        if abs(sum(self.severity.values()) - 1) > 0.01:
            raise ValueError(f"severity shares add up to {sum(self.severity.values()):.3f}, not 1")
        return self


class Composition(Section):
    """Who lives in a household, as shares of its members, and attributes of households."""

    workers: Share = Field(description="able to work")
    students: Share = Field(description="share of members")
    elderly: Share = Field(description="share of members")
    chronic: Share = Field(description="share of households with a chronically ill or disabled member")
    schooling_years: Positive = Field(description="mean years of schooling of adults")
    schooling_sd: NonNegative
    unsafe_houses: Share = Field(description="share of households outside poor villages with an unsafe house")
    uninsured: Share = Field(description="share without basic medical insurance")
    out_of_school: Share = Field(description="share of households with students in which one has left school")
    unsafe_water: Share = Field(description="share of households without safe drinking water")
    assets_months: NonNegative = Field(description="median assets at the start, in months of income")

    @model_validator(mode="after")
    def _sum(self) -> Composition:
        members = self.workers + self.students + self.elderly
        if members > 1:
            raise ValueError(f"workers, students and elderly are {members:.3f} of the members, more than 1")
        return self


class Population(Section):
    """The synthetic population and the margins that it meets, or a file of own households to set beside them."""

    scale: Annotated[float, Field(gt=0, le=1)] = Field(default=1.0, description="share of villages that is simulated")
    persons: Positive = Field(description="rural persons")
    households: Positive
    villages: Annotated[int, Field(ge=1)]
    poor_villages: PoorVillages
    counties: Annotated[dict[str, County], Field(min_length=1)]
    composition: Composition
    microdata: str | None = Field(default=None, description="file of own households: .csv, .parquet or .dta")
    columns: dict[AttributeName, str] | None = Field(
        default=None, description="attribute: its column in the file; an attribute's own name where left out"
    )
    weights: str | None = Field(default=None, description="column: households that each one stands for; 1 if missing")
    impute: list[Imputable] | None = Field(
        default=None, description="attributes that are drawn as for a synthetic household where the file lacks them"
    )
    microdata_sha256: str | None = Field(default=None, description="of the file; a run refuses other contents")

    @field_validator("counties")
    @classmethod
    def _in_order(cls, counties: dict[str, County]) -> dict[str, County]:
        """By name, so that the order in a file changes no result."""
        return dict(sorted(counties.items()))

    @model_validator(mode="after")
    def _consistent(self) -> Population:
        if self.poor_villages.count > self.villages:
            raise ValueError(f"{self.poor_villages.count} poor villages, but only {self.villages} villages")
        if self.persons < self.households:
            raise ValueError(f"{self.persons:,.0f} persons can not fill {self.households:,.0f} households")
        if self.poor_villages.households > self.households or self.poor_villages.persons > self.persons:
            raise ValueError("poor villages hold more than the whole population")
        poor = self.poor_villages
        sizes = {
            "poor villages": (poor.persons, poor.households),
            "other villages": (self.persons - poor.persons, self.households - poor.households),
        }
        for where, (persons, households) in sizes.items():
            if households > 0 and not 1 < persons / households < LARGEST_MEAN_SIZE:
                message = f"{persons:,.0f} persons in {households:,.0f} households of {where}"
                raise ValueError(f"{message}; allowed: above 1 to below {LARGEST_MEAN_SIZE} a household")
        return self


class Lines(Section):
    """Poverty lines, current yuan per head and year."""

    survey: YearPath = Field(description="line of survey and income poverty, of December; reached evenly")
    exit: YearPath = Field(description="line of identification, review and return")


class Income(Section):
    """Market income before any instrument, and how it is spread."""

    mean: YearPath = Field(description="reported mean rural income, yuan per head and year")
    market_factor: dict[Year, Positive] = Field(
        default_factory=dict,
        description="market income over reported income, so that the simulated mean equals the reported one",
    )
    log_sd: Annotated[float, Field(ge=0, le=2)] = Field(description="log standard deviation at the start")
    village_sd: Annotated[float, Field(ge=0, le=1)] = Field(description="between villages, log")
    poor_village_gap: Annotated[float, Field(ge=0, le=2)] = Field(description="log points")
    permanent_sd: Annotated[float, Field(ge=0, le=1)] = Field(description="yearly lasting shock, log")
    transitory_sd: Annotated[float, Field(ge=0, le=1)] = Field(description="cross-section, log")
    transitory_persistence: Annotated[float, Field(ge=0, lt=1)] = Field(description="from year to year")
    farm_share: Share = Field(description="share of market income")
    wage_share: Share = Field(description="share of market income")
    property_share: Share = Field(description="share of market income")

    @model_validator(mode="after")
    def _shares(self) -> Income:
        if self.farm_share + self.wage_share + self.property_share > 1:
            raise ValueError("farm, wage and property shares add up to more than 1")
        between = self.village_sd**2 + self.poor_village_gap**2 / 4
        if self.log_sd > 0 and self.transitory_sd**2 + between >= self.log_sd**2:
            raise ValueError("transitory_sd, village_sd and poor_village_gap leave nothing of log_sd to households")
        return self


class Health(Section):
    """Illness: incidence, loss of income and the medical bill."""

    incidence: Share = Field(description="yearly, household without chronically ill or elderly members")
    chronic_factor: Positive = Field(default=1.0, description="times the incidence, with a chronically ill member")
    elderly_factor: Positive = Field(default=1.0, description="times the incidence, with an elderly member")
    recovery_months: Positive = Field(description="months until recovery, on average")
    income_loss: Share = Field(description="share of income lost while ill")
    bill_median: NonNegative = Field(description="yuan, at the mean income of the first year of the period")
    bill_log_sd: NonNegative = Field(description="log standard deviation")
    reimbursed: Share = Field(description="share of a bill that general insurance pays")


class Work(Section):
    """Loss and finding of the household's main job, and how the county's labour market answers."""

    separation: NonNegative = Field(description="yearly hazard of losing the main job")
    finding: NonNegative = Field(description="yearly hazard of finding one")
    wage_loss: Share = Field(description="share of wage income lost while the main job is lost")
    crowding: NonNegative = Field(description="fall of finding per share of workers placed by instruments")
    wage_response: NonNegative = Field(description="rise of wages per share of workers placed by instruments")


class Family(Section):
    """Changes of households, yearly rates per person."""

    births: Share
    deaths: Share
    leaving: Share
    joining: Share


class Accounts(Section):
    """Consumption, savings, debt and schooling cost."""

    subsistence: NonNegative = Field(description="share of the survey line that is always consumed")
    fixed_consumption: NonNegative = Field(description="yuan per head and year")
    consumption_share: Share = Field(description="of twelve-month income")
    debt_limit: NonNegative = Field(description="in years of income")
    interest: Share = Field(description="yearly")
    repayment: Share = Field(description="monthly share of debt that is repaid when cash allows")
    schooling_cost: NonNegative = Field(description="yuan per student and year")


class Disasters(Section):
    """Village disasters, by the village's severity class."""

    hazard: dict[Literal["none", "mild", "moderate", "severe"], NonNegative]
    farm_loss: Share = Field(description="share of farm income")
    months: Annotated[int, Field(ge=1, le=120)] = Field(description="months that a loss lasts")


class Prices(Section):
    """County price of each crop: mean 1, log autoregressive, lowered by its own supply."""

    persistence: Annotated[float, Field(ge=0, lt=1)] = Field(description="of a deviation, from year to year")
    sd: NonNegative = Field(description="cross-section of the log price")
    supply_elasticity: NonNegative = Field(
        description="log points lost per unit of (crop income from instruments / county farm income)"
    )


class Budget(Section):
    """Fund money by year, shared over counties by registered persons; nothing opens where it is spent."""

    yuan: YearPath = Field(description="yuan a year")


class Shock(Section):
    """A shock forced by date."""

    kind: Literal["price", "illness", "jobs", "wages", "disaster"]
    since: Month = Field(alias="from")
    months: Annotated[int, Field(ge=1, le=600)]
    change: Annotated[float, Field(ge=-1, le=10)] = Field(
        description="relative: of the price, of illness incidence, of job finding, of wages, of farm income (disaster)"
    )
    crop: Crop | None = None
    county: str = "all"
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
    since: Month = Field(alias="from")
    to: Month | None = Field(default=None, description="month in which the last households lose it; at once if missing")

    @model_validator(mode="after")
    def _order(self) -> Withdrawal:
        if self.to is not None and self.to <= self.since:
            raise ValueError(f"to {month_text(self.to)} does not lie after from {month_text(self.since)}")
        return self


class ReportedFigure(Section):
    """A reported figure to set beside the simulated one. Never an input of the month."""

    evidence: str
    operator: Literal[
        "survey_incidence",
        "register_incidence",
        "register_persons",
        "register_households_ever",
        "gross_exits",
        "cumulative_reduction",
        "villages_exited",
        "counties_exited",
        "coverage",
        "outlays",
        "mean_income",
        "lowest_fifth_income",
        "returns_share",
    ]
    since: Month | None = Field(default=None, alias="from", description="first month of a period")
    at: Month
    instruments: list[str] = Field(default_factory=list)


class Scenario(Section):
    """A complete scenario."""

    extends: str | None = None
    name: str = Field(min_length=1)
    region: str = Field(min_length=1)
    description: str = ""
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 1
    period: Period
    population: Population
    lines: Lines
    income: Income
    health: Health
    work: Work
    family: Family
    accounts: Accounts
    disasters: Disasters
    prices: Prices
    instruments: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Instrument] = Field(
        default_factory=dict, max_length=63
    )
    switched_off: list[str] = Field(
        default_factory=list, description="mechanisms or instruments; one that says off: false itself stays on"
    )
    withdrawn: Withdrawal | None = Field(default=None, description="of instruments that do not say ends themselves")
    register_: Register = Field(alias="register")
    budget: Budget | None = None
    shocks: list[Shock] = Field(default_factory=list)
    reported: list[ReportedFigure] = Field(default_factory=list)


__all__ = ["CAUSES", "CROPS", "SOURCES", "Instrument", "ReportedFigure", "Scenario", "parse_month"]
