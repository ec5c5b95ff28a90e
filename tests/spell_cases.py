"""Spells and episodes as the cases in ``spells_by_hand/*.yaml`` write them, and as data frames."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

FOLDER = Path(__file__).with_name("spells_by_hand")


def cases(name):
    """The cases of a file."""
    return YAML(typ="safe").load(FOLDER / f"{name}.yaml")


def reckoned(value):
    """A number that may be written as a product of fractions."""
    if isinstance(value, str):
        product = Fraction(1)
        for part in value.split("*"):
            product *= Fraction(part.strip())
        return float(product)
    return float(value)


def spell_table(rows):
    """A spell table of rows of household, kind, start, end, cause, censored."""
    return pd.DataFrame(rows, columns=["household", "kind", "start", "end", "cause", "censored"])


def episode_table(rows, households=None):
    """Episodes of rows of entry, months, and the event's cause or None."""
    frame = pd.DataFrame([row[:2] for row in rows], columns=["entry", "months"])
    causes = pd.Series([row[2] for row in rows], dtype=object)
    frame = frame.assign(event=causes.notna(), start_known=True, cause_of_return=causes)
    return frame if households is None else frame.assign(household=households)


def drawn_episodes(luck, hazard, longest, entries=False):
    """Episodes whose event comes in each month with the probability `hazard` (size,), censored at random months."""
    size = len(hazard)
    months = luck.geometric(hazard, size)
    seen = luck.integers(1, longest + 1, size)
    entry = luck.integers(0, longest // 2, size) if entries else np.zeros(size, int)
    frame = pd.DataFrame({"entry": entry, "months": np.minimum(months, seen), "event": months <= seen})
    return frame[frame["months"] > frame["entry"]].assign(start_known=True).reset_index(drop=True)
