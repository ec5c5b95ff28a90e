"""What is served: scenario files and saved runs. A browser names them, and never a path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SUFFIXES = (".yaml", ".yml")
NEEDED = ("manifest.json", "summary.json", "report.html")
COUNTED = (
    *("year", "income_persons", "income_incidence", "exits", "returns", "struck_off", "outlays_yuan"),
    *("villages_exited", "counties_exited"),
)
IF_REGISTERED = ("register_persons", "register_incidence")


@dataclass(frozen=True)
class Run:
    """A saved run.

    Attributes
    ----------
    id : name of its folder
    scenario : resolved, as its manifest holds it
    summary : headline figures
    """

    id: str
    folder: Path
    name: str
    seed: int
    scenario: Mapping[str, Any]
    summary: Mapping[str, Any]

    @property
    def region(self) -> str:
        """The region that it simulated."""
        return str(self.scenario["region"])

    @property
    def scale(self) -> float:
        """Share of the villages that it simulated."""
        return float(self.scenario["population"]["scale"])

    @property
    def yearly(self) -> list[dict[str, Any]]:
        """One row a December."""
        return list(self.summary["yearly"])


class Shelf:
    """Scenarios and runs of the served folders.

    Parameters
    ----------
    scenarios : files, by the names that the browser uses
    folder : where runs lie and are saved
    """

    def __init__(self, scenarios: Mapping[str, Path], folder: Path) -> None:
        self.scenarios = dict(scenarios)
        self.folder = folder
        self._read: dict[Path, tuple[int, Run | None]] = {}

    def runs(self) -> list[Run]:
        """Saved runs, the latest first; folders that hold none, or a damaged one, are left out."""
        if not self.folder.is_dir():
            return []
        found = [(self._run(each), each) for each in self.folder.iterdir() if not each.name.startswith(".")]
        dated = [(self._read[each][0], run) for run, each in found if run is not None]
        return [run for _, run in sorted(dated, key=lambda pair: (-pair[0], pair[1].id))]

    def run(self, name: str) -> Run | None:
        """A saved run by its name; None where there is none of this name."""
        return next((run for run in self.runs() if run.id == name), None)

    def _run(self, folder: Path) -> Run | None:
        files = [folder / name for name in NEEDED]
        # What a link leads to was not served.
        if folder.is_symlink() or not all(file.is_file() and not file.is_symlink() for file in files):
            return None
        changed = files[0].stat().st_mtime_ns
        if folder not in self._read or self._read[folder][0] != changed:
            self._read[folder] = changed, _read(folder)
        return self._read[folder][1]


def _read(folder: Path) -> Run | None:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        run = Run(folder.name, folder, str(manifest["name"]), int(manifest["seed"]), manifest["scenario"], summary)
        return run if _complete(run) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _complete(run: Run) -> bool:
    """Whether all that pages show is there, and numbers are numbers."""
    numbers = all(isinstance(row[key], int | float) for row in run.yearly for key in COUNTED)
    known = all(isinstance(row[key], int | float | None) for row in run.yearly for key in IF_REGISTERED)
    return bool(run.yearly and run.region and run.scale) and numbers and known


def open_shelf(served: Path, results: Path | None) -> Shelf:
    """The shelf of a scenario file, or of a folder of scenarios and saved runs.

    Parameters
    ----------
    results : where runs are kept; by default the folder itself where it holds a run, or no scenario; `results` else
    """
    if served.is_file():
        return Shelf({served.stem: served}, results or Path("results"))
    files = sorted(each for each in served.iterdir() if each.suffix in SUFFIXES and each.is_file())
    inside = Shelf({each.stem: each for each in files}, served)
    keeps_runs = not files or inside.runs()
    return Shelf(inside.scenarios, results or (served if keeps_runs else Path("results")))
