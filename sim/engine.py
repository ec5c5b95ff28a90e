"""Runs the month over villages, and adds up what it did, in loops that the compiler turns into vector code.

Totals are whole numbers (money in sixteenths of a yuan), so that they are the same in any order, for any
number of threads and any size of block.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.kernel.numeric import CACHING, COMPILED, INLINED, f4, i4
from sim.kernel.rule import BLOCK, fuse
from sim.month import DECEMBER, JANUARY, MONTH, OPENING
from sim.register.status import EXITED, REGISTERED, RETURNED

MONEY = f4(16)
TOTALS = (
    "persons",
    "farm_income",
    "wage_income",
    "property_income",
    "transfer_income",
    "income_poor_persons",
    "income_poor_households",
    "ill_households",
    "jobless_households",
    "out_of_pocket",
    "reimbursed_by_instruments",
    "arrivals",
    "departures",
)
REGISTER_TOTALS = ("registered_persons", "registered_households", "exited_persons")
IN_MONEY = (
    "farm_income",
    "wage_income",
    "property_income",
    "transfer_income",
    "out_of_pocket",
    "reimbursed_by_instruments",
)

run_month = fuse(MONTH, "month")
run_january = fuse(JANUARY, "january")
run_december = fuse(DECEMBER, "december")
run_opening = fuse(OPENING, "opening")
REG, RET, OUT = np.uint8(REGISTERED), np.uint8(RETURNED), np.uint8(EXITED)


@njit(**INLINED)
def add_up(h, f, k, lo, hi, base, totals):
    """Adds the block's households to the totals of village k."""
    persons = poor = poor_households = np.int64(0)
    for i in range(lo, hi):
        persons += np.int64(h.members[i])
        poor += np.int64(h.members[i]) * np.int64(h.poor[i])
        poor_households += np.int64(h.poor[i])
    farm = wage = rent = transfer = np.int64(0)
    for i in range(lo, hi):
        farm += np.int64(i4(f.farm[i - base] * MONEY))
        wage += np.int64(i4(f.wage[i - base] * MONEY))
        rent += np.int64(i4(f.property[i - base] * MONEY))
        transfer += np.int64(i4(f.transfer[i - base] * MONEY))
    ill = jobless = arrivals = departures = np.int64(0)
    for i in range(lo, hi):
        ill += np.int64(h.ill[i])
        jobless += np.int64(h.jobless[i])
        arrivals += np.int64(f.arrived[i - base])
        departures += np.int64(f.departed[i - base])
    paid = covered = np.int64(0)
    for i in range(lo, hi):
        paid += np.int64(i4(f.out_of_pocket[i - base] * MONEY))
        covered += np.int64(i4(f.reimbursed[i - base] * MONEY))
    t = totals[k]
    t[0] += persons
    t[1] += farm
    t[2] += wage
    t[3] += rent
    t[4] += transfer
    t[5] += poor
    t[6] += poor_households
    t[7] += ill
    t[8] += jobless
    t[9] += paid
    t[10] += covered
    t[11] += arrivals
    t[12] += departures


@njit(cache=CACHING, **COMPILED)
def advance(h, f, v, p, now, first_village, end_village, block, kept, totals):
    """Runs the month for whole villages, `block` households at a time.

    Flows `f` are kept for all households (`kept`) or are scratch for one block.
    """
    queue = np.empty(block, np.uint32)
    for k in range(first_village, end_village):
        for b in range(v.first[k], v.end[k], block):
            lo, hi = np.uint64(b), np.uint64(min(b + block, v.end[k]))
            base = np.uint64(0) if kept else lo
            run_month(h, f, v, p, now, k, lo, hi, base, queue)
            add_up(h, f, k, lo, hi, base, totals)


@njit(cache=CACHING, **COMPILED)
def advance_households(h, f, v, p, now, k, lo, hi):
    """Runs the month for some households of village k, flows kept; the agents' way in."""
    run_month(h, f, v, p, now, k, np.uint64(lo), np.uint64(hi), np.uint64(0), np.empty(hi - lo, np.uint32))


@njit(cache=CACHING, **COMPILED)
def add_up_villages(h, f, v, first_village, end_village, totals):
    """Adds up the month of whole villages, flows kept; for those who ran it household by household."""
    for k in range(first_village, end_village):
        add_up(h, f, k, np.uint64(v.first[k]), np.uint64(v.end[k]), np.uint64(0), totals)


@njit(cache=CACHING, **COMPILED)
def count_register(h, v, first_village, end_village, totals):
    """Writes the register's stocks of whole villages; at the end of the month, after a review."""
    for k in range(first_village, end_village):
        registered = registered_households = exited = np.int64(0)
        for i in range(np.uint64(v.first[k]), np.uint64(v.end[k])):
            on_register = (h.status[i] == REG) | (h.status[i] == RET)
            registered += np.int64(h.members[i]) * np.int64(on_register)
            registered_households += np.int64(on_register)
            exited += np.int64(h.members[i]) * np.int64(h.status[i] == OUT)
        totals[k, 0] = registered
        totals[k, 1] = registered_households
        totals[k, 2] = exited


@njit(cache=CACHING, **COMPILED)
def turn_year(h, f, v, p, now, first_village, end_village):
    """Runs the January rules for whole villages."""
    queue = np.empty(BLOCK, np.uint32)
    for k in range(first_village, end_village):
        for b in range(v.first[k], v.end[k], BLOCK):
            lo, hi = np.uint64(b), np.uint64(min(b + BLOCK, v.end[k]))
            run_january(h, f, v, p, now, k, lo, hi, lo, queue)


@njit(cache=CACHING, **COMPILED)
def look_back(h, f, v, p, now, first_village, end_village):
    """Runs the December rules for whole villages."""
    queue = np.empty(BLOCK, np.uint32)
    for k in range(first_village, end_village):
        for b in range(v.first[k], v.end[k], BLOCK):
            lo, hi = np.uint64(b), np.uint64(min(b + BLOCK, v.end[k]))
            run_december(h, f, v, p, now, k, lo, hi, lo, queue)


@njit(cache=CACHING, **COMPILED)
def look_around(h, f, v, p, now, first_village, end_village):
    """Runs the rules that come before an opening for whole villages."""
    queue = np.empty(BLOCK, np.uint32)
    for k in range(first_village, end_village):
        for b in range(v.first[k], v.end[k], BLOCK):
            lo, hi = np.uint64(b), np.uint64(min(b + BLOCK, v.end[k]))
            run_opening(h, f, v, p, now, k, lo, hi, lo, queue)
