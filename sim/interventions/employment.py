"""Employment: additional wages of workshops, posts and transfers; skills and job finding act in work and earnings."""

from __future__ import annotations

from sim.columns import rule


@rule("wage")
def employment(wage, job_wage):
    """Adds the wages that would not have been earned without the instrument."""
    return wage + job_wage
