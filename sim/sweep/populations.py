"""Populations that several runs start from: drawn once a node, kept as .npy files, mapped by all of its workers.

A population is named by the hash of all that it is drawn from. Columns are mapped copy-on-write, so that workers
share in memory what no run changes. Whatever is wrong with the files, a population is drawn in memory instead.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import logging
import platform
import shutil
import uuid
import zlib
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import numba
import numpy as np

from sim.areas import Areas, draw_areas, sample
from sim.columns import HOUSEHOLD, STREAMS, VILLAGE
from sim.population import Make, People, ingredients, people_of, populate
from sim.scenario.model import Scenario
from sim.sweep.identity import program_hash
from sim.sweep.node_folder import folder

SUMS = "sums.json"
LARGEST_SHARE = 0.1  # of the space that is free, for all populations of a node together
BYTES = sum(np.dtype(column.dtype).itemsize for column in HOUSEHOLD.columns.values())  # of a household, at most
log = logging.getLogger("povsim.sweep")
STREAM_NAMES = [column.name for column in STREAMS]


def population(scenario: Scenario) -> People:
    """The drawn population of a scenario: mapped where this node has it, else drawn and kept."""
    place = folder()
    if place is None or scenario.population.microdata is not None:
        return _drawn(scenario)
    make, areas = ingredients(scenario), _areas(scenario)
    path = place / _identity(make, areas, scenario.seed)
    with suppress(OSError, ValueError):
        return _mapped(path, make, areas)
    try:
        if not _has_room(place, int(areas.households.sum())):
            return _drawn(scenario)
        lock = path.with_suffix(".lock").open("w")
    except OSError:
        return _drawn(scenario)
    with lock:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX)  # those who want the same population wait for it
        with suppress(OSError, ValueError):
            return _mapped(path, make, areas)
        people = _drawn(scenario)
        with suppress(OSError):
            _keep(people, path)
            log.info("drew population %s for this node", path.name)
        return people


def identity(scenario: Scenario) -> str:
    """Hash of all that a synthetic population is drawn from."""
    return _identity(ingredients(scenario), _areas(scenario), scenario.seed)


def _areas(scenario: Scenario) -> Areas:
    return sample(draw_areas(scenario), scenario.population.scale, scenario.seed)


def _identity(make: Make, areas: Areas, seed: int) -> str:
    digest = hashlib.sha256(json.dumps([program_hash(), numba.__version__, platform.node(), seed]).encode())
    drawn_from = (areas.number, areas.county, areas.households, areas.severity, areas.effect, areas.weight)
    for value in map(np.asarray, (*make, *drawn_from)):
        digest.update(f"{value.dtype}{value.shape}".encode() + value.tobytes())
    return digest.hexdigest()[:32]


def _drawn(scenario: Scenario) -> People:
    people = people_of(scenario)
    populate(people.h, people.v, people.brought, people.effect, people.make, 0, len(people.v.first))
    return people


def _has_room(place: Path, households: int) -> bool:
    kept = sum(each.stat().st_size for each in place.glob("*/*.npy"))
    return kept + households * BYTES <= LARGEST_SHARE * (kept + shutil.disk_usage(place).free)


def _keep(people: People, path: Path) -> None:
    """Writes the columns that are not all zero under a temporary name, and renames the folder."""
    columns = {
        f"{table}.{name}.npy": column
        for table, arrays in (("h", people.h), ("v", people.v))
        for name, column in arrays._asdict().items()
        if column.any()
    }
    work = path.with_name(uuid.uuid4().hex)
    work.mkdir(mode=0o700)
    try:
        sums = {}
        for file, column in columns.items():
            data = io.BytesIO()
            np.save(data, column, allow_pickle=False)
            sums[file] = zlib.crc32(data.getbuffer())
            (work / file).write_bytes(data.getbuffer())
        (work / SUMS).write_text(json.dumps({"identity": path.name, "files": sums}), encoding="ascii")
        shutil.rmtree(path, ignore_errors=True)
        work.rename(path)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _mapped(path: Path, make: Make, areas: Areas) -> People:
    """The population in a folder.

    Raises
    ------
    OSError, ValueError
        Where it is not there, torn, or another one.
    """
    rows = int(areas.households.sum())
    streams = np.zeros((len(STREAMS), rows), np.float32)
    tables = {"h": HOUSEHOLD.empty(rows, streams, STREAM_NAMES), "v": VILLAGE.empty(len(areas.county))}
    columns = {}
    for file in _whole(path):
        table, name, _ = file.split(".")
        column = np.load(path / file, mmap_mode="c", allow_pickle=False)
        if table == "h" and name not in STREAM_NAMES:
            columns[name] = np.asarray(column)
        else:
            getattr(tables[table], name)[:] = column
    h = tables["h"]._replace(**columns)
    return People(areas, h, tables["v"], streams, np.zeros(0, np.uint32), areas.effect, make, None)


@lru_cache(maxsize=1024)
def _whole(path: Path) -> tuple[str, ...]:
    """The files of a population, their bytes compared once a process with what was written."""
    record = json.loads((path / SUMS).read_text(encoding="ascii"))
    sums = {each.name: zlib.crc32(each.read_bytes()) for each in path.glob("*.npy")}
    if record != {"identity": path.name, "files": sums}:
        raise ValueError(f"{path} is torn, or holds another population")
    return tuple(sums)
