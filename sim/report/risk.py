"""The report of return risk: a page of its own, and short tables in a terminal."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table

from sim.analysis.risk_effects import FUTURES
from sim.calendar import month_text
from sim.language import ENGLISH, Language
from sim.report import figures_risk
from sim.report.effects import factor_rows, risk_by_size, size_headings, withdrawn_rows
from sim.report.figures_risk import probability
from sim.report.headline import Card
from sim.report.templates import environment
from sim.report.words import IN_ENGLISH, Words, whole
from sim.report.words import percent as percent_of_hundred

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.risk import Risk

EVERYBODY = ("everybody", "everybody")
LINES = {"survey": "survey line", "exit": "exit line", "returned": "register"}


def percent(share: float) -> str:
    """A share in percent with the digits that matter; a dash where it is not defined."""
    return percent_of_hundred(100 * share)


def judged(found: Risk) -> pd.DataFrame:
    """Accuracy of each score for the list's own outcome, among those above the exit line, by score."""
    table = found.accuracy
    chosen = (table["outcome"] == "exit") & (table["within"] == found.horizon) & (table["among"] == "above the line")
    return table[chosen].set_index("score")


def render(found: Risk, language: Language = ENGLISH) -> str:
    """The risk as one self-contained HTML page."""
    scenario, words = found.loaded.scenario, Words(language)
    found = named(found, language)
    return (
        environment(language)
        .get_template("risk.html")
        .render(
            scenario=scenario,
            found=found,
            at=month_text(found.at),
            households=found.households["weight"].sum(),
            simulated=len(found.households),
            cards=cards(found, words),
            headline=headline(found, words),
            figures=_figures(found, words),
            steps=found.gap.to_dict("records"),
            gap=gap_sentence(found, words),
            withdrawn=withdrawn_rows(found),
            sizes=risk_by_size(found),
            size_headings=size_headings(found, LINES, words),
            factors=factor_rows(words),
            few=FUTURES,
            scores=[_score(name, row) for name, row in judged(found).iterrows()],
            list_area=judged(found).loc["monitoring list"],
            top_ups=found.top_up[found.top_up["score"] == "monitoring list"].to_dict("records"),
            first=found.monitoring.head(20).to_dict("records"),
            standing_still=found.standing_still,
            percent=percent,
            hash=found.loaded.hash,
        )
    )


def named(found: Risk, language: Language) -> Risk:
    """The same with instruments named in the language."""
    instruments = found.loaded.scenario.instruments.items()
    names = {each.label or name: language.name(each.label or name, each.chinese) for name, each in instruments}
    return replace(
        found,
        rates=found.rates.assign(group=found.rates["group"].replace(names)),
        withdrawn=found.withdrawn.assign(instrument=found.withdrawn["instrument"].replace(names)),
    )


def headline(found: Risk, words: Words) -> list[tuple[str, str, list[float]]]:
    """Line, months, and probability with error, of those above each line; for both horizons."""
    rows = []
    for outcome, name in LINES.items():
        for within in sorted(set(found.rates["within"])):
            values = probability(found.rates, *EVERYBODY, outcome, within)
            rows.append((words.say(name), words.say("{n} months", n=within), list(values)))
    return rows


def cards(found: Risk, words: Words) -> list[Card]:
    """Four answers: how many fall, what the register sees of it, why, and what the list catches."""
    say, months = words.say, found.horizon
    by_line = {line: _with_error(found, line) for line in LINES}
    top = found.causes[found.causes["line"] == "exit"].sort_values("share", ascending=False)
    causes = [(words.say(row.cause), percent(row.share)) for row in top.head(3).itertuples()]
    table = found.households
    already = float(table.loc[table["below_exit"], "weight"].sum() / table["weight"].sum())
    first, by_income = judged(found).loc["monitoring list"], judged(found).loc["last income"]
    return [
        Card(
            say("How many fall within {n} months?", n=months),
            say("{exit} below the exit line, {survey} below the survey line", **by_line),
            [
                say(
                    "Of those who had left the register and were above the line; {already} were below the exit line "
                    "already at the snapshot.",
                    already=percent(already),
                )
            ],
        ),
        Card(
            say("What will the register see?"),
            say("{share} are registered again", share=by_line["returned"]),
            [gap_sentence(found, words)],
        ),
        Card(
            say("Why do they fall?"),
            say(
                "{cause}: {share} of falls below the exit line",
                cause=causes[0][0][0].upper() + causes[0][0][1:],
                share=causes[0][1],
            ),
            [
                say(
                    "Then {second}, {share}, and {third}, {other}.",
                    second=causes[1][0],
                    share=causes[1][1],
                    third=causes[2][0],
                    other=causes[2][1],
                )
            ],
        ),
        Card(
            say("Whom should one watch?"),
            say("The first 10 % of the list hold {share} of the falls to come", share=_caught(first, 10)),
            [
                say(
                    "The first 1 % hold {one}, the first 5 % {five}. A list by last income holds {income} in its first "
                    "10 %.",
                    one=_caught(first, 1),
                    five=_caught(first, 5),
                    income=_caught(by_income, 10),
                )
            ],
        ),
    ]


