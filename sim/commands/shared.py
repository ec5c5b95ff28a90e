"""What every command shares: its arguments, how it loads a scenario, and how it reports what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from sim.commands.completion import scenario_files
from sim.commands.completion import settings as setting_paths
from sim.language import Code

if TYPE_CHECKING:
    from sim.scenario import LoadedScenario

BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130

ScenarioFile = Annotated[
    Path,
    typer.Argument(
        metavar="SCENARIO",
        help="Scenario file, for example scenarios/ganzhou.yaml.",
        autocompletion=scenario_files,
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change one value of the scenario; may be given several times.",
        autocompletion=setting_paths,
    ),
]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads; results do not depend on it.")]


# What `povsim --allow-outside` sets for the command that follows.
allow_outside: ContextVar[bool] = ContextVar("allow_outside", default=False)


def fail(message: str, code: int) -> NoReturn:
    """End the command with a message on standard error."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


Scale = Annotated[float | None, typer.Option(help="Share of villages to simulate, above 0 and up to 1.")]
Seed = Annotated[int | None, typer.Option(min=0, max=2**63 - 1, help="Seed of all luck.")]
Force = Annotated[bool, typer.Option(help="Replace an earlier result.")]
Quiet = Annotated[bool, typer.Option(help="Print nothing but errors.")]
PageLanguage = Annotated[
    Code, typer.Option(help="Language of the page or text: English or Chinese; tables on the screen are English.")
]


def show(tables: Iterable[object], width: int = 100) -> None:
    """Print tables, a blank line after each; where the output is no terminal, in lines of `width`."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = width
    for table in tables:
        console.print(table)
        console.print()


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn mistakes in the input, full disks and Ctrl-C into one line each and an exit code."""
    try:
        yield
    except KeyboardInterrupt:
        fail("interrupted; nothing was written", INTERRUPTED)
    except Exception as error:
        _end_plainly(error)
        raise


def _end_plainly(error: Exception) -> None:
    """End the command where a user can do something about an error; what defines them is imported only now."""
    from calibration.evidence import EvidenceError
    from sim.scenario import ScenarioError

    if isinstance(error, ScenarioError):
        from sim.commands.advice import advice

        fail("\n".join([*map(str, error.problems), *dict.fromkeys(advice(error.problems))]), BAD_INPUT)
    if isinstance(error, EvidenceError):
        fail("\n".join(str(problem) for problem in error.problems), BAD_INPUT)
    if isinstance(error, ArithmeticError | EOFError | MemoryError | OSError):
        fail(f"the run failed: {error or 'out of memory'}", FAILED)
    from sim.results.folder import FolderError

    if isinstance(error, FolderError):
        fail(str(error), BAD_INPUT)


def with_size(settings: list[str] | None, scale: float | None, seed: int | None) -> list[str]:
    """Settings, those included that stand for `--scale` and `--seed`."""
    if scale is not None and not 0 < scale <= 1:
        raise typer.BadParameter("must lie above 0 and at most at 1", param_hint="--scale")
    sized = {"population.scale": scale, "seed": seed}
    return [*(settings or []), *(f"{path}={value!r}" for path, value in sized.items() if value is not None)]


@contextmanager
def runs_bar(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """The bar of many runs, after a word on compiling where the model is not compiled yet."""
    from rich.console import Console

    from sim.kernel.cache import is_warm
    from sim.progress import run_bar

    console = Console(stderr=True, quiet=quiet)
    if not is_warm():
        console.print("compiling the model once, about 30 s; later starts use the cache", highlight=False)
    with run_bar(console) as progress:
        yield progress


def root_for(file: Path) -> Path | None:
    """The folder that the files named in a file must lie in; None where they may lie anywhere."""
    from sim.scenario.within import root_of

    return None if allow_outside.get() else root_of(file)


def load(scenario: Path, settings: list[str]) -> LoadedScenario:
    """Load a scenario whose period holds a December, when results are counted."""
    from sim.calendar import is_december
    from sim.scenario import Problem, ScenarioError, load_scenario

    loaded = load_scenario(scenario, settings, root=root_for(scenario))
    period = loaded.scenario.period
    if not any(is_december(month) for month in range(period.start, period.end + 1)):
        raise ScenarioError([Problem(str(scenario), 1, 1, "period", "holds no December, when results are counted")])
    return loaded
