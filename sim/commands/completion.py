"""What the shell offers after the Tab key: scenario files, and paths for `--set`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer


def scenario_files(incomplete: str) -> list[str]:
    """YAML files that begin with what was typed, those in folders that do so included."""
    typed = Path(incomplete)
    folder, start = (typed, "") if incomplete.endswith("/") or not incomplete else (typed.parent, typed.name)
    if not folder.is_dir():
        return []
    found = [each for each in folder.iterdir() if each.name.startswith(start) and not each.name.startswith(".")]
    files = [each for each in found if each.is_file()]
    files += [each for below in found if below.is_dir() for each in _below(below)]
    return sorted(str(each) for each in files if each.suffix == ".yaml")


def _below(folder: Path, depth: int = 2) -> Iterator[Path]:
    """Files of a folder and of those in it; a home folder is not searched to its end."""
    for each in folder.iterdir():
        if each.is_dir() and depth and not each.name.startswith("."):
            yield from _below(each, depth - 1)
        elif each.is_file():
            yield each


def settings(context: typer.Context, incomplete: str) -> list[str]:
    """Paths of the scenario's values that begin with what was typed, and the switch of each instrument."""
    from sim.scenario.load import read_scenario
    from sim.scenario.problems import ScenarioError
    from sim.scenario.tree import find, leaves

    # While an option has no value yet, what stands before it is still unread.
    named = [context.params.get("scenario"), *context.args]
    try:
        tree = read_scenario(next(str(each) for each in named if each)).tree
    except (ScenarioError, StopIteration):
        return []
    paths = [".".join(map(str, path)) for path, _ in leaves(tree)]
    instruments, found = find(tree, ("instruments",))
    paths += [f"instruments.{name}.off" for name in instruments.value] if found else []
    return [f"{path}=" for path in dict.fromkeys(paths) if path.startswith(incomplete)]
