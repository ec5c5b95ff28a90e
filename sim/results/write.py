"""Which files a result consists of."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sim.results.bands import Interval
from sim.results.folder import write_folder
from sim.results.manifest import manifest
from sim.results.record import Record
from sim.results.tables import areas_table, panel_table, series_table, spells_table, write_parquet


def summary(record: Record) -> dict[str, Any]:
    """The short result, for programs; incidences in percent."""
    speed = record.household_months_per_second
    return {
        "scenario": record.loaded.scenario.name,
        "region": record.loaded.scenario.region,
        "households": record.households,
        "persons": record.persons,
        "months": len(record.history.months),
        "fit": _fit(record),
        "wall_seconds": round(sum(record.seconds.values()), 3),
        "household_months_per_second": None if speed is None else round(speed),
        "yearly": [dict(row) | _band(record, row["year"]) for row in record.yearly],
        "targets": [
            {
                "id": target.id,
                "operator": target.operator,
                "reported": target.reported,
                "simulated": target.simulated,
                "relative_error": target.relative_error,
                **({"band": band._asdict()} if band is not None else {}),
            }
            for target, band in zip(record.targets, target_bands(record), strict=True)
        ],
    }


def _fit(record: Record) -> dict[str, Any] | None:
    """The fit whose median the parameters are, and what speaks against using it."""
    if record.fit is None:
        return None
    draws = record.bands.draws if record.bands else 0
    return {"file": record.fit.fit.name, "draws": draws, "changed_since": list(record.fit.changed)}


def _band(record: Record, year: int) -> dict[str, Any]:
    """The bands of a year, where draws were run."""
    if record.bands is None:
        return {}
    return {"bands": {name: each._asdict() for name, each in record.bands.yearly[year].items()}}


def target_bands(record: Record) -> Sequence[Interval | None]:
    """The band of each reported figure, None where there is none."""
    return record.bands.targets if record.bands is not None else [None] * len(record.targets)


def as_json(value: Any) -> str:
    """Indented JSON; refuses what JSON does not know, such as NaN."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_results(out: Path, record: Record, report: str, force: bool = False) -> None:
    """Write the run's folder, whole or not at all; see `write_folder`."""
    history = record.history

    def text(content: str, path: Path) -> None:
        path.write_text(content, encoding="utf-8")

    def write_manifest(path: Path) -> None:
        text(as_json(manifest(record, path.parent)), path)

    files: dict[str, Callable[[Path], Any]] = {
        "series.parquet": partial(write_parquet, series_table(history, record.loaded.scenario.region)),
        "areas.parquet": partial(write_parquet, areas_table(history)),
        "spells.parquet": partial(write_parquet, spells_table(history)),
        "summary.json": partial(text, as_json(summary(record))),
        "report.html": partial(text, report),
        # last, for it holds the hashes of the others
        "manifest.json": write_manifest,
    }
    if record.bands is not None:
        files = {"bands.parquet": partial(write_parquet, record.bands.series), **files}
    if history.panel:
        files = {"panel.parquet": partial(write_parquet, panel_table(history)), **files}
    if record.checkpoint is not None:
        files = {"checkpoint.npz": record.checkpoint.rename, **files}
    write_folder(out, files, force)
