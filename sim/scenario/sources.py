"""What the numbers of a scenario rest on: evidence that exists and says so, or a stated reason."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sim.scenario.problems import Problem, allowed, nearest, problem, shown
from sim.scenario.tree import Node, Path, leaves

if TYPE_CHECKING:
    from calibration.evidence import Evidence
    from sim.scenario.load import LoadedScenario

    Registry = Mapping[str, Evidence]

EXACT = 1e-9
ROUNDED = 0.005
AS_SHARE = {
    "percent": 100,
    "percent_per_year": 100,
    "percentage_points": 100,
    "per_thousand_persons_year": 1000,
}
REPORTED = ("reported_outcome", "reported_input")
# What defines a run or a what-if instead of claiming something about the region.
STRUCTURAL = ("seed", "period", "population.scale", "shocks")
STRUCTURAL_KEYS = ("since", "deadline")


def check_evidence(tree: Node, evidence: Registry) -> list[Problem]:
    """Every id must exist, every number equal its evidence, and every reported figure be one."""
    problems = []
    for path, leaf in leaves(tree):
        for message in _complaints(path, leaf, evidence):
            problems.append(problem(leaf.place, path, message))
    return problems


def _complaints(path: Path, leaf: Node, evidence: Registry) -> Iterator[str]:
    if path[:1] == ("instruments",) and path[2:3] == ("evidence",):
        yield from _unknown(leaf.value, evidence)
    elif path[:1] == ("reported",) and path[-1] == "evidence":
        yield from _unknown(leaf.value, evidence)
        row = evidence.get(leaf.value)
        if row is not None and row.kind not in REPORTED:
            yield f"{row.id} is a {row.kind}, no reported figure{allowed(REPORTED)}"
    elif leaf.provenance is not None and leaf.provenance.kind == "evidence" and not leaf.provenance.inherited:
        yield from _differs(leaf.value, leaf.provenance.text, evidence)


def _unknown(name: Any, evidence: Registry) -> Iterator[str]:
    if name not in evidence:
        yield f"no evidence has the id {name!r}{nearest(name, evidence)}"


def _differs(value: Any, expression: str, evidence: Registry) -> Iterator[str]:
    from calibration.evidence import EvidenceError
    from calibration.evidence.expression import evaluate, ids_in

    try:
        unknown = [message for name in ids_in(expression) for message in _unknown(name, evidence)]
        yield from unknown
        if unknown:
            return
        held_out = [name for name in ids_in(expression) if evidence[name].kind == "validation_only"]
        yield from (f"{name} is kept for validation and can not be an input" for name in held_out)
        stated = evaluate(expression, evidence)
    except EvidenceError as error:
        yield from error.problems
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield f"evidence stands beside a number, not beside {shown(value)}"
    elif expression in evidence:
        row = evidence[expression]
        says = {row.value: f"{row.value:.15g} {row.unit}"}
        if row.unit in AS_SHARE and value <= 1:
            share = row.value / AS_SHARE[row.unit]
            says[share] = f"as a share {share:.6g}"
        if not any(math.isclose(value, number, rel_tol=EXACT) for number in says):
            yield f"{value:.15g} is not what its evidence says: {row.id} is {', '.join(says.values())}"
    elif not math.isclose(value, stated, rel_tol=ROUNDED):
        yield f"{value:.15g} is not what its evidence says: {expression} is {stated:.6g}, more than 0.5 % off"


def unsourced(loaded: LoadedScenario) -> list[str]:
    """Paths of the numbers that neither evidence nor a stated reason stands behind.

    Seeds, the period, the scale, planned years and shocks define a run and claim nothing, so they need none.
    """
    written = loaded.scenario.model_dump(by_alias=True, exclude_unset=True)
    return [path for path in _numbers(written, "") if path not in loaded.provenance and not _structural(path)]


def _structural(path: str) -> bool:
    return path.rpartition(".")[2] in STRUCTURAL_KEYS or any(
        path == each or path.startswith(f"{each}.") for each in STRUCTURAL
    )


def _numbers(value: Any, path: str) -> Iterator[str]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in entries:
        yield from _numbers(child, f"{path}.{key}" if path else str(key))
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield path
