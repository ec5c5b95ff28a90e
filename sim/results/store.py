"""Runs kept by content: what is done is never done again, and many runs may be interrupted at any time."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


class Store:
    """A folder with one Parquet file a run, named by its content hash.

    Parameters
    ----------
    folder : made where it does not exist
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def read(self, key: str) -> Any:
        """What was stored, or None; JSON's types. Numbers come back as they were, to the last digit."""
        import pyarrow as arrow
        import pyarrow.parquet as parquet

        try:
            return json.loads(parquet.read_table(self._file(key)).column("run")[0].as_py())
        except (FileNotFoundError, arrow.ArrowException):  # a file torn by a crash is as good as none
            return None

    def write(self, key: str, run: Any) -> None:
        """Store what JSON can hold, whole or not at all."""
        import pyarrow as arrow
        import pyarrow.parquet as parquet

        path = self._file(key)
        part = path.with_suffix(f".{os.getpid()}.part")
        parquet.write_table(arrow.table({"run": [json.dumps(run)]}), part)
        part.replace(path)

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.parquet"
