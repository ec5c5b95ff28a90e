"""Loss and finding of the main job."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.columns import rule
from sim.kernel.luck import draw, stream

JOB = stream("work.job")


class Work(NamedTuple):
    """Monthly probability of losing the main job."""

    separation: np.float32


@rule("jobless")
def work(luck, jobless, job_finding, finding, p):
    """Loses the main job, or finds one; training, placement and the county's labour market help."""
    u = draw(luck, JOB)
    # Bad luck is a low number in either state: an instrument that helps to find a job can then never cost one.
    return (u < p.separation) & (not jobless) | (jobless & (u < 1 - finding - job_finding))