def _with_error(found: Risk, line: str) -> str:
    value, error = probability(found.rates, *EVERYBODY, line, found.horizon)
    return f"{percent(value)} ± {percent(error)}"


def _caught(row: pd.Series, part: int) -> str:
    return f"{percent(row[f'caught_{part}'])} ± {percent(row[f'caught_{part}_error'])}"


def gap_sentence(found: Risk, words: Words) -> str:
    """Why income and register differ, in one sentence."""
    of = found.gap.set_index("step")["households"]
    return words.say(
        "{month} households are below the exit line in some month, {december} of them in a December, when the register "
        "looks; {certified} are certified below it, {above} of them although their income lies above it, because bills "
        "and schooling are taken off and certification errs; {found} are found and registered again.",
        month=words.about(of["below the exit line in some month"]),
        december=words.about(of["below the exit line in a December"]),
        certified=words.about(of["certified below it in a December"]),
        above=words.about(of["certified below it while above it"]),
        found=words.about(of["found and registered again"]),
    )


def _figures(found: Risk, words: Words) -> dict[str, str]:
    say, figures = words.say, figures_risk
    area = f"{judged(found).at['monitoring list', 'area']:.3f}"

    def by_group(by: str, description: str, ordered: bool = False) -> str:
        return figures.by_group(found, by, description, words, ordered)

    return {
        "since_exit": by_group("since exit", say("Risk by years since exit.")),
        "household": by_group("household", say("Risk by kind of household.")),
        "county": by_group("county", say("Risk by county, highest first."), ordered=True),
        "village": by_group("village", say("Risk in poor villages and in others.")),
        "instrument": by_group("enrolled in", say("Risk of those enrolled, by instrument."), ordered=True),
        "withdrawal": by_group("announced withdrawal", say("Risk with and without announced withdrawal.")),
        "causes": figures.causes(found, say("Shares of causes among falls."), words),
        "gap": figures.gap(found, gap_sentence(found, words), words),
        "roc": figures.roc(found, say("Area of the list {n}.", n=area), words),
        "calibration": figures.calibration(
            found, say("Predicted beside what happened, by tenth of households."), words
        ),
        "top_up": figures.top_up(found, say("Months below the exit line that a top-up avoids."), words),
    }


def _score(name: object, row: pd.Series) -> dict[str, Any]:
    return {
        "name": name,
        "area": f"{row['area']:.3f} ± {row['area_error']:.3f}",
        "better": ""
        if name == "last income"
        else f"{row['better']:+.3f} ± {row['better_error']:.3f}".replace("-", "−"),
        "caught": [_caught(row, part) for part in (1, 5, 10)],
        "brier": "–" if math.isnan(row["brier"]) else f"{row['brier']:.4f}",
    }


def terminal(found: Risk) -> list[Table]:
    """Risk on income and on the register; what scores are worth."""
    name = escape(found.loaded.scenario.name)
    risk = _table(f"{name}: who had left the register by {month_text(found.at)}", "below", "within", "risk", "± luck")
    for line, within, values in headline(found, IN_ENGLISH):
        risk.add_row(line, within, *map(percent, values))
    steps = _table("From income to the register", "step", "households", "share")
    for row in found.gap.itertuples():
        steps.add_row(row.step, whole(row.households), percent(row.share))
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
    through = _table(
        "Through which instruments ended support makes them fall (expected households)",
        "instrument", "m yuan a year", "below survey line", "below exit line",
    )  # fmt: skip
    for row in withdrawn_rows(found)[:8]:
        falls = [f"{whole(row[line])} ({percent(row[f'{line}_share'])})" for line in ("survey", "exit")]
        through.add_row(row["instrument"].replace("[", r"\["), whole(row["yuan"] / 1e6), *falls)
    sizes = _table(
        "With smaller and larger effects of instruments", "effects", *size_headings(found, LINES, IN_ENGLISH)
    )
    for size, probabilities in risk_by_size(found):
        sizes.add_row(size, *(percent(value) for value, _ in probabilities))
    return [risk, through, sizes, steps, scores]


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, min_width=70)
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table
