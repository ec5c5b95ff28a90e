"""The Parquet tables of a run. Same history, same bytes: fixed order, no time stamps, one codec."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.areas import SEVERITY
from sim.calendar import month_text
from sim.history import FIFTHS, History
from sim.measures import decembers
from sim.register.areas import NEVER_LISTED
from sim.register.status import NAMES
from sim.results.arrays import flags, numbers, texts, worded
from sim.scenario import CAUSES
from sim.spells import ENDED, INCOME_CAUSES

SPELL_KINDS = ("registered", "income_poverty")
CENSORED = ("none", "left", "right", "both")
VILLAGE = {
    "registered_persons": "village_registered",
    "persons": "village_persons",
    "poor_persons": "village_poor",
}


class Words:
    """A column of few distinct words, kept as codes."""

    def __init__(self) -> None:
        self.code: dict[str, int] = {}
        self.blocks: list[NDArray[np.int32]] = []

    def add(self, words: Iterable[str], repeat: int = 1, tile: int = 1) -> None:
        """Append words, each repeated, the whole tiled."""
        codes = np.array([self.code.setdefault(word, len(self.code)) for word in words], np.int32)
        self.blocks.append(np.tile(np.repeat(codes, repeat), tile))

    def column(self) -> pa.DictionaryArray:
        return worded(np.concatenate(self.blocks) if self.blocks else np.zeros(0, np.int32), list(self.code))


class _Series:
    """Rows of the long table, block by block."""

    def __init__(self, replicate: int) -> None:
        self.month, self.level, self.area, self.measure = Words(), Words(), Words(), Words()
        self.values: list[NDArray[np.float64]] = []
        self.replicate = replicate

    def add(self, level: str, areas: Sequence[str], measure: str, months: Sequence[str], values: NDArray) -> None:
        """Append `values` (months, areas)."""
        self.month.add(months, repeat=len(areas))
        self.area.add(areas, tile=len(months))
        self.level.add([level], repeat=values.size)
        self.measure.add([measure], repeat=values.size)
        self.values.append(np.ascontiguousarray(values, np.float64).ravel())

    def table(self) -> pa.Table:
        values = np.concatenate(self.values)
        return pa.table(
            {
                "month": self.month.column(),
                "level": self.level.column(),
                "area": self.area.column(),
                "measure": self.measure.column(),
                "value": numbers(values),
                "replicate": numbers(np.full(len(values), self.replicate, np.int16)),
            }
        )


def series_table(history: History, region: str, replicate: int = 0) -> pa.Table:
    """Long table: month, level, area, measure, value, replicate.

    Counties and the region by month, or in December for yearly measures; villages in December. Rows of level
    `instrument` are totals of the region; what an instrument did in one county stands at level `county` under
    `measure:instrument`. A sampled village stands for all those that it represents.
    """
    rows = _Series(replicate)
    months = [month_text(int(month)) for month in history.months]
    yearly = [months[i] for i in decembers(history)]
    for measures, dates in ((history.monthly, months), (history.yearly, yearly)):
        for measure, values in measures.items():
            rows.add("region", [region], measure, dates, values.sum(axis=1))
            rows.add("county", history.counties, measure, dates, values)
    for fifth in range(5):
        for source, name in enumerate(FIFTHS):
            rows.add(
                "region",
                [region],
                f"{name}_per_head:fifth_{fifth + 1}",
                yearly,
                history.fifths[:, fifth, source],
            )
    for measure, values in history.of_instrument.items():
        rows.add("instrument", history.instruments, measure, months, values.sum(axis=2))
        for i, instrument in enumerate(history.instruments):
            rows.add("county", history.counties, f"{measure}:{instrument}", months, values[:, i])
    rows.add("instrument", history.instruments, "covered_households", yearly, history.covered_households)
    for measure, attribute in VILLAGE.items():
        rows.add("village", history.villages, measure, yearly, getattr(history, attribute))
    return rows.table()


def areas_table(history: History) -> pa.Table:
    """Level, area, county, whether it was on the list of poor areas, and the month it left that list."""
    counties = np.array(history.counties)
    exits = np.concatenate([history.county_exit, history.village_exit])
    # A county that passed may be announced only after the run has ended.
    gone = (exits >= 0) & (exits <= history.months[-1])
    months = [month_text(int(month)) if out else None for month, out in zip(exits, gone, strict=True)]
    no_county, are_villages = np.zeros(len(counties)), np.arange(len(exits)) >= len(counties)
    return pa.table(
        {
            "level": texts(["county"] * len(counties) + ["village"] * len(history.villages)),
            "area": texts([*history.counties, *history.villages]),
            "county": texts([*history.counties, *counties[history.village_county].tolist()]),
            "poor": flags(np.concatenate([history.county_exit != NEVER_LISTED, history.village_is_poor])),
            "exit_month": texts(months),
            # Of villages alone: number (a household's key over 2 to the 32), class, what a household stands for.
            "number": numbers(np.concatenate([no_county, history.village_number]).astype(np.int64), are_villages),
            "severity": texts([None] * len(counties) + [SEVERITY[each] for each in history.village_severity]),
            "weight": numbers(np.concatenate([no_county, history.village_weight]), are_villages),
        }
    )


def spells_table(history: History) -> pa.Table:
    """One row per spell on the register or in income poverty: first and last month, cause, censoring, how it ended,
    and whether it began as a return to the register."""
    spells = history.spells
    start, end = np.asarray(spells["start"], np.int64), np.asarray(spells["end"], np.int64)
    first = int(start.min()) if len(start) else 0
    months = [month_text(month) for month in range(first, int(end.max()) + 1)] if len(end) else []
    return pa.table(
        {
            "household": numbers(np.asarray(spells["household"], np.uint64)),
            "kind": worded(spells["kind"], SPELL_KINDS),
            "start": worded(start - first, months),
            "end": worded(end - first, months),
            "months": numbers((end - start).astype(np.int32)),
            "cause": _causes(spells["kind"], spells["cause"]),
            "censored": worded(spells["censored"], CENSORED),
            "ended": worded(spells["ended"], ENDED),
            "returned": flags(np.asarray(spells["returned"], bool)),
        }
    )


def _causes(kind: NDArray, cause: NDArray) -> pa.DictionaryArray:
    """Recorded causes of registration (0 is none), and what befell households that fell below the line."""
    words = list(dict.fromkeys([*CAUSES, *INCOME_CAUSES]))
    code_of = np.full((2, 256), -1, np.int32)
    code_of[0, 1 : len(CAUSES) + 1] = [words.index(word) for word in CAUSES]
    code_of[1, : len(INCOME_CAUSES)] = [words.index(word) for word in INCOME_CAUSES]
    return worded(code_of[kind, cause], words)


def panel_table(history: History) -> pa.Table:
    """Households by year, in the columns that the run kept."""
    columns = {"household" if name == "identity" else name: values for name, values in history.panel.items()}
    columns["status"] = worded(columns["status"], NAMES)
    return pa.table(columns)


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a table so that equal tables give equal bytes."""
    pq.write_table(table, path, compression="zstd", compression_level=3)
