"""What must hold between a sweep, its design and the scenario that it starts from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from sim.calendar import is_december, year_of
from sim.scenario.load import LoadedScenario, ScenarioText, resolve
from sim.scenario.problems import Problem, ScenarioError, nearest, problem
from sim.scenario.tree import Node, find
from sim.sweep.design import extremes, listed, quantile
from sim.sweep.model import Factor, Sweep
from sim.sweep.settings import setting

SAMPLED = ("lhs", "sobol", "saltelli", "morris")


def check_factors(sweep: Sweep, tree: Node, text: ScenarioText | None, folder: Path) -> list[Problem]:
    """Every factor suits the design, has a path of its own, and the scenario takes its values."""
    if (sweep.design.kind == "posterior") == bool(sweep.factors):
        place = find(tree, ("factors",))[0].shown
        message = "the fit says which values differ; leave factors out" if sweep.factors else "is missing"
        return [problem(place, ("factors",), message)]
    problems = []
    for name, factor in sweep.factors.items():
        wrong = list(_unsuited(factor, sweep))
        if not wrong and text is not None:
            wrong = list(_refused(name, factor, sweep, text, folder))
        problems += [problem(find(tree, ("factors", name))[0].shown, ("factors", name), each) for each in wrong]
    return problems + list(_same_paths(sweep, tree))


def _unsuited(factor: Factor, sweep: Sweep) -> Iterator[str]:
    kind = sweep.design.kind
    bounded = factor.range is not None or factor.values is not None
    if kind == "list":
        if bounded or factor.distribution != "uniform" or factor.steps is not None:
            yield "takes its values from the list; only path has an effect"
        return
    if not bounded and (kind not in SAMPLED or factor.distribution != "normal"):
        yield "needs range: [lowest, highest] or values: […]"
    elif kind == "morris" and not bounded:
        yield "morris needs a range, which cuts the normal distribution off"
    if kind in SAMPLED and bounded and not np.isfinite(quantile(factor, np.array([0.01, 0.5, 0.99]))).all():
        yield "the range lies where this distribution never is; move the range or the mean"
    if kind == "grid" and factor.range is not None and factor.steps is None:
        yield "a grid needs steps: how many values it takes from the range"
    if kind == "grid" and factor.distribution != "uniform":
        yield "a grid takes evenly spaced values; distribution has no effect"
    if factor.steps is not None and (kind != "grid" or factor.range is None):
        yield "steps has no effect but on a range in a grid"


def _refused(name: str, factor: Factor, sweep: Sweep, text: ScenarioText, folder: Path) -> Iterator[str]:
    """What the scenario says to the factor's values, one problem a path."""
    values = extremes(factor) if sweep.design.kind != "list" else _ends_of(name, sweep, folder)
    found: dict[str, str] = {}
    for value in values:
        try:
            resolve(text, [*sweep.settings, setting(factor.path, value)])
        except ScenarioError as error:
            for each in error.problems:
                found.setdefault(each.path, each.message)
    yield from (f"{path}: {message}" for path, message in found.items())


def _ends_of(name: str, sweep: Sweep, folder: Path) -> list[Any]:
    """Least and greatest value of a listed factor; none where the list itself is wrong."""
    from pyarrow import compute

    try:
        column = listed(sweep.design, folder)[name]
        ends = compute.min_max(column).as_py()
    except (OSError, ValueError, KeyError, NotImplementedError):
        return []
    return [each for each in (ends["min"], ends["max"]) if each is not None]


def _same_paths(sweep: Sweep, tree: Node) -> Iterator[Problem]:
    fixed = {_parts(each.partition("=")[0]): each for each in sweep.settings}
    paths = {name: _parts(factor.path) for name, factor in sweep.factors.items()}
    for name, path in paths.items():
        place, at = find(tree, ("factors", name, "path"))[0].place, ("factors", name, "path")
        if path == ("seed",):
            yield problem(place, at, "seeds follow from replicates; a factor can not set them")
        if path in fixed:
            yield problem(place, at, f"stands in set: already, as {fixed[path]}")
    for (first, one), (second, other) in combinations(paths.items(), 2):
        shorter = min(len(one), len(other))
        if one[:shorter] == other[:shorter]:
            place = find(tree, ("factors", second, "path"))[0].place
            message = f"the factor {first} changes {sweep.factors[first].path} already"
            yield problem(place, ("factors", second, "path"), message)


def _parts(path: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in path.split("."))


def check_list(sweep: Sweep, tree: Node, folder: Path) -> list[Problem]:
    """The file of a list design can be read and holds a whole column for each factor."""
    if sweep.design.kind != "list":
        return []
    place, at = find(tree, ("design", "file"))[0].place, ("design", "file")
    file = folder / (sweep.design.file or "")
    try:
        table = listed(sweep.design, folder)
    except FileNotFoundError:
        return [problem(place, at, f"no such file: {file}")]
    except (OSError, ValueError) as error:
        return [problem(place, at, f"{file} can not be read: {error}")]
    wrong = [] if len(table) else [f"{file} holds no points"]
    for name in sweep.factors:
        if name not in table.column_names:
            wrong.append(f"{file} has no column {name}{nearest(name, table.column_names)}")
            continue
        empty = next((i for i, value in enumerate(table[name]) if _nothing(value.as_py())), None)
        if empty is not None:
            wrong.append(f"{file}: point {empty + 1} has no number in the column {name}")
    return [problem(place, at, each) for each in wrong]


def _nothing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def check_outputs(sweep: Sweep, tree: Node, base: LoadedScenario) -> Iterator[Problem]:
    """The years asked for end within the period, and there is something to measure."""
    period = base.scenario.period
    years = [year_of(month) for month in range(period.start, period.end + 1) if is_december(month)]
    for i, year in enumerate(sweep.outputs.years or []):
        if year not in years:
            place = find(tree, ("outputs", "years", i))[0].place
            allowed = f"allowed: {years[0]} to {years[-1]}" if years else "the period holds no December"
            yield problem(place, ("outputs", "years", i), f"{year} has no December in the period; {allowed}")
    if not years:
        yield problem(find(tree, ("base",))[0].place, "base", "the period holds no December, when results are counted")
    if "targets" in sweep.outputs.measures and not base.scenario.reported:
        at = ("outputs", "measures", sweep.outputs.measures.index("targets"))
        yield problem(find(tree, at)[0].place, at, "the scenario has no reported figures to set beside")
