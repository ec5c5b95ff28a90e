"""Tables of households on disk: CSV, Parquet and Stata, read with plain messages and written whole or not at all."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

ENCODINGS = ("utf-8-sig", "gb18030")
STATA_VERSION = 118  # the first with Unicode
EXACT_IN_STATA = 2**53  # its widest number is a double


def column_names(file: str) -> list[str]:
    """Names of a file's columns.

    Raises
    ------
    ValueError
        Where the file can not be read.
    """
    kind = _kind(file)
    if kind == ".csv":
        for encoding in ENCODINGS:
            try:
                with open(file, encoding=encoding, newline="") as handle:
                    return next(csv.reader(handle), [])
            except UnicodeDecodeError:
                continue
            except (csv.Error, OSError) as error:
                raise ValueError(f"can not be read: {error}") from None
        raise ValueError("is text in no known encoding; allowed: UTF-8, GB18030")
    try:
        if kind == ".parquet":
            import pyarrow.parquet as pq

            return [str(name) for name in pq.read_schema(file).names]
        import pandas as pd

        with pd.io.stata.StataReader(file) as reader:
            return list(reader.variable_labels())
    except MemoryError:
        raise
    except Exception as error:  # a damaged file makes these libraries raise almost anything
        raise ValueError(f"can not be read as {_NAMES[kind]}: {_first_line(error)}") from None


def read_columns(file: str, names: Collection[str], texts: Collection[str]) -> pd.DataFrame:
    """Some columns of a file; those of `texts` as they are written, leading zeros included.

    Raises
    ------
    ValueError
        Where the file can not be read.
    """
    try:
        return _read(file, list(names), texts)
    except MemoryError:
        raise
    except Exception as error:  # as above
        raise ValueError(f"can not be read as {_NAMES[_kind(file)]}: {_first_line(error)}") from None


def _read(file: str, names: list[str], texts: Collection[str]) -> pd.DataFrame:
    import pandas as pd

    if _kind(file) == ".parquet":
        return pd.read_parquet(file, columns=names)
    if _kind(file) == ".dta":
        return pd.read_stata(file, columns=names, preserve_dtypes=True)
    missing = {name: [""] if name in texts else ["", "NA", "N/A", "NaN", "nan", ".", "NULL"] for name in names}
    dtype: Any = {name: str for name in names if name in texts}
    for encoding in ENCODINGS:
        try:
            return pd.read_csv(
                file, usecols=names, dtype=dtype, na_values=missing, keep_default_na=False, encoding=encoding,
                float_precision="round_trip", low_memory=False, index_col=False,
            )  # fmt: skip
        except UnicodeDecodeError:
            continue
    raise ValueError("text in no known encoding; allowed: UTF-8, GB18030")


def write_table(table: pd.DataFrame, file: Path) -> None:
    """Write a table so that `read_columns` gives back every bit; the file appears whole or not at all.

    Raises
    ------
    OSError
        Where it can not be written.
    """
    with appearing(file) as work:
        kind = _kind(file.name)
        if kind == ".csv":
            _widened(table).to_csv(work, index=False, encoding="utf-8")
        elif kind == ".parquet":
            table.to_parquet(work, index=False)
        else:
            _for_stata(table).to_stata(work, write_index=False, version=STATA_VERSION)


@contextmanager
def appearing(file: Path) -> Iterator[Path]:
    """A hidden neighbour to write to, which becomes the file once it is whole."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=file.suffix, dir=file.absolute().parent)
    os.close(handle)
    work = Path(name)
    try:
        yield work
        work.chmod(0o644)
        work.rename(file)
    finally:
        work.unlink(missing_ok=True)


def _widened(table: pd.DataFrame) -> pd.DataFrame:
    """Single precision in double: the shortest text of a double comes back as the same single."""
    return table.astype({name: np.float64 for name in table if table[name].dtype == np.float32})


def _for_stata(table: pd.DataFrame) -> pd.DataFrame:
    """Stata has no unsigned and no long whole numbers: doubles hold those that are exact, text the others."""
    changed: dict[str, Any] = {}
    for name in table:
        if table[name].dtype == np.uint64:
            changed[name] = np.float64 if (table[name] < EXACT_IN_STATA).all() else str
        elif table[name].dtype in (np.bool_, np.uint8):
            changed[name] = np.int8 if table[name].dtype == np.bool_ else np.int16
    return table.astype(changed)


def _kind(file: str) -> str:
    return os.path.splitext(file)[1].lower()


_NAMES = {".csv": "CSV", ".parquet": "Parquet", ".dta": "a Stata file"}


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[0]
