"""Relocation: a safer site avoids disaster losses; house, income shares and job finding act through columns."""

from __future__ import annotations

from sim.columns import rule


@rule("farm_loss")
def relocation(disaster_loss, shelter):
    """Share of farm income that this month's disaster takes at the household's site."""
    return disaster_loss * (1 - min(shelter, 1))
