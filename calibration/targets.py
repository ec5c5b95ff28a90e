"""Targets: reported figures with what they measure, how exactly, and whether a fit may use them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from calibration.evidence import Evidence, EvidenceError, load_evidence
from calibration.evidence.expression import evaluate, ids_in
from calibration.operators import OPERATORS
from calibration.sheet import Sheet
from sim.calendar import month_text
from sim.scenario import ReportedFigure
from sim.scenario.fields import Month, Positive, Section
from sim.scenario.problems import allowed, nearest

Role = Literal["fit", "validate", "ignore"]
# A plan is pressure or capacity, a figure kept for validation or never seen in a source decides nothing.
NEVER_FITTED = {
    "plan_target": "is a plan, not an outcome: it presses or limits, and is never a target",
    "validation_only": "is kept for validation and can not be fitted",
}
TARGETS = Path(__file__).with_name("targets")
SECTIONS = ("region", "reported")
OF_INSTRUMENTS = ("coverage", "outlays", "workers")


class TargetEntry(Section):
    """A target as it is written."""

    name: str | None = Field(default=None, description="where one figure is seen in two ways")
    evidence: str = Field(description="evidence id, or arithmetic on ids")
    operator: str = Field(description="what the figure measures")
    since: Month | None = Field(default=None, alias="from", description="first month of a period")
    at: Month = Field(description="a month such as 2015-12")
    instruments: list[str] = Field(default_factory=list)
    error: Positive | None = Field(default=None, description="standard deviation, in the figure's own unit")
    role: Role
    reason: str | None = None


@dataclass(frozen=True)
class Target:
    """A reported figure that a run can be held against.

    Attributes
    ----------
    value, error : reported value and its standard deviation, in `unit`
    why : what the error rests on
    reason : why it is not fitted, for the roles `validate` and `ignore`
    figure : what the operator needs
    """

    name: str
    value: float
    error: float
    unit: str
    why: str
    role: Role
    reason: str
    figure: ReportedFigure

    @property
    def at(self) -> str:
        """The figure's month."""
        return month_text(self.figure.at)


def load_targets(
    file: str | os.PathLike[str],
    evidence: Mapping[str, Evidence] | None = None,
    instruments: Collection[str] | None = None,
) -> list[Target]:
    """Read a region's targets.

    Parameters
    ----------
    file : YAML sheet; see `calibration/targets/`
    instruments : of the scenario that is held against them; not checked where none are given
    evidence : registry; the project's own where it is not given

    Raises
    ------
    ScenarioError
        With every problem and its position: a plan or a figure kept for validation in role `fit`, a missing operator,
        error or reason, an unknown id or instrument.
    """
    registry = load_evidence() if evidence is None else evidence
    sheet = Sheet(file)
    for key, _ in sheet.tree.value.items() if isinstance(sheet.tree.value, dict) else ():
        if key not in SECTIONS:
            sheet.complain((key,), f"unknown key {key!r}{allowed(SECTIONS)}")
    targets: list[Target] = []
    for number, written in sheet.children("reported"):
        target = _target(sheet, number, written, registry, instruments)
        if target is not None and target.name in (each.name for each in targets):
            sheet.complain(("reported", number), f"{target.name} stands twice; give one of them a name:")
        elif target is not None:
            targets.append(target)
    sheet.raise_problems()
    return targets


def _target(
    sheet: Sheet,
    number: str | int,
    written: Any,
    registry: Mapping[str, Evidence],
    instruments: Collection[str] | None,
) -> Target | None:
    path = ("reported", number)
    entry = sheet.model(TargetEntry, path, written)
    if entry is None:
        return None
    node = sheet.node((*path, "error"))
    ground = node.provenance.text if node.provenance is not None else ""
    problems: list[tuple[tuple[str | int, ...], str]] = [
        ((key,) if key in written else (), message) for key, message in _wrong(entry, ground, registry)
    ]
    problems += _unknown_instruments(entry, instruments)
    for place, message in problems:
        sheet.complain((*path, *place), message)
    if problems:
        return None
    ids = ids_in(entry.evidence)
    return Target(
        name=entry.name or entry.evidence,
        value=evaluate(entry.evidence, registry),
        error=entry.error or 0.0,
        unit=registry[ids[0]].unit if ids == [entry.evidence] else "",
        why=ground,
        role=entry.role,
        reason=entry.reason or "",
        # The operators of a fit are more than those that a scenario may name.
        figure=ReportedFigure.model_construct(
            evidence=entry.evidence,
            operator=entry.operator,
            since=entry.since,
            at=entry.at,
            instruments=entry.instruments,
        ),
    )


def _unknown_instruments(
    entry: TargetEntry, instruments: Collection[str] | None
) -> list[tuple[tuple[str | int, ...], str]]:
    """Place and message of each instrument that the scenario does not have, or of none where some are needed."""
    if entry.operator in OF_INSTRUMENTS and not entry.instruments:
        return [((), f"{entry.operator} needs instruments:")]
    return [
        (("instruments", number), f"the scenario has no instrument {name!r}{nearest(name, instruments)}")
        for number, name in enumerate(entry.instruments)
        if instruments is not None and name not in instruments
    ]


def _wrong(entry: TargetEntry, ground: str, registry: Mapping[str, Evidence]) -> Iterator[tuple[str, str]]:
    """Key and message of whatever a target lacks or must not be."""
    try:
        ids = ids_in(entry.evidence)
    except EvidenceError as error:
        yield from (("evidence", message) for message in error.problems)
        return
    for name in ids:
        if name not in registry:
            yield "evidence", f"no evidence has the id {name!r}{nearest(name, registry)}"
        elif entry.role == "fit":
            row = registry[name]
            if row.kind in NEVER_FITTED:
                yield "evidence", f"{name} {NEVER_FITTED[row.kind]}"
            elif row.confidence == "recalled_unverified":
                yield "evidence", f"{name} was never seen in a source: fit for a prior at most"
        elif entry.role == "validate" and registry[name].kind == "plan_target":
            yield "evidence", f"{name} {NEVER_FITTED['plan_target']}"
    if not ids:
        yield "evidence", "names no evidence id: a target without a source is an opinion"
    elif all(name in registry for name in ids):
        try:
            evaluate(entry.evidence, registry)
        except EvidenceError as error:
            yield from (("evidence", message) for message in error.problems)
    if entry.operator not in OPERATORS:
        yield "operator", f"{entry.operator!r} is not known{nearest(entry.operator, OPERATORS)}{allowed(OPERATORS)}"
    if entry.role == "ignore":
        if not entry.reason:
            yield "reason", "say why it is ignored, in reason:"
        return
    if entry.error is None:
        yield "error", "is missing (standard deviation, as {value: …, assumed: why})"
    elif not ground:
        yield "error", "say what the error rests on, as {value: …, assumed: why}"
    if entry.role == "validate" and not entry.reason:
        yield "reason", "say why it is not fitted, in reason:"
