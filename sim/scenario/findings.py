"""What checks between sections find, and what they look up."""

from __future__ import annotations

from typing import NamedTuple

from sim.calendar import year_of
from sim.scenario.model import Scenario
from sim.scenario.tree import Node, Path, find

START, END = ("period", "start"), ("period", "end")


class Finding(NamedTuple):
    """What is wrong at a path, and the setting that makes it so.

    Attributes
    ----------
    because : where it was changed by a file that extends the one of `path`, it is the one to blame
    excused : then nobody is: a scenario may shorten the period without repeating what it inherits
    """

    path: Path
    message: str
    because: Path = ()
    excused: bool = False


def excusable(path: Path, message: str, because: Path) -> Finding:
    """A finding that a file which extends another may bring about without being blamed."""
    return Finding(path, message, because, excused=True)


def names_in(tree: Node, *path: str) -> list[str]:
    """Keys of a mapping as written, entries included that are wrong in themselves."""
    node, found = find(tree, path)
    return list(node.value) if found and isinstance(node.value, dict) else []


def first_simulated(scenario: Scenario) -> int:
    """The first simulated month: a January, at least a year before the period's second month, to fill incomes."""
    start = scenario.period.start
    return 12 * year_of(start if start % 12 == 11 else start - 12)
