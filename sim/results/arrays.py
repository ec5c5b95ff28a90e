"""Columns of tables, handed to Arrow as bytes: `pyarrow.array` imports pandas, to ask whether it was given a Series.

That would be half a second of every run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def numbers(values: NDArray, there: NDArray | None = None) -> pa.Array:
    """A column of numbers of the values' own type; null where nothing is there."""
    values = np.ascontiguousarray(values)
    buffers = [_bits(there), pa.py_buffer(values)]
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), buffers)


def flags(values: NDArray) -> pa.Array:
    """A column of yes and no."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _bits(values)])


def texts(words: Sequence[str | None]) -> pa.Array:
    """A column of text; null for None."""
    data = [(word or "").encode() for word in words]
    ends = np.cumsum([0, *map(len, data)], dtype=np.int32)
    missing = [word is None for word in words]
    there = None if not any(missing) else ~np.array(missing)
    return pa.Array.from_buffers(
        pa.string(), len(data), [_bits(there), pa.py_buffer(ends), pa.py_buffer(b"".join(data))]
    )


def worded(codes: NDArray, words: Sequence[str]) -> pa.DictionaryArray:
    """A dictionary-encoded column; codes outside the words are null."""
    codes = np.asarray(codes, np.int32)
    known = (codes >= 0) & (codes < len(words))
    indices = numbers(codes, None if known.all() else known)
    return pa.DictionaryArray.from_arrays(indices, texts(words))


def _bits(flags: NDArray | None) -> pa.Buffer | None:
    return None if flags is None else pa.py_buffer(np.packbits(flags, bitorder="little"))
