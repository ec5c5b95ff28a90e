"""A Slurm of its own on this machine, for tests: one node of two processors, started and stopped here.

Needs root and, on Debian, ``apt-get install -y --no-install-recommends slurm-wlm munge``. Memory and processors
are not enforced: control groups are left out, so that it runs inside containers.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo")
PATHS = os.environ["PATH"] + os.pathsep + "/usr/sbin"
CONFIG = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldPort={control}
SlurmctldLogFile={folder}/slurmctld.log
SlurmdPidFile={folder}/slurmd.pid
SlurmdPort={node}
SlurmdSpoolDir={folder}/spool
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0
KillWait=5
MinJobAge=3600
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=8000 State=UNKNOWN
PartitionName=main Nodes=n1 Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str:
    """Why no Slurm can be started here; nothing where one can."""
    if os.geteuid() != 0:
        return "a private Slurm needs root"
    absent = [name for name in PROGRAMS if shutil.which(name, path=PATHS) is None]
    return f"not installed: {', '.join(absent)} (Debian: slurm-wlm, munge)" if absent else ""


@contextmanager
def slurm() -> Iterator[dict[str, str]]:
    """Starts Slurm, yields the environment that its commands need, and stops it with all its jobs."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))
    folder.chmod(0o755)
    environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": PATHS}
    daemons: list[subprocess.Popen[bytes]] = []
    try:
        for name in ("state", "spool"):
            (folder / name).mkdir()
        _key(folder)
        control, node = free_ports(2)
        config = CONFIG.format(host=socket.gethostname().split(".")[0], folder=folder, control=control, node=node)
        (folder / "slurm.conf").write_text(config)
        limits = "CgroupAutomount=no\nConstrainCores=no\nConstrainRAMSpace=no\n"
        (folder / "cgroup.conf").write_text(limits)
        daemons.append(_start(folder, environment, "munged", "--foreground", "--force", *_munge_files(folder)))
        _until(lambda: (folder / "munge.socket").exists(), "munged", folder)
        daemons.append(_start(folder, environment, "slurmctld", "-D", "-c"))
        daemons.append(_start(folder, environment, "slurmd", "-D", "-N", "n1"))
        _until(lambda: "idle" in asked(environment, "sinfo", "-h", "-o", "%t"), "slurmd", folder)
        yield environment
    finally:
        with suppress(subprocess.SubprocessError):
            asked(environment, "scancel", "--user", "root")
            _until(lambda: not asked(environment, "squeue", "-h"), "scancel", folder)
        for daemon in reversed(daemons):
            daemon.terminate()
            with suppress(subprocess.TimeoutExpired):
                daemon.wait(10)
            daemon.kill()
            daemon.wait()
        shutil.rmtree(folder, ignore_errors=True)


def asked(environment: dict[str, str], *command: str) -> str:
    """What a command of Slurm prints."""
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=False).stdout


def _key(folder: Path) -> None:
    (folder / "munge.key").write_bytes(os.urandom(128))
    (folder / "munge.key").chmod(0o400)


def _munge_files(folder: Path) -> list[str]:
    names = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munge.pid"}
    names |= {"log-file": "munge.log", "seed-file": "munge.seed"}
    return [f"--{option}={folder / name}" for option, name in names.items()]


def _start(folder: Path, environment: dict[str, str], *command: str) -> subprocess.Popen[bytes]:
    with (folder / f"{command[0]}.out").open("wb") as out:
        return subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _until(condition, what: str, folder: Path, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in folder.glob("*.out"))
            raise TimeoutError(f"{what} did not answer within {seconds} s\n{logs}")
        time.sleep(0.1)
