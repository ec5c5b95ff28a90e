"""Populations that runs share: the same to the byte as drawn ones, drawn once, and never a reason to fail."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.scenario import load_scenario
from sim.sweep import node_folder, populations
from sim.sweep.collect import collect
from sim.sweep.executors import workers
from sim.sweep.folder import prepare_folder
from sim.sweep.read import load_sweep
from sim.sweep.sharing import sharing
from sim.sweep.work import work

ROOT = Path(__file__).parent.parent
SMALL = ROOT / "tests" / "small.yaml"
SWEEP = f"""
name: two policies, the same people
base: {SMALL}
set: [period.end=2012-12]
factors:
  no_vegetables: {{path: instruments.vegetables.off, values: [true, false]}}
design: {{kind: grid}}
replicates: {{count: 2, luck: shared}}
outputs: {{measures: [income_incidence, identified_persons]}}
"""


@pytest.fixture
def node(tmp_path, monkeypatch):
    """A temporary folder of its own for this node; the folder that populations lie in."""
    place = tmp_path / "node"
    place.mkdir()
    forget()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    monkeypatch.setenv("TMPDIR", str(place))
    yield place / f"poverty-exit-{os.getuid()}"
    forget()


def forget():
    """As in a process that has just begun."""
    node_folder.clear()
    populations._whole.cache_clear()


@pytest.fixture(scope="module")
def scenario():
    return load_scenario(SMALL).scenario


def columns(people):
    return {**people.h._asdict(), **{f"village {name}": column for name, column in people.v._asdict().items()}}


def digest(people):
    return hashlib.sha256(b"".join(column.tobytes() for column in columns(people).values())).hexdigest()


@pytest.fixture(scope="module")
def expected(scenario):
    return populations._drawn(scenario)


def kept(node):
    return [path for path in node.iterdir() if path.is_dir()]


def test_a_mapped_population_is_the_drawn_one(node, scenario, expected):
    populations.population(scenario)
    mapped = populations.population(scenario)
    assert isinstance(mapped.h.members.base, np.memmap)
    for (name, mine), theirs in zip(columns(mapped).items(), columns(expected).values(), strict=True):
        assert mine.dtype == theirs.dtype, name
        assert mine.tobytes() == theirs.tobytes(), name
    assert mapped.streams.tobytes() == expected.streams.tobytes()
    assert node.stat().st_mode & 0o777 == 0o700


def test_what_a_run_does_to_its_population_does_not_reach_the_files(node, scenario, expected):
    populations.population(scenario)
    for column in columns(populations.population(scenario)).values():
        column[:] = 1
    assert digest(populations.population(scenario)) == digest(expected)


@pytest.mark.parametrize(
    "change",
    [
        "seed=2",
        "population.scale=0.5",
        "health.incidence=0.07",
        "income.transitory_sd=0.3",
        "population.composition.workers=0.5",
        "work.separation=0.2",
    ],
)
def test_another_population_has_another_name(scenario, change):
    assert populations.identity(load_scenario(SMALL, [change]).scenario) != populations.identity(scenario)


def test_another_policy_has_the_same(scenario):
    other = load_scenario(SMALL, ["instruments.vegetables.off=true"]).scenario
    assert populations.identity(other) == populations.identity(scenario)


def draw_and_count(start):
    """Digest of the small scenario's population, and how many populations this process drew."""
    while not Path(start).exists():
        pass
    drawn = []
    real = populations._drawn
    populations._drawn = lambda scenario: drawn.append(scenario) or real(scenario)
    return digest(populations.population(load_scenario(SMALL).scenario)), len(drawn)


def test_of_processes_that_come_together_one_draws(node, expected, tmp_path):
    with workers("processes", 3) as executor:
        futures = [executor.submit(draw_and_count, str(tmp_path / "start")) for _ in range(3)]
        (tmp_path / "start").touch()
        answers = [future.result(120) for future in futures]
    assert {answer[0] for answer in answers} == {digest(expected)}
    assert sum(answer[1] for answer in answers) == 1
    assert len(kept(node)) == 1


def flip(folder):
    file = folder / "h.members.npy"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)


def cut(folder):
    file = folder / "h.assets.npy"
    file.write_bytes(file.read_bytes()[:-9])


