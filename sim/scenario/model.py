"""What a scenario may say: every key with its type, unit and range.

A leaf number may be written bare or as ``{value: …, evidence: …}`` or ``{value: …, assumed: …}``;
the loader strips that wrapper, keeps the provenance, and hands bare numbers to these models.
Rates are per year and shares lie between 0 and 1 unless a description says otherwise.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from sim.calendar import month_text, parse_month
from sim.scenario.fields import LogPoints, Month, NonNegative, Positive, Section, Share, Unit, Year, YearPath
from sim.scenario.instruments import CAUSES, CROPS, SOURCES, Instrument
from sim.scenario.microdata import AttributeName, Imputable
from sim.scenario.register import Register
from sim.scenario.what_if import Shock, Withdrawal

LARGEST_MEAN_SIZE = 8  # households of 1 to 8 members are drawn


class Period(Section):
    """Reported months, both included. At least the year before is simulated too, from a January, to fill incomes."""

    start: Month = Field(description="first reported month, usually the December before the plan begins")
    end: Month = Field(description="last month, usually the December in which the plan ends")

    @model_validator(mode="after")
    def _order(self) -> Period:
        if self.end < self.start:
            raise ValueError(f"end {month_text(self.end)} lies before start {month_text(self.start)}")
        return self


class County(Section):
    """A county: its rural persons (used as a weight) and whether it is a designated poor county."""

    persons: Annotated[Positive, Unit("thousand persons")] = Field(
        description="rural persons, thousand; only the proportions count"
    )
    poor: bool = Field(default=False, description="whether it is a designated poor county")


class PoorVillages(Section):
    """Designated poor villages and who lives there."""

    count: Annotated[int, Field(ge=0), Unit("villages")] = Field(description="designated poor villages")
    households: Annotated[NonNegative, Unit("households")] = Field(description="households in poor villages")
    persons: Annotated[NonNegative, Unit("persons")] = Field(description="persons in poor villages")
    severity: dict[Literal["mild", "moderate", "severe"], Share] = Field(
        description="shares of poor villages by how hard their case is, summing to 1"
    )
    concentration: Annotated[Positive, Unit("times the odds")] = Field(
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

    workers: Share = Field(description="share of members able to work")
    students: Share = Field(description="share of members at school")
    elderly: Share = Field(description="share of members of 60 and over")
    chronic: Share = Field(description="share of households with a chronically ill or disabled member")
    schooling_years: Annotated[Positive, Unit("years")] = Field(description="mean years of schooling of adults")
    schooling_sd: Annotated[NonNegative, Unit("years")] = Field(description="standard deviation of that schooling")
    unsafe_houses: Share = Field(description="share of households outside poor villages with an unsafe house")
    uninsured: Share = Field(description="share without basic medical insurance")
    out_of_school: Share = Field(description="share of households with students in which one has left school")
    unsafe_water: Share = Field(description="share of households without safe drinking water")
    assets_months: Annotated[NonNegative, Unit("months of income")] = Field(description="median assets at the start")

    @model_validator(mode="after")
    def _sum(self) -> Composition:
        members = self.workers + self.students + self.elderly
        if members > 1:
            raise ValueError(f"workers, students and elderly are {members:.3f} of the members, more than 1")
        return self


class Population(Section):
    """The synthetic population and the margins that it meets, or a file of own households to set beside them."""

    scale: Annotated[float, Field(gt=0, le=1), Unit("share")] = Field(
        default=1.0, description="share of villages that is simulated"
    )
    persons: Annotated[Positive, Unit("persons")] = Field(description="rural persons")
    households: Annotated[Positive, Unit("households")] = Field(description="rural households")
    villages: Annotated[int, Field(ge=1), Unit("villages")] = Field(description="administrative villages")
    poor_villages: PoorVillages
    counties: Annotated[dict[str, County], Field(min_length=1)] = Field(
        description="by name; townships where the region is one county"
    )
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

    survey: Annotated[YearPath, Unit("yuan per person and year")] = Field(
        description="line of survey and income poverty, of December; reached evenly"
    )
    exit: Annotated[YearPath, Unit("yuan per person and year")] = Field(
        description="line of identification, review and return"
    )


class Income(Section):
    """Market income before any instrument, and how it is spread."""

    mean: Annotated[YearPath, Unit("yuan per person and year")] = Field(description="reported mean rural income")
    market_factor: Annotated[dict[Year, Positive], Unit("ratio")] = Field(
        default_factory=dict,
        description="market income over reported income, so that the simulated mean equals the reported one",
    )
    log_sd: Annotated[float, Field(ge=0, le=2), Unit("log points")] = Field(
        description="standard deviation of log income at the start"
    )
    village_sd: Annotated[float, Field(ge=0, le=1), Unit("log points")] = Field(description="of it between villages")
    poor_village_gap: Annotated[float, Field(ge=0, le=2), Unit("log points")] = Field(
        description="by which poor villages are poorer than others"
    )
    permanent_sd: Annotated[float, Field(ge=0, le=1), Unit("log points")] = Field(
        description="standard deviation of the lasting change of a year"
    )
    transitory_sd: Annotated[float, Field(ge=0, le=1), Unit("log points")] = Field(
        description="standard deviation of the passing part, cross-section"
    )
    transitory_persistence: Annotated[float, Field(ge=0, lt=1), Unit("share")] = Field(
        description="of the passing part, left after a year"
    )
    farm_share: Share = Field(description="share of market income from farming and business")
    wage_share: Share = Field(description="share of market income from wages")
    property_share: Share = Field(description="share of market income from property")

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
    chronic_factor: Annotated[Positive, Unit("times")] = Field(
        default=1.0, description="times the incidence, with a chronically ill member"
    )
    elderly_factor: Annotated[Positive, Unit("times")] = Field(
        default=1.0, description="times the incidence, with an elderly member"
    )
    recovery_months: Annotated[Positive, Unit("months")] = Field(description="months until recovery, on average")
    income_loss: Share = Field(description="share of income lost while ill")
    bill_median: Annotated[NonNegative, Unit("yuan")] = Field(
        description="yuan, at the mean income of the first year of the period"
    )
    bill_log_sd: LogPoints = Field(description="standard deviation of log bills")
    reimbursed: Share = Field(description="share of a bill that general insurance pays")


class Work(Section):
    """Loss and finding of the household's main job, and how the county's labour market answers."""

    separation: Annotated[NonNegative, Unit("a year")] = Field(description="yearly hazard of losing the main job")
    finding: Annotated[NonNegative, Unit("a year")] = Field(description="yearly hazard of finding one")
    wage_loss: Share = Field(description="share of wage income lost while the main job is lost")
    crowding: Annotated[NonNegative, Unit("ratio")] = Field(
        description="relative fall of finding per share of workers placed by instruments"
    )
    wage_response: Annotated[NonNegative, Unit("ratio")] = Field(
        description="relative rise of wages per share of workers placed by instruments"
    )


class Family(Section):
    """Changes of households, yearly rates per person."""

    births: Share = Field(description="yearly, per person")
    deaths: Share = Field(description="yearly, per person")
    leaving: Share = Field(description="yearly, per person; marriage and migration for good")
    joining: Share = Field(description="yearly, per person; marriage into the household")


class Accounts(Section):
    """Consumption, savings, debt and schooling cost."""

    subsistence: Annotated[NonNegative, Unit("share")] = Field(
        description="share of the survey line that is always consumed"
    )
    fixed_consumption: Annotated[NonNegative, Unit("yuan per person and year")] = Field(
        description="consumed whatever the income"
    )
    consumption_share: Share = Field(description="share of twelve-month income consumed besides")
    debt_limit: Annotated[NonNegative, Unit("years of income")] = Field(description="most that a household owes")
    interest: Share = Field(description="yearly, on debt")
    repayment: Share = Field(description="monthly share of debt that is repaid when cash allows")
    schooling_cost: Annotated[NonNegative, Unit("yuan per student and year")] = Field(description="borne by households")


class Disasters(Section):
    """Village disasters, by the village's severity class."""

    hazard: Annotated[dict[Literal["none", "mild", "moderate", "severe"], NonNegative], Unit("a year")] = Field(
        description="yearly hazard by the severity of the village; none: not designated poor"
    )
    farm_loss: Share = Field(description="share of farm income")
    months: Annotated[int, Field(ge=1, le=120), Unit("months")] = Field(description="months that a loss lasts")


