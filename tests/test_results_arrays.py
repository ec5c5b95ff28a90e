"""Columns made from bytes are those that Arrow makes itself."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sim.results.arrays import flags, numbers, texts, worded

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


@given(st.lists(st.integers(-(2**15), 2**15 - 1)), st.sampled_from([np.int16, np.int64, np.float32, np.float64]))
def test_numbers(values, dtype):
    column = numbers(np.array(values, dtype))
    column.validate(full=True)
    assert column.equals(pa.array(np.array(values, dtype)))


@given(st.lists(st.tuples(st.floats(allow_nan=False), st.booleans())))
def test_numbers_of_which_some_are_missing(cells):
    values, there = [value for value, _ in cells], [there for _, there in cells]
    column = numbers(np.array(values, np.float64), np.array(there, bool))
    column.validate(full=True)
    assert column.to_pylist() == [value if known else None for value, known in cells]


@given(st.lists(st.booleans()))
def test_flags(values):
    assert flags(np.array(values, bool)).to_pylist() == values


@given(st.lists(st.none() | WORDS))
def test_texts(words):
    column = texts(words)
    column.validate(full=True)
    assert column.equals(pa.array(words, pa.string()))


@given(st.lists(WORDS, min_size=1, max_size=4, unique=True), st.lists(st.integers(-2, 5)))
def test_words_by_code(words, codes):
    column = worded(np.array(codes, np.int64), words)
    column.validate(full=True)
    assert column.to_pylist() == [words[code] if 0 <= code < len(words) else None for code in codes]


def test_pandas_stays_out_of_it():
    made = (
        "from sim.results.arrays import *; texts(['a', None]); numbers(np.ones(3)); flags([True]); worded([0], ['a'])"
    )
    command = [sys.executable, "-c", f"{made}; import sys; sys.exit('pandas' in sys.modules)"]
    assert subprocess.run(command, check=False).returncode == 0
