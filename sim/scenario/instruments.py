"""What an instrument may say: who gets places when, what they do and cost."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field, WithJsonSchema, field_validator, model_validator

from sim.calendar import month_text
from sim.scenario.fields import Month, NonNegative, Section, Share, Unit, YearPath

Mechanism = Literal["industry", "employment", "relocation", "social_security", "enabling"]
Crop = Literal["orchards", "camellia", "vegetables", "other"]
Cause = Literal["illness", "disability", "no_skills", "no_funds", "no_labour", "schooling", "disaster"]
Money = Literal["farm", "wage", "property", "transfer", "interest_relief"]
Relative = Literal[
    "farm_uplift",
    "skill",
    "job_finding",
    "medical_cover",
    "shelter",
    "farm_share",
    "wage_share",
    "safe_house",
    "insured",
    "in_school",
    "safe_water",
    "mobilisation",
]

MECHANISMS: tuple[Mechanism, ...] = get_args(Mechanism)
CROPS: tuple[Crop, ...] = get_args(Crop)
CAUSES: tuple[Cause, ...] = get_args(Cause)
LARGEST_HOUSEHOLD = 20  # members; see sim.economy_rules.family
ANY = 255
# Keys of an instrument that say something to readers and change no result.
WORDS = ("label", "chinese", "note", "evidence")
SOURCES = dict.fromkeys(get_args(Money), "yuan") | dict.fromkeys(get_args(Relative), "share")


def _comparison(text: str) -> str:
    match = re.fullmatch(r"\s*(>=|<=|==|<|>)\s*(\d{1,3})\s*", text)
    if not match:
        raise ValueError(f"'{text}' is no comparison; write for example '>=1'")
    if int(match[2]) == 0 and match[1] == "<":
        raise ValueError(f"'{text}' lets nobody in")
    if int(match[2]) == 0 and match[1] == ">=":
        raise ValueError(f"'{text}' has no effect: everybody meets it")
    return text


COMPARISON = {"type": "string", "pattern": r"^\s*(>=|<=|==|<|>)\s*[0-9]{1,3}\s*$"}
Comparison = Annotated[
    str, AfterValidator(_comparison), Field(description="a comparison such as '>=1'"), WithJsonSchema(COMPARISON)
]


def limits(comparison: str | None) -> tuple[int, int]:
    """Least and most number that a comparison such as '>=1' allows."""
    if comparison is None:
        return 0, ANY
    sign, digits = re.fullmatch(r"\s*(>=|<=|==|<|>)\s*(\d+)\s*", comparison).groups()  # type: ignore[union-attr]
    n = int(digits)
    return {">=": (n, ANY), ">": (n + 1, ANY), "<=": (0, n), "<": (0, n - 1), "==": (n, n)}[sign]


class Eligible(Section):
    """Who may enrol; a comparison is a string such as '>=1' or '<2'."""

    registered: bool | None = Field(default=None, description="is or was on the register, and not struck off")
    exited: bool | None = Field(default=None, description="has left the register by review")
    monitored: bool | None = Field(default=None, description="is watched as near the line")
    poor_village: bool | None = Field(default=None, description="lives in a designated poor village")
    safe_house: bool | None = Field(default=None, description="lives in a safe house")
    safe_water: bool | None = Field(default=None, description="has safe drinking water")
    workers: Comparison | None = Field(default=None, description="members able to work, as '>=1'")
    students: Comparison | None = Field(default=None, description="members at school, as '>=1'")
    elderly: Comparison | None = Field(default=None, description="members of 60 and over, as '>=1'")
    members: Comparison | None = Field(default=None, description="household size, as '<3'")
    chronic: bool | None = Field(default=None, description="has a chronically ill or disabled member")
    causes: Annotated[list[Cause], Field(min_length=1)] | None = Field(
        default=None, description="main cause of poverty on the register is one of these"
    )


class Target(Section):
    """Who comes first among the eligible and willing."""

    by: Literal["poorest", "lot", "illness", "poor_villages", "unsafe_house"] = Field(
        default="poorest", description="who comes first"
    )
    inclusion_error: Share = Field(default=0.0, description="probability that a household's priority is drawn by lot")
    exclusion_error: Share = Field(default=0.0, description="probability that a household is passed over")


class Effect(Section):
    """What one enrolment changes: a yearly amount of money, a share, or a guarantee."""

    source: Literal[Money, Relative] = Field(description="what changes: money takes yuan_per_year, the rest a share")
    crop: Crop | None = Field(default=None, description="of source farm; 'other' unless it is named")
    yuan_per_year: Annotated[float, Unit("yuan a year")] | None = Field(
        default=None, description="yuan a year for each unit of per"
    )
    share: Annotated[float, Field(ge=-1, le=1), Unit("share")] | None = Field(
        default=None, description="relative change, or share that is reached"
    )
    standard: Annotated[YearPath, Unit("yuan per person and year")] | None = Field(
        default=None, description="by year, topped up to; of source transfer"
    )
    top_up_share: Share = Field(default=1.0, description="share of the distance to the standard that is paid")
    least_share: Share = Field(default=0.0, description="least payment, as a share of the standard")
    per: Literal["household", "person", "worker", "student", "elderly"] = Field(
        default="household", description="what the yuan are for"
    )
    additionality: Share = Field(default=1.0, description="share of the gain that would not have come anyway")
    first_after_months: Annotated[int, Field(ge=0, le=240), Unit("months")] = Field(
        default=0, description="months after entry"
    )
    ramp_months: Annotated[int, Field(ge=0, le=240), Unit("months")] = Field(
        default=0, description="months from the first to the full effect"
    )
    paid_by: Literal["fund", "market"] = Field(default="market", description="fund where the public purse pays it")

    @model_validator(mode="before")
    @classmethod
    def _farming_grows_a_crop(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("source") == "farm":
            return {"crop": "other", **value}
        return value

    @model_validator(mode="after")
    def _one_size(self) -> Effect:
        given = [name for name in ("yuan_per_year", "share", "standard") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of yuan_per_year, share and standard is needed, not {len(given)}")
        if self.standard is not None and self.source != "transfer":
            raise ValueError("a standard is topped up by source: transfer")
        if SOURCES[self.source] == "yuan" and self.share is not None:
            raise ValueError(f"{self.source} takes yuan_per_year, not share")
        if SOURCES[self.source] == "share" and self.share is None:
            raise ValueError(f"{self.source} takes share, not {given[0]}")
        if self.crop is not None and self.source != "farm":
            raise ValueError(f"crop has no effect on {self.source}")
        if self.standard is None and (self.top_up_share, self.least_share) != (1, 0):
            raise ValueError("top_up_share and least_share have no effect without a standard")
        return self


def stated(section: Section) -> set[str]:
    """Keys that say something else than they do where they are left out; a resolved scenario states them all."""
    fields = type(section).model_fields
    return {name for name in section.model_fields_set if getattr(section, name) != fields[name].default}


class Cost(Section):
    """What the fund pays besides the benefit, what the household pays itself, and what it is lent."""

    yuan_per_household: Annotated[NonNegative, Unit("yuan")] = Field(
        default=0.0, description="a household, once, at entry"
    )
    yuan_per_household_year: Annotated[NonNegative, Unit("yuan a year")] = Field(
        default=0.0, description="a household and year"
    )
    yuan_per_person_year: Annotated[NonNegative, Unit("yuan a year")] = Field(
        default=0.0, description="a person and year"
    )
    own_payment: Annotated[NonNegative, Unit("yuan")] = Field(
        default=0.0, description="per household, once, paid by the household"
    )
    loan: Annotated[NonNegative, Unit("yuan")] = Field(
        default=0.0,
        description="per household, lent at entry, invested until the effects end, and repaid as other debt",
    )


class Instrument(Section):
    """One instrument: places by date, who gets them, what they do and cost."""

    mechanism: Mechanism = Field(description="which mechanism it belongs to")
    label: str = Field(default="", description="what a planner calls it")
    chinese: str = Field(default="", description="its name on pages in Chinese")
    off: bool = Field(default=False, description="true leaves it out of a run")
    unit: Literal["households", "persons", "workers", "students", "elderly", "villages"] = Field(
        default="households", description="what a place counts"
    )
    places: Annotated[dict[Month, NonNegative], Field(min_length=1), Unit("places")] = Field(
        description="cumulative; between two dates they open evenly, every quarter"
    )
    refill: bool = Field(default=False, description="offer again the places of those who left")
    eligible: Eligible = Eligible()
    target: Target = Target()
    uptake: Share = Field(default=1.0, description="share of those asked who take part")
    spillover: Annotated[NonNegative, Unit("ratio")] = Field(
        default=0.0, description="rise of uptake per share of adopters in the village"
    )
    exclusive: str | None = Field(default=None, description="at most one instrument of this name a household")
    effect: Annotated[list[Effect], Field(min_length=1, max_length=8)] = Field(description="one, or a list")
    drop_out: Share = Field(default=0.0, description="share that leaves a year")
    lasts_months: Annotated[int, Field(ge=1, le=600), Unit("months")] | None = Field(
        default=None, description="months after entry when support ends"
    )
    ends: Month | None = Field(default=None, description="month in which everything ends, also for those enrolled")
    tapers_from: Month | None = Field(
        default=None, description="no places open from here on; households leave evenly from here to ends, by lot"
    )
    cost: Cost = Cost()
    evidence: list[str] = Field(default_factory=list, description="ids of rows that speak for it as a whole")
    note: str = Field(default="", description="free text, printed with the instrument")

    @field_validator("effect", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return [value] if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _whole_villages(self) -> Instrument:
        """A place for a village enrols all of its households, so that nothing may choose among them."""
        if self.unit == "villages":
            chosen = [f"eligible.{key}" for key in sorted(stated(self.eligible) - {"poor_village"})]
            chosen += [f"target.{key}" for key in sorted(stated(self.target) - {"by"})]
            chosen += [key for key in ("uptake", "spillover", "drop_out", "exclusive") if key in stated(self)]
            if chosen:
                raise ValueError(f"{', '.join(chosen)} can not choose among households where places are for villages")
            if self.target.by not in ("lot", "poor_villages"):
                raise ValueError(
                    f"villages are not chosen by {self.target.by}; allowed: target.by: lot or poor_villages"
                )
        return self

    @model_validator(mode="after")
    def _paths(self) -> Instrument:
        dates = sorted(self.places)
        for earlier, later in pairwise(dates):
            before, after = self.places[earlier], self.places[later]
            if after < before:
                raise ValueError(
                    f"places fall from {before:,.0f} to {after:,.0f} in {month_text(later)}; "
                    "they are cumulative: end enrolments with ends or lasts_months"
                )
        if self.ends is not None and self.ends <= dates[0]:
            raise ValueError(f"ends in {month_text(self.ends)}, but the first places open in {month_text(dates[0])}")
        if self.tapers_from is not None and (self.ends is None or self.ends <= self.tapers_from):
            raise ValueError(f"tapers from {month_text(self.tapers_from)}, so that ends must name a later month")
        return self
