"""The real thing, killed, starved of disk and spread over a cluster: the collected table is the same to the byte."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import private_slurm
import pytest

from sim.sweep.folder import open_folder
from sim.sweep.status import DONE, take_stock

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
POVSIM = [sys.executable, "-c", "from sim.cli import main; main()", "--allow-outside", "sweep"]
VICTIMS = ["worker"] * 12 + ["driver"] * 4 + ["group"] * 5
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


def povsim(*arguments, **options):
    command = [*POVSIM, *map(str, arguments)]
    options = {"env": ENVIRONMENT, "capture_output": True, "text": True, "timeout": 200, "check": False} | options
    return subprocess.run(command, **options)


def finish(sweep, out, *options, **more):
    """Runs a sweep to its end and collects it; the bytes of the table."""
    made = povsim("run", sweep, "--out", out, *options, **more)
    assert made.returncode == 0, made.stderr
    return collected(out)


def collected(out):
    done = povsim("collect", out)
    assert done.returncode == 0, done.stderr
    return (out / "collected.parquet").read_bytes()


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """A sweep of 128 runs of a tenth of a second."""
    text = (ROOT / "tests" / "sweeps" / "small.yaml").read_text()
    path = tmp_path_factory.mktemp("sweep") / "many.yaml"
    text = text.replace("../small.yaml", str(ROOT / "tests" / "small.yaml")).replace("points: 16", "points: 64")
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def expected(sweep, tmp_path_factory):
    """The table as one process makes it."""
    return finish(sweep, tmp_path_factory.mktemp("one") / "out", "--workers", 1)


def test_four_processes_then_a_torn_and_a_foreign_file(sweep, expected, tmp_path):
    out = tmp_path / "out"
    assert finish(sweep, out, "--workers", 4) == expected
    torn, foreign = min(out.glob("parts/*/*.parquet")), out / "parts" / "thesis.parquet"
    torn.write_bytes(torn.read_bytes()[:-9])
    foreign.write_bytes(b"PAR1")
    assert povsim("status", out).returncode == 1
    made = povsim("run", sweep, "--out", out, "--workers", 1)
    assert made.returncode == 0, made.stderr
    assert f"{torn} is torn" in made.stderr
    assert f"{foreign} " in made.stderr
    assert len(list((out / "refused").iterdir())) == 2
    assert collected(out) == expected


def workers_of(pid):
    """Process numbers of a driver's workers, whichever thread started them; a tracker of resources is no worker."""
    started = [int(each) for path in Path(f"/proc/{pid}/task").glob("*/children") for each in words(path)]
    return [each for each in started if b"multiprocessing.spawn" in command_line(each)]


