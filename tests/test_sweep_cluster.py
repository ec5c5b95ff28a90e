"""What is handed to a cluster's scheduler, read from the job scripts; nothing is submitted."""

from __future__ import annotations

import pytest

from sim.sweep.executors import Options

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
