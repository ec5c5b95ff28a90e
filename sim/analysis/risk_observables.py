"""What a village knows of its exited households at the snapshot; never what only the model knows.

The lasting and the passing part of earning capacity, true income, the drawn months in which enrolments end and how
much of a wage an instrument really added stay hidden. Income is what was certified in December, with its error.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.analysis.risk_futures import last_possible, taper
from sim.calendar import year_of
from sim.enrolments import Enrolments, by_household, in_one
from sim.instruments import STREAM_ROW
from sim.scenario.instruments import CAUSES
from sim.world import World

MONEY = [STREAM_ROW[name] for name in STREAM_ROW if name in ("job_wage", "dividends", "support")]
CROPS = [STREAM_ROW[name] for name in STREAM_ROW if name.startswith("crop_")]
ENROLLED = "in_"  # begins the name of a column that says whether the household is enrolled in an instrument


def observables(world: World, rows: np.ndarray, horizon: int) -> pd.DataFrame:
    """One row per household of `rows`, which must be sorted.

    Columns
    -------
    household : key, or the user's name of an own household; county, village : where it is registered
    members, workers, students, elderly : persons; chronic, ill, jobless, safe_house, poor_village : yes or no
    schooling : mean years of adults; recorded_cause : of poverty; months_since_exit
    certified : yuan a head and year, as the last review saw it, with its error
    costs : yuan a head of medical bills and schooling that the review took off before
    support : yuan a head and year that instruments pay out
    to_be_withdrawn : the part of it that the rules known today end within `horizon` months
    in_… : whether the household is enrolled in the instrument
    """
    h, v = world.h, world.v
    village = h.village[rows]
    members = h.members[rows].astype(np.float64)
    enrolled, support, ending = by_instrument(world, rows, horizon)
    return pd.DataFrame(
        {
            "household": h.identity[rows] if world.ids is None else world.ids[rows],
            "county": pd.Categorical.from_codes(v.county[village], world.areas.counties),
            "village": pd.Categorical.from_codes(village, world.areas.names),
            **{name: getattr(h, name)[rows].astype(np.int64) for name in ("members", "workers", "students", "elderly")},
            **{name: getattr(h, name)[rows] for name in ("chronic", "ill", "jobless")},
            "safe_house": h.safe_house[rows] > 0.5,
            "poor_village": v.poor_village[village],
            "schooling": h.schooling[rows].astype(np.float64),
            "recorded_cause": pd.Categorical.from_codes(h.cause[rows].astype(np.int64), ("none", *CAUSES)),
            "months_since_exit": world.offset - h.status_since[rows].astype(np.int64),
            "certified": h.certified[rows].astype(np.float64),
            "costs": (h.medical_this_year[rows] + h.students[rows] * world.scenario.accounts.schooling_cost) / members,
            "support": support.sum(1) / members,
            "to_be_withdrawn": ending.sum(1) / members,
            **{f"{ENROLLED}{name}": enrolled[:, n] for n, name in enumerate(world.instruments.names)},
        }
    )


def by_instrument(world: World, rows: np.ndarray, horizon: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(R, I) who is enrolled in what, the yuan a year that each instrument pays out, and of it what is going to end."""
    part = by_household(in_one(world.enrolments), world.instruments.effects, world.v)
    place = np.searchsorted(rows, part.household)
    mine = np.isin(part.household, rows)
    part, place = Enrolments(*(column[mine] for column in part)), place[mine]
    effects, instruments = world.instruments.effects, world.instruments
    enrolled = np.zeros((len(rows), len(instruments.names)), bool)
    enrolled[place, effects.instrument[part.effect]] = True
    additional = np.array([e.additionality for s in instruments.settings for e in s.effect])
    in_money = np.isin(effects.stream[part.effect], MONEY + CROPS)
    yearly = np.where(in_money, 12.0 * part.paid / np.maximum(additional[part.effect], 1e-9), 0.0)
    ending = yearly * _share_to_end(world, part, horizon)
    cell = place * len(instruments.names) + effects.instrument[part.effect]
    paid, ends = (
        np.bincount(cell, yuan, enrolled.size).astype(np.float64).reshape(enrolled.shape) for yuan in (yearly, ending)
    )
    return enrolled, paid, ends


def _share_to_end(world: World, part: Enrolments, horizon: int) -> np.ndarray:
    """(rows,) share of each payment that is expected to end within the horizon by rule: all with the instrument or
    after its time, the share of a taper's lots that fall into the horizon, part of it where a yearly standard falls."""
    effects = world.instruments.effects
    year = year_of(world.month) - year_of(world.first_month)
    before, after = effects.standard[:, year], effects.standard[:, year + -(-horizon // 12)]
    falls = 1 - np.divide(after, before, out=np.ones_like(after), where=before > 0)
    share = np.maximum(falls, 0).astype(np.float64)[part.effect]
    end = world.offset + horizon
    for number in range(len(world.instruments.names)):
        if (months := taper(world, number)) is not None:
            first, last = months
            drawn = np.clip((end - first + 1) / (last - first + 1), 0, 1)
            share = np.where(effects.instrument[part.effect] == number, np.maximum(share, drawn), share)
    return np.where(last_possible(world, part) <= end, 1.0, share)
