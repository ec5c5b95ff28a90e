"""Spells of income poverty and of registration, collected as they end."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.register.status import EXITED, REGISTERED, RETURNED

INCOME_CAUSES = ("low earnings", "illness", "job loss", "disaster", "household change")
ENDED = ("open", "above the line", "exited", "struck off")
OPEN, ABOVE, OUT, OFF = range(len(ENDED))

COLUMNS = {
    "household": np.uint64, "kind": np.uint8, "start": np.int32, "end": np.int32, "cause": np.uint8,
    "censored": np.uint8, "ended": np.uint8, "returned": np.uint8,
}  # fmt: skip


class Spells:
    """Lists of ended spells. Months are counted from the first simulated month; `first_month` is its number."""

    def __init__(self, first_month: int) -> None:
        self.first_month = first_month
        self.parts: list[dict[str, np.ndarray]] = []

    def _add(
        self, h: Any, rows: np.ndarray, kind: int, start: np.ndarray, end: int, cause: np.ndarray, ended: int
    ) -> None:
        if len(rows):
            left = start <= 0
            self.parts.append(
                {
                    "household": h.identity[rows],
                    "kind": np.full(len(rows), kind, np.uint8),
                    "start": (start.astype(np.int32) + self.first_month),
                    "end": np.full(len(rows), end + self.first_month, np.int32),
                    "cause": cause.astype(np.uint8),
                    "censored": (left * 1 + (ended == OPEN) * 2).astype(np.uint8),
                    "ended": np.full(len(rows), ended, np.uint8),
                    "returned": (h.status[rows] == RETURNED).astype(np.uint8) * (kind == 0),
                }
            )

    def cross(self, h: Any, causes: np.ndarray, offset: int) -> None:
        """Households that entered or left income poverty this month; `causes` holds the cause of each one's spell."""
        rows = np.flatnonzero(h.crossed != 0)  # four times faster than asking the codes themselves
        code = h.crossed[rows]
        left, entered = rows[code == 1], rows[code > 1]
        self._add(h, left, 1, h.poor_since[left], offset, causes[left], ABOVE)
        causes[entered] = code[code > 1] - 2
        h.poor_since[rows] = offset

    def close_register(self, h: Any, rows: np.ndarray, offset: int, status: int) -> None:
        """Registration spells that end now: those of `rows` that are on the register and get another `status`."""
        ending = rows[(h.status[rows] == REGISTERED) | (h.status[rows] == RETURNED)]
        ended = OUT if status == EXITED else OFF
        self._add(h, ending, 0, h.status_since[ending], offset, h.cause[ending], ended)

    def all(self, h: Any, causes: np.ndarray, offset: int, registered: np.ndarray) -> dict[str, np.ndarray]:
        """All spells, those still open censored on the right, sorted by household, kind and start."""
        parts = list(self.parts)
        poor = np.flatnonzero(h.poor)
        self._add(h, poor, 1, h.poor_since[poor], offset, causes[poor], OPEN)
        self._add(h, registered, 0, h.status_since[registered], offset, h.cause[registered], OPEN)
        table, self.parts = self.ended(), parts
        order = np.lexsort((table["start"], table["kind"], table["household"]))
        return {name: column[order] for name, column in table.items()}

    def ended(self) -> dict[str, np.ndarray]:
        """The spells collected so far, in the order in which they ended."""
        empty = [{name: np.zeros(0, dtype) for name, dtype in COLUMNS.items()}]
        return {name: np.concatenate([part[name] for part in self.parts or empty]) for name in COLUMNS}
