"""The report of return risk: a page of its own, and short tables in a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from sim.calendar import month_text
from sim.report import figures_risk, words
from sim.report.figures_risk import probability
from sim.report.headline import Card
from sim.report.page import environment

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.risk import Risk

EVERYBODY = ("everybody", "everybody")
LINES = {"survey": "survey line", "exit": "exit line", "returned": "register"}


def percent(share: float) -> str:
    """A share in percent with the digits that matter; a dash where it is not defined."""
    return words.percent(None if math.isnan(share) else 100 * share)


def judged(found: Risk) -> pd.DataFrame:
    """Accuracy of each score for the list's own outcome, among those above the exit line, by score."""
    table = found.accuracy
    chosen = (table["outcome"] == "exit") & (table["within"] == found.horizon) & (table["among"] == "above the line")
    return table[chosen].set_index("score")


def render(found: Risk) -> str:
    """The risk as one self-contained HTML page."""
    scenario = found.loaded.scenario
    return (
        environment()
        .get_template("risk.html")
        .render(
            scenario=scenario,
            found=found,
            at=month_text(found.at),
            households=found.households["weight"].sum(),
            simulated=len(found.households),
            cards=cards(found),
            headline=headline(found),
            figures=_figures(found),
            steps=[(row.step, row.households, row.persons, percent(row.share)) for row in found.gap.itertuples()],
            gap=gap_sentence(found),
            scores=[_score(name, row) for name, row in judged(found).iterrows()],
            list_area=judged(found).loc["monitoring list"],
            top_ups=found.top_up[found.top_up["score"] == "monitoring list"].to_dict("records"),
            first=found.monitoring.head(20).to_dict("records"),
            standing_still=found.standing_still,
            percent=percent,
            hash=found.loaded.hash,
        )
    )


def headline(found: Risk) -> list[tuple[str, str, list[str]]]:
    """Line, months, and probability with error, of those above each line; for both horizons."""
    rows = []
    for outcome, name in LINES.items():
        for within in sorted(set(found.rates["within"])):
            value, error = probability(found.rates, *EVERYBODY, outcome, within)
            rows.append((name, f"{within} months", [percent(value), percent(error)]))
    return rows


def cards(found: Risk) -> list[Card]:
    """Four answers: how many fall, what the register sees of it, why, and what the list catches."""
    months = found.horizon
    by_line = {line: probability(found.rates, *EVERYBODY, line, months)[0] for line in LINES}
    top = found.causes[found.causes["line"] == "exit"].sort_values("share", ascending=False)
    table = found.households
    already = float(table.loc[table["below_exit"], "weight"].sum() / table["weight"].sum())
    first = judged(found).loc["monitoring list"]
    return [
        Card(
            f"How many fall within {months} months?",
            f"{percent(by_line['exit'])} below the exit line, {percent(by_line['survey'])} below the survey line",
            [f"Of those who had left the register and were above the line; {percent(already)} were below the exit line "
             f"already at the snapshot."],
        ),
        Card(
            "What will the register see?",
            f"{percent(by_line['returned'])} are registered again",
            [gap_sentence(found)],
        ),
        Card(
            "Why do they fall?",
            f"{top['cause'].iloc[0].capitalize()}: {percent(top['share'].iloc[0])} of falls below the exit line",
            [f"Then {top['cause'].iloc[1]}, {percent(top['share'].iloc[1])}, and {top['cause'].iloc[2]}, "
             f"{percent(top['share'].iloc[2])}."],
        ),
        Card(
            "Whom should one watch?",
            f"The first 10 % of the list hold {percent(first['caught_10'])} of the falls to come",
            [f"The first 1 % hold {percent(first['caught_1'])}, the first 5 % {percent(first['caught_5'])}. A list by "
             f"last income holds {percent(judged(found).at['last income', 'caught_10'])} in its first 10 %."],
        ),
    ]  # fmt: skip


def gap_sentence(found: Risk) -> str:
    """Why income and register differ, in one sentence."""
    of = found.gap.set_index("step")["households"]
    return (
        f"{words.about(of['below the exit line in some month'])} households are below the exit line in some month, "
        f"{words.about(of['below the exit line in a December'])} of them in a December, when the register looks; "
        f"{words.about(of['certified below it in a December'])} are certified below it, "
        f"{words.about(of['certified below it while above it'])} of them although their income lies above it, because "
        f"bills and schooling are taken off and certification errs; "
        f"{words.about(of['found and registered again'])} are found and registered again."
    )


def _figures(found: Risk) -> dict[str, str]:
    figures = figures_risk
    scores = judged(found)
    return {
        "since_exit": figures.by_group(found, "since exit", "Risk by years since exit."),
        "household": figures.by_group(found, "household", "Risk by kind of household."),
        "county": figures.by_group(found, "county", "Risk by county, highest first.", ordered=True),
        "village": figures.by_group(found, "village", "Risk in poor villages and in others."),
        "instrument": figures.by_group(found, "enrolled in", "Risk of those enrolled, by instrument.", ordered=True),
        "withdrawal": figures.by_group(found, "announced withdrawal", "Risk with and without announced withdrawal."),
        "causes": figures.causes(found, "Shares of causes among falls."),
        "gap": figures.gap(found, gap_sentence(found)),
        "roc": figures.roc(found, f"Area of the list {scores.at['monitoring list', 'area']:.3f}."),
        "calibration": figures.calibration(found, "Predicted beside what happened, by tenth of households."),
        "top_up": figures.top_up(found, "Months below the exit line that a top-up avoids."),
    }


def _score(name: object, row: pd.Series) -> dict[str, Any]:
    return {
        "name": name,
        "area": f"{row['area']:.3f} ± {row['area_error']:.3f}",
        "better": ""
        if name == "last income"
        else f"{row['better']:+.3f} ± {row['better_error']:.3f}".replace("-", "−"),
        "caught": [f"{percent(row[f'caught_{part}'])} ± {percent(row[f'caught_{part}_error'])}" for part in (1, 5, 10)],
        "brier": "–" if math.isnan(row["brier"]) else f"{row['brier']:.4f}",
    }


def terminal(found: Risk) -> list[Table]:
    """Risk on income and on the register; what scores are worth."""
    name = escape(found.loaded.scenario.name)
    risk = _table(f"{name}: who had left the register by {month_text(found.at)}", "below", "within", "risk", "± luck")
    for line, within, values in headline(found):
        risk.add_row(line, within, *values)
    steps = _table("From income to the register", "step", "households", "share")
    for row in found.gap.itertuples():
        steps.add_row(row.step, words.count(row.households), percent(row.share))
    scores = _table(
        f"Ranking those above the exit line by their risk within {found.horizon} months",
        "score", "area under ROC", "better than last income", "first 1 %", "first 5 %", "first 10 %", "Brier",
    )  # fmt: skip
    for name, row in judged(found).iterrows():
        cells = _score(name, row)
        scores.add_row(
            str(name),
            cells["area"],
            cells["better"],
            *(each.split(" ±")[0] for each in cells["caught"]),
            cells["brier"],
        )
    return [risk, steps, scores]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, min_width=70)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table
