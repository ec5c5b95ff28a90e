"""The bar that shows how far a run has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def month_bar(console: Console) -> Iterator[Callable[[int, int, int], None]]:
    """A bar on a terminal, nothing elsewhere; yields what a run calls after each month."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} months"),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("population", total=0, speed="")
        began = 0.0
        before = 0

        def advance(months: int, of: int, household_months: int) -> None:
            nonlocal began, before
            if not began:
                # the first month may have compiled, and says nothing about the next ones
                began, before = perf_counter(), household_months
                speed = ""
            else:
                rate = (household_months - before) / (perf_counter() - began)
                speed = f"{rate / 1e6:,.1f} million household-months/s"
            bar.update(task, description="months", completed=months, total=of, speed=speed)

        yield advance
