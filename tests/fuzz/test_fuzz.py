"""Whatever a file holds, reading it ends soon: it is accepted, or refused with file, line, column and a reason."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from commands import RUN, run
from hostile import hostile
from hypothesis import given, settings
from hypothesis import strategies as st
from inputs import changed, table
from mutate import mutate
from reading import CORPUS, PLACES, ROOT, SEEDS, compiled, read, seed, workplace

HOSTILE = hostile(seed("tests/small.yaml").decode())
FOUND = sorted(CORPUS.iterdir())
SECONDS = 30
SHIPPED = [(kind, name) for kind, names in SEEDS.items() for name in names]


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Kind -> the file to be written."""
    return compiled(workplace(tmp_path_factory.mktemp("fuzz") / "work"))


def outcome(kind, path, data):
    """What becomes of an input; it may take some time, and leaves nothing beside itself."""
    path.write_bytes(data)
    before, started = sorted(path.parent.iterdir()), time.process_time()
    result = read(kind, path)
    assert time.process_time() - started < SECONDS
    assert sorted(path.parent.iterdir()) == before
    return result


@pytest.mark.parametrize(("kind", "name"), SHIPPED, ids=[name for _, name in SHIPPED])
def test_the_files_that_inputs_start_from_are_good(places, kind, name):
    """Changes of a file that is refused anyway would find little."""
    assert outcome(kind, places[kind], table(kind, seed(name))) == "accepted"


@pytest.mark.parametrize("found", FOUND, ids=[path.name for path in FOUND])
def test_what_broke_once_stays_mended(places, found):
    kind = found.name.partition("-")[0]
    outcome(kind, places[kind], found.read_bytes())


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(places, name):
    assert outcome("scenario", places["scenario"], HOSTILE[name]) == "refused"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sweep", "targets"])
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_of_other_kinds_are_refused(places, name, kind):
    assert outcome(kind, places[kind], HOSTILE[name]) == "refused"


@pytest.mark.parametrize("kind", PLACES)
def test_changed_files(places, kind):
    @settings(max_examples=40)
    @given(st.data())
    def tried(data):
        outcome(kind, places[kind], changed(kind, data.draw(st.randoms(use_true_random=False))))

    tried()


@pytest.mark.parametrize("kind", RUN)
def test_a_file_that_is_good_and_one_that_is_not_through_the_command(places, kind):
    for data, result in ((table(kind, seed(next(iter(SEEDS[kind])))), "accepted"), (b"no such thing", "refused")):
        assert outcome(kind, places[kind], data) == result
        run(places[kind], result)


def test_changes_change_something():
    text = seed("tests/small.yaml")
    changed = {mutate(text, Random(number)) for number in range(200)}
    assert len(changed - {text}) > 150


@pytest.mark.slow
def test_two_thousand_inputs_within_two_gigabytes():
    """The part of `try_many.py` that fits into a check before a change lands."""
    command = [sys.executable, str(Path(__file__).with_name("try_many.py")), "--inputs", "2000"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NUMBA_NUM_THREADS": "1"}
    made = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert made.returncode == 0, f"{' '.join(command)}\n{made.stdout}{made.stderr}"
