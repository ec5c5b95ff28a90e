"""Numbers that are no numbers, or too large to be counted, end a run by name, and nothing of it is written.

Every month all totals are looked at: a total is counted in whole numbers, where NaN, infinity and whatever does not
fit into 32 bits become the least of them, so that one household spoils its village. In December, before the year's
tables, so are the columns that a household carries on. Looking at every household in the loop of the month cost 3 %
of it (0.3 of 10 ns).
"""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from sim.calendar import is_december, month_text
from sim.columns import FLOW, HOUSEHOLD
from sim.engine import IN_MONEY, TOTALS
from sim.kernel.numeric import CACHING, COMPILED, f4, i4
from sim.kernel.rule import Rule
from sim.month import DECEMBER, MONTH, OPENING

if TYPE_CHECKING:
    from sim.world import World

# Totals count sixteenths of a yuan in 32 bits a household.
LARGEST = f4(2.0**27)
LARGEST_BITS = i4(LARGEST.view(np.int32))
WITHOUT_SIGN = i4(0x7FFFFFFF)
# All income of the year is in the first, all that is paid, saved and borrowed in the next; then what reviews look at.
CARRIED_ON = ("income_12_months", "medical_this_year", "assets", "debt", "certified", "standing")
RULES = (*MONTH, *DECEMBER, *OPENING)
NUMBERS = [name for name, column in HOUSEHOLD.columns.items() if column.dtype is np.float32]
FLOWS = {f"{source}_income": source for source in ("farm", "wage", "property", "transfer")}
FLOWS |= {"out_of_pocket": "out_of_pocket", "reimbursed_by_instruments": "reimbursed"}


class NumberError(ArithmeticError):
    """A household's numbers are no numbers any more, or too large."""


@njit(cache=CACHING, **COMPILED)
def countable(column: np.ndarray) -> bool:
    """Whether all numbers lie below LARGEST in size; the bits of larger numbers are larger, those of NaN most."""
    largest = i4(0)
    for i in range(len(column)):
        largest = i4(max(largest, i4(f4(column[i]).view(np.int32) & WITHOUT_SIGN)))
    return bool(largest < LARGEST_BITS)


def check(world: World) -> None:
    """To be called after every month.

    Raises
    ------
    NumberError
        Naming the month, the village, the household, the column and the rule that wrote it.
    """
    totals = world.village_totals
    if totals.min(initial=0) < 0:
        village, column = (int(at[0]) for at in np.nonzero(totals < 0))
        raise NumberError(_sentence(world, village, TOTALS[column]))
    if is_december(world.month):
        for name in CARRIED_ON:
            column = getattr(world.h, name)
            if not all(world.side_by_side(countable, np.array_split(column, world.threads))):
                raise NumberError(_sentence(world, int(world.h.village[_bad(column)[0]])))


def _bad(column: np.ndarray) -> np.ndarray:
    return np.flatnonzero(~(np.abs(column) < LARGEST))


def _sentence(world: World, village: int, total: str = "") -> str:
    """What is wrong in a village: the total that shows it, and the first household where a column does."""
    said = f"{month_text(world.month)}, village {world.areas.names[village]}: "
    first, end = int(world.v.first[village]), int(world.v.end[village])
    if total in IN_MONEY:
        said += f"{total} is no number or too large ({_written_by(FLOWS[total])}); "
    for name in sorted(NUMBERS, key=_place):
        rows = _bad(getattr(world.h, name)[first:end])
        if len(rows):
            row = first + int(rows[0])
            value = float(getattr(world.h, name)[row])
            said += f"{name} of household {int(world.h.identity[row])} is {value:g} ({_written_by(name)}); "
            break
    return f"{said}amounts lie below {LARGEST:,.0f} yuan"


def _written_by(column: str) -> str:
    rules = [rule.name for rule in RULES if column in written(rule)]
    return f"written by the rule {', then '.join(rules)}" if rules else "written by no rule"


def _place(column: str) -> int:
    """Number of the first rule that writes a column; the last for one that comes from elsewhere."""
    return next((number for number, rule in enumerate(RULES) if column in written(rule)), len(RULES))


def written(rule: Rule) -> list[str]:
    """Columns that a rule's loop assigns to."""
    loop: Any = rule.loop
    tree = ast.parse(inspect.getsource(loop.py_func))
    targets = [target for node in ast.walk(tree) if isinstance(node, ast.Assign) for target in node.targets]
    columns = [ast.unparse(target.value) for target in targets if isinstance(target, ast.Subscript)]
    return [name for name in columns if name in HOUSEHOLD or name in FLOW]