def words(path):
    try:
        return path.read_text().split()
    except OSError:
        return []


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def wait_for(condition, driver, seconds=60):
    """What the condition says once it says anything; the driver must be at work until then."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert driver.poll() is None, "the driver ended by itself"
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)
    return found


def parts_in(out):
    return len(list(out.glob("parts/*/*.parquet")))


def kill(driver, victim, luck):
    """SIGKILL for the driver, one of its workers, or all of them."""
    if victim == "worker":
        os.kill(luck.choice(wait_for(lambda: workers_of(driver.pid), driver)), signal.SIGKILL)
    elif victim == "driver":
        driver.kill()
    else:
        os.killpg(driver.pid, signal.SIGKILL)


def test_killed_at_random_moments_and_resumed(sweep, expected, tmp_path):
    """Every fifth kill or so meets a sweep that is starting; the others one that got on since the kill before.

    Small chunks, so that kills meet work in hand and files being written.
    """
    luck, out, driver = random.Random(4), tmp_path / "out", None
    command = [*POVSIM, "run", str(sweep), "--out", str(out), "--workers", "2", "--chunk", "0.3", "--quiet"]
    for victim in luck.sample(VICTIMS, len(VICTIMS)):
        before = parts_in(out)
        if driver is None or driver.poll() is not None:
            driver = subprocess.Popen(command, env=ENVIRONMENT, start_new_session=True, stderr=subprocess.DEVNULL)
        if luck.random() < 0.2:
            time.sleep(luck.uniform(0.2, 3))
        else:
            wait_for(lambda: parts_in(out) > before, driver)  # noqa: B023
            time.sleep(luck.uniform(0, 0.3))
        kill(driver, victim, luck)
        if victim != "worker":
            driver.wait()
            assert not (out / "sweep.json").exists() or take_stock(open_folder(out)).refused == []
    if driver.poll() is None:
        os.killpg(driver.pid, signal.SIGKILL)
        driver.wait()
    status = take_stock(open_folder(out))
    assert 0 < status.count(DONE) < status.planned, "the kills came too late to meet work"
    assert finish(sweep, out, "--workers", 2) == expected
    assert list((out / "tmp").iterdir()) == []


@contextmanager
def small_disk(path):
    path.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def test_a_disk_that_fills_up_and_is_freed(sweep, expected, tmp_path):
    with small_disk(tmp_path / "disk") as disk:
        out = disk / "out"
        (disk / "filler").write_bytes(bytes(900_000))
        stopped = povsim("run", sweep, "--out", out, "--workers", 2, "--chunk", 0.5)
        assert stopped.returncode == 1
        assert "No space left" in stopped.stderr
        assert "Traceback" not in stopped.stderr
        status = take_stock(open_folder(out))
        assert 0 < status.count(DONE) < status.planned
        assert (status.refused, status.failures) == ([], [])
        assert list((out / "tmp").iterdir()) == []
        (disk / "filler").unlink()
        assert finish(sweep, out, "--workers", 2) == expected


def test_workers_that_hang_are_replaced(sweep, expected, tmp_path):
    out = tmp_path / "out"
    command = [*POVSIM, "run", str(sweep), "--out", str(out), "--workers", "2", "--limit", "12", "--chunk", "1"]
    with subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True) as driver:
        wait_for(lambda: parts_in(out) > 4, driver)  # the first four hold one run each
        hanging = workers_of(driver.pid)  # all of them: a single one's work could be done by the other
        for worker in hanging:
            os.kill(worker, signal.SIGSTOP)
        assert driver.wait(timeout=150) == 0, driver.stderr.read()
    assert not any(Path(f"/proc/{worker}").exists() for worker in hanging)
    assert len(list(out.glob("logs/*-*.log"))) > len(hanging) == 2
    assert collected(out) == expected


def certificates(folder):
    """Settings of Dask that name a certificate made for this test."""
    security = pytest.importorskip("distributed.security", reason="the extra `cluster` is not installed")
    made = security.Security.temporary()
    (folder / "ca.pem").write_text(made.tls_ca_file)
    (folder / "cert.pem").write_text(made.tls_client_cert)
    (folder / "key.pem").write_text(made.tls_client_key)
    prefix = "DASK_DISTRIBUTED__COMM__TLS__"
    names = {f"{prefix}CA_FILE": "ca.pem"}
    for role in ("CLIENT", "SCHEDULER", "WORKER"):
        names |= {f"{prefix}{role}__CERT": "cert.pem", f"{prefix}{role}__KEY": "key.pem"}
    return ENVIRONMENT | {name: str(folder / file) for name, file in names.items()}


@contextmanager
def dask_cluster(folder, environment):
    """A scheduler and two workers that speak TLS; its address."""
    port = private_slurm.free_ports(1)[0]
    address = f"tls://127.0.0.1:{port}"
    commands = [
        ["scheduler", "--host", "tls://127.0.0.1", "--port", str(port), "--no-dashboard"],
        ["worker", address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard"],
    ]
    running = []
    with (folder / "dask.log").open("wb") as log:
        try:
            for name, *options in commands:
                call = [sys.executable, "-m", f"distributed.cli.dask_{name}", *options]
                running.append(subprocess.Popen(call, env=environment, cwd=folder, stdout=log, stderr=log))
                time.sleep(2)
            yield address
        finally:
            for process in reversed(running):
                process.terminate()
                process.wait(20)


def test_dask_and_a_worker_of_it_that_hangs(sweep, expected, tmp_path):
    out, environment = tmp_path / "out", certificates(tmp_path)
    with dask_cluster(tmp_path, environment) as address:
        command = [*POVSIM, "run", str(sweep), "--out", str(out), "--on", address, "--workers", "2"]
        command += ["--limit", "12", "--chunk", "1"]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as driver:
            wait_for(lambda: parts_in(out) > 4, driver)
            hanging = int(min(out.glob("logs/*-*.log")).stem.rpartition("-")[2])
            os.kill(hanging, signal.SIGSTOP)
            assert driver.wait(timeout=150) == 0, driver.stderr.read()
        assert not Path(f"/proc/{hanging}").exists()
    assert collected(out) == expected


@pytest.fixture(scope="module")
def slurm():
    pytest.importorskip("dask_jobqueue", reason="the extra `cluster` is not installed")
    if reason := private_slurm.missing():
        pytest.skip(reason)
    with private_slurm.slurm() as environment:
        yield environment | {"PYTHONPATH": str(ROOT)}


ON_SLURM = ("--on", "slurm", "--workers", 2, "--partition", "main", "--memory", "500MB", "--walltime", "00:10:00")


def test_slurm(sweep, expected, slurm, tmp_path):
    options = (*ON_SLURM, "--directive", "--comment=passed_through")
    assert finish(sweep, tmp_path / "out", *options, env=slurm) == expected
    jobs = private_slurm.asked(slurm, "scontrol", "show", "job", "-o")
    assert jobs.count("Comment=passed_through") == 2
    assert private_slurm.asked(slurm, "squeue", "-h") == ""


def test_jobs_that_slurm_refuses_end_the_sweep_with_its_words(sweep, slurm, tmp_path):
    refused = povsim("run", sweep, "--out", tmp_path / "out", "--on", "slurm", "--partition", "nowhere", env=slurm)
    assert refused.returncode == 2
    assert "jobs are refused: sbatch: error: invalid partition specified: nowhere" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_cancelled_job_is_replaced(sweep, expected, slurm, tmp_path):
    out = tmp_path / "out"
    command = [*POVSIM, "run", str(sweep), "--out", str(out), "--chunk", "2", *map(str, ON_SLURM)]
    before = set(jobs_of(slurm))
    with subprocess.Popen(command, env=slurm, stderr=subprocess.PIPE, text=True) as driver:
        wait_for(lambda: parts_in(out) > 2, driver)
        first = set(jobs_of(slurm)) - before
        private_slurm.asked(slurm, "scancel", min(first, key=int))
        assert driver.wait(timeout=150) == 0, driver.stderr.read()
    assert len(first) == 2
    assert len(set(jobs_of(slurm)) - before) >= 3
    assert collected(out) == expected


def test_a_job_cancelled_while_it_waits_is_replaced(sweep, expected, slurm, tmp_path):
    """Another job holds the whole node until the one that replaces is in the queue."""
    out = tmp_path / "out"
    hold = ["sbatch", "--parsable", "--cpus-per-task=2", "--output=/dev/null", "--wrap=sleep 600"]
    held = private_slurm.asked(slurm, *hold).strip()
    before = set(jobs_of(slurm))
    command = [*POVSIM, "run", str(sweep), "--out", str(out), *map(str, ON_SLURM)]
    with subprocess.Popen(command, env=slurm, stderr=subprocess.PIPE, text=True) as driver:
        first = wait_for(lambda: len(new := set(jobs_of(slurm)) - before) == 2 and new, driver)
        assert private_slurm.asked(slurm, "squeue", "-h", "-t", "RUNNING", "-o", "%A").split() == [held]
        private_slurm.asked(slurm, "scancel", min(first, key=int))
        wait_for(lambda: len(set(jobs_of(slurm)) - before) == 3, driver, 90)
        private_slurm.asked(slurm, "scancel", held)
        assert driver.wait(timeout=150) == 0, driver.stderr.read()
    assert len(set(jobs_of(slurm)) - before) == 3
    assert collected(out) == expected


def jobs_of(slurm):
    lines = private_slurm.asked(slurm, "scontrol", "show", "job", "-o").splitlines()
    return [line.split()[0].partition("=")[2] for line in lines if line.startswith("JobId=")]


SHARING = f"""
name: two policies, the same people
base: {ROOT}/tests/small.yaml
set: [period.end=2013-12]
factors:
  no_vegetables: {{path: instruments.vegetables.off, values: [true, false]}}
