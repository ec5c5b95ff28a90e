"""`povsim sweep plan | run | status | collect | analyse`: many runs of one scenario."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.commands.shared import BAD_INPUT, FAILED, INTERRUPTED, fail, plain_errors, root_for

if TYPE_CHECKING:
    from sim.sweep.executors import Options
    from sim.sweep.parts import Refusal
    from sim.sweep.read import LoadedSweep
    from sim.sweep.status import Status

app = typer.Typer(help="Make, resume, collect and analyse many runs of one scenario.", no_args_is_help=True)

SweepFile = Annotated[Path, typer.Argument(metavar="FILE", help="Sweep file, for example scenarios/sweeps/demo.yaml.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a sweep.")]


@app.command()
def plan(file: SweepFile) -> None:
    """Check a sweep; say how many runs it has and what they will cost, and show the first ones."""
    from shutil import get_terminal_size

    with plain_errors():
        from sim.kernel.cache import is_warm
        from sim.sweep.estimate import estimate, first_rows
        from sim.sweep.executors import WorkerLostError
        from sim.sweep.read import load_sweep

        loaded = load_sweep(file, root_for(file))
        typer.echo(f"{file}: {loaded.points:,} points, {loaded.runs:,} runs")
        typer.echo(first_rows(loaded, get_terminal_size((100, 24)).columns))
        typer.echo("two trial runs" if is_warm() else "two trial runs, after compiling the model, about 30 s", err=True)
        try:
            for text in estimate(loaded):
                typer.echo(text)
        except WorkerLostError as error:
            fail(f"a trial run failed: {error}", FAILED)


@app.command()
def run(
    file: SweepFile,
    out: Annotated[Path | None, typer.Option(help="Folder of the sweep; results/sweeps/NAME by default.")] = None,
    on: Annotated[
        str, typer.Option(help="processes, slurm, pbs, lsf, or the tcp:// or tls:// address of a Dask scheduler.")
    ] = "processes",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Workers of one thread; all processors by default.")
    ] = None,
    limit: Annotated[
        float, typer.Option(min=1, help="Seconds without a result after which a worker is replaced.")
    ] = 1800,
    chunk: Annotated[
        float, typer.Option(min=0.1, help="About how many seconds of runs a worker takes, and may lose, at a time.")
    ] = 20,
    account: Annotated[str | None, typer.Option(help="Account of the jobs.")] = None,
    partition: Annotated[str | None, typer.Option(help="Partition or queue of the jobs.")] = None,
    walltime: Annotated[str, typer.Option(help="Longest time of a job, HH:MM:SS.")] = "01:00:00",
    memory: Annotated[str, typer.Option(help="Memory of a job.")] = "2GB",
    directive: Annotated[
        list[str] | None, typer.Option(help="Further directive of the jobs; may be given several times.")
    ] = None,
    insecure: Annotated[bool, typer.Option(help="Allow unencrypted connections between machines.")] = False,
    quiet: Annotated[bool, typer.Option(help="Print nothing but errors.")] = False,
) -> None:
    """Make every run of a sweep that is not done; given again after anything, it goes on where it was."""
    import os

    with plain_errors():
        from sim.sweep.executors import Options, PlacementError, check_placement
        from sim.sweep.read import load_sweep

        folder = out or Path("results") / "sweeps" / file.stem
        options = Options(
            limit, None, account, partition, walltime, memory, directive or [], insecure
        )  # logs lie in the sweep's folder
        try:
            check_placement(on, options)
            loaded = load_sweep(file, root_for(file))
            status = _run(loaded, folder, on, workers or len(os.sched_getaffinity(0)), options, chunk, quiet)
        except PlacementError as error:
            fail(str(error), BAD_INPUT)
        _report(status, quiet)


def _run(
    loaded: LoadedSweep, folder: Path, on: str, workers: int, options: Options, chunk: float, quiet: bool
) -> Status:
    from rich.console import Console

    from sim.kernel.cache import is_warm
    from sim.sweep.drive import StoppedError
    from sim.sweep.executors import WorkerLostError
    from sim.sweep.progress import watching
    from sim.sweep.start import start

    console = Console(stderr=True, quiet=quiet)
    if not is_warm():
        console.print("the first worker compiles the model, about 30 s; later starts use the cache", highlight=False)

    def refused(refusal: Refusal) -> None:
        typer.echo(f"{refusal.path} {refusal.reason}; put aside, its runs are made again", err=True)

    try:
        with watching(console) as watch:
            return start(loaded, folder, on, workers, options, watch, refused, chunk)
    except (StoppedError, WorkerLostError) as error:
        fail(f"the sweep stopped: {error}\nwhat is done is kept; the same command goes on", FAILED)
    except KeyboardInterrupt:
        fail("interrupted; what is done is kept, and the same command goes on", INTERRUPTED)


@app.command()
def status(folder: Folder) -> None:
    """Count what is done, failed and missing, and list failures; exits with 1 unless everything is done."""
    with plain_errors():
        from sim.sweep.folder import open_folder
        from sim.sweep.status import take_stock

        _report(take_stock(open_folder(folder)), quiet=False)


def _report(status: Status, quiet: bool) -> None:
    """Prints planned = done + failed + missing and why, and ends the command where something is not done."""
    from sim.sweep.status import DONE, MISSING
    from sim.sweep.status import FAILED as RUN_FAILED

    done, failed, missing = (status.count(state) for state in (DONE, RUN_FAILED, MISSING))
    for refusal in status.refused:
        typer.echo(f"{refusal.path} {refusal.reason}", err=True)
    for failure in status.failures:
        typer.echo(f"run {failure['run']} failed: {failure['error']} ({', '.join(failure['at'])})", err=True)
        typer.echo(f"  {failure['command']}", err=True)
    if failed > len(status.failures):
        typer.echo(f"and {failed - len(status.failures):,} more, in the folder failures", err=True)
    if not quiet:
        typer.echo(f"{status.planned:,} planned = {done:,} done + {failed:,} failed + {missing:,} missing")
    if failed or missing:
        raise typer.Exit(FAILED)


@app.command()
def collect(
    folder: Folder,
    partial: Annotated[bool, typer.Option(help="Collect what is done, although runs are missing or failed.")] = False,
) -> None:
    """Write collected.parquet: every run in one tidy table, its parameters as columns."""
    with plain_errors():
        from sim.sweep.collect import collect as gather
        from sim.sweep.folder import COLLECTED, open_folder
        from sim.sweep.status import DONE, take_stock

        sweep = open_folder(folder)
        status = take_stock(sweep)
        open_runs = status.planned - status.count(DONE)
        if open_runs and not partial:
            fail(
                f"{open_runs:,} of {status.planned:,} runs are not done; run the sweep again, or give --partial", FAILED
            )
        rows = gather(sweep)
        typer.echo(f"{folder / COLLECTED}: {rows:,} rows of {status.planned - open_runs:,} runs")


class Method(StrEnum):
    """Ways to analyse a sweep."""

    sobol = "sobol"
    morris = "morris"
    prim = "prim"


@app.command()
def analyse(
    folder: Folder,
    method: Annotated[
        Method | None, typer.Option(help="sobol and morris for designs of their own, prim for any; by the design.")
    ] = None,
    measure: Annotated[str | None, typer.Option(help="Measure; all by default, one for prim.")] = None,
    year: Annotated[int | None, typer.Option(help="The last year by default.")] = None,
    area: Annotated[str | None, typer.Option(help="A county; the region by default.")] = None,
    above: Annotated[float | None, typer.Option(help="prim: a world fails where the measure lies above.")] = None,
    below: Annotated[float | None, typer.Option(help="prim: a world fails where the measure lies below.")] = None,
) -> None:
    """Say which factors move a result, or in which worlds it fails; write a table and a page with figures."""
    with plain_errors():
        try:
            from sim.sweep.analyse import AnalysisError, method_for, results
            from sim.sweep.analysis_report import box_section, index_sections, write
            from sim.sweep.folder import open_folder

            sweep = open_folder(folder)
            method = method or Method(method_for(sweep))
            boxes = method is Method.prim
            if boxes and (measure is None or (above is None) == (below is None)):
                raise typer.BadParameter("prim needs --measure and one of --above and --below", param_hint="--method")
            if not boxes and (above is not None or below is not None):
                raise typer.BadParameter("has no effect but with --method prim", param_hint="--above, --below")
            found = results(sweep, measure, year, area)
            sections = (
                [box_section(sweep, found[0], above, below)] if boxes else index_sections(sweep, method.value, found)
            )
            written = write(sweep, method.value, sections)
        except ModuleNotFoundError as error:
            fail(f"{error}; pip install 'poverty-exit[analysis]'", BAD_INPUT)
        except AnalysisError as error:
            fail(str(error), BAD_INPUT)
        for section in sections:
            typer.echo(f"\n{section.title}\n{section.text}")
            _table(section.head, section.rows)
        typer.echo(f"\nopen {written[-1]}")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    for row in (head, *rows):
        typer.echo("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