class Prices(Section):
    """County price of each crop: mean 1, log autoregressive, lowered by its own supply."""

    persistence: Annotated[float, Field(ge=0, lt=1), Unit("share")] = Field(
        description="of a deviation, from year to year"
    )
    sd: LogPoints = Field(description="standard deviation of the log price")
    supply_elasticity: LogPoints = Field(
        description="log points lost per unit of (crop income from instruments / county farm income)"
    )


class Budget(Section):
    """Fund money by year, shared over counties by registered persons; nothing opens where it is spent."""

    yuan: Annotated[YearPath, Unit("yuan a year")] = Field(description="fund money of the year, whole region")


class ReportedFigure(Section):
    """A reported figure to set beside the simulated one. Never an input of the month."""

    evidence: str = Field(description="id of the evidence row that reports it")
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
    ] = Field(description="what of the simulation it is compared with")
    since: Month | None = Field(default=None, alias="from", description="first month of a period")
    at: Month = Field(description="month of the figure, or last month of its period")
    instruments: list[str] = Field(default_factory=list, description="of coverage and outlays: whose")


class Scenario(Section):
    """A complete scenario."""

    extends: str | None = Field(
        default=None, description="scenario file beside this one that holds whatever is not said"
    )
    name: str = Field(min_length=1, description="heads the report")
    region: str = Field(min_length=1, description="as in the column region of the evidence")
    description: str = Field(default="", description="free text, printed in the report and by povsim explain")
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(default=1, description="of all luck")
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
        default_factory=dict, max_length=63, description="by a name of your own"
    )
    switched_off: list[str] = Field(
        default_factory=list, description="mechanisms or instruments; one that says off: false itself stays on"
    )
    withdrawn: Withdrawal | None = Field(default=None, description="of instruments that do not say ends themselves")
    register_: Register = Field(alias="register")
    budget: Budget | None = None
    shocks: list[Shock] = Field(default_factory=list, description="forced by date; a list replaces an inherited one")
    reported: list[ReportedFigure] = Field(default_factory=list, description="figures to compare with, no inputs")


__all__ = ["CAUSES", "CROPS", "SOURCES", "Instrument", "ReportedFigure", "Scenario", "Shock", "parse_month"]
