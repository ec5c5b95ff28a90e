"""What is handed to a cluster's scheduler, read from the job scripts, and what is asked of it; nothing is submitted."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sim.sweep import queued
from sim.sweep.executors import Options, PlacementError
from sim.sweep.queued import Queued, unfinished

pytest.importorskip("dask_jobqueue", reason="the extra `cluster` is not installed")

OPTIONS = {
    "account": "mine",
    "partition": "short",
    "walltime": "02:00:00",
    "memory": "3GB",
    "directives": ["--extra=1"],
}
EXPECTED = {
    "slurm": ("#SBATCH -A mine", "#SBATCH -p short", "#SBATCH -t 02:00:00", "#SBATCH --mem=3G", "#SBATCH --extra=1"),
    "pbs": ("#PBS -A mine", "#PBS -q short", "walltime=02:00:00", "#PBS --extra=1"),
    "lsf": ('#BSUB -P "mine"', "#BSUB -q short", "#BSUB -W 02:00\n", "#BSUB --extra=1"),
}


@pytest.mark.parametrize("kind", ["slurm", "pbs", "lsf"])
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_options_reach_the_job_script(kind, tmp_path, monkeypatch):
    from sim.sweep.cluster import job_cluster

    monkeypatch.setenv("PATH", str(tmp_path))
    cluster = job_cluster(kind, Options(logs=tmp_path, **OPTIONS), [])
    try:
        script = cluster.job_script()
    finally:
        cluster.close()
    for line in EXPECTED[kind]:
        assert line in script
    assert "tls://" in script
    assert "--lifetime 6480s" in script
    assert "export OMP_NUM_THREADS=1" in script
    assert "export PYTHONPATH=" in script


LISTINGS = {
    "slurm": ("squeue", "101\n102\n"),
    "pbs": (
        "qstat",
        "\npbs: \n                                    Req'd  Req'd   Elap\n"
        "Job ID    Username Queue  Jobname    SessID NDS TSK Memory Time  S Time\n"
        "--------- -------- ------ ---------- ------ --- --- ------ ----- - -----\n"
        "101.pbs   me       short  dask-work*    --    1   1    2gb 01:00 Q   --\n"
        "102.pbs   me       short  dask-work*   7788   1   1    2gb 01:00 R 00:03\n",
    ),
    "lsf": (
        "bjobs",
        "JOBID   USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   JOB_NAME   SUBMIT_TIME\n"
        "101     me      PEND  short      login                   dask-work  Nov 23 04:00\n"
        "102     me      RUN   short      login       node7       dask-work  Nov 23 04:00\n",
    ),
}


def command(folder, name, body):
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o700)


@pytest.mark.parametrize("kind", LISTINGS)
def test_numbers_of_jobs_are_read_from_what_the_scheduler_lists(kind, tmp_path, monkeypatch):
    name, text = LISTINGS[kind]
    (tmp_path / "listing").write_text(text)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    command(tmp_path, name, f"cat {tmp_path}/listing")
    assert unfinished(kind) == {"101", "102"}
    command(tmp_path, name, "echo 101; exit 1")
    assert unfinished(kind) is None


class Cluster:
    """Jobs by name, those whose workers are connected, and what was scaled down."""

    def __init__(self, **jobs):
        self.workers = {name: SimpleNamespace(job_id=number) for name, number in jobs.items()}
        self.observed, self.down = set(), []

    def sync(self, function, *arguments):
        function(*arguments)

    def scale_down(self, names):
        self.down.append(names)


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still unless it is moved."""
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(queued, "monotonic", lambda: now.seconds)
    return now


def looks(jobs, clock, times):
    for _ in range(times):
        clock.seconds += queued.LOOK_SECONDS
        jobs.look()


def test_a_job_that_two_looks_miss_is_given_up(clock, monkeypatch):
    """Of five jobs one works, one waits, one is being submitted, one has ended, and one ends between two looks."""
    cluster = Cluster(works="1", waits="2", submitted=None, ended="3", ends="4")
    cluster.observed = {"works"}
    listed = {"2", "4"}
    monkeypatch.setattr(queued, "unfinished", lambda kind: listed)
    jobs = Queued("slurm", cluster)
    jobs.look()
    assert jobs.suspects == set()
    looks(jobs, clock, 1)
    listed = {"2"}
    assert cluster.down == []
    looks(jobs, clock, 1)
    assert (cluster.down, jobs.rounds) == ([["ended"]], 1)


def test_a_scheduler_that_does_not_answer_costs_no_job(clock, monkeypatch):
    answers = iter([set(), None, set(), None])
    monkeypatch.setattr(queued, "unfinished", lambda kind: next(answers))
    cluster = Cluster(one="1")
    looks(Queued("slurm", cluster), clock, 4)
    assert cluster.down == []


def test_jobs_that_keep_ending_are_replaced_ever_more_rarely(clock, monkeypatch):
    """Rests last 30, 60, 120 s: jobs are replaced after 30, 60 and 120 s, and would be again after 240; 150 s pass."""
    monkeypatch.setattr(queued, "unfinished", lambda kind: set())
    cluster = Cluster(one="1")
    looks(Queued("slurm", cluster), clock, 10)
    assert len(cluster.down) == 3


def test_jobs_that_never_bring_a_worker_end_the_sweep():
    from sim.sweep.cluster import Distributed

    client = SimpleNamespace(scheduler_info=lambda n_workers: {"workers": {}})
    driver = SimpleNamespace(client=client, met=False, refusals=[], queued=SimpleNamespace(rounds=2))
    assert Distributed.alive(driver) == 0
    driver.queued.rounds = 3
    with pytest.raises(PlacementError, match="leave the queue before a worker comes"):
        Distributed.alive(driver)
    driver.met = True
    assert Distributed.alive(driver) == 0
