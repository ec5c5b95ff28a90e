"""Workers that die or hang are replaced, and what they had is said to be lost."""

from __future__ import annotations

import os
import signal
import time

import pytest

from sim.sweep.executors import Options, PlacementError, WorkerLostError, check_placement, walltime_seconds, workers


def square(number):
    return number * number


def kill_me():
    os.kill(os.getpid(), signal.SIGKILL)


def stop_me():
    os.kill(os.getpid(), signal.SIGSTOP)


def divide(number):
    return 1 / number


def process():
    return os.getpid()


def test_answers_come_back_from_processes():
    with workers("processes", 2) as executor:
        futures = [executor.submit(square, number) for number in range(20)]
        assert [future.result(30) for future in futures] == [number * number for number in range(20)]
        assert executor.alive() == 2
        assert executor.submit(process).result(30) != os.getpid()


def test_an_error_is_handed_on_and_the_worker_stays():
    with workers("processes", 1) as executor:
        before = executor.submit(process).result(30)
        with pytest.raises(ZeroDivisionError):
            executor.submit(divide, 0).result(30)
        assert executor.submit(process).result(30) == before


def test_a_worker_that_is_killed_is_replaced():
    with workers("processes", 1) as executor:
        before = executor.submit(process).result(30)
        with pytest.raises(WorkerLostError, match="-9"):
            executor.submit(kill_me).result(30)
        assert executor.submit(process).result(30) != before


def test_a_worker_that_hangs_is_replaced():
    with workers("processes", 1, Options(limit=3)) as executor:
        before = executor.submit(process).result(30)
        with pytest.raises(WorkerLostError, match="longer than 3 s"):
            executor.submit(stop_me).result(30)
        assert executor.submit(process).result(30) != before
        with pytest.raises(ProcessLookupError):
            os.kill(before, 0)


def test_nobody_is_left_behind():
    with workers("processes", 2) as executor:
        pids = [executor.submit(process).result(30) for _ in range(4)]
        waiting = [executor.submit(time.sleep, 60) for _ in range(3)]
    for pid in set(pids):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert all(future.done() for future in waiting)


@pytest.mark.parametrize(
    ("on", "complaint"),
    [
        ("threads", "is no place for workers; allowed: processes, slurm"),
        ("tcp://10.1.2.3:8786", "not encrypted"),
        ("tcp://login.example:8786", "not encrypted"),
        ("tcp://127.0.0.1.example:8786", "not encrypted"),
    ],
)
def test_places_that_are_refused(on, complaint):
    with pytest.raises(PlacementError, match=complaint):
        check_placement(on, Options())


@pytest.mark.parametrize("on", ["tcp://127.0.0.1:8786", "tcp://[::1]:8786", "tls://10.1.2.3:8786"])
def test_places_that_are_allowed(on):
    pytest.importorskip("dask_jobqueue")
    check_placement(on, Options())


def test_tls_needs_certificates():
    pytest.importorskip("dask_jobqueue")
    with pytest.raises(PlacementError, match="needs certificates"), workers("tls://127.0.0.1:8786"):
        pass


def test_the_clear_is_allowed_where_it_is_asked_for():
    pytest.importorskip("dask_jobqueue")
    check_placement("tcp://10.1.2.3:8786", Options(insecure=True))


@pytest.mark.parametrize(
    ("text", "seconds"), [("01:00:00", 3600), ("1-00:00:30", 86430), ("30", 1800), ("00:45", 2700)]
)
def test_walltimes(text, seconds):
    assert walltime_seconds(text) == seconds


@pytest.mark.parametrize("text", ["soon", "1:2:3:4", "00:00:00"])
def test_walltimes_that_are_none(text):
    with pytest.raises(PlacementError, match="walltime"):
        walltime_seconds(text)
