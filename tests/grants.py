"""Two grants whose costs and gains are worked by hand: `budget.yaml`, for tests of budgets."""

from __future__ import annotations

from pathlib import Path

GRANTS = Path(__file__).with_name("budget.yaml")
MONTHS = 13  # December 2012 to December 2013, whose outlays count
PLAIN, COSTLY = (
    100 * 100 * MONTHS,
    100 * 200 * MONTHS,
)  # yuan: a hundred places, a month's grant and what it costs to run
GAP = 100 * 1200  # yuan by which a hundred places of either lower the gap of 2013
