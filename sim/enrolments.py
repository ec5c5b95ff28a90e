"""Who is enrolled in what, and what that pays: touched only when an enrolment's turn has come.

One row per enrolment and effect, sorted by household. A row's turn comes when the effect begins, at each half-yearly
step of a ramp, in January where the amount follows the household or a yearly standard, and at the end. Between its
turns it costs nothing but a comparison; the month does not know how many instruments exist. Amounts are rounded to a
binary grid, so that adding and taking away is exact in any order.
"""

from __future__ import annotations

from collections import namedtuple
from typing import NamedTuple

import numpy as np
from numba import njit

from sim.kernel.luck import mix, uniform
from sim.kernel.numeric import CACHING, COMPILED, INLINED, f4, i4, log, u4

NEVER = np.int16(32767)
FOR_EVER = 30000  # months
LEAVING, TAPER = u4(0x2545F491), u4(0x9E6C63D0)  # drop-out, and when support tapers off
STEP = i4(6)
LOOK = 64  # rows whose turn is looked for at once; most of the time there is none
MANY = 40
MONEY_GRID, SHARE_GRID = 64.0, 65536.0  # steps per yuan and per whole share
PER = ("household", "person", "worker", "student", "elderly")

Enrolments = namedtuple("Enrolments", "household effect start leaves due paid")
DTYPES = {
    "household": np.uint32,
    "effect": np.uint16,
    "start": np.int16,
    "leaves": np.int16,
    "due": np.int16,
    "paid": np.float32,
}


class Effects(NamedTuple):
    """One row per effect of the instruments, in order of instruments.

    instrument : row of the instrument; first : whether it is the instrument's first effect
    stream : row of the streams matrix; amount : monthly, after additionality; grid : steps per unit
    per : index in PER; wait, ramp : months; by_fund : paid by the fund
    yearly : due again every January; standard : (effects, years) monthly per person, 0 where the amount is fixed
    top_up, least : shares of the standard
    loan : yuan that come back to the household at the end, of the first effect
    """

    instrument: np.ndarray
    first: np.ndarray
    stream: np.ndarray
    amount: np.ndarray
    grid: np.ndarray
    per: np.ndarray
    wait: np.ndarray
    ramp: np.ndarray
    by_fund: np.ndarray
    yearly: np.ndarray
    standard: np.ndarray
    top_up: np.ndarray
    least: np.ndarray
    loan: np.ndarray


def none() -> Enrolments:
    """An empty list."""
    return Enrolments(**{name: np.zeros(0, dtype) for name, dtype in DTYPES.items()})


def in_household_order(enrolments: Enrolments) -> Enrolments:
    """The same rows sorted by household; among equals the earlier row stays first."""
    order = np.argsort(enrolments.household, kind="stable")
    return Enrolments(*(column[order] for column in enrolments))


def merge(older: Enrolments, newer: Enrolments) -> Enrolments:
    """Two sorted lists in one; among equals the older row comes first."""
    places = np.searchsorted(older.household, newer.household, side="right") + np.arange(len(newer.household))
    return Enrolments(*(_merged(old, new, places) for old, new in zip(older, newer, strict=True)))


def tidy(lists: list[Enrolments]) -> list[Enrolments]:
    """The rows whose turn can still come, in one list, once there are many; others pay nothing or the same for good.

    Every opening adds a short list. Merging each into the long one at once cost as much as the openings themselves.
    """
    return [in_one(lists)] if len(lists) > MANY else lists


def in_one(lists: list[Enrolments]) -> Enrolments:
    """All lists as one, without rows whose turn can not come any more; the short ones are merged first."""
    older, *newer = (_going_on(part) for part in lists)
    while len(newer) > 1:
        newer = [merge(*newer[n : n + 2]) if n + 1 < len(newer) else newer[n] for n in range(0, len(newer), 2)]
    return merge(older, newer[0]) if newer else older


def _going_on(part: Enrolments) -> Enrolments:
    kept = part.due != NEVER
    return part if kept.all() else Enrolments(*(column[kept] for column in part))


@njit(cache=CACHING, **COMPILED)
def _merged(old, new, places):
    """One column of both lists; `places` are the rows of the new ones."""
    out = np.empty(len(old) + len(new), old.dtype)
    start = 0
    for n in range(len(new)):
        out[start : places[n]] = old[start - n : places[n] - n]
        out[places[n]] = new[n]
        start = places[n] + 1
    out[start:] = old[start - len(new) :]
    return out


@njit(**INLINED)
def units_of(h, i, per):
    """How many households, persons, workers, students or elderly of household i count."""
    if per == 1:
        return f4(h.members[i])
    if per == 2:
        return f4(h.workers[i])
    if per == 3:
        return f4(h.students[i])
    if per == 4:
        return f4(h.elderly[i])
    return f4(1)


