"""The cause of poverty that is recorded when a household comes on the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.places import luck_of
from sim.scenario.instruments import CAUSES

if TYPE_CHECKING:
    from sim.world import World


def record_causes(world: World, rows: np.ndarray) -> np.ndarray:
    """Codes 1 to 7, in order of CAUSES. Households get the cause that fits them, and the shares of all causes
    meet the reported ones (iterative proportional fitting over propensities)."""
    h = world.h
    if len(rows) == 0:
        return np.zeros(0, np.uint8)
    sick = h.chronic[rows] | h.ill[rows]
    propensity = np.ones((len(rows), len(CAUSES)))
    column = {cause: number for number, cause in enumerate(CAUSES)}
    propensity[:, column["illness"]] += 9.0 * sick
    propensity[:, column["disability"]] += 4.0 * h.chronic[rows]
    propensity[:, column["no_labour"]] += 9.0 * (h.workers[rows] == 0)
    propensity[:, column["schooling"]] *= h.students[rows] > 0
    propensity[:, column["no_skills"]] += 1.0 * (h.schooling[rows] < 6)
    propensity[:, column["disaster"]] += 9.0 * (world.v.disaster_loss[h.village[rows]] > 0)
    shares = np.array([world.scenario.register_.identification.causes.get(cause, 0.0) for cause in CAUSES])
    wanted = shares / shares.sum() * len(rows)
    for _ in range(30):
        propensity /= propensity.sum(1, keepdims=True)
        propensity *= np.divide(wanted, propensity.sum(0), out=np.zeros_like(wanted), where=propensity.sum(0) > 0)
    cumulative = np.cumsum(propensity / propensity.sum(1, keepdims=True), axis=1)
    lot = luck_of(world.scenario.seed, "cause", 0, h.identity[rows])
    return (np.minimum((lot[:, None] >= cumulative).sum(1), len(CAUSES) - 1) + 1).astype(np.uint8)
