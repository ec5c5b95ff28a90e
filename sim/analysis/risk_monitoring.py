"""The monitoring list: who is ranked first, how much of what happens it catches, and what a top-up for it buys.

Futures are split: the first half ranks, the second half judges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.analysis.design import Design, Estimate
from sim.analysis.frames import Floats
from sim.analysis.risk_accuracy import area, brier, calibration, caught, roc, watched
from sim.analysis.risk_model import Logistic, regressors
from sim.analysis.risk_tables import OUTCOMES, horizons
from sim.analysis.risk_watch import LINES, TOP_UPS, Outcomes

LIST, ORACLE, INCOME, LESS = "monitoring list", "oracle", "last income", "last income less what will be withdrawn"
PARTS = (0.01, 0.05, 0.10)
TARGET = "exit"  # the line of the review, below which a household should come back to the register


@dataclass(frozen=True)
class Judged:
    """Scores of all households and what the second half of the futures brought them.

    Attributes
    ----------
    table : see `household_table`; design : villages as sampling units within counties
    out : the outcomes; horizon : months; line : exit line at the snapshot, yuan a head and year
    """

    table: pd.DataFrame
    design: Design
    out: Outcomes
    horizon: int
    line: float

    @property
    def half(self) -> int:
        """Futures that rank; the others judge."""
        return self.out.returned.shape[0] // 2

    @property
    def weight(self) -> Floats:
        """(R,) households that each stands for."""
        return self.table["weight"].to_numpy(np.float64)

    def ranking(self, outcome: str, within: int) -> Floats:
        """(R,) share of the ranking futures in which it happened."""
        return self.out.happened(outcome, within)[: self.half].mean(0)

    def judging(self, outcome: str, within: int) -> Floats:
        """(R,) share of the judging futures in which it happened."""
        return self.out.happened(outcome, within)[self.half :].mean(0)

    def above(self, outcome: str) -> np.ndarray:
        """(R,) who can still fall: those above the line at the snapshot; anybody can return to the register."""
        return ~self.table[f"below_{outcome}"].to_numpy() if outcome in LINES else np.ones(len(self.table), bool)


def fit(judged: Judged) -> tuple[Logistic, Floats]:
    """The list's regression on those above the line, and (R,) its probability for everybody."""
    numbers = regressors(judged.table, judged.line)
    above = judged.above(TARGET)
    share = judged.ranking(TARGET, judged.horizon)
    model = Logistic(numbers[above], share[above], judged.weight[above])
    return model, model.probability(numbers)


def scores(judged: Judged, probability: Floats, outcome: str, within: int) -> dict[str, Floats]:
    """Name of a score -> (R,), high is at risk. The oracle alone depends on the outcome: it knows the true state."""
    income = judged.table["certified"].to_numpy(np.float64)
    return {
        LIST: probability,
        INCOME: -income,
        LESS: -(income - judged.table["to_be_withdrawn"].to_numpy(np.float64)),
        ORACLE: judged.ranking(outcome, within),
    }


def accuracy(judged: Judged, probability: Floats) -> pd.DataFrame:
    """How well each score tells who will fall, on futures that did not rank.

    Columns
    -------
    outcome, within; among : `above the line` at the snapshot, or `all who have exited`; score
    area, area_error : under the ROC curve; better, better_error : area less that of the last income
    caught_1, caught_5, caught_10 and their errors : share of the falls that happen to the first 1, 5, 10 % of the list
    brier : of scores that are probabilities of this outcome; brier_same : of the same probability for everybody
    """
    rows = []
    for outcome in OUTCOMES:
        for within in horizons(judged.horizon):
            among = {"above the line": judged.above(outcome)} if outcome in LINES else {}
            for name, inside in {**among, "all who have exited": np.ones(len(judged.table), bool)}.items():
                where = np.flatnonzero(inside)
                rows += _accuracy(judged, probability, outcome, within, name, where) if len(where) else []
    return pd.DataFrame(rows)


def _accuracy(
    judged: Judged, probability: Floats, outcome: str, within: int, among: str, where: np.ndarray
) -> list[dict[str, object]]:
    share, weight = judged.judging(outcome, within)[where], judged.weight[where]
    of_income = area(scores(judged, probability, outcome, within)[INCOME][where], share, weight)
    base = float(np.average(share, weights=weight))
    rows = []
    for name, score in scores(judged, probability, outcome, within).items():
        mine = area(score[where], share, weight)
        better = Estimate(mine.value - of_income.value, mine.scores - of_income.scores)
        row: dict[str, object] = {"outcome": outcome, "within": within, "among": among, "score": name}
        row |= {"area": mine.value, "area_error": judged.design.standard_error(mine, where)}
        row |= {"better": better.value, "better_error": judged.design.standard_error(better, where)}
        for part in PARTS:
            found = caught(score[where], share, weight, part)
            row[f"caught_{100 * part:.0f}"] = found.value
            row[f"caught_{100 * part:.0f}_error"] = judged.design.standard_error(found, where)
        a_probability = name == ORACLE or (name == LIST and (outcome, within) == (TARGET, judged.horizon))
        row["brier"] = brier(score[where], share, weight) if a_probability else np.nan
        row["brier_same"] = brier(np.full(len(where), base), share, weight)
        rows.append(row)
    return rows


