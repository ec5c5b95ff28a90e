"""Own households: what a file may say of each of them, and where a scenario finds the file."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple

from sim.scenario.problems import Problem, nearest, problem
from sim.scenario.tree import Node, find

SUFFIXES = (".csv", ".parquet", ".dta")
MOST_YUAN = 1e8  # of one household; what `sim.finite` lets it have is little more
MOST_MEMBERS = 20  # where `economy_rules.family` lets households grow no further

Imputable = Literal[
    "road_lot", "workers", "students", "elderly", "chronic", "schooling", "farm_share", "wage_share", "transitory",
    "ill", "jobless", "safe_house", "insured", "in_school", "safe_water", "assets", "debt",
]  # fmt: skip
Given = Literal[
    "id", "county", "village", "severity", "members", "farm_income", "wage_income", "property_income",
    "transfer_income", "income", "permanent", "key",
]  # fmt: skip
AttributeName = Literal[Given, Imputable]


@dataclass(frozen=True)
class Attribute:
    """One attribute of a household in a file.

    Attributes
    ----------
    kind : text, whole (number), number, flag (yes or no) or severity
    unit, meaning : of a value; least, most : allowed values, both included
    of_village : the same for all households of a village
    """

    kind: Literal["text", "whole", "number", "flag", "severity"]
    unit: str
    meaning: str
    least: float = 0
    most: float = float("inf")
    of_village: bool = False

    @property
    def allowed(self) -> str:
        """The allowed values in words."""
        if self.kind == "flag":
            return "yes or no, true or false, 1 or 0"
        if self.kind == "severity":
            return "none, mild, moderate, severe, or 0 to 3"
        if self.kind == "text":
            return "any text"
        number = "whole numbers" if self.kind == "whole" else "numbers"
        to = f"from {self.least:g}" if self.most == float("inf") else f"from {self.least:g} to {self.most:,.9g}"
        return f"{number} {to} ({self.unit})"


def _persons(meaning: str, least: int = 0) -> Attribute:
    return Attribute("whole", "persons", meaning, least, MOST_MEMBERS)


def _yuan(meaning: str, unit: str = "yuan a year") -> Attribute:
    return Attribute("number", unit, meaning, 0, MOST_YUAN)


def _flag(meaning: str) -> Attribute:
    return Attribute("flag", "yes/no", meaning)


ATTRIBUTES: dict[str, Attribute] = {
    "id": Attribute("text", "text", "the household's name, different for each"),
    "county": Attribute("text", "text", "a name of population.counties"),
    "village": Attribute("text", "text", "village of registration, named within its county"),
    "severity": Attribute(
        "severity", "class", "of the designated poor village; none where it is none", of_village=True
    ),
    "road_lot": Attribute("number", "share", "a poor village has its road once their share exceeds this", 0, 1, True),
    "members": _persons("household members", 1),
    "workers": _persons("members able to work"),
    "students": _persons("members in education"),
    "elderly": _persons("members of 60 and over who neither work nor study"),
    "chronic": _flag("a member is chronically ill or disabled"),
    "schooling": Attribute("number", "years", "mean schooling of adults", 0, 30),
    "farm_income": _yuan("farm and business income of the household, costs taken off"),
    "wage_income": _yuan("wages of the household"),
    "property_income": _yuan("rents, interest and dividends of the household"),
    "transfer_income": _yuan("pensions and private transfers; no support by instruments of the scenario"),
    "income": _yuan("all income of the household; in place of the four sources"),
    "permanent": Attribute("number", "log", "lasting component of earning capacity; in place of incomes", -20, 20),
    "transitory": Attribute("number", "log", "passing component of earning capacity", -20, 20),
    "farm_share": Attribute("number", "share", "farm and business share of earning capacity", 0, 1),
    "wage_share": Attribute("number", "share", "wage share of earning capacity", 0, 1),
    "ill": _flag("a member is seriously ill"),
    "jobless": _flag("the main job is lost"),
    "safe_house": _flag("the house is safe"),
    "insured": _flag("has basic medical insurance"),
    "in_school": _flag("nobody of school age is out of school"),
    "safe_water": _flag("has safe drinking water"),
    "assets": _yuan("savings", "yuan"),
    "debt": _yuan("debt", "yuan"),
    "key": Attribute("whole", "number", "number that draws the luck; by id where it is left out", 0, 2**64 - 1),
}


class Located(NamedTuple):
    """A tree in which the file's place and contents stand, and the file's name as the scenario writes it."""

    tree: Node
    written: str | None


def locate(tree: Node, main: str, problems: list[Problem]) -> Located:
    """Puts where the file lies, and the hash of its contents, into the tree: a changed file is another scenario.

    Parameters
    ----------
    main : the scenario file; names in `--set` count from it, others from the file that they stand in
    """
    node, found = find(tree, ("population", "microdata"))
    if not found or not isinstance(node.value, str):
        return Located(tree, None)
    path = ("population", "microdata")
    try:
        file = beside(node.place.file if node.place.layer <= 0 else main, node.value)
        contents = file_hash(file)
    except ValueError as error:
        problems.append(problem(node.place, path, str(error)))
        return Located(tree, node.value)
    pinned, is_pinned = find(tree, ("population", "microdata_sha256"))
    if is_pinned and pinned.value != contents:
        message = f"{file} has other contents: sha256 {contents}; was it changed by mistake? if not, state the new one"
        problems.append(problem(pinned.place, ("population", "microdata_sha256"), message))
    population = find(tree, ("population",))[0]
    changed = {
        **population.value,
        "microdata": replace(node, value=file),
        "microdata_sha256": replace(node, value=contents, key=node.key),
    }
    return Located(replace(tree, value={**tree.value, "population": replace(population, value=changed)}), node.value)


def beside(scenario: str, name: str) -> str:
    """Path of a file that a scenario names, counted from the scenario's folder and never outside of it.

    Raises
    ------
    ValueError
        Where it lies outside, is no file, or of a kind that is not read.
    """
    folder = os.path.dirname(scenario)
    file = os.path.normpath(os.path.join(folder, name))
    home = os.path.realpath(folder or ".")
    if os.path.commonpath([home, os.path.realpath(file)]) != home:
        raise ValueError(f"{name} lies outside the scenario's folder; put the file beside the scenario or below it")
    if os.path.splitext(file)[1].lower() not in SUFFIXES:
        raise ValueError(f"{name} is of no kind that is read; allowed: {', '.join(SUFFIXES)}")
    if not os.path.isfile(file):
        there = os.listdir(folder or ".") if os.path.isdir(folder or ".") else []
        known = [each for each in sorted(there) if os.path.splitext(each)[1].lower() in SUFFIXES]
        raise ValueError(f"no such file: {file}{nearest(name, known)}")
    return file


def file_hash(file: str) -> str:
    """SHA-256 of a file's contents, read again only when its time or size has changed.

    Raises
    ------
    ValueError
        Where it can not be read.
    """
    try:
        state = os.stat(file)
        return _hash(os.path.realpath(file), state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise ValueError(f"{file} can not be read: {error.strerror}") from None


@lru_cache(maxsize=8)
def _hash(file: str, changed: int, size: int) -> str:
    with open(file, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
