"""How far a run has come, in one line that terminals and notebooks both show."""

from __future__ import annotations

import sys

from sim.kernel.cache import is_warm
from sim.run import Advance


def counter() -> Advance:
    """Counts months on standard error, from now on."""
    if not is_warm():
        print("compiling the model once, about 30 s; later starts use the cache", file=sys.stderr)

    def advance(months: int, of: int, household_months: int) -> None:
        end = "\n" if months == of else ""
        print(f"\rsimulating: {months} of {of} months", end=end, file=sys.stderr, flush=True)

    return advance
