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
    sources : of the program, the code that reads the registry of reported figures included
    evidence : of the registry's rows
    """

    scenario: str
    sources: str
    evidence: str


def origin_of(scenario_hash: str) -> Origin:
    """The origin of runs of a scenario with this program and this registry."""
    from calibration.evidence import evidence_hash

    return Origin(scenario_hash, program_hash(), evidence_hash())


def program_hash() -> str:
    """sha256 of all code that decides about a run: the package's own, and that which reads reported figures."""
    from calibration import evidence
    from sim.kernel.cache import sources_hash

    found = hashlib.sha256(sources_hash().encode())
    for path in sorted(evidence.FOLDER.glob("*.py")):
        found.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


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
