"""Who is enrolled in what, and what that pays: touched only when an enrolment's turn has come.

One row per enrolment and effect, sorted by household. A row's turn comes when the effect begins, at each half-yearly
step of a ramp, in January where the amount follows the household or a yearly standard, and at the end. Between its
turns it costs nothing but a comparison; the month does not know how many instruments exist. Amounts are rounded to a
binary grid, so that adding and taking away is exact in any order.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from sim.kernel.luck import mix, uniform
from sim.kernel.numeric import CACHING, COMPILED, INLINED, f4, i4, log, u4

NEVER = np.int16(32767)
FOR_EVER = 30000  # months
LEAVING, TAPER = u4(0x2545F491), u4(0x9E6C63D0)  # drop-out, and when support tapers off
STEP = i4(6)
LOOK = 64  # rows whose turn is looked for at once; most of the time there is none
MANY = 2  # lists that are not worth merging
WORTH = 4  # times that the long list may be longer than the new ones before they are merged into it
MONEY_GRID, SHARE_GRID = 64.0, 65536.0  # steps per yuan and per whole share
PER = ("household", "person", "worker", "student", "elderly")
PERSON, WORKER, STUDENT, ELDERLY = (PER.index(unit) for unit in PER[1:])

Enrolments = namedtuple("Enrolments", "household effect start leaves due paid")
# What decides how much an enrolment pays. Handing over all columns of a household costs as much as a thousand rows.
Assessed = namedtuple("Assessed", "village members workers students elderly income_12_months assets")
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
    whole_village : one row, of the village's first household, stands for everybody in the village
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
    whole_village: np.ndarray


def none() -> Enrolments:
    """An empty list."""
    return Enrolments(**{name: np.zeros(0, dtype) for name, dtype in DTYPES.items()})


def in_household_order(enrolments: Enrolments) -> Enrolments:
    """The same rows sorted by household; among equals the earlier row stays first."""
    order = np.argsort(enrolments.household, kind="stable")
    return Enrolments(*(column[order] for column in enrolments))


def merge(older: Enrolments, newer: Enrolments) -> Enrolments:
    """Two sorted lists in one, without rows whose turn can not come any more; among equals the older comes first."""
    most = len(older.due) + len(newer.due)
    out = Enrolments(**{name: np.empty(most, dtype) for name, dtype in DTYPES.items()})
    number = _merge(*older, *newer, *out)
    return Enrolments(*(column[:number] for column in out))


def tidy(lists: list[Enrolments]) -> list[Enrolments]:
    """The rows whose turn can still come, in a long list and a new one; others pay nothing or the same for good.

    Every opening adds a short list. Merging each into the long one at once cost as much as the openings themselves.
    """
    older, *newer = lists
    if len(lists) <= MANY:
        return lists
    new = _in_pairs(newer)
    return [merge(older, new)] if len(older.due) < WORTH * len(new.due) else [older, new]


def in_one(lists: list[Enrolments]) -> Enrolments:
    """All lists as one, without rows whose turn can not come any more; the short ones are merged first."""
    older, *newer = lists
    return merge(older, _in_pairs(newer))


def _in_pairs(lists: list[Enrolments]) -> Enrolments:
    """Lists as one, always merging those that are neighbours."""
    while len(lists) > 1:
        lists = [merge(*lists[n : n + 2]) if n + 1 < len(lists) else lists[n] for n in range(0, len(lists), 2)]
    return lists[0] if lists else none()


def by_household(enrolments: Enrolments, effects: Effects, v: Any) -> Enrolments:
    """The same with a row for every household, also of villages that are enrolled as a whole."""
    village = np.searchsorted(v.first, enrolments.household, side="right") - 1
    whole = effects.whole_village[enrolments.effect]
    times = np.where(whole, v.end[village] - v.first[village], 1)
    rows = np.repeat(np.arange(len(times)), times)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    columns = {name: column[rows] for name, column in enrolments._asdict().items()}
    columns["household"] += within.astype(np.uint32)
    return Enrolments(**columns)


@njit(cache=CACHING, **COMPILED)
def _merge(
    household, effect, start, leaves, due, paid,
    new_household, new_effect, new_start, new_leaves, new_due, new_paid,
    out_household, out_effect, out_start, out_leaves, out_due, out_paid,
):  # fmt: skip
    """Columns of both lists into those of `out`, one by one: handing over tables would count references row by row."""
    i = j = n = 0
    while i < len(due) or j < len(new_due):
        if j == len(new_due) or (i < len(due) and household[i] <= new_household[j]):
            out_household[n], out_effect[n], out_paid[n] = household[i], effect[i], paid[i]
            out_start[n], out_leaves[n], out_due[n] = start[i], leaves[i], due[i]
            i += 1
        else:
            out_household[n], out_effect[n], out_paid[n] = new_household[j], new_effect[j], new_paid[j]
            out_start[n], out_leaves[n], out_due[n] = new_start[j], new_leaves[j], new_due[j]
            j += 1
        n += out_due[n] != NEVER
    return n


@njit(**INLINED)
def topped_up(standard, own, top_up, least):
    """What is missing to the standard a month, assessed on `own` income without what the enrolment paid before."""
    return max(max(top_up * (standard - max(own, f4(0))), least * standard), f4(0))


@njit(**INLINED)
def ramped(amount, age, wait, ramp, grid):
    """The part of the amount that is reached `age` months after entry, rounded to the grid."""
    if age < wait:
        return f4(0)
    if ramp > 0:
        steps = i4((age - wait) // STEP + i4(1)) * STEP
        amount = amount * min(f4(steps) / f4(ramp + STEP), f4(1))
    return f4(np.floor(amount * grid + f4(0.5))) / grid


@njit(**INLINED)
def next_turn(age, wait, ramp, yearly, month, month_of_year):
    """Month of the next change after this one, if the enrolment lasts."""
    if age < wait:
        return i4(month + wait - age)
    turn = i4(NEVER)
    if age - wait < ramp:
        turn = i4(month + STEP - (age - wait) % STEP)
    if yearly:
        turn = min(turn, i4(month + i4(12) - month_of_year))
    return turn


@njit(cache=CACHING, **COMPILED)
def settle(enrolments, effects, streams, h, village_end, month, month_of_year, year, lo, hi, members, paid):
    """Changes what households `h` (Assessed) receive where an enrolment's turn has come.

    `members` (villages, instruments) counts households enrolled and loses those who end; `paid` (villages, effects)
    is what each effect pays a month in steps of its grid. Rows `lo` to `hi` must hold whole households, and no two
    calls share a village.
    """
    queue = np.empty(LOOK, np.int64)
    for start in range(lo, hi, LOOK):
        end = min(start + LOOK, hi)
        any_due = u4(0)
        for row in range(np.uint64(start), np.uint64(end)):
            any_due += u4(enrolments.due[row] == month)
        if any_due == u4(0):
            continue
        n = 0
        for row in range(start, end):
            queue[n] = row
            n += enrolments.due[row] == month
        for turn in range(n):
            row = queue[turn]
            i, e = enrolments.household[row], enrolments.effect[row]
            k, grid, wait, ramp = h.village[i], effects.grid[e], effects.wait[e], effects.ramp[e]
            ended = month >= enrolments.leaves[row]
            age = i4(month) - i4(enrolments.start[row])
            before = enrolments.paid[row]
            pays = f4(0)
            if not ended:
                # Only what counts is read: rows are scattered over the region, and each column is a way to memory.
                per, full = effects.per[e], effects.amount[e]
                if effects.standard[e, year] > f4(0):
                    standard = effects.standard[e, year] * f4(h.members[i])
                    own = h.income_12_months[i] / f4(12) - before
                    full = topped_up(standard, own, effects.top_up[e], effects.least[e])
                elif per == PERSON:
                    full *= f4(h.members[i])
                elif per == WORKER:
                    full *= f4(h.workers[i])
                elif per == STUDENT:
                    full *= f4(h.students[i])
                elif per == ELDERLY:
                    full *= f4(h.elderly[i])
                pays = ramped(full, age, wait, ramp, grid)
            change = pays - before
            enrolments.paid[row] = pays
            next_household = village_end[k] if effects.whole_village[e] else i + 1
            for j in range(i, next_household):
                streams[effects.stream[e], j] += change
            paid[k, e] += np.int64(change * grid) * (next_household - i)
            if ended:
                enrolments.due[row] = NEVER
                if effects.first[e]:
                    members[k, effects.instrument[e]] -= next_household - i
                    for j in range(i, next_household):
                        h.assets[j] += effects.loan[e]
            else:
                due = next_turn(age, wait, ramp, effects.yearly[e], i4(month), i4(month_of_year))
                enrolments.due[row] = min(due, i4(enrolments.leaves[row]))


@njit(cache=CACHING, **COMPILED)
def enter(h, v, rows, bit, own_payment, loan, members, entries, persons):
    """Households enter an instrument: marks them, takes their payment, and counts them in their village's `members`
    and, weighted, in their county's `entries` and `persons`. What assets can not pay is borrowed this month."""
    for n in range(len(rows)):
        i = rows[n]
        k = h.village[i]
        h.programmes[i] |= bit
        h.assets[i] -= own_payment
        h.debt[i] += loan
        members[k] += 1
        entries[v.county[k]] += v.weight[k]
        persons[v.county[k]] += v.weight[k] * h.members[i]


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
