"""Runs notebooks from top to bottom and keeps their output: `python notebooks/execute.py [NOTEBOOK …]`, all by default.

Needs `pip install 'poverty-exit[notebook]'`. What would differ between two runs or machines is left out: times and
versions.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def executed(path: Path) -> nbformat.NotebookNode:
    """The notebook with the output of a run in its own folder; CellExecutionError where a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=1800, record_timing=False, resources={"metadata": {"path": FOLDER}}).execute()
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    return notebook


def main() -> None:
    for path in [Path(name) for name in sys.argv[1:]] or sorted(FOLDER.glob("*.ipynb")):
        notebook = executed(path)
        part = path.with_suffix(".part")
        nbformat.write(notebook, part)
        part.replace(path)
        print(path.name)


if __name__ == "__main__":
    main()
