"""How a sweep goes: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from sim.sweep.drive import Counts

EVERY = 30.0


def line(counts: Counts, seconds: float) -> str:
    """Runs done, runs per second, time left, workers, failures."""
    pace = counts.made / seconds if seconds > 0 else 0.0
    left = counts.planned - counts.done - counts.failed
    parts = [
        f"{counts.done:,} of {counts.planned:,} runs",
        f"{pace:.2f} runs/s",
        f"{_clock(left / pace)} left" if pace else "time left unknown",
        f"{counts.alive} workers",
        f"{counts.failed:,} failed",
    ]
    return ", ".join(parts) + (f", {counts.lost} workers lost" if counts.lost else "")


def _clock(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"


@contextmanager
def watching(console: Console) -> Iterator[Callable[[Counts], None]]:
    """Yields what the driver calls about once a second."""
    began = monotonic()
    with Progress(
        TextColumn("{task.description}"), BarColumn(), console=console, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("starting workers", total=None)
        said = began

        def watch(counts: Counts) -> None:
            nonlocal said
            text = line(counts, monotonic() - began)
            bar.update(task, description=text, completed=counts.done + counts.failed, total=counts.planned)
            if not console.is_terminal and monotonic() - said >= EVERY:
                said = monotonic()
                console.print(text, highlight=False)

        yield watch