design: {{kind: grid}}
replicates: {{count: 4, luck: shared}}
outputs: {{measures: [income_incidence, outlays]}}
"""


def drawn(out):
    """Populations that workers say they drew for their node."""
    logs = "".join(path.read_text() for path in out.glob("logs/*-*.log"))
    return [line.split()[-4] for line in logs.splitlines() if " drew population " in line]


def test_a_node_draws_a_population_once_and_clears_it_away(tmp_path):
    (tmp_path / "sweep.yaml").write_text(SHARING)
    tables, folder = set(), f"poverty-exit-{os.getuid()}"
    for name in ("one", "dask"):
        (tmp_path / name).mkdir()
    alone = ENVIRONMENT | {"TMPDIR": str(tmp_path / "one")}
    tables.add(finish(tmp_path / "sweep.yaml", tmp_path / "out", "--workers", 2, env=alone))
    assert len(drawn(tmp_path / "out")) == len(set(drawn(tmp_path / "out"))) == 4
    driver = certificates(tmp_path)
    with dask_cluster(tmp_path, driver | {"TMPDIR": str(tmp_path / "dask")}) as address:
        options = ("--on", address, "--workers", 2)
        tables.add(finish(tmp_path / "sweep.yaml", tmp_path / "dask_out", *options, env=driver))
        assert os.listdir(tmp_path / "dask" / folder) == ["in_use"]
    assert sorted(drawn(tmp_path / "dask_out")) == sorted(set(drawn(tmp_path / "out")))
    assert os.listdir(tmp_path / "one" / folder) == ["in_use"]
    with small_disk(tmp_path / "disk") as disk:
        (disk / "filler").write_bytes(bytes(1_000_000))
        full = ENVIRONMENT | {"TMPDIR": str(disk)}
        tables.add(finish(tmp_path / "sweep.yaml", tmp_path / "full", "--workers", 2, env=full))
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,mode=700", "tmpfs", str(disk / folder)], check=True)
        tables.add(finish(tmp_path / "sweep.yaml", tmp_path / "read_only", "--workers", 2, env=full))
    assert drawn(tmp_path / "full") == drawn(tmp_path / "read_only") == []
    assert len(tables) == 1
