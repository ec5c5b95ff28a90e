"""What became of every planned run, from the files alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sim.results.folder import FolderError
from sim.sweep.folder import SweepFolder
from sim.sweep.parts import Part, Refusal, read_failures, read_parts
from sim.sweep.plan import plan_digest

MISSING, FAILED, DONE = 0, 1, 2
SHOWN = 20


@dataclass
class Status:
    """The state of a sweep.

    Attributes
    ----------
    state : (runs,) MISSING, FAILED or DONE
    failures : the first few; all of them stand in the folder
    refused : files that are torn or foreign; their runs count as missing
    """

    state: NDArray[np.uint8]
    failures: list[dict[str, Any]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    @property
    def planned(self) -> int:
        """Runs in the plan."""
        return len(self.state)

    def count(self, state: int) -> int:
        """Runs in a state."""
        return int(np.count_nonzero(self.state == state))


def plan_of(folder: SweepFolder) -> pq.ParquetFile:
    """The table of runs, which must be the one that was planned.

    Raises
    ------
    FolderError
        Where it is damaged.
    """
    try:
        plan = pq.ParquetFile(folder.plan_file)
        whole = plan.metadata.num_rows == folder.runs and plan_digest(plan) == folder.plan
    except (OSError, pa.ArrowException) as error:
        raise FolderError(f"{folder.plan_file} can not be read: {error}") from error
    if not whole:
        raise FolderError(f"{folder.plan_file} is not the plan that sweep.json stands for")
    return plan


def take_stock(folder: SweepFolder) -> Status:
    """Read every file of a sweep and compare it with the plan.

    Raises
    ------
    FolderError
        Where the plan itself is damaged.
    """
    plan_of(folder)
    status = Status(np.zeros(folder.runs, np.uint8))
    for found in read_parts(folder.path, folder.plan, folder.runs):
        if isinstance(found, Part):
            status.state[found.runs] = DONE
        else:
            status.refused.append(found)
    for each in read_failures(folder.path, folder.plan, folder.runs):
        if isinstance(each, Refusal):
            status.refused.append(each)
            continue
        for failure in each[1]:
            if status.state[failure["run"]] == MISSING:
                status.state[failure["run"]] = FAILED
                if len(status.failures) < SHOWN:
                    status.failures.append(failure)
    status.failures.sort(key=lambda failure: failure["run"])
    return status
