"""Tables of what the futures brought: by household, by group, by cause, and from income to the register."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.analysis.risk_observables import ENROLLED
from sim.analysis.risk_watch import CAUSES, LINES, SUPPORT, Outcomes

OUTCOMES = (*LINES, "returned")
MOST_MONTHS = 10_000
SINCE_EXIT = {"up to 1 year": 12, "1 to 2 years": 24, "2 to 3 years": 36, "more than 3 years": MOST_MONTHS}


def horizons(horizon: int) -> list[int]:
    """The months within which falls are counted: a year and the whole horizon."""
    return sorted({min(12, horizon), horizon})


def household_table(
    known: pd.DataFrame, below: np.ndarray, weight: np.ndarray, out: Outcomes, months: int
) -> pd.DataFrame:
    """One row per household: what the village knows, and what the futures brought it.

    Columns
    -------
    those of `known`; weight : households that it stands for
    below_survey, below_exit : whether true twelve-month income lies below the line at the snapshot
    survey_12, exit_12, returned_12, … : share of futures in which it is below the line in at least one of the months
        to come, or is registered again
    survey_months, exit_months : expected months below
    survey_cause, exit_cause : most frequent cause of the first month below; missing where it never falls
    """
    columns: dict[str, object] = {"weight": weight}
    columns |= {f"below_{name}": below[line] for line, name in enumerate(LINES)}
    for outcome in OUTCOMES:
        columns |= {f"{outcome}_{within}": out.happened(outcome, within).mean(0) for within in horizons(months)}
    for line, name in enumerate(LINES):
        columns[f"{name}_months"] = out.months[line].mean(0)
        columns[f"{name}_cause"] = pd.Categorical.from_codes(_most_frequent(out.cause[line]), CAUSES)
    return known.assign(**columns)


def _most_frequent(cause: np.ndarray) -> np.ndarray:
    """(R,) code of the most frequent cause over futures, -1 where there is none."""
    counts = np.array([(cause == code).sum(0) for code in range(len(CAUSES))])
    return np.where(counts.sum(0) > 0, counts.argmax(0), -1)


def kind_of(known: pd.DataFrame) -> pd.Categorical:
    """The first that applies: nobody can work, somebody is chronically ill or disabled, children at school, others."""
    kinds = ("nobody able to work", "chronic illness or disability", "children at school", "others")
    code = np.select([known["workers"] == 0, known["chronic"], known["students"] > 0], [0, 1, 2], 3)
    return pd.Categorical.from_codes(code, kinds)


def groupings(known: pd.DataFrame, labels: dict[str, str]) -> dict[str, list[tuple[str, np.ndarray]]]:
    """Name of a grouping -> groups with their rows; those by instrument overlap. `labels` names the instruments."""
    months = known["months_since_exit"].to_numpy()
    edges = [-1, *SINCE_EXIT.values()]
    bands = [(name, (months > edges[n]) & (months <= edges[n + 1])) for n, name in enumerate(SINCE_EXIT)]
    enrolled = [name for name in known if name.startswith(ENROLLED)]
    poor = known["poor_village"].to_numpy()
    return {
        "everybody": [("everybody", np.ones(len(known), bool))],
        "since exit": bands,
        "household": _groups(kind_of(known)),
        "recorded cause": _groups(known["recorded_cause"].array),
        "village": [("poor villages", poor), ("other villages", ~poor)],
        "county": _groups(known["county"].array),
        "enrolled in": [(labels[name.removeprefix(ENROLLED)], known[name].to_numpy()) for name in enrolled],
        "announced withdrawal": [
            ("something will be withdrawn", (known["to_be_withdrawn"] > 0).to_numpy()),
            ("nothing will be withdrawn", (known["to_be_withdrawn"] <= 0).to_numpy()),
        ],
    }


def _groups(values: pd.Categorical) -> list[tuple[str, np.ndarray]]:
    return [(str(name), np.asarray(values.codes == code)) for code, name in enumerate(values.categories)]


def rates(
    table: pd.DataFrame, groups: dict[str, list[tuple[str, np.ndarray]]], out: Outcomes, months: int
) -> pd.DataFrame:
    """Risk of those who are above the line at the snapshot, by group; groups without households are left out.

    Columns
    -------
    by, group; outcome : survey, exit, or returned (to the register); within : months
    households : weighted, above the line; of `returned`, all who have exited
    probability, error : mean over households and futures, and its Monte-Carlo error over futures
    """
    weight = table["weight"].to_numpy()
    names = [(by, group) for by, members in groups.items() for group, _ in members]
    member = np.stack([inside for members in groups.values() for _, inside in members], axis=1)
    parts = []
    for outcome in OUTCOMES:
        above = ~table[f"below_{outcome}"].to_numpy() if outcome in LINES else np.ones(len(table), bool)
        weights = (weight * above)[:, None] * member
        households = weights.sum(0)
        for within in horizons(months):
            each = out.happened(outcome, within) @ weights / np.where(households > 0, households, np.nan)
            part = pd.DataFrame(names, columns=["by", "group"]).assign(outcome=outcome, within=within)
            error = each.std(0, ddof=1) / np.sqrt(len(each))
            parts.append(part.assign(households=households, probability=each.mean(0), error=error))
    everything = pd.concat(parts, ignore_index=True)
    return everything[everything["households"] > 0].reset_index(drop=True)


def causes(table: pd.DataFrame, out: Outcomes) -> pd.DataFrame:
    """Expected households that fall from above each line within the horizon, by cause, and their share of all."""
    weight = table["weight"].to_numpy()
    rows = []
    for line, name in enumerate(LINES):
        above = ~table[f"below_{name}"].to_numpy()
        falls = [float(((out.cause[line][:, above] == code) @ weight[above]).mean()) for code in range(len(CAUSES))]
        rows += [
            (name, cause, count, count / max(sum(falls), 1e-300)) for cause, count in zip(CAUSES, falls, strict=True)
        ]
    return pd.DataFrame(rows, columns=["line", "cause", "households", "share"])


def withdrawn(table: pd.DataFrame, ending: np.ndarray, labels: Sequence[str], out: Outcomes) -> pd.DataFrame:
    """Through which instruments withdrawal makes households fall.

    Parameters
    ----------
    ending : (R, I) yuan a year that the rules known at the snapshot end within the horizon, by instrument

    Columns
    -------
    instrument; households : that lose something of it; yuan : that they lose a year
    survey, exit : expected households that fall below each line because support ended, shared between instruments as
        the yuan that the household loses; what it loses by leaving an instrument of itself is `not announced`
    """
    weight = table["weight"].to_numpy()
    lost = ending.sum(axis=1)
    share = np.divide(ending, lost[:, None], out=np.zeros_like(ending), where=lost[:, None] > 0)
    columns = {"households": weight @ (ending > 0), "yuan": weight @ ending}
    unannounced = {"households": 0.0, "yuan": 0.0}
    for line, name in enumerate(LINES):
        falls = weight * ~table[f"below_{name}"].to_numpy() * (out.cause[line] == SUPPORT).mean(0)
        columns[name], unannounced[name] = falls @ share, float(falls[lost <= 0].sum())
    everything = pd.DataFrame({"instrument": list(labels), **columns})
    announced = everything[everything["yuan"] > 0].sort_values("yuan", ascending=False, kind="stable")
    rest = pd.DataFrame([{"instrument": "not announced", **unannounced}])
    return pd.concat([announced, rest], ignore_index=True)


def gap(table: pd.DataFrame, out: Outcomes, months: int) -> pd.DataFrame:
    """From income to the register, for all who have exited: expected households and persons of each step.

    The register looks once a year, sees certified income less unavoidable costs, and finds a part of those.
    """
    both, certified = out.both, out.certified
    steps: Sequence[tuple[str, np.ndarray]] = (
        ("below the survey line in some month", out.happened("survey", months)),
        ("below the exit line in some month", out.happened("exit", months)),
        ("below the exit line in a December", out.in_december),
        ("and certified below it then", both),
        ("certified below it while above it", certified & ~both),
        ("certified below it in a December", certified),
        ("found and registered again", out.happened("returned", months)),
    )
    weight = table["weight"].to_numpy()
    persons = weight * table["members"].to_numpy()
    return pd.DataFrame(
        [
            (step, (held @ weight).mean(), (held @ persons).mean(), (held @ weight).mean() / weight.sum())
            for step, held in steps
        ],
        columns=["step", "households", "persons", "share"],
    )
