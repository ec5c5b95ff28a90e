"""What a sweep file may say: every key with its type, unit and range."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from sim.scenario.fields import Positive, Section, Year
from sim.sweep.outputs import LEVELS, MEASURES

MOST_RUNS = 10_000_000
# Columns of the collected table that are no factors.
RESERVED = ("run", "point", "replicate", "seed", "address", "year", "level", "area", "measure", "value")

Count = Annotated[int, Field(ge=1, le=MOST_RUNS)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Factor(Section):
    """One value of the scenario that differs between runs."""

    path: str = Field(min_length=1, description="path in the scenario, for example work.separation")
    range: list[float] | None = Field(default=None, description="[lowest, highest]")
    values: list[Any] | None = Field(default=None, min_length=1, description="a list; equally likely when sampled")
    distribution: Literal["uniform", "log_uniform", "normal", "triangular"] = Field(
        default="uniform", description="within the range"
    )
    mean: float | None = Field(default=None, description="of a normal distribution, before range cuts it off")
    sd: Positive | None = Field(default=None, description="of a normal distribution, before range cuts it off")
    mode: float | None = Field(default=None, description="most likely value of a triangular distribution")
    steps: Annotated[int, Field(ge=2, le=10_000)] | None = Field(
        default=None, description="values that a grid takes from the range, its ends among them"
    )
    whole: bool = Field(default=False, description="rounds to whole numbers")

    @field_validator("range")
    @classmethod
    def _not_empty(cls, limits: list[float] | None) -> list[float] | None:
        if limits is not None and len(limits) != 2:
            raise ValueError(f"a range has two ends, [lowest, highest], not {len(limits)}")
        if limits is not None and not limits[0] < limits[1]:
            raise ValueError(f"the range from {limits[0]} to {limits[1]} is empty; give the lower end first")
        return limits

    @field_validator("values")
    @classmethod
    def _of_one_kind(cls, values: list[Any] | None) -> list[Any] | None:
        kinds = {"number" if type(value) in (int, float) else type(value).__name__ for value in values or ()}
        if kinds - {"number", "bool", "str"}:
            raise ValueError("values are numbers, true and false, or words")
        if len(kinds) > 1:
            raise ValueError("values are all numbers, all true or false, or all words")
        if len(set(values or ())) < len(values or ()):
            raise ValueError("a value stands twice")
        return values

    @model_validator(mode="after")
    def _distributed(self) -> Factor:
        if self.range is not None and self.values is not None:
            raise ValueError("takes range or values, not both")
        needed = {"normal": ("mean", "sd"), "triangular": ("mode",)}.get(self.distribution, ())
        for name in ("mean", "sd", "mode"):
            if (getattr(self, name) is None) == (name in needed):
                state = "is missing" if name in needed else "has no effect"
                raise ValueError(f"{name} {state} with the distribution {self.distribution}")
        if self.distribution != "uniform" and self.values is not None:
            raise ValueError(f"the distribution {self.distribution} takes a range, no values")
        if self.distribution == "log_uniform" and self.range is not None and self.range[0] <= 0:
            raise ValueError("a log_uniform range lies above 0")
        if self.mode is not None and self.range is not None and not self.range[0] <= self.mode <= self.range[1]:
            raise ValueError(f"mode {self.mode} lies outside the range")
        return self


class Design(Section):
    """Which points of the factors' space are run."""

    kind: Literal["grid", "lhs", "sobol", "saltelli", "morris", "list", "posterior"] = Field(
        description="how points are chosen"
    )
    points: Count | None = Field(default=None, description="of lhs, sobol and posterior")
    samples: Count | None = Field(default=None, description="base samples N of saltelli: N (factors + 2) points")
    second_order: bool = Field(default=False, description="saltelli: N (2 factors + 2) points, for interactions")
    trajectories: Count | None = Field(default=None, description="of morris: each (factors + 1) points")
    levels: Annotated[int, Field(ge=4, le=100, multiple_of=2)] = Field(default=4, description="of morris, even")
    file: str | None = Field(default=None, description="of list: CSV or Parquet with a column for each factor")
    seed: Annotated[int, Field(ge=0, lt=2**32)] = Field(default=1, description="of the design, not of the runs")

    @model_validator(mode="after")
    def _sized(self) -> Design:
        needs = {"lhs": "points", "sobol": "points", "saltelli": "samples", "morris": "trajectories", "list": "file"}
        needs["posterior"] = "points"
        for name in ("points", "samples", "trajectories", "file"):
            if (getattr(self, name) is None) == (needs.get(self.kind) == name):
                state = "is missing" if needs.get(self.kind) == name else "has no effect"
                raise ValueError(f"{name} {state} in a design of kind {self.kind}")
        number = self.points if self.kind == "sobol" else self.samples
        if number is not None and self.kind in ("sobol", "saltelli") and number & (number - 1):
            near = 1 << (number.bit_length() - 1)
            raise ValueError(f"{number} is no power of 2, which {self.kind} needs; take {near} or {2 * near}")
        return self


class Replicates(Section):
    """How often each point is run, and with whose luck."""

    count: Count = Field(default=1, description="runs of each point")
    luck: Literal["shared", "independent"] = Field(
        default="shared", description="shared: replicate k has the same seed at every point"
    )


class Outputs(Section):
    """What is kept of each run."""

    measures: Annotated[list[Literal[MEASURES]], Field(min_length=1)] = Field(  # type: ignore[valid-type]
        description="of each kept year"
    )
    years: Annotated[list[Year], Field(min_length=1)] | None = Field(default=None, description="all by default")
    levels: Annotated[list[Literal[LEVELS]], Field(min_length=1)] = Field(  # type: ignore[valid-type]
        default=["region"], description="for which areas"
    )


class Sweep(Section):
    """A complete sweep file."""

    name: str = Field(min_length=1, description="what the sweep is called")
    description: str = Field(default="", description="free text")
    base: str = Field(description="scenario file, beside this one")
    settings: list[str] = Field(default_factory=list, alias="set", description="path=value, as for --set")
    factors: dict[Name, Factor] = Field(
        default_factory=dict, description="by a name of your own; a posterior brings its own"
    )
    design: Design
    replicates: Replicates = Replicates()
    outputs: Outputs

    @field_validator("factors")
    @classmethod
    def _unreserved(cls, factors: dict[str, Factor]) -> dict[str, Factor]:
        if taken := [name for name in factors if name in RESERVED]:
            raise ValueError(f"{taken[0]} is a column of the collected table; name the factor otherwise")
        return factors
