"""A served scenario: its text, its levers, and whether it still holds together after they were moved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from calibration.evidence import Evidence, load_evidence
from sim.calendar import is_december
from sim.dashboard.levers import Card, Group, Lever, by_id, levers_of, titles
from sim.dashboard.settings import Errors, Positions, overrides
from sim.language import Language
from sim.scenario import LoadedScenario, ScenarioError
from sim.scenario.load import ScenarioText, read_scenario, resolve


@dataclass(frozen=True)
class Source:
    """A scenario file as it was read when its page was opened.

    Attributes
    ----------
    id : how the browser names it
    text : of the file and those that it extends
    loaded : as it stands
    """

    id: str
    text: ScenarioText
    loaded: LoadedScenario
    evidence: Mapping[str, Evidence]

    @cached_property
    def groups(self) -> list[Group]:
        """Levers as the page shows them."""
        return levers_of(self.loaded)

    @cached_property
    def levers(self) -> dict[str, Lever]:
        """Levers by id."""
        return by_id(self.groups)

    @cached_property
    def cards(self) -> dict[str, Card]:
        """The card that a lever stands on, by the lever's id."""
        return titles(self.groups)

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The resolved scenario as a manifest writes it: years are text."""
        written: dict[str, Any] = json.loads(json.dumps(self.loaded.resolved))
        return written

    def with_settings(self, moved: Positions, settings: list[str], text: Language) -> LoadedScenario | Errors:
        """The scenario with levers moved, or what is wrong beside each lever ("" stands for all of them)."""
        try:
            loaded = resolve(self.text, [*overrides(self.levers, moved), *settings], self.evidence)
        except ScenarioError as error:
            found: Errors = {}
            for problem in error.problems:
                found.setdefault(self._lever_at(problem.path), []).append(f"{problem.path}: {problem.message}")
            return found
        period = loaded.scenario.period
        if not any(is_december(month) for month in range(period.start, period.end + 1)):
            return {"": [text("The period holds no December, when results are counted.")]}
        return loaded

    def _lever_at(self, path: str) -> str:
        """The lever that moves a path, or one above it; "" where none does."""
        for name, lever in self.levers.items():
            if any(f"{part.path}.".startswith(f"{path}.") or f"{path}.".startswith(f"{name}.") for part in lever.parts):
                return name
        switch = ".".join([*path.split(".")[:2], "on"])
        return switch if switch in self.levers else ""


def read_source(name: str, path: Path, root: Path | None = None) -> Source:
    """Read a scenario file and those it extends, which must lie in `root` where it is given.

    Raises
    ------
    ScenarioError
        With every problem of the file.
    """
    evidence = load_evidence()
    text = read_scenario(path, root)
    return Source(name, text, resolve(text, [], evidence), evidence)
