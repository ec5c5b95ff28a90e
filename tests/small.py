"""A tiny region with everything in it, for tests that need a real run."""

from __future__ import annotations

from pathlib import Path

from sim.scenario import Scenario, load_scenario

SMALL = Path(__file__).with_name("small.yaml")


def load_small(*overrides: str) -> Scenario:
    """The scenario of `SMALL`, 600 households in 12 villages of 3 counties, with ``path=value`` overrides."""
    return load_scenario(SMALL, overrides).scenario
