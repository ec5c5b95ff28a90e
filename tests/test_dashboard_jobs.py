"""The queue of runs: one at a time, progress, failures, cancelling, and that nothing outlives the dashboard."""

import asyncio
import os
import sys

import pytest

from sim.dashboard import jobs
from sim.dashboard.jobs import Jobs, QueueFullError

SPEAKS = "import json, sys, time; order = json.load(sys.stdin); say = lambda **x: print(json.dumps(x), flush=True)\n"


@pytest.fixture
def worker(monkeypatch):
    """Makes a short program the worker."""
    return lambda code: monkeypatch.setattr(jobs, "WORKER", (sys.executable, "-c", SPEAKS + code))


def during(scenario):
    """Runs a coroutine beside the queue's work, and gives what it returns."""

    async def whole():
        queue = Jobs()
        work = asyncio.create_task(queue.work())
        try:
            return await asyncio.wait_for(scenario(queue), 60)
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    return asyncio.run(whole())


async def until(condition):
    while not condition():
        await asyncio.sleep(0.01)


def states(queue):
    return [job.state for job in queue]


def test_runs_follow_one_another_in_order(worker, tmp_path):
    log = tmp_path / "log"
    worker(f"f = open({str(log)!r}, 'a'); f.write('+' + order['n']); f.flush(); time.sleep(0.1); f.write('-')")

    async def scenario(queue):
        for n in "abc":
            queue.add(n, n, {"n": n})
        await until(lambda: states(queue) == ["done"] * 3)

    during(scenario)
    assert log.read_text() == "+a-+b-+c-"


def test_what_the_worker_says_is_shown(worker):
    worker("say(phase='population'); say(months=3, of=12, per_second=2e6, seconds_left=1.5); say(phase='report')")

    async def scenario(queue):
        job = queue.add("name", "run", {})
        await until(lambda: job.state == "done")
        return job.shown()

    assert during(scenario) == {
        "id": "1",
        "name": "name",
        "run": "run",
        "state": "done",
        "error": "",
        "phase": "report",
        "months": 3,
        "of": 12,
        "per_second": 2e6,
        "seconds_left": 1.5,
    }


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("say(error='no space left'); sys.exit(1)", "no space left"),
        ("print('boom', file=sys.stderr); sys.exit(1)", "boom"),
        ("import os; os.kill(os.getpid(), 9)", "code -9"),
        ("print('no json', flush=True); say(error='x'); sys.exit(1)", "Expecting value"),
    ],
)
def test_a_run_that_fails_says_why_and_the_next_one_runs(worker, code, error):
    worker(f"if order['n']: sys.exit(0)\n{code}")

    async def scenario(queue):
        failing, next_one = queue.add("f", "f", {"n": 0}), queue.add("n", "n", {"n": 1})
        await until(lambda: next_one.state == "done")
        return failing

    failed = during(scenario)
    assert failed.state == "failed"
    assert error in failed.error


def test_a_worker_that_can_not_be_started_is_a_failed_run(monkeypatch):
    monkeypatch.setattr(jobs, "WORKER", ("/nowhere/python",))

    async def scenario(queue):
        job = queue.add("r", "r", {})
        await until(lambda: job.state == "failed")
        return job.error

    assert "/nowhere/python" in during(scenario)


def test_a_run_is_cancelled_and_so_is_one_that_waits(worker):
    worker("say(pid=__import__('os').getpid()); time.sleep(60)")

    async def scenario(queue):
        running, waiting = queue.add("r", "r", {}), queue.add("w", "w", {})
        await until(lambda: "pid" in running.progress)
        assert await queue.cancel(waiting.id)
        assert await queue.cancel(running.id)
        assert not await queue.cancel(running.id)
        assert not await queue.cancel("nowhere")
        return running.progress["pid"], states(queue)

    pid, found = during(scenario)
    assert found == ["cancelled", "cancelled"]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_run_cancelled_while_it_starts_does_not_run(worker, tmp_path):
    worker(f"time.sleep(0.3); open({str(tmp_path / 'made')!r}, 'w')")

    async def scenario(queue):
        job = queue.add("r", "r", {})
        await until(lambda: job.state == "running")
        await queue.cancel(job.id)
        await asyncio.sleep(0.6)
        return job.state

    assert during(scenario) == "cancelled"
    assert not (tmp_path / "made").exists()


def test_a_process_that_does_not_listen_is_ended(worker, monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE", 0.2)
    worker("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); say(months=1); time.sleep(60)")

    async def scenario(queue):
        job = queue.add("r", "r", {})
        await until(lambda: job.progress)
        await queue.cancel(job.id)
        return job.state

    assert during(scenario) == "cancelled"


def test_the_run_ends_with_the_dashboard(worker):
    worker("say(pid=__import__('os').getpid()); time.sleep(60)")

    async def scenario(queue):
        job = queue.add("r", "r", {})
        await until(lambda: "pid" in job.progress)
        return job.progress["pid"]

    pid = during(scenario)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_one_wish_is_queued_once_and_no_more_than_can_wait(worker):
    worker("time.sleep(60)")

    async def scenario(queue):
        assert queue.add("a", "same", {}) is queue.add("b", "same", {})
        for n in range(jobs.MOST_WAITING - 1):
            queue.add("x", str(n), {})
        with pytest.raises(QueueFullError):
            queue.add("x", "one more", {})
        return len(states(queue))

    assert during(scenario) == jobs.MOST_WAITING


def test_ended_runs_are_forgotten_in_the_end(worker):
    worker("")

    async def scenario(queue):
        for n in range(jobs.KEPT + 5):
            job = queue.add("x", str(n), {})
            await until(lambda job=job: job.state == "done")
        return [job.name for job in queue]

    assert len(during(scenario)) == jobs.KEPT
