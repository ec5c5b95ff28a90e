"""All that is known about one finished run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calibration.evidence import Evidence
from calibration.use import Use
from sim.history import History
from sim.measures import Year, yearly_table
from sim.reported import Target, compare_reported
from sim.results.bands import Bands

if TYPE_CHECKING:
    from sim.scenario import LoadedScenario


@dataclass(frozen=True)
class Record:
    """A run with the scenario and the evidence behind it.

    Attributes
    ----------
    households, persons : simulated at the start, not weighted up
    margins : what the population met, from `World.margins`
    evidence_hash : hash of the evidence registry
    seconds : wall time of each stage
    household_months_per_second : speed of the simulation after its first month
    checkpoint : file that holds the state of the month that was asked for
    fit : whose median the parameters are; None where they are the scenario's own
    bands : over draws of the fit, where they were asked for
    """

    loaded: LoadedScenario
    history: History
    evidence: Mapping[str, Evidence]
    evidence_hash: str
    households: int
    persons: int
    margins: Sequence[Mapping[str, Any]] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    household_months_per_second: float | None = None
    checkpoint: Path | None = None
    fit: Use | None = None
    bands: Bands | None = None

    @cached_property
    def yearly(self) -> list[Year]:
        """One row per December."""
        return yearly_table(self.history)

    @cached_property
    def targets(self) -> list[Target]:
        """Reported beside simulated."""
        return compare_reported(self.history, self.loaded.scenario, self.evidence)
