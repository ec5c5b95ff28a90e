"""Which files a file may name: those of its own folder, below the folder `scenarios` around it, or shipped."""

from __future__ import annotations

import os
from pathlib import Path

from sim.shipped import SHIPPED

AROUND = "scenarios"


def root_of(file: str | os.PathLike[str]) -> Path:
    """The nearest folder `scenarios` around a file, or else its own folder; symbolic links are followed."""
    folder = Path(file).resolve().parent
    return next((each for each in (folder, *folder.parents) if each.name == AROUND), folder)


def lies_outside(file: str | os.PathLike[str], root: Path | None) -> str:
    """What is wrong with naming a file, or nothing; with no root all files may be named."""
    if root is None:
        return ""
    whole = Path(file).resolve()
    if whole.is_relative_to(root) or whole.is_relative_to(SHIPPED):
        return ""
    return f"{os.fspath(file)} lies outside {root}; allowed with povsim --allow-outside …"
