"""docs/cluster.md followed from top to bottom: a sweep on processes, then jobs of a real Slurm on this machine.

What is changed: regions are small, sweeps have few points, `/shared` lies in the test's folder; of the site's names the
partition is that of the private Slurm, which has two processors instead of two hundred.

What is not followed: `pip` (needs a network); a scheduler of one's own (`tls://HOST:PORT`; `test_sweep_faults.py` uses
one); `--on pbs` and `--on lsf`, whose schedulers no test here can start (`test_sweep_cluster.py` reads their job
scripts); the lines for R (`test_sweep_r.py` reads a table with one of them).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import private_slurm
import pytest
from documents import ROOT, Block, Command, parts, small, small_copy

PAGE = ROOT / "docs" / "cluster.md"
POVSIM = (sys.executable, "-c", "from sim.cli import main; main()")
SITE = {"/shared": "shared", "200": "2", "short": "main"}
READERS = (
    ("pandas", "import pandas", "len({})"),
    ("polars", "import polars", "{}.collect().height"),
    ("DuckDB", "import duckdb", "len(duckdb.sql({!r}).fetchall())"),
)


@pytest.fixture(scope="module")
def slurm():
    pytest.importorskip("dask_jobqueue", reason="the extra `cluster` is not installed")
    pytest.importorskip("SALib", reason="the extra `analysis` is not installed")
    if reason := private_slurm.missing():
        pytest.skip(reason)
    with private_slurm.slurm() as environment:
        yield environment | {"PYTHONPATH": str(ROOT)}


def told(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


def here(word: str) -> str:
    """A word of a command as this machine has it."""
    return re.sub(r"^/?\w+", lambda found: SITE.get(found[0], found[0]), word)


def few(text: str) -> str:
    """A sweep with few points."""
    return re.sub(r"points: \d+", "points: 4", small(text))


@pytest.mark.slow
def test_the_page_can_be_followed(slurm, tmp_path):
    small_copy(tmp_path)
    demo = tmp_path / "scenarios" / "sweeps" / "demo.yaml"
    demo.write_text(few(demo.read_text()))
    (tmp_path / "shared").mkdir()
    ran = []
    for part in parts(PAGE):
        if isinstance(part, Command) and part.words[0] == "povsim" and len(part.words) > 3:  # else it is only named
            told([*POVSIM, *map(here, part.words[1:])], tmp_path, slurm)
            ran.append(part.words[2])
        elif isinstance(part, Block) and part.title:
            (tmp_path / part.title).write_text(few(part.text))
        elif isinstance(part, Block) and part.language == "python":
            told(
                [sys.executable, "-c", f"{part.text}\nassert len({{row['seed'] for row in rows}}) == 4"],
                tmp_path,
                slurm,
            )
    assert ran == ["plan", "run", "status", "collect", "analyse", "run"]
    assert private_slurm.asked(slurm, "squeue", "-h") == ""
    jobs = private_slurm.asked(slurm, "scontrol", "show", "job", "-o")
    assert jobs.count("TimeLimit=04:00:00") == 2
    assert "8 planned = 8 done" in told([*POVSIM, "sweep", "status", "shared/my_sweep"], tmp_path, slurm)
    assert (tmp_path / "my_sweep" / "analysis").is_dir()


@pytest.mark.slow
def test_every_reader_of_the_page_reads_the_table(tmp_path):
    """All see the same number of rows."""
    small_copy(tmp_path)
    demo = tmp_path / "scenarios" / "sweeps" / "demo.yaml"
    demo.write_text(few(demo.read_text()).replace("points: 4", "points: 1"))
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    told([*POVSIM, "sweep", "run", str(demo), "--out", "my_sweep"], tmp_path, environment)
    rows = re.search(r"([\d,]+) rows", told([*POVSIM, "sweep", "collect", "my_sweep"], tmp_path, environment))[1]
    for name, importing, counting in READERS:
        pytest.importorskip(importing.split()[1])
        code = re.search(rf"^\| {name} \| `(.*)` \|$", PAGE.read_text(), re.MULTILINE)[1]
        count = f"{importing}; print({counting.format(code)})"
        assert told([sys.executable, "-c", count], tmp_path, environment) == f"{rows.replace(',', '')}\n", name
