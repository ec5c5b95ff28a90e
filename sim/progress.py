"""The bar that shows how far a run has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from sim.run import Advance, Pace


@contextmanager
def run_bar(console: Console) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, nothing elsewhere; yields what many runs call after each of them."""
    columns = (TextColumn("simulating"), BarColumn(), TextColumn("{task.fields[done]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None, done="")
        yield lambda runs, of: bar.update(task, completed=runs, total=of, done=f"{runs} of {of} runs")


@contextmanager
def month_bar(console: Console) -> Iterator[Advance]:
    """A bar on a terminal, nothing elsewhere; yields what a run calls after each month."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[done]}"),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("making the population", total=None, done="", speed="")
        pace = Pace()

        def advance(months: int, of: int, household_months: int) -> None:
            pace.count(household_months)
            rate = pace.per_second
            speed = "" if rate is None else f"{rate / 1e6:,.1f} million household-months/s"
            done = f"{months} of {of} months"
            bar.update(task, description="simulating", completed=months, total=of, done=done, speed=speed)

        yield advance