@njit(**INLINED)
def owed(h, i, effects, e, age, year, before):
    """What effect e adds to household i in a month, `age` months after entry.

    A top-up is assessed on twelve-month income without what this enrolment paid `before`.
    """
    if age < effects.wait[e]:
        return f4(0)
    if effects.standard[e, year] > f4(0):
        standard = effects.standard[e, year] * f4(h.members[i])
        own = max(h.income_12_months[i] / f4(12) - before, f4(0))
        amount = max(max(effects.top_up[e] * (standard - own), effects.least[e] * standard), f4(0))
    else:
        amount = effects.amount[e] * units_of(h, i, effects.per[e])
    if effects.ramp[e] > 0:
        steps = i4((age - effects.wait[e]) // STEP + i4(1)) * STEP
        amount = amount * min(f4(steps) / f4(effects.ramp[e] + STEP), f4(1))
    return f4(np.floor(amount * effects.grid[e] + f4(0.5))) / effects.grid[e]


@njit(**INLINED)
def next_turn(effects, e, age, month, month_of_year):
    """Month of the next change after this one, if the enrolment lasts."""
    if age < effects.wait[e]:
        return i4(month + effects.wait[e] - age)
    turn = i4(NEVER)
    if age - effects.wait[e] < effects.ramp[e]:
        turn = i4(month + STEP - (age - effects.wait[e]) % STEP)
    if effects.yearly[e]:
        turn = min(turn, i4(month + i4(12) - month_of_year))
    return turn


@njit(cache=CACHING, **COMPILED)
def settle(enrolments, effects, streams, h, month, month_of_year, year, lo, hi, members, paid):
    """Changes what households receive where an enrolment's turn has come.

    `members` (villages, instruments) counts households enrolled and loses those who end; `paid` (villages, effects)
    is what each effect pays a month in steps of its grid. Rows `lo` to `hi` must hold whole households, and no two
    calls share a village.
    """
    queue = np.empty(LOOK, np.int64)
    for start in range(lo, hi, LOOK):
        end = min(start + LOOK, hi)
        any_due = u4(0)
        for e in range(np.uint64(start), np.uint64(end)):
            any_due += u4(enrolments.due[e] == month)
        if any_due == u4(0):
            continue
        n = 0
        for e in range(start, end):
            queue[n] = e
            n += enrolments.due[e] == month
        for turn in range(n):
            row = queue[turn]
            i = enrolments.household[row]
            effect = enrolments.effect[row]
            ended = month >= enrolments.leaves[row]
            age = i4(month) - i4(enrolments.start[row])
            before = enrolments.paid[row]
            pays = f4(0) if ended else owed(h, i, effects, effect, age, year, before)
            change = pays - before
            streams[effects.stream[effect], i] += change
            enrolments.paid[row] = pays
            k = h.village[i]
            paid[k, effect] += np.int64(change * effects.grid[effect])
            if ended and effects.first[effect]:
                members[k, effects.instrument[effect]] -= 1
                h.assets[i] += effects.loan[effect]
            if ended:
                enrolments.due[row] = NEVER
            else:
                due = next_turn(effects, effect, age, i4(month), i4(month_of_year))
                enrolments.due[row] = min(due, i4(enrolments.leaves[row]))


@njit(cache=CACHING, **COMPILED)
def last_months(first_key, second_key, salt, monthly, longest, first_end, last_end, start):
    """Month in which each enrolment ends: drop-out drawn at entry from a geometric time, `longest` at most.

    Support ends for everybody between `first_end` and `last_end` months after entry, evenly spread by a lot of the
    household; together where they are the same.
    """
    leaving, taper = mix(u4(salt ^ LEAVING)), mix(u4(salt ^ TAPER))
    spread = f4(last_end - first_end + 1)
    out = np.empty(len(first_key), np.int16)
    for i in range(len(first_key)):
        stays = min(i4(longest), i4(last_end))
        if last_end > first_end:
            stays = min(stays, i4(first_end) + i4(uniform(first_key[i], second_key[i], taper) * spread))
        if monthly > f4(0):
            u = uniform(first_key[i], second_key[i], leaving)
            waiting = log(f4(1) - u) / log(f4(1) - monthly) + f4(1)
            stays = i4(min(waiting, f4(stays)))
        # Whoever stays for good never leaves: such a row is dropped once its amount does not change any more.
        out[i] = NEVER if stays >= i4(FOR_EVER) else np.int16(min(i4(start) + stays, i4(NEVER) - i4(1)))
    return out
