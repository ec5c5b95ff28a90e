"""Figures of return risk, each an inline SVG with a description for those who can not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from sim.report.svg import BLUE, GREEN, HATCHES, INK, ORANGE, PALE, RED, SKY, hover, legend, svg
from sim.report.words import Words, percent

if TYPE_CHECKING:
    import pandas as pd

    from sim.analysis.risk import Risk

OUTCOMES = {"survey": ("survey line", BLUE), "exit": ("exit line", ORANGE), "returned": ("registered again", RED)}
SCORES = ((GREEN, "-"), (BLUE, "--"), (ORANGE, "-."), (INK, ":"))
MOST_BARS = 18
LONGEST = 38  # letters of a name
# Groupings whose names are a scenario's own; those of the others are the model's and are translated.
NAMED_BY_THE_SCENARIO = ("county", "enrolled in")


def by_group(found: Risk, by: str, description: str, words: Words, ordered: bool = False) -> str:
    """Probability of falling below each line within the horizon, group by group, with its Monte-Carlo error.

    `ordered` sorts groups by the risk at the exit line; more than `MOST_BARS` are cut.
    """
    table = found.rates[(found.rates["by"] == by) & (found.rates["within"] == found.horizon)]
    of_exit = table[table["outcome"] == "exit"]
    names = list(of_exit.sort_values("probability", ascending=False)["group"] if ordered else of_exit["group"])
    names = names[:MOST_BARS]
    shown = names if by in NAMED_BY_THE_SCENARIO else [words.say(name) for name in names]
    rows_of = {
        words.say(label): table[table["outcome"] == outcome].set_index("group").reindex(names)
        for outcome, (label, _) in OUTCOMES.items()
    }
    texts = [
        words.values(name, {label: _with_error(rows.iloc[i]) for label, rows in rows_of.items()})
        for i, name in enumerate(shown)
    ]

    def draw(axes: Axes) -> None:
        for place, ((label, rows), (_, colour)) in enumerate(zip(rows_of.items(), OUTCOMES.values(), strict=True)):
            at, error = np.arange(len(names)) + 0.27 * (place - 1), 100 * rows["error"]
            look: dict[str, Any] = {"color": colour, "hatch": HATCHES[place], "ecolor": INK}
            axes.barh(at, 100 * rows["probability"], 0.25, xerr=error, label=label, **look)
        _names(axes, shown)
        axes.set_xlabel(words.say("% within {n} months", n=found.horizon))
        legend(axes, 3)
        hover(axes, range(len(names)), texts, along="y")

    return svg(by.replace(" ", "-"), description, draw, height=1.2 + 0.42 * len(names))


def _with_error(row: pd.Series) -> str:
    return f"{percent(100 * row['probability'])} ± {percent(100 * row['error'])}"


def causes(found: Risk, description: str, words: Words) -> str:
    """Share of each cause among falls."""
    say = words.say
    table = found.causes.pivot(index="cause", columns="line", values="share").sort_values("exit", ascending=False)
    names = [say(cause) for cause in table.index]
    texts = [
        words.values(name, {say(OUTCOMES[line][0]): percent(100 * row[line]) for line in ("survey", "exit")})
        for name, (_, row) in zip(names, table.iterrows(), strict=True)
    ]

    def draw(axes: Axes) -> None:
        for place, line in enumerate(("survey", "exit")):
            label, colour = OUTCOMES[line]
            at = np.arange(len(table)) + 0.36 * (place - 0.5)
            axes.barh(at, 100 * table[line], 0.34, color=colour, label=say(label), hatch=HATCHES[place])
        _names(axes, names)
        axes.set_xlabel(say("% of falls"))
        legend(axes, 2)
        hover(axes, range(len(names)), texts, along="y")

    return svg("causes", description, draw)


def gap(found: Risk, description: str, words: Words) -> str:
    """From income to the register, step by step."""
    colours = [BLUE, ORANGE, ORANGE, SKY, PALE, SKY, RED]

    def draw(axes: Axes) -> None:
        axes.barh(np.arange(len(found.gap)), found.gap["households"], 0.7, color=colours)
        for at, households in enumerate(found.gap["households"]):
            axes.annotate(words.count(households), (households, at), (4, 0), textcoords="offset points", va="center")
        _names(axes, [words.say(step) for step in found.gap["step"]])
        axes.set_xlabel(words.say("expected households"))
        axes.xaxis.set_major_formatter(words.ticks)
        axes.locator_params(axis="x", nbins=5)
        axes.margins(x=0.14)

    return svg("gap", description, draw)


def roc(found: Risk, description: str, words: Words) -> str:
    """ROC curves of all scores."""
    areas = found.accuracy[
        (found.accuracy["outcome"] == "exit")
        & (found.accuracy["within"] == found.horizon)
        & (found.accuracy["among"] == "above the line")
    ].set_index("score")

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=PALE, lw=1)
        for (name, curve), (colour, style) in zip(found.roc.groupby("score", sort=False), SCORES, strict=True):
            area = f"{areas.at[name, 'area']:.3f} ± {areas.at[name, 'area_error']:.3f}"
            label = words.say("{name}: {value}", name=words.say(str(name)), value=area)
            axes.plot(curve["stayers"], curve["fallers"], color=colour, ls=style, label=label)
        axes.set_xlabel(words.say("share of stayers watched"))
        axes.set_ylabel(words.say("share of fallers watched"))
        legend(axes, 1)

    return svg("roc", description, draw, height=4.4)


def calibration(found: Risk, description: str, words: Words) -> str:
    """What was predicted beside what happened, by tenth of the households."""

    def draw(axes: Axes) -> None:
        top = max(found.calibration["predicted"].max(), found.calibration["happened"].max())
        axes.plot([0, 100 * top], [0, 100 * top], color=PALE, lw=1)
        looks: tuple[dict[str, Any], ...] = ({"color": GREEN, "marker": "o"}, {"color": INK, "marker": "s", "ls": ":"})
        for (name, part), look in zip(found.calibration.groupby("score", sort=False), looks, strict=True):
            axes.plot(100 * part["predicted"], 100 * part["happened"], label=words.say(str(name)), lw=1, **look)
        axes.set_xlabel(words.say("predicted, %"))
        axes.set_ylabel(words.say("happened, %"))
        axes.legend(loc="upper left")

    return svg("calibration", description, draw, height=4.4)


def top_up(found: Risk, description: str, words: Words) -> str:
    """Household-months below the line that a top-up avoids, by its size and by how far down the list it goes."""
    table = found.top_up[found.top_up["score"] == "monitoring list"]

    def draw(axes: Axes) -> None:
        looks = ((SKY, "o-"), (BLUE, "s--"), (GREEN, "^-."))
        for (part, rows), (colour, style) in zip(table.groupby("part"), looks, strict=True):
            share = 100 * rows["months_avoided"] / rows["months"]
            label = words.say("first {n} % of the list", n=f"{100 * part:.0f}")
            axes.plot(rows["yuan"], share, style, color=colour, label=label)
        axes.set_xlabel(words.say("top-up, yuan a head and year"))
        axes.set_ylabel(words.say("% of their months below avoided"))
        axes.yaxis.set_major_formatter(PercentFormatter(decimals=0, symbol=""))
        axes.set_ylim(bottom=0)
        legend(axes, 3)

    return svg("topup", description, draw)


def _names(axes: Axes, names: list[str]) -> None:
    axes.set_yticks(range(len(names)), [name if len(name) <= LONGEST else f"{name[:LONGEST]}…" for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", visible=True)


def probability(rates: pd.DataFrame, by: str, group: str, outcome: str, within: int) -> tuple[float, float]:
    """Probability and Monte-Carlo error of one row of the rates."""
    row = rates[
        (rates["by"] == by) & (rates["group"] == group) & (rates["outcome"] == outcome) & (rates["within"] == within)
    ]
    return (float(row["probability"].iloc[0]), float(row["error"].iloc[0])) if len(row) else (float("nan"),) * 2
