"""Loads a scenario: reads and merges its files, applies overrides, validates, checks."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from sim.scenario.checks import check
from sim.scenario.instruments import WORDS
from sim.scenario.messages import validate
from sim.scenario.microdata import locate
from sim.scenario.model import Scenario
from sim.scenario.problems import Problem, ScenarioError, problem
from sim.scenario.sources import check_evidence
from sim.scenario.switches import SWITCHES, spread
from sim.scenario.tree import Node, Path, Provenance, leaves, merge
from sim.scenario.within import lies_outside

if TYPE_CHECKING:
    from sim.scenario.sources import Registry


@dataclass(frozen=True)
class ScenarioText:
    """What a scenario's files say, before overrides: many runs that differ in a few values read it once.

    Attributes
    ----------
    trees : of the files, the most basic one first
    files : those read, in the same order
    problems : found while reading
    """

    trees: tuple[Node, ...]
    files: tuple[FilePath, ...]
    problems: tuple[Problem, ...]

    @cached_property
    def tree(self) -> Node:
        """Of all files, merged."""
        return reduce(merge, self.trees)

    @property
    def base(self) -> ScenarioText:
        """What the file says that is extended at last, where nothing was wrong."""
        return ScenarioText(self.trees[:1], self.files[:1], ())


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario that is complete and consistent.

    Attributes
    ----------
    scenario : the models
    resolved : plain dict after `extends`, overrides and defaults; months are text; itself a scenario
    provenance : path of a value -> what it rests on
    hash : SHA-256 of everything in `resolved` that affects results; see `scenario_hash`
    files : those read, the most basic one first
    text : what they say; None where a scenario was put together from values
    unfitted : the same before a fit's values were laid over it; None where none were
    """

    scenario: Scenario
    resolved: dict[str, Any]
    provenance: Mapping[str, Provenance]
    hash: str
    files: tuple[FilePath, ...]
    text: ScenarioText | None = field(default=None, repr=False, compare=False)
    unfitted: LoadedScenario | None = field(default=None, repr=False, compare=False)

    @property
    def label(self) -> str:
        """What tells it apart from others it is compared with: the name of its file."""
        return self.files[-1].stem


def load_scenario(
    path: str | os.PathLike[str],
    overrides: Sequence[str] = (),
    evidence: Registry | None = None,
    root: FilePath | None = None,
) -> LoadedScenario:
    """Load a scenario file.

    Parameters
    ----------
    path : YAML file; what its `extends:` names is read first
    overrides : ``path=value`` texts, the value in YAML, for example ``population.scale=0.05``
    evidence : registry to check numbers against; the project's own where it is not given
    root : folder that the files which it names must lie in; any folder where it is not given

    Raises
    ------
    ScenarioError
        With every problem found and its position. Checks that compare sections leave out entries that are
        wrong in themselves.
    """
    if evidence is None:
        from calibration.evidence import load_evidence

        evidence = load_evidence()
    return resolve(read_scenario(path, root), overrides, evidence)


def read_scenario(path: str | os.PathLike[str], root: FilePath | None = None) -> ScenarioText:
    """Read a scenario file and those it extends, which must lie in `root` where it is given.

    Raises
    ------
    ScenarioError
        Where a file can not be read, or is no YAML.
    """
    problems: list[Problem] = []
    trees = _read_chain(os.fspath(path), root, problems)
    files = tuple(FilePath(each.place.file) for each in trees)
    return ScenarioText(tuple(trees), files, tuple(problems))


def resolve(text: ScenarioText, overrides: Sequence[str] = (), evidence: Registry | None = None) -> LoadedScenario:
    """The scenario of a text with overrides; `load_scenario` says which, and what is raised.

    Parameters
    ----------
    evidence : None where the text was checked against it before, and overrides are bare values
    """
    # YAML takes long to import, and who is handed a scenario does not need it.
    from sim.scenario.overrides import override

    problems = list(text.problems)
    tree = spread(override(text.tree, overrides, problems), problems)
    tree, microdata = locate(tree, os.fspath(text.files[-1]), problems)
    if evidence is not None:
        problems += check_evidence(tree, evidence)
    scenario, partial, wrong = validate(tree, Scenario)
    problems += [each for each in wrong if not _covered(each, problems)]
    if partial is not None:
        problems += check(partial, tree)
    if problems or scenario is None:
        raise ScenarioError(problems)
    resolved = scenario.model_dump(by_alias=True, exclude_none=True, exclude={"extends"})
    if microdata is not None:
        resolved["population"]["microdata"] = microdata
    return LoadedScenario(
        scenario=scenario,
        resolved=resolved,
        provenance={_dotted(at): leaf.provenance for at, leaf in leaves(tree) if leaf.provenance is not None},
        hash=scenario_hash(resolved),
        files=text.files,
        text=text,
    )


def effective(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """What of a resolved scenario affects results.

    Names, descriptions, labels, notes and evidence lists of instruments are left out: they change no result. What
    switches several instruments at once is left out too: it is in the instruments. Of own households the contents
    count, not the file's name.
    Everything else counts, the reported figures too, since a run writes its comparison with them.
    """
    counted = {key: value for key, value in resolved.items() if key not in ("name", "description", *SWITCHES)}
    counted["instruments"] = {
        name: {key: value for key, value in each.items() if key not in WORDS}
        for name, each in resolved.get("instruments", {}).items()
    }
    if "population" in counted:
        counted["population"] = {key: value for key, value in counted["population"].items() if key != "microdata"}
    return counted


def scenario_hash(resolved: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of what is effective in a resolved scenario, in hexadecimal digits."""
    text = json.dumps(effective(resolved), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _read_chain(file: str, root: FilePath | None, problems: list[Problem]) -> list[Node]:
    """The trees of a file and of those it extends, the most basic one first."""
    from sim.scenario.read import read_file

    chain: list[str] = []
    trees: list[Node] = []
    while True:
        chain.append(file)
        tree = read_file(file, -len(trees), problems)
        base = tree.value.get("extends") if isinstance(tree.value, dict) else None
        trees.insert(0, tree)
        if base is None or not isinstance(base.value, str):
            return trees
        file = os.path.normpath(os.path.join(os.path.dirname(file), base.value))
        if outside := lies_outside(file, root):
            raise ScenarioError([*problems, problem(base.place, ("extends",), outside)])
        if any(os.path.realpath(file) == os.path.realpath(each) for each in chain):
            circle = " → ".join([*chain, file])
            raise ScenarioError([*problems, problem(base.place, ("extends",), f"goes in a circle: {circle}")])
        if not os.path.isfile(file):
            raise ScenarioError([*problems, problem(base.place, ("extends",), f"no such file: {file}")])


def _covered(each: Problem, problems: Sequence[Problem]) -> bool:
    """Whether a problem of this entry, or of one that holds it, is known already."""
    return any(f"{each.path}.".startswith(f"{known.path}.") for known in problems)


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))
