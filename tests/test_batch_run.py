"""Mesa's own batch runner works on the economy."""

from __future__ import annotations

from pathlib import Path

import mesa
import pytest

from sim.economy import Economy
from sim.scenario import load_scenario
from sim.world import World

SMALL = Path(__file__).with_name("small.yaml")
MONTHS = 24  # the twelve before the period's start among them


def test_batch_run_of_the_economy_is_what_the_world_does():
    settings = [{"health.incidence": risk, "period.end": "2012-12"} for risk in (0.05, 0.5)]
    parameters = {"scenario": str(SMALL), "seed": [1, 2], "threads": 1, "settings": settings}
    rows = mesa.batch_run(Economy, parameters, number_processes=1, max_steps=MONTHS, display_progress=False)
    assert [(row["seed"], row["settings"]["health.incidence"]) for row in rows] == [
        (1, 0.05),
        (1, 0.5),
        (2, 0.05),
        (2, 0.5),
    ]
    for row in rows:
        overrides = [f"{path}={value}" for path, value in row["settings"].items()]
        history = World(load_scenario(SMALL, [*overrides, f"seed={row['seed']}"]).scenario, threads=1).run()
        poor, persons = (history.monthly[name][-1].sum() for name in ("income_poor_persons", "persons"))
        assert row["month"] == "2012-12"
        assert row["income_incidence"] == pytest.approx(poor / persons)
    assert len({row["income_incidence"] for row in rows}) == 4
