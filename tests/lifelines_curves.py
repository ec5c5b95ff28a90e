"""Writes the curves that tests/test_analysis_survival.py expects, computed by lifelines, which this project can not
install beside its own pandas:

    uv run --no-project --with 'lifelines==0.30.3' --with 'pandas<3' tests/lifelines_curves.py
"""

import json
import warnings
from pathlib import Path

import lifelines
import numpy as np
import pandas as pd

OUT = Path(__file__).with_name("spells_by_hand") / "lifelines.json"


def kaplan_meier(luck):
    """Episodes with ties, late entry and censoring; months, survival and its limits."""
    size = 80
    entry = luck.choice([0, 0, 3, 6], size)
    months = entry + luck.integers(1, 25, size)
    # Where survival reaches nought its limits are not defined; so the longest are censored.
    event = (luck.random(size) < 0.6) & (months < months.max())
    fitted = lifelines.KaplanMeierFitter().fit(months, event, entry=entry)
    at = sorted(set(months[event].tolist()))
    curve = fitted.survival_function_.loc[at, "KM_estimate"]
    limits = fitted.confidence_interval_.loc[at].to_numpy()
    return {
        "episodes": {"entry": entry.tolist(), "months": months.tolist(), "event": event.tolist()},
        "months": at,
        "survival": curve.tolist(),
        "limits": limits.tolist(),
    }


def aalen_johansen(luck):
    """Episodes that end of one of two causes, none at the same time, since lifelines moves ties at random."""
    size = 60
    months = luck.permutation(size) + 1
    cause = luck.choice([0, 1, 2], size)
    fitted = lifelines.AalenJohansenFitter().fit(pd.Series(months), pd.Series(cause), event_of_interest=1)
    at = sorted(months[cause == 1].tolist())
    return {
        "episodes": {"months": months.tolist(), "cause": cause.tolist()},
        "months": at,
        "incidence": fitted.cumulative_density_.loc[at, "CIF_1"].tolist(),
        "variance": fitted.variance_.loc[at].to_numpy().ravel().tolist(),
        "limits": np.sort(fitted.confidence_interval_.loc[at].to_numpy(), axis=1).tolist(),
    }


def main():
    luck = np.random.default_rng(7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = {"kaplan_meier": kaplan_meier(luck), "aalen_johansen": aalen_johansen(luck)}
    OUT.write_text(json.dumps({"lifelines": lifelines.__version__, **made}, allow_nan=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