def curves(judged: Judged, probability: Floats) -> pd.DataFrame:
    """ROC curves of all scores for the list's own outcome among those above the line; see `roc`."""
    where = np.flatnonzero(judged.above(TARGET))
    share, weight = judged.judging(TARGET, judged.horizon)[where], judged.weight[where]
    parts = scores(judged, probability, TARGET, judged.horizon)
    return pd.concat([roc(score[where], share, weight).assign(score=name) for name, score in parts.items()])


def calibrated(judged: Judged, probability: Floats) -> pd.DataFrame:
    """Calibration of the list and of the oracle for the list's own outcome among those above the line."""
    where = np.flatnonzero(judged.above(TARGET))
    share, weight = judged.judging(TARGET, judged.horizon)[where], judged.weight[where]
    parts = {LIST: probability, ORACLE: judged.ranking(TARGET, judged.horizon)}
    return pd.concat([calibration(score[where], share, weight).assign(score=name) for name, score in parts.items()])


def top_ups(judged: Judged, probability: Floats) -> pd.DataFrame:
    """What a top-up buys that is paid from the first month on to the first of a list, judged on the second half.

    Paid a head, on top of all else: that the household gets nothing less on account of it, and works no less, is
    assumed.

    Columns
    -------
    score, part : who gets it; yuan : a head and year; households, yuan_in_all : over the horizon
    falls, avoided : expected households that fall below the exit line without it, and of these that never do with it
    months, months_avoided : expected household-months below the exit line, also of those who are below it already
    yuan_per_fall_avoided, yuan_per_month_avoided
    """
    months = judged.out.months[LINES.index(TARGET), judged.half :].mean(0)
    fell = judged.out.happened(TARGET, judged.horizon)[judged.half :] & judged.above(TARGET)
    weight, members = judged.weight, judged.table["members"].to_numpy(np.float64)
    rows = []
    for share, topped_up in zip(TOP_UPS, judged.out.topped_up[:, judged.half :], strict=True):
        yuan, saved = share * judged.line, (fell & (topped_up == 0)).mean(0)
        for name, score in scores(judged, probability, TARGET, judged.horizon).items():
            for part in PARTS:
                given = weight * watched(score, weight, part)
                cost = float(given @ members) * yuan * judged.horizon / 12
                row = {"score": name, "part": part, "yuan": yuan, "households": given.sum(), "yuan_in_all": cost}
                row |= {"falls": given @ fell.mean(0), "avoided": given @ saved}
                row |= {"months": given @ months, "months_avoided": given @ (months - topped_up.mean(0))}
                rows.append(row)
    table = pd.DataFrame(rows)
    table["yuan_per_fall_avoided"] = table["yuan_in_all"] / table["avoided"].where(table["avoided"] > 0)
    table["yuan_per_month_avoided"] = table["yuan_in_all"] / table["months_avoided"].where(table["months_avoided"] > 0)
    return table


def ranked(table: pd.DataFrame, known: list[str], probability: Floats) -> pd.DataFrame:
    """The list: households by falling probability, with nothing beside it but what the village knows.

    An own household that is simulated several times stands in one row, with the mean of its copies that have exited,
    or what most of them are.
    """
    listed = table[known].assign(probability=probability)
    if listed["household"].duplicated().any():
        listed = _one_each(listed)
    order = np.argsort(-listed["probability"].to_numpy(), kind="stable")
    listed = listed.iloc[order].reset_index(drop=True)
    listed.insert(0, "rank", np.arange(1, len(listed) + 1))
    listed.insert(1, "probability", listed.pop("probability"))
    return listed


def _one_each(copies: pd.DataFrame) -> pd.DataFrame:
    """One row for each household: means of numbers, the most frequent of all else."""
    household = copies.groupby("household", sort=False)
    one: dict[str, pd.Series] = {}
    for name in copies.columns.drop("household"):
        if copies[name].dtype.kind in "iuf":
            one[name] = household[name].mean()
        else:
            counts = copies.groupby(["household", name], sort=False, observed=True).size()
            most = counts.sort_values(ascending=False, kind="stable").rename("copies").reset_index()
            most = most.drop_duplicates("household")
            one[name] = most.set_index("household")[name].astype(copies[name].dtype)
    return pd.DataFrame(one).reindex(copies["household"].unique()).rename_axis("household").reset_index()[list(copies)]
