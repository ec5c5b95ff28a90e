"""Social security: transfers; medical cover acts on the bill, guarantees at the December review."""

from __future__ import annotations

from sim.columns import rule


@rule("transfer")
def social_security(transfer, support):
    """Adds dibao, aid and other transfers."""
    return transfer + support
