"""The command line: `povsim run | validate | explain | verify | align`.

Everything heavy is imported inside the commands, so that `--help` answers at once.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from sim.results import Record
    from sim.scenario import LoadedScenario

BAD_INPUT, FAILED, INTERRUPTED, TERMINATED = 2, 1, 130, 143

app = typer.Typer(
    help="Simulate how rural households leave registered poverty, and how they fall back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ScenarioFile = Annotated[
    Path, typer.Argument(metavar="SCENARIO", help="Scenario file, for example scenarios/ganzhou.yaml.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change one value of the scenario; may be given several times."),
]


def main() -> None:
    """Entry point of `povsim`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    app()


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turns mistakes in the input, full disks and Ctrl-C into one line each and an exit code."""
    try:
        from calibration.evidence import EvidenceError
        from sim.results.folder import FolderError
        from sim.scenario import ScenarioError

        try:
            yield
        except (ScenarioError, EvidenceError) as error:
            _fail("\n".join(str(problem) for problem in error.problems), BAD_INPUT)
        except FolderError as error:
            _fail(str(error), BAD_INPUT)
        except (MemoryError, OSError) as error:
            _fail(f"the run failed: {error or 'out of memory'}", FAILED)
    except KeyboardInterrupt:
        _fail("interrupted; nothing was written", INTERRUPTED)


def _load(scenario: Path, settings: list[str]) -> LoadedScenario:
    from sim.calendar import is_december
    from sim.scenario import Problem, ScenarioError, load_scenario

    loaded = load_scenario(scenario, settings)
    period = loaded.scenario.period
    if not any(is_december(month) for month in range(period.start, period.end + 1)):
        raise ScenarioError([Problem(str(scenario), 1, 1, "period", "holds no December, when results are counted")])
    return loaded


def _sized(loaded: LoadedScenario, settings: list[str], households: int) -> LoadedScenario:
    """The scenario with the scale that simulates about so many households."""
    most = loaded.scenario.population.households
    if households > most:
        raise typer.BadParameter(f"the region has {most:,.0f} households", param_hint="--households")
    return _load(loaded.files[-1], [*settings, f"population.scale={households / most!r}"])


@app.command()
def run(
    scenario: ScenarioFile,
    out: Annotated[Path | None, typer.Option(help="Folder for the result; results/NAME by default.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="Seed of all luck.")] = None,
    scale: Annotated[float | None, typer.Option(help="Share of villages to simulate, above 0 and up to 1.")] = None,
    households: Annotated[int | None, typer.Option(min=1, help="Simulate about so many households.")] = None,
    settings: Settings = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; results do not depend on it.")] = None,
    panel: Annotated[int, typer.Option(min=0, help="Households whose years are kept in panel.parquet.")] = 0,
    checkpoint: Annotated[
        str | None,
        typer.Option(metavar="YYYY-12", help="Keep the state after this December in checkpoint.npz."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print summary.json and nothing else.")] = False,
    force: Annotated[bool, typer.Option(help="Replace an earlier result.")] = False,
    quiet: Annotated[bool, typer.Option(help="Print nothing but errors.")] = False,
) -> None:
    """Simulate a scenario and write its tables and report."""
    if scale is not None and not 0 < scale <= 1:
        raise typer.BadParameter("must lie above 0 and at most at 1", param_hint="--scale")
    if scale is not None and households is not None:
        raise typer.BadParameter("give --scale or --households, not both", param_hint="--households")
    settings = [*(settings or [])]
    if seed is not None:
        settings.append(f"seed={seed}")
    if scale is not None:
        settings.append(f"population.scale={scale!r}")
    with _plain_errors():
        from sim.results import check_writable

        folder = out or Path("results") / scenario.stem
        loaded = _load(scenario, settings)
        if households is not None:
            loaded = _sized(loaded, settings, households)
        check_writable(folder, force)
        at = _december(loaded, checkpoint) if checkpoint else None
        with TemporaryDirectory(prefix=f".{folder.name}.", dir=_existing(folder)) as work:
            state = Path(work) / "checkpoint.npz"
            record = _simulate(loaded, threads, panel, quiet, (at, state) if at else None)
            _write(record, folder, force)
        if as_json:
            typer.echo((folder / "summary.json").read_text(encoding="utf-8"), nl=False)
        elif not quiet:
            _show(record, folder)


def _december(loaded: LoadedScenario, text: str) -> int:
    """Month number of a December in the scenario's period."""
    from sim.calendar import is_december, parse_month

    try:
        month = parse_month(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--checkpoint") from None
    period = loaded.scenario.period
    if not is_december(month) or not period.start <= month <= period.end:
        raise typer.BadParameter("must be a December of the scenario's period", param_hint="--checkpoint")
    return month


def _existing(folder: Path) -> Path:
    """The nearest folder above that exists; a result's files lie there until they are renamed."""
    return next(parent for parent in folder.absolute().parents if parent.exists())


def _simulate(
    loaded: LoadedScenario, threads: int | None, panel: int, quiet: bool, checkpoint: tuple[int, Path] | None
) -> Record:
    from rich.console import Console

    from sim.kernel.cache import is_warm
    from sim.progress import month_bar
    from sim.run import run_scenario

    console = Console(stderr=True, quiet=quiet)
    if not is_warm():
        console.print("compiling the model once, about 30 s; later starts use the cache", highlight=False)
    with month_bar(console) as progress:
        return run_scenario(loaded, threads, panel, progress, checkpoint)


def _write(record: Record, folder: Path, force: bool) -> None:
    from time import perf_counter

    from sim.report.page import render
    from sim.results import FolderError, write_results

    started = perf_counter()
    report = render(record)
    record.seconds["report"] = perf_counter() - started
    try:
        write_results(folder, record, report, force)
    except FolderError as error:
        _fail(f"the run is done, but {error}", FAILED)


def _show(record: Record, folder: Path) -> None:
    from rich.console import Console

    from sim.report import terminal

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 100
    for table in (terminal.yearly(record), terminal.reported(record)):
        console.print(table)
        console.print()
    typer.echo(f"open {folder / 'report.html'}")


@app.command()
def validate(scenario: ScenarioFile, settings: Settings = None) -> None:
    """Check a scenario, and list every problem at once."""
    with _plain_errors():
        from sim.scenario import unsourced

        loaded = _load(scenario, settings or [])
        bare = unsourced(loaded)
        typer.echo(f"{scenario}: valid, {len(loaded.scenario.instruments)} instruments, hash {loaded.hash[:12]}")
        if bare:
            typer.echo(f"{len(bare)} numbers say neither where they come from nor why they are assumed:")
            for path in bare:
                typer.echo(f"  {path}")


@app.command()
def explain(scenario: ScenarioFile, settings: Settings = None) -> None:
    """Print a scenario as sentences with their sources."""
    with _plain_errors():
        from calibration.evidence import load_evidence
        from sim.scenario import explain as sentences

        typer.echo(sentences(_load(scenario, settings or []), load_evidence()))


@app.command()
def verify(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that a run wrote.")]) -> None:
    """Compare the files of a result with the hashes in its manifest."""
    with _plain_errors():
        from sim.results import verify as differences

        found = differences(folder)
        for difference in found:
            typer.echo(difference, err=True)
        if found:
            raise typer.Exit(FAILED)
        typer.echo(f"{folder}: every file is as the run wrote it")


@app.command()
def align(
    scenario: ScenarioFile,
    settings: Settings = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads; results do not depend on it.")] = None,
) -> None:
    """Solve the market factors with which simulated mean incomes equal the reported ones."""
    with _plain_errors():
        from calibration.market_path import solve_market_factor

        factors = solve_market_factor(_load(scenario, settings or []).scenario, threads=threads)
        typer.echo("  market_factor:")
        for year, factor in factors.items():
            typer.echo(f"    {year}: {factor}")
