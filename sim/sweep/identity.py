"""The address of a run: a hash of everything that its result follows from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Origin:
    """What all runs of a sweep have in common, as hashes.

    Attributes
    ----------
    scenario : of the resolved base scenario, the sweep's own settings applied
    sources, evidence : of the program and of the registry of reported figures
    """

    scenario: str
    sources: str
    evidence: str


def origin_of(scenario_hash: str) -> Origin:
    """The origin of runs of a scenario with this program and this registry."""
    from calibration.evidence import evidence_hash
    from sim.kernel.cache import sources_hash

    return Origin(scenario_hash, sources_hash(), evidence_hash())


def address(origin: Origin, settings: Sequence[str]) -> str:
    """Hexadecimal address of a run.

    The resolved scenario of a run follows from the resolved base and the run's own settings, its seed among them.
    Hashing these instead of the outcome makes a million addresses a matter of seconds, not of hours.
    """
    return digest([*asdict(origin).values(), *settings])


def digest(value: Any) -> str:
    """32 hexadecimal digits of the SHA-256 of a value's canonical JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
