"""Many runs from a notebook: a sweep file in, one tidy table and the indices of its factors out."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sim.sweep.analyse import AnalysisError, indices, results
from sim.sweep.collect import collect
from sim.sweep.folder import COLLECTED, SweepFolder, open_folder
from sim.sweep.read import load_sweep
from sim.sweep.start import start
from sim.sweep.status import DONE

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SweepResult:
    """The runs of a sweep.

    Attributes
    ----------
    folder : where they lie; see `sim.sweep.folder.SweepFolder`
    """

    folder: SweepFolder

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per run, year, area and measure: run, point, replicate, seed, the factors, year, level, area,
        measure, value. Incidences are in percent of persons; other units are those of `Result.series`."""
        import pandas as pd

        return pd.read_parquet(self.folder.path / COLLECTED)

    def indices(self, measure: str, year: int | None = None, area: str | None = None) -> pd.DataFrame:
        """Which factors move a measure: Sobol's indices of a saltelli design, Morris's of a morris design.

        Parameters
        ----------
        year, area : the last one, and the region, unless given

        Returns
        -------
        One row per factor and index: factor, kind, value, low, high (95 % interval), verdict; see
        `sim.sweep.sensitivity`.

        Raises
        ------
        AnalysisError
            Where the sweep kept no such measure, year or area, or its design is another one.
        """
        import pandas as pd

        method = {"saltelli": "sobol", "morris": "morris"}.get(self.folder.design["kind"])
        if method is None:
            raise AnalysisError(f"indices need a design of kind saltelli or morris, not {self.folder.design['kind']}")
        found = results(self.folder, measure, year, area)[0]
        return pd.DataFrame(indices(self.folder, method, found))


def run_sweep(file: str | os.PathLike[str], folder: str | os.PathLike[str], workers: int | None = None) -> SweepResult:
    """Make every run of a sweep that is not in the folder yet, in processes of this machine.

    Parameters
    ----------
    file : sweep file, such as ``scenarios/sweeps/demo.yaml``
    folder : of the sweep; what an interrupted call left there is kept
    workers : processes; results do not depend on it; all processors by default

    Raises
    ------
    ScenarioError
        With every problem of the sweep file or of its scenario.
    FolderError
        Where the folder holds something else.
    RuntimeError
        Where a run failed; the others are kept.
    """
    path = Path(folder)
    status = start(load_sweep(Path(file)), path, count=workers or len(os.sched_getaffinity(0)))
    if left := status.planned - status.count(DONE):
        why = f"; the first: {status.failures[0]['error']}" if status.failures else ""
        raise RuntimeError(f"{left} of {status.planned} runs are not done{why}")
    sweep = open_folder(path)
    collect(sweep)
    return SweepResult(sweep)