def exchange(folder):
    shutil.copy(folder / "h.workers.npy", folder / "h.elderly.npy")


def empty(folder):
    (folder / "sums.json").write_text("")


def borrow(folder):
    """The population of another seed under this one's name."""
    other = load_scenario(SMALL, ["seed=2"]).scenario
    populations.population(other)
    shutil.rmtree(folder)
    shutil.copytree(folder.with_name(populations.identity(other)), folder)


@pytest.mark.parametrize("damage", [flip, cut, exchange, empty, borrow])
def test_torn_and_foreign_files_are_refused_and_made_again(node, scenario, expected, damage):
    populations.population(scenario)
    (folder,) = kept(node)
    damage(folder)
    populations._whole.cache_clear()
    assert digest(populations.population(scenario)) == digest(expected)
    assert isinstance(populations.population(scenario).h.members.base, np.memmap)
    assert digest(populations.population(scenario)) == digest(expected)


def no_room(node, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(100, 100, 100))


def full_disk(node, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", refuse)


def gone(node, monkeypatch):
    node_folder.folder()
    shutil.rmtree(node)


def no_folder(node, monkeypatch):
    node.write_text("in the way")


def readable_by_others(node, monkeypatch):
    node.mkdir(mode=0o755)


@pytest.mark.parametrize("obstacle", [no_room, full_disk, gone, no_folder, readable_by_others])
def test_where_nothing_can_be_kept_populations_are_drawn_in_memory(node, scenario, expected, obstacle, monkeypatch):
    obstacle(node, monkeypatch)
    for _ in range(2):
        assert digest(populations.population(scenario)) == digest(expected)
    assert not list(node.glob("*/*"))


def test_the_folder_is_emptied_once_nobody_uses_it(node, scenario):
    populations.population(scenario)
    other = (
        f"from sim.sweep import node_folder; print(node_folder.folder() == __import__('pathlib').Path({str(node)!r}))"
    )
    call = [sys.executable, "-c", other]
    found = subprocess.run(call, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
    assert found.stdout == "True\n"
    assert len(kept(node)) == 1
    node_folder.clear()
    assert [path.name for path in node.iterdir()] == ["in_use"]


def test_runs_that_share_a_population(tmp_path):
    """By hand: runs 0 and 2 differ in policy alone; 1 and 3 have the seed and the illness of nobody else."""
    plan = {"seed": [1, 2, 1, 1], "illness": [0.1, 0.1, 0.1, 0.2], "off": [True, True, False, True]}
    pq.write_table(pa.table(plan), tmp_path / "plan.parquet")
    paths = {"illness": "health.incidence", "off": "instruments.vegetables.off"}

    def identity(settings):
        return settings[0] if settings[0].startswith("health") else ""

    found = sharing(pq.ParquetFile(tmp_path / "plan.parquet"), paths, identity)
    assert found.tolist() == [True, False, True, False]


def test_with_luck_of_its_own_no_run_shares_and_no_population_is_looked_at(tmp_path):
    pq.write_table(pa.table({"seed": [1, 2], "off": [True, True]}), tmp_path / "plan.parquet")
    assert not sharing(pq.ParquetFile(tmp_path / "plan.parquet"), {"off": "a.off"}, lambda settings: 1 / 0).any()


def test_a_sweep_is_the_same_with_and_without(node, tmp_path, monkeypatch):
    (tmp_path / "sweep.yaml").write_text(SWEEP)
    mapped = []
    real = populations._mapped

    def noting(*arguments):
        people = real(*arguments)
        mapped.append(people)
        return people

    monkeypatch.setattr(populations, "_mapped", noting)

    def made(name):
        folder = prepare_folder(load_sweep(tmp_path / "sweep.yaml"), tmp_path / name)
        work(str(folder.path), [0, 1])
        work(str(folder.path), [2, 3])
        collect(folder)
        return (folder.path / "collected.parquet").read_bytes()

    with_populations = made("with")
    assert (len(kept(node)), len(mapped)) == (2, 2)
    monkeypatch.setattr("sim.sweep.populations.folder", lambda: None)
    assert made("without") == with_populations
    assert len(mapped) == 2
