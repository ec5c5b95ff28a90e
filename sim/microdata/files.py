"""Tables of households on disk: CSV, Parquet and Stata, read with plain messages and written whole or not at all."""

from __future__ import annotations

import csv
import os
import tempfile
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.microdata.parse import NOTHING

if TYPE_CHECKING:
    import pandas as pd

ENCODINGS = ("utf8", "gb18030")
PIECE = 2**20
STATA_VERSION = 118  # the first with Unicode
EXACT_IN_STATA = 2**53  # its widest number is a double
_NAMES = {".csv": "CSV", ".parquet": "Parquet", ".dta": "a Stata file"}


def column_names(file: str) -> list[str]:
    """Names of a file's columns.

    Raises
    ------
    ValueError
        Where the file can not be read.
    """
    with _plainly(file):
        if _kind(file) == ".csv":
            with open(file, encoding=_encoding(file), newline="") as handle:
                return [name.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}") for name in next(csv.reader(handle), [])]
        if _kind(file) == ".parquet":
            import pyarrow.parquet as pq

            return [str(name) for name in pq.read_schema(file).names]
        import pandas as pd

        with pd.read_stata(file, iterator=True) as reader:
            return list(reader.variable_labels())


def read_columns(file: str, names: Collection[str], texts: Collection[str]) -> pd.DataFrame:
    """Some columns of a file; of a CSV those of `texts` as they are written, leading zeros included.

    Raises
    ------
    ValueError
        Where the file can not be read.
    """
    with _plainly(file):
        if _kind(file) == ".csv":
            return _read_csv(file, list(names), texts)
        import pandas as pd

        if _kind(file) == ".parquet":
            return pd.read_parquet(file, columns=list(names))
        return pd.read_stata(file, columns=list(names))


def _read_csv(file: str, names: list[str], texts: Collection[str]) -> pd.DataFrame:
    """By Arrow, which reads every decimal as the nearest double; pandas does so in some of its versions only."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    table = arrow.read_csv(
        file,
        read_options=arrow.ReadOptions(encoding=_encoding(file)),
        parse_options=arrow.ParseOptions(newlines_in_values=True),
        convert_options=arrow.ConvertOptions(
            include_columns=names, column_types={name: pa.string() for name in texts}, null_values=NOTHING
        ),
    )
    return table.to_pandas()


def _encoding(file: str) -> str:
    """The first of ENCODINGS in which a whole file is text."""
    for encoding in ENCODINGS:
        try:
            with open(file, encoding=encoding) as handle:
                while handle.read(PIECE):
                    pass
            return encoding
        except UnicodeDecodeError:
            continue
    raise ValueError("it is text in no known encoding; allowed: UTF-8, GB18030")


@contextmanager
def _plainly(file: str) -> Iterator[None]:
    """Turns what a damaged file makes a library raise, which is almost anything, into one line.

    A few damaged bytes can say that gigabytes follow, so that memory may end for no other reason.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UnicodeWarning)  # pandas would take what is not UTF-8 for Latin-1
            yield
    except MemoryError:
        raise ValueError(f"can not be read as {_NAMES[_kind(file)]}: asks for more memory than there is") from None
    except Exception as error:
        reason = (str(error) or type(error).__name__).strip().splitlines()[0]
        raise ValueError(f"can not be read as {_NAMES[_kind(file)]}: {reason}") from None


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
            # Not by Arrow, which writes -0.0 as -0: a column of such comes back as whole numbers, without the sign.
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
