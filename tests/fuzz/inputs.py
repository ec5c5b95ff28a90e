"""Inputs of every kind: changed text, and tables of households made from it."""

from __future__ import annotations

import io
import warnings
from contextlib import suppress
from random import Random

from mutate import mutate
from reading import SEEDS, seed

TABLES = ("parquet", "dta")
STARTS = {kind: [seed(name) for name in names] for kind, names in SEEDS.items()}


def changed(kind: str, luck: Random) -> bytes:
    """A file of a kind, changed from one of those that inputs of the kind start from."""
    text = luck.choices(STARTS[kind], list(SEEDS[kind].values()))[0]
    if kind not in TABLES:
        return mutate(text, luck)
    data = table(kind, mutate(text, luck)) or table(kind, text)
    return mutate(data, luck) if luck.random() < 0.3 else data


def table(kind: str, text: bytes) -> bytes:
    """The text as a file of a kind; of a Parquet or Stata file nothing where it is no table."""
    if kind not in TABLES:
        return text
    import pandas as pd

    data = io.BytesIO()
    with suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pd.read_csv(io.BytesIO(text))
        if kind == "parquet":
            frame.to_parquet(data, index=False)
        else:
            frame.to_stata(data, write_index=False, version=118)
        return data.getvalue()
    return b""
