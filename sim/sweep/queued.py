"""Jobs that left the queue before their worker came, cancelled or broken; Dask itself waits for them for ever."""

from __future__ import annotations

import getpass
import re
import subprocess
from time import monotonic
from typing import Any

LOOK_SECONDS = 15.0
LONGEST_REST = 600.0
# What lists this user's unfinished jobs, the number first on each line.
LISTING = {
    "slurm": ["squeue", "--noheader", "--format=%A", "--user"],
    "pbs": ["qstat", "-u"],
    "lsf": ["bjobs", "-u"],
}


def unfinished(kind: str) -> set[str] | None:
    """Numbers of this user's jobs that wait or run; None where the scheduler does not say."""
    try:
        answer = subprocess.run(
            [*LISTING[kind], getpass.getuser()], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return set(re.findall(r"^\s*(\d+)", answer.stdout, re.MULTILINE))


class Queued:
    """Looks after the jobs of a Dask cluster that have no worker yet.

    A job is gone when two looks in a row find neither it in the queue nor its worker. Those that replace it may go
    the same way, so that rests between replacements grow.

    Parameters
    ----------
    kind : `slurm`, `pbs` or `lsf`

    Attributes
    ----------
    rounds : how often jobs were replaced
    """

    def __init__(self, kind: str, cluster: Any) -> None:
        self.kind, self.cluster = kind, cluster
        self.rounds = 0
        self.suspects: set[str] = set()
        self.next_look = self.next_round = monotonic() + LOOK_SECONDS

    def look(self) -> None:
        """Have the cluster forget jobs that are gone, upon which it submits others; does nothing most of the time."""
        if monotonic() < self.next_look:
            return
        self.next_look = monotonic() + LOOK_SECONDS
        waiting = {
            str(job.job_id): name
            for name, job in list(self.cluster.workers.items())
            if job.job_id and name not in self.cluster.observed
        }
        listed = unfinished(self.kind) if waiting else None
        absent = set() if listed is None else set(waiting) - listed
        gone, self.suspects = absent & self.suspects, absent
        if gone and monotonic() >= self.next_round:
            self.cluster.sync(self.cluster.scale_down, [waiting[each] for each in gone])
            self.rounds += 1
            self.next_round = monotonic() + min(LOOK_SECONDS * 2**self.rounds, LONGEST_REST)
