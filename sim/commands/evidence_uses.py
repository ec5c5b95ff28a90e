"""Where scenario files use a row of the registry."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from sim.scenario.read import read_file
from sim.scenario.tree import Node, leaves
from sim.scenario.tree import Path as TreePath


class Use(NamedTuple):
    """A number of a scenario that rests on a row, or a figure that is compared with it.

    Attributes
    ----------
    file, line : where it is written; a file that extends another one uses only what it writes itself
    path : of the number
    text : the expression over evidence ids
    """

    file: str
    line: int
    path: str
    text: str


def uses(name: str, folder: Path) -> list[Use]:
    """Every use of a row in the YAML files of a folder and those below it.

    Raises
    ------
    ScenarioError
        Where a file is no YAML. What else may be wrong with a scenario does not matter here.
    """
    return [
        Use(str(file), leaf.place.line, ".".join(map(str, path)), text)
        for file in sorted(folder.rglob("*.yaml"))
        for path, leaf in leaves(read_file(str(file), 0, []))
        if re.search(rf"\b{name}\b", text := _evidence_of(path, leaf))
    ]


def _evidence_of(path: TreePath, leaf: Node) -> str:
    if "evidence" in path:
        return str(leaf.value)
    provenance = leaf.provenance
    return provenance.text if provenance is not None and provenance.kind == "evidence" else ""
