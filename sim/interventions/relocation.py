"""Relocation and housing: the own payment falls due; site, farm and wage shares act through their columns."""

from __future__ import annotations

from sim.columns import rule


@rule("outgoings own_payment")
def relocation(own_payment):
    """What the household pays itself for its house this month."""
    return own_payment, 0
