"""A tiny region with everything in it, for tests that need a real run."""

from __future__ import annotations

from pathlib import Path

from sim.scenario import Scenario, load_scenario

SMALL = Path(__file__).with_name("small.yaml")


def load_small(*overrides: str) -> Scenario:
    """The scenario of `SMALL` with ``path=value`` overrides: 600 households in 12 villages, 4 of them poor, of 3 counties."""
    return load_scenario(SMALL, overrides).scenario
