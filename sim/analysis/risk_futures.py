"""Many futures of one past: the whole region lives on from a December, each time with other luck.

Everybody lives on, not only those who are looked at: prices, jobs, places that open, budgets and reviews are then what
they would be, and nothing is held fixed. A household's lasting traits stay as they are (whether it is willing, how its
village misjudges it); what happens to it, to villages and to prices from now on is drawn anew, and so is when it
leaves an instrument: the month drawn at entry is nothing that anybody knows beforehand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from sim.analysis.runs import quick_turns
from sim.checkpoint import put_state
from sim.enrolments import NEVER, Enrolments
from sim.kernel.luck import month_salt
from sim.places import luck_of
from sim.scenario.model import Scenario
from sim.world import World

State = Mapping[str, np.ndarray]

MOST_FUTURES = 65_535  # luck counts months of future n from n times 65,536


class Future(World):
    """A world that lives on from a state. Future 0 has the luck of the run itself, every other one its own.

    Two policies share the luck of futures of the same number.
    """

    number = 0

    def begin(self, past: Scenario, state: State, number: int) -> None:
        """Goes back to the state; `past` is the scenario that led to it and goes on."""
        put_state(self, state)
        self.number = number
        self.scenario = past if number == 0 else past.model_copy(update={"seed": seed_of(past.seed, number)})
        if number:
            for part in self.enrolments:
                drawn = draw_leaving(self, part)
                # In January these are looked at again, which changes nothing for those who stay.
                part.due[drawn] = self.offset + 1

    def prepare(self) -> None:
        """Starts the next month with this future's luck."""
        known = len(self.enrolments)
        super().prepare()
        if self.number:
            self.now = self.now._replace(salt=np.uint32(month_salt(np.uint32(self.month + (self.number << 16)))))
            for part in self.enrolments[known:]:
                drawn = draw_leaving(self, part)
                begins = part.start[drawn] + self.instruments.effects.wait[part.effect[drawn]]
                part.due[drawn] = np.minimum(begins, part.leaves[drawn])


def seed_of(seed: int, number: int) -> int:
    """The seed of villages' and counties' luck in a future."""
    return int.from_bytes(hashlib.blake2b(f"{seed} future {number}".encode(), digest_size=7).digest(), "little")


def last_possible(world: World, part: Enrolments) -> np.ndarray:
    """(rows,) month by which each enrolment is over by the scenario's rules: after its time, or with the instrument."""
    first, settings = world.first_month, world.instruments.settings
    lasts = np.array([setting.lasts_months or NEVER for setting in settings], np.int64)
    ends = np.array([NEVER if setting.ends is None else setting.ends - first for setting in settings], np.int64)
    instrument = world.instruments.effects.instrument[part.effect]
    return np.minimum(np.minimum(part.start + lasts[instrument], ends[instrument]), NEVER - 1)


def taper(world: World, number: int) -> tuple[int, int] | None:
    """First and last month, from the next one on, in which an instrument that tapers off may let a household go."""
    setting = world.instruments.settings[number]
    if setting.tapers_from is None or setting.ends is None:
        return None
    return max(setting.tapers_from - world.first_month, world.offset + 1), setting.ends - world.first_month


def draw_leaving(world: World, part: Enrolments) -> np.ndarray:
    """Draws anew in which month households leave, and returns the rows of those who may.

    The waiting time is geometric and has no memory; a taper is a lot. As elsewhere luck hangs on instruments' names.
    """
    instruments = world.instruments
    tapers = [taper(world, number) for number in range(len(instruments.names))]
    drop_out = np.array(instruments.drop_out)
    uncertain = (drop_out > 0) | np.array([months is not None for months in tapers], bool)
    rows = np.flatnonzero(uncertain[instruments.effects.instrument[part.effect]] & (part.due != NEVER))
    mine = Enrolments(*(column[rows] for column in part))
    instrument = instruments.effects.instrument[mine.effect]
    salt = np.array([choice.salt for choice in instruments.choice], np.uint64)[instrument]
    key = world.h.identity[mine.household] ^ (salt << np.uint64(32))

    def lot(what: str, which: np.ndarray) -> np.ndarray:
        return luck_of(world.scenario.seed, what, world.month, key[which])

    leaves = last_possible(world, mine)
    leaving = np.flatnonzero(drop_out[instrument] > 0)
    months = np.log1p(-lot("leaves", leaving)) / np.log1p(-drop_out[instrument[leaving]])
    waiting = np.minimum(1 + months, NEVER).astype(np.int64)
    leaves[leaving] = np.minimum(leaves[leaving], world.offset + waiting)
    for number, span in enumerate(tapers):
        if span is not None:
            which = np.flatnonzero(instrument == number)
            ends = span[0] + (lot("tapers", which) * (span[1] - span[0] + 1)).astype(np.int64)
            leaves[which] = np.minimum(leaves[which], ends)
    part.leaves[rows] = leaves
    return rows


def each_future(
    past: Scenario,
    state: State,
    worlds: Sequence[Future],
    numbers: Sequence[int],
    months: int,
    watch: Callable[[Future], Any],
    progress: Callable[[int, int], None] | None = None,
) -> list[Any]:
    """Lives each future and returns what was watched, in order of `numbers`; worlds share the futures as threads.

    Parameters
    ----------
    watch : makes, from a world that has begun, an object whose `look` is called after each month
    progress : called after each future with futures done and futures in all
    """
    done: list[int] = []

    def live(turn: int) -> list[Any]:
        world, out = worlds[turn], []
        for number in numbers[turn :: len(worlds)]:
            world.begin(past, state, number)
            watched = watch(world)
            for _ in range(months):
                world.step()
                watched.look()
            out.append(watched)
            done.append(number)
            if progress is not None:
                progress(len(done), len(numbers))
        return out

    with quick_turns(), ThreadPoolExecutor(len(worlds)) as executor:
        shares = list(executor.map(live, range(len(worlds))))
    return [shares[n % len(worlds)][n // len(worlds)] for n in range(len(numbers))]
