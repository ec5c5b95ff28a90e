"""A run that is stopped, starved or crowded says so in a line, leaves earlier results whole, and can be made again."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from sim.kernel import cache
from sim.results import verify

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
POVSIM = [sys.executable, "-c", "from sim.cli import main; main()"]
RUN = [*POVSIM, "run", str(ROOT / "tests" / "small.yaml"), "--threads", "1", "--quiet"]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}
TABLES = ("series.parquet", "areas.parquet", "spells.parquet", "report.html")
STOPS = 12
LONGEST = 600


def started(*options, **environment):
    """A run in a process of its own."""
    command = [*RUN, *map(str, options)]
    return subprocess.Popen(command, env=ENVIRONMENT | environment, stderr=subprocess.PIPE, text=True)


def ended(process):
    """Exit code and standard error."""
    _, errors = process.communicate(timeout=LONGEST)
    return process.returncode, errors


def contents(folder):
    """What a run makes again to the byte; the others hold how long it took."""
    return {name: (folder / name).read_bytes() for name in TABLES}


def intact(folder):
    """Whether a result is whole and nothing lies beside it."""
    return verify(folder) == [] and list(folder.parent.iterdir()) == [folder]


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What the run leaves; the model is compiled afterwards. And how long it takes then."""
    folder = tmp_path_factory.mktemp("first") / "out"
    assert ended(started("--out", folder)) == (0, "")
    began = time.monotonic()
    assert ended(started("--out", folder, "--force")) == (0, "")
    return contents(folder), time.monotonic() - began


@pytest.fixture
def earlier(tmp_path, expected):
    """An earlier result, which a new one is to replace."""
    folder = tmp_path / "results" / "out"
    folder.parent.mkdir()
    assert ended(started("--out", folder, "--set", "seed=2")) == (0, "")
    assert contents(folder) != expected[0]
    return folder


def test_stopped_at_random_moments(earlier, expected):
    """By Ctrl-C and as a batch system does it; before Python has started it can not say anything."""
    luck, stopped, old = random.Random(8), 0, contents(earlier)
    for number in range(STOPS):
        process = started("--out", earlier, "--force")
        time.sleep(luck.uniform(0.1, expected[1] * 1.05))
        sent = (signal.SIGINT, signal.SIGTERM)[number % 2]
        process.send_signal(sent)
        code, errors = ended(process)
        if code == 0:
            assert contents(earlier) == expected[0]
        else:
            stopped += 1
            assert code in ({130, 1, -signal.SIGINT} if sent == signal.SIGINT else {143, -signal.SIGTERM}), errors
            assert len(errors.splitlines()) <= 1 or code == -signal.SIGINT, errors
            assert contents(earlier) in (old, expected[0])
        assert intact(earlier)
    assert stopped >= STOPS // 2
    assert ended(started("--out", earlier, "--force")) == (0, "")
    assert contents(earlier) == expected[0]


@contextmanager
def disk(path, size):
    """A small disk of its own."""
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def test_a_disk_that_is_full(tmp_path, expected):
    with disk(tmp_path / "disk", "3m") as small:
        out = small / "out"
        assert ended(started("--out", out, "--set", "seed=2")) == (0, "")
        old = contents(out)
        free = shutil.disk_usage(small).free
        (small / "filler").write_bytes(bytes(max(0, free - 200_000)))
        code, errors = ended(started("--out", out, "--force"))
        assert (code, len(errors.splitlines())) == (1, 1), errors
        assert "No space left on device" in errors
        assert contents(out) == old
        assert verify(out) == []
        assert {path.name for path in small.iterdir()} == {"out", "filler"}
        (small / "filler").unlink()
        assert ended(started("--out", out, "--force")) == (0, "")
        assert contents(out) == expected[0]


def test_a_folder_that_can_not_be_written_is_refused_before_the_run(tmp_path):
    with disk(tmp_path / "disk", "1m") as readable:
        subprocess.run(["mount", "-o", "remount,ro", str(readable)], check=True)
        code, errors = ended(started("--out", readable / "out"))
    assert code == 2
    assert errors.strip().endswith("can not be written: Read-only file system")


@pytest.fixture
def own_cache(tmp_path, expected):
    """A copy of the compiled model."""
    path = cache.folder()
    assert path is not None
    copied = tmp_path / "cache" / "poverty-exit" / path.name
    shutil.copytree(path, copied)
    copied.parent.chmod(0o700)
    return tmp_path / "cache"


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7])
def test_a_compile_cache_that_is_lost_while_running(own_cache, tmp_path, expected, share):
    process = started("--out", tmp_path / "results" / "out", XDG_CACHE_HOME=str(own_cache))
    time.sleep(share * expected[1])
    shutil.rmtree(own_cache, ignore_errors=True)
    assert ended(process) == (0, "")
    assert contents(tmp_path / "results" / "out") == expected[0]


@pytest.mark.parametrize(("suffix", "kept"), [(".nbi", 0), (".nbc", 0), (".nbc", 0.5)])
def test_a_compile_cache_that_is_torn_is_made_again(own_cache, tmp_path, expected, suffix, kept):
    """As a crash leaves it: files that are empty, or cut off."""
    for path in sorted(own_cache.rglob(f"*{suffix}"))[::2]:
        os.truncate(path, int(kept * path.stat().st_size))
    assert ended(started("--out", tmp_path / "results" / "out", XDG_CACHE_HOME=str(own_cache)))[0] == 0
    assert contents(tmp_path / "results" / "out") == expected[0]


def test_a_clock_that_was_set_back(own_cache, earlier, expected):
    """Files of a compile cache and of a result from the future."""
    future = time.time() + 40 * 365 * 86_400
    for path in [*own_cache.rglob("*"), *earlier.rglob("*"), earlier]:
        os.utime(path, (future, future))
    assert ended(started("--out", earlier, "--force", XDG_CACHE_HOME=str(own_cache))) == (0, "")
    assert contents(earlier) == expected[0]
    assert intact(earlier)


@pytest.mark.parametrize("force", [(), ("--force",)], ids=["new", "forced"])
def test_two_runs_into_one_folder(tmp_path, expected, force):
    out = tmp_path / "results" / "out"
    results = [ended(each) for each in [started("--out", out, *force) for _ in range(2)]]
    codes = sorted(code for code, _ in results)
    assert codes in ([0, 0], [0, 1], [0, 2]), results
    assert all(len(errors.splitlines()) <= 1 and "Traceback" not in errors for _, errors in results)
    assert contents(out) == expected[0]
    assert intact(out)


def test_two_processes_compile_at_once(tmp_path, expected):
    """Each with an empty cache that both fill; a third one uses what they made."""
    (tmp_path / "cache").mkdir()
    shared = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    both = [started("--out", tmp_path / f"out{i}", **shared) for i in range(2)]
    assert [ended(each) for each in both] == [(0, ""), (0, "")]
    began = time.monotonic()
    assert ended(started("--out", tmp_path / "out2", **shared)) == (0, "")
    assert time.monotonic() - began < 3 * expected[1] + 5
    assert all(contents(tmp_path / f"out{i}") == expected[0] for i in range(3))


def test_a_manifest_says_what_the_files_are(earlier):
    """The identity that the other tests rest on can fail."""
    (earlier / "areas.parquet").write_bytes(b"")
    assert verify(earlier) == [f"areas.parquet has 0 bytes, not {recorded(earlier, 'areas.parquet'):,}"]


def recorded(folder, name):
    return json.loads((folder / "manifest.json").read_text())["files"][name]["bytes"]
