"""The folder of an analysis of several runs: its tables, its page, and how they were made."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.results.folder import write_folder
from sim.results.manifest import made_by
from sim.results.write import as_json

FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.])")

if TYPE_CHECKING:
    import pandas as pd


def write_analysis(
    out: Path,
    tables: Mapping[str, pd.DataFrame],
    report: str,
    about: Mapping[str, Any],
    force: bool = False,
    as_csv: Collection[str] = (),
) -> None:
    """Write an analysis, whole or not at all; see `write_folder`.

    Parameters
    ----------
    tables : name of a file -> its rows
    about : scenarios, seeds and settings, for the manifest
    as_csv : names of tables that are written as text too, for spreadsheets
    """

    def write_manifest(path: Path) -> None:
        path.write_text(as_json({**about, **made_by(path.parent)}), encoding="utf-8")

    def write_report(path: Path) -> None:
        path.write_text(report, encoding="utf-8")

    files: dict[str, Callable[[Path], Any]]
    files = {f"{name}.parquet": partial(_write, table) for name, table in tables.items()}
    files |= {f"{name}.csv": partial(_write_text, tables[name]) for name in as_csv}
    write_folder(out, {**files, "report.html": write_report, "manifest.json": write_manifest}, force)


def for_spreadsheets(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula, whatever a scenario calls its counties."""
    return f"'{cell}" if isinstance(cell, str) and FORMULA.match(cell) else cell


def _write_text(table: pd.DataFrame, path: Path) -> None:
    table.map(for_spreadsheets).rename(columns=for_spreadsheets).to_csv(path, index=False)


def _write(table: pd.DataFrame, path: Path) -> None:
    import pyarrow as pa

    from sim.results.tables import write_parquet

    write_parquet(pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(), path)
