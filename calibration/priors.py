"""Free parameters: what they change in a scenario, and what was known about them before the curve."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from calibration.evidence import Evidence, load_evidence
from calibration.paths import PathError, change
from calibration.sheet import Sheet
from sim.scenario.fields import Section
from sim.scenario.problems import allowed, nearest

PRIORS = Path(__file__).with_name("priors.yaml")
OBSERVED_WITH = {"survey_noise": "whole", "business_noise": "business"}  # parameter -> field of `survey.Noise`
SECTIONS = ("parameters", "fixed")

Floats = NDArray[np.float64]


class PriorEntry(Section):
    """A free parameter as it is written."""

    label: str = Field(description="what it is, in words")
    set_: list[str] = Field(default_factory=list, alias="set", description="paths that take its value")
    scale: list[str] = Field(default_factory=list, description="paths that are multiplied by it")
    observation: bool = Field(default=False, description="acts on what is observed instead of on the scenario")
    distribution: Literal["uniform", "log_uniform", "normal"]
    low: float = Field(description="least value")
    high: float = Field(description="greatest value")
    centre: float | None = Field(default=None, description="mean of the normal before it is cut off at low and high")
    sd: float | None = Field(default=None, description="of the normal")
    strength: Literal["strong", "moderate", "weak"]
    source: list[str] = Field(default_factory=list, description="evidence ids")
    reason: str = Field(description="how the range follows from its source")


@dataclass(frozen=True)
class Parameter:
    """A free parameter.

    Attributes
    ----------
    name, label : its key and what it is in words
    set, scale : scenario paths that take its value, and that are multiplied by it
    distribution, low, high, centre, sd : its prior
    strength : strong, moderate or weak basis
    source, reason : evidence ids, and how the prior follows from them
    """

    name: str
    label: str
    set: tuple[str, ...]
    scale: tuple[str, ...]
    distribution: str
    low: float
    high: float
    centre: float
    sd: float
    strength: str
    source: tuple[str, ...]
    reason: str

    def value(self, z: Any) -> Any:
        """Value at a standard-normal score: the prior's quantile at the normal's probability."""
        from scipy.special import ndtr, ndtri

        share = ndtr(z)
        if self.distribution == "uniform":
            return self.low + share * (self.high - self.low)
        if self.distribution == "log_uniform":
            return self.low * (self.high / self.low) ** share
        below, above = ndtr((np.array([self.low, self.high]) - self.centre) / self.sd)
        return np.clip(self.centre + self.sd * ndtri(below + share * (above - below)), self.low, self.high)

    def score(self, value: float) -> float:
        """Standard-normal score of a value; the inverse of `value`."""
        from scipy.special import ndtr, ndtri

        if self.distribution == "uniform":
            share = (value - self.low) / (self.high - self.low)
        elif self.distribution == "log_uniform":
            share = np.log(value / self.low) / np.log(self.high / self.low)
        else:
            below, above = ndtr((np.array([self.low, self.high]) - self.centre) / self.sd)
            share = (ndtr((value - self.centre) / self.sd) - below) / (above - below)
        return float(ndtri(share))


@dataclass(frozen=True)
class Priors:
    """The free parameters in order, and why others are not free (path -> reason)."""

    parameters: tuple[Parameter, ...]
    fixed: Mapping[str, str]

    @property
    def names(self) -> list[str]:
        """Names of the free parameters, in order."""
        return [parameter.name for parameter in self.parameters]

    def values(self, z: Floats) -> dict[str, float]:
        """Values by name at standard-normal scores (P,)."""
        return {each.name: float(each.value(score)) for each, score in zip(self.parameters, z, strict=True)}

    def table(self, z: Floats) -> Floats:
        """(N, P) values at (N, P) scores."""
        return np.column_stack([each.value(z[:, column]) for column, each in enumerate(self.parameters)])


def load_priors(
    base: Mapping[str, Any],
    file: str | os.PathLike[str] = PRIORS,
    evidence: Mapping[str, Evidence] | None = None,
) -> Priors:
    """Read the priors and check that every path can be changed in a scenario.

    Parameters
    ----------
    base : the scenario that the parameters change, as `as_written` gives it
    file : YAML sheet
    evidence : registry; the project's own where it is not given

    Raises
    ------
    ScenarioError
        With every problem and its position: swapped bounds, a path that leads nowhere, an unknown id.
    """
    registry = load_evidence() if evidence is None else evidence
    sheet = Sheet(file)
    for key, _ in sheet.tree.value.items() if isinstance(sheet.tree.value, dict) else ():
        if key not in SECTIONS:
            sheet.complain((key,), f"unknown key {key!r}{allowed(SECTIONS)}")
    parameters = []
    for name, written in sheet.children("parameters"):
        entry = sheet.model(PriorEntry, ("parameters", name), written)
        if entry is not None:
            for key, message in _wrong(str(name), entry, base, registry):
                sheet.complain(("parameters", name, *((key,) if key in written else ())), message)
            parameters.append(_parameter(str(name), entry))
    fixed = {str(path): str(reason) for path, reason in sheet.children("fixed")}
    sheet.raise_problems()
    return Priors(tuple(parameters), fixed)


def _parameter(name: str, entry: PriorEntry) -> Parameter:
    return Parameter(
        name=name,
        label=entry.label,
        set=tuple(entry.set_),
        scale=tuple(entry.scale),
        distribution=entry.distribution,
        low=entry.low,
        high=entry.high,
        centre=entry.centre or 0.0,
        sd=entry.sd or 1.0,
        strength=entry.strength,
        source=tuple(entry.source),
        reason=entry.reason,
    )


def _wrong(
    name: str, entry: PriorEntry, base: Mapping[str, Any], registry: Mapping[str, Evidence]
) -> Iterator[tuple[str, str]]:
    """Key and message of whatever a prior lacks or must not be."""
    if entry.low >= entry.high:
        swapped = "; the bounds are swapped" if entry.low > entry.high else ""
        yield "low", f"low {entry.low:g} must lie below high {entry.high:g}{swapped}"
    if entry.distribution == "log_uniform" and entry.low <= 0:
        yield "low", f"a log_uniform prior lies above 0, and low is {entry.low:g}"
    if (entry.distribution == "normal") != (entry.centre is not None and entry.sd is not None):
        yield "distribution", "centre and sd stand with a normal prior, and with no other"
    if entry.sd is not None and entry.sd <= 0:
        yield "sd", f"must lie above 0, and is {entry.sd:g}"
    if entry.observation != (name in OBSERVED_WITH) or entry.observation == bool(entry.set_ or entry.scale):
        only = " and ".join(OBSERVED_WITH)
        yield "set", f"a parameter names paths in set: or scale:; only {only} have observation: true and no path"
    for key, paths in (("set", entry.set_), ("scale", entry.scale)):
        for path in paths:
            try:
                change(base, path, lambda old: old)
            except PathError as error:
                yield key, str(error)
    for each in entry.source:
        if each not in registry:
            yield "source", f"no evidence has the id {each!r}{nearest(each, registry)}"
        elif registry[each].kind in ("plan_target", "validation_only"):
            yield "source", f"{each} is a {registry[each].kind} and says nothing about a parameter"
