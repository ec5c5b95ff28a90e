"""Reads a sweep file and says everything that is wrong with it before the first run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from numpy.typing import NDArray

from sim.scenario.load import LoadedScenario, ScenarioText, read_scenario, resolve
from sim.scenario.messages import validate
from sim.scenario.problems import Problem, ScenarioError, problem
from sim.scenario.read import read_file
from sim.scenario.tree import Node, find
from sim.scenario.within import lies_outside
from sim.sweep.checks import check_factors, check_list, check_outputs
from sim.sweep.design import size
from sim.sweep.identity import Origin, digest, origin_of
from sim.sweep.model import MOST_RUNS, Sweep


@dataclass(frozen=True)
class LoadedSweep:
    """A sweep that can be run.

    Attributes
    ----------
    file : the sweep file
    sweep : what it says
    text, base : the base scenario as written, and with the sweep's own settings
    points : of the design
    drawn : factor -> (points,) values of a posterior, else empty
    """

    file: Path
    sweep: Sweep
    text: ScenarioText
    base: LoadedScenario
    points: int
    drawn: dict[str, NDArray]

    @property
    def runs(self) -> int:
        """Points times replicates."""
        return self.points * self.sweep.replicates.count

    @cached_property
    def origin(self) -> Origin:
        """What all runs have in common."""
        return origin_of(self.base.hash)

    @cached_property
    def identity(self) -> str:
        """Hash of everything that the table of runs and their results follow from."""
        sweep = self.sweep.model_dump(by_alias=True, exclude={"name", "description", "base"})
        listed = (self.file.parent / self.sweep.design.file).read_bytes().hex() if self.sweep.design.file else ""
        drawn = {name: values.tolist() for name, values in self.drawn.items()}
        return digest([sweep, listed, drawn, vars(self.origin)])


def load_sweep(path: Path, root: Path | None = None) -> LoadedSweep:
    """Read and check a sweep file; what it names must lie in `root` where that is given.

    Raises
    ------
    ScenarioError
        With every problem found and its position.
    """
    problems: list[Problem] = []
    tree = read_file(os.fspath(path), 0, problems)
    sweep, partial, wrong = validate(tree, Sweep)
    problems += wrong
    if partial is None:
        raise ScenarioError(problems)
    named = {("base",): partial.base, ("design", "file"): partial.design.file}
    for at, name in named.items():
        if name and (outside := lies_outside(os.path.normpath(path.parent / name), root)):
            problems.append(problem(find(tree, at)[0].place, at, outside))
            raise ScenarioError(problems)
    text, base = _base(partial, tree, path, root, problems)
    further = [*check_list(partial, tree, path.parent), *check_factors(partial, tree, text, path.parent)]
    if base is not None:
        further += check_outputs(partial, tree, base)
    problems += [each for each in further if not any(f"{known.path}.".startswith(f"{each.path}.") for known in wrong)]
    if problems or sweep is None or text is None or base is None:
        raise ScenarioError(problems)
    sweep, drawn = _with_posterior(sweep, tree, base)
    loaded = LoadedSweep(path, sweep, text, base, size(sweep.design, sweep.factors, path.parent), drawn)
    if loaded.runs > MOST_RUNS:
        message = f"{loaded.runs:,} runs are too many; allowed: up to {MOST_RUNS:,}"
        raise ScenarioError([problem(find(tree, ("design",))[0].key, "design", message)])
    return loaded


def _with_posterior(sweep: Sweep, tree: Node, base: LoadedScenario) -> tuple[Sweep, dict[str, NDArray]]:
    """The sweep with the factors that a posterior brings, and their values."""
    if sweep.design.kind != "posterior":
        return sweep, {}
    from calibration.use import NoFitError
    from sim.sweep.posterior import posterior

    try:
        factors, drawn = posterior(base, sweep.design.points or 0)
    except NoFitError as error:
        raise ScenarioError([problem(find(tree, ("design",))[0].key, "design", str(error))]) from None
    return sweep.model_copy(update={"factors": factors}), drawn


def _base(
    sweep: Sweep, tree: Node, path: Path, root: Path | None, problems: list[Problem]
) -> tuple[ScenarioText | None, LoadedScenario | None]:
    """The base scenario with the sweep's settings; what is wrong with these is reported where they stand."""
    from calibration.evidence import load_evidence

    file = os.path.normpath(path.parent / sweep.base)
    if not os.path.isfile(file):
        problems.append(problem(find(tree, ("base",))[0].shown, "base", f"no such file: {file}"))
        return None, None
    try:
        text = read_scenario(file, root)
        return text, resolve(text, sweep.settings, load_evidence())
    except ScenarioError as error:
        problems += _placed(error, tree)
        return None, None


def _placed(error: ScenarioError, tree: Node) -> Iterator[Problem]:
    for each in error.problems:
        if each.file == "--set":
            number = each.line - 1
            place = find(tree, ("set", number))[0].place
            yield problem(place, ("set", number), f"{each.path}: {each.message}")
        else:
            yield each
