"""Where a result comes from: a run that has just ended, or the folder that one left behind."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sim.results.folder import FolderError, check_writable, write_folder
from sim.results.record import Record
from sim.results.tables import areas_table, panel_table, series_table, spells_table
from sim.results.write import as_json, summary, write_results

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

TABLES = ("series", "areas", "spells", "panel")
NEEDED = ("manifest.json", "summary.json", "series.parquet", "areas.parquet", "spells.parquet", "report.html")


class Source(Protocol):
    """What a result is made of."""

    def table(self, name: str) -> pd.DataFrame | None:
        """The table of this name of TABLES, or None where the run kept none."""

    def summary(self) -> dict[str, Any]:
        """What `summary.json` holds."""

    def scenario(self) -> dict[str, Any]:
        """The scenario that was run, resolved."""

    def page(self) -> str:
        """The report as one HTML page."""

    def write(self, out: Path, force: bool) -> None:
        """Write the result's folder, whole or not at all."""


class FromRun:
    """A run that has just ended."""

    def __init__(self, record: Record) -> None:
        self.record = record

    def table(self, name: str) -> pd.DataFrame | None:
        history, region = self.record.history, self.record.loaded.scenario.region
        tables: dict[str, Any] = {
            "series": partial(series_table, history, region),
            "areas": partial(areas_table, history),
            "spells": partial(spells_table, history),
        }
        if history.panel:
            tables["panel"] = partial(panel_table, history)
        return _frame(tables[name]()) if name in tables else None

    def summary(self) -> dict[str, Any]:
        return dict(json.loads(as_json(summary(self.record))))

    def scenario(self) -> dict[str, Any]:
        return self.record.loaded.resolved

    def page(self) -> str:
        from sim.report.page import render

        return render(self.record)

    def write(self, out: Path, force: bool) -> None:
        write_results(out, self.record, self.page(), force)


class FromFolder:
    """A folder that ``povsim run`` or `Result.save` wrote.

    Raises
    ------
    FolderError
        Where the folder holds no result of a run, or a damaged one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        if missing := [name for name in NEEDED if not (folder / name).is_file()]:
            raise FolderError(f"{folder} holds no result of a run: there is no {missing[0]}")
        self._summary, manifest = self._json("summary.json"), self._json("manifest.json")
        if "scenario" not in manifest:
            raise FolderError(f"{folder} holds no result of a run: its manifest names no scenario")
        self._scenario = manifest["scenario"]

    def _json(self, name: str) -> dict[str, Any]:
        try:
            return dict(json.loads((self.folder / name).read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise FolderError(f"{self.folder / name} is damaged") from error

    def table(self, name: str) -> pd.DataFrame | None:
        import pyarrow.parquet as pq

        file = self.folder / f"{name}.parquet"
        return _frame(pq.read_table(file)) if file.exists() else None

    def summary(self) -> dict[str, Any]:
        return self._summary

    def scenario(self) -> dict[str, Any]:
        return dict(self._scenario)

    def page(self) -> str:
        return (self.folder / "report.html").read_text(encoding="utf-8")

    def write(self, out: Path, force: bool) -> None:
        check_writable(out, force)
        files = {each.name: partial(shutil.copyfile, each) for each in sorted(self.folder.iterdir())}
        write_folder(out, files, force)


def _frame(table: pa.Table) -> pd.DataFrame:
    """The table with months as Periods."""
    import pandas as pd

    frame = table.to_pandas()
    for name in ("month", "start", "end", "exit_month"):
        if name in frame:
            column = pd.Categorical(frame[name])
            months = pd.PeriodIndex([*column.categories, None], freq="M")
            frame[name] = months[column.codes]
    return frame
