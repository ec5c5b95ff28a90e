"""Figures of poverty, flows and areas, each an inline SVG with a description for those who can not see it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from sim.calendar import parse_month, year_of
from sim.measures import at_december
from sim.register.areas import NEVER_LISTED
from sim.report.svg import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PINK,
    QUIET,
    RED,
    SERIES,
    SKY,
    bars,
    hover,
    legend,
    svg,
    years_axis,
)
from sim.report.words import Words, percent
from sim.results.record import Record

# Classes of the two kinds of poverty in every figure that shows both; the page can let one of them stand out.
INCOME, REGISTER = f"{SERIES}income", f"{SERIES}register"

REPORTED: dict[str, Any] = {
    "marker": "D",
    "ms": 8,
    "ls": "none",
    "mfc": "white",
    "mew": 2,
    "zorder": 5,
    "clip_on": False,
}
# Of poverty as a survey sees it, below the income line, and on the register.
LOOKS: tuple[dict[str, Any], ...] = (
    {"color": BLUE, "marker": "o", "ms": 4, "gid": INCOME},
    {"color": RED, "marker": "s", "ms": 4, "ls": "--", "gid": REGISTER},
)
BEHIND_TEXT = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}


def reported_points(record: Record, operator: str) -> list[tuple[int, float]]:
    """(year, percent) of the reported incidences; reported persons become a share of the simulated ones."""
    years = record.history.years.tolist()
    persons = dict(zip(years, at_december(record.history, "persons"), strict=True))
    points = []
    for target in record.targets:
        year = year_of(parse_month(target.at))
        if target.operator == f"{operator}_incidence" and year in persons:
            points.append((year, target.reported))
        elif target.operator == f"{operator}_persons" and year in persons:
            points.append((year, 100 * target.reported / persons[year]))
    return points


def _draw_reported(axes: Axes, points: list[tuple[int, float]], colour: str, label: str, gid: str) -> None:
    for year, value in points:
        axes.plot(year, value, mec=colour, label=label, gid=gid, **REPORTED)
        label = "_more"
        axes.annotate(
            percent(value),
            (year, value),
            (8, 6),
            textcoords="offset points",
            fontsize=9,
            zorder=6,
            bbox=BEHIND_TEXT,
        )


def _draw_register_start(axes: Axes, year: int, words: Words) -> None:
    axes.axvspan(year, year + 1, color="#f0f0f0", lw=0, zorder=0)
    axes.text(
        year + 0.5,
        0.985,
        words.say("register\nset up"),
        transform=axes.get_xaxis_transform(),
        ha="center",
        va="top",
        fontsize=8.5,
        color=QUIET,
    )


def _draw_band(axes: Axes, record: Record, measure: str, colour: str) -> None:
    """What 90 % of the draws give, where draws were run."""
    bands = record.bands.yearly if record.bands is not None else {}
    held = {year: of_year[measure] for year, of_year in bands.items() if measure in of_year}
    low, high = [each.low for each in held.values()], [each.high for each in held.values()]
    axes.fill_between(list(held), low, high, color=colour, alpha=0.2, lw=0)


def incidence(record: Record, words: Words, log: bool = False) -> str:
    """Poverty on the register and on income, with the reported points."""
    say = words.say
    years = [row["year"] for row in record.yearly]
    income = [row["income_incidence"] for row in record.yearly]
    register = np.array([row["register_incidence"] for row in record.yearly], float)
    start = years[int(np.argmax(np.isfinite(register)))] if np.isfinite(register).any() else None
    lines = {say("below the income line"): np.array(income), say("on the register"): register}
    surveyed, registered = (reported_points(record, name) for name in ("survey", "register"))
    texts = []
    for i, year in enumerate(years):
        values = {name: percent(values[i]) for name, values in lines.items()}
        values |= {say("reported, survey"): percent(value) for at, value in surveyed if at == year}
        values |= {say("reported, register"): percent(value) for at, value in registered if at == year}
        texts.append(words.values(year, values))

    def draw(axes: Axes) -> None:
        if start is not None:
            _draw_register_start(axes, start, words)
        for measure, colour in (("income_incidence", BLUE), ("register_incidence", RED)):
            _draw_band(axes, record, measure, colour)
        for (name, line), look in zip(lines.items(), LOOKS, strict=True):
            axes.plot(years, np.where(line > 0, line, np.nan) if log else line, label=name, **look)
        _draw_reported(axes, surveyed, BLUE, say("reported"), INCOME)
        _draw_reported(axes, registered, RED, "_more" if surveyed else say("reported"), REGISTER)
        if log:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axes.yaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        else:
            axes.set_ylim(bottom=0)
        axes.set_ylabel(say("% of people, log scale") if log else say("% of people"))
        axes.margins(x=0.06)
        years_axis(axes, years)
        legend(axes, 2)
        hover(axes, years, texts)

    first, last = record.yearly[0], record.yearly[-1]
    description = say(
        "Share of people below the income line: {before} in {first}, {after} in {last}; on the register at the end: "
        "{register}.",
        before=percent(first["income_incidence"]),
        first=first["year"],
        after=percent(last["income_incidence"]),
        last=last["year"],
        register=percent(last["register_incidence"]),
    )
    return svg("incidence-log" if log else "incidence", description, draw, height=3.6)


def flows(record: Record, words: Words) -> str:
    """Persons who leave the register above the axis, who come onto it below."""
    say, rows = words.say, record.yearly
    years = [row["year"] for row in rows]
    exits, struck_off, returns, identified = (
        np.array([row[name] for row in rows]) for name in ("exits", "struck_off", "returns", "identified")
    )
    # The first survey is several times any later flow, and would flatten them all.
    later = np.where(np.arange(len(years)) == int(np.argmax(identified > 0)), 0, identified)
    parts = (
        (say("exits by review"), exits, BLUE, np.zeros(len(years)), ""),
        (say("struck off"), struck_off, SKY, exits, "//"),
        (say("returns"), -returns, RED, np.zeros(len(years)), "--"),
        (say("newly identified"), -later, ORANGE, -returns, "xx"),
    )
    texts = [
        words.values(year, {name: words.count(abs(values[i])) for name, values, *_ in parts})
        for i, year in enumerate(years)
    ]

    def draw(axes: Axes) -> None:
        many = words.many_people
        for name, values, colour, bottom, hatch in parts:
            bars(axes, years, values / many, bottom / many, 0.8, fc=colour, label=name, hatch=hatch)
        axes.axhline(0, color=INK, lw=0.8)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,g}"))
        axes.set_ylabel(say("thousand people: in ↓ out ↑"))
        years_axis(axes, years)
        legend(axes, 2)
        hover(axes, years, texts)

    description = say(
        "People leaving and entering the register by year. In all {exits} exits, {struck_off} struck off, {returns} "
        "returns.",
        exits=words.count(exits.sum()),
        struck_off=words.count(struck_off.sum()),
        returns=words.count(returns.sum()),
    )
    return svg("flows", description, draw)


def areas(record: Record, words: Words) -> str:
    """Share of poor villages and of poor counties that are off the list."""
    say = words.say
    years = [row["year"] for row in record.yearly]
    villages = np.array([row["villages_exited"] for row in record.yearly])
    counties = np.array([row["counties_exited"] for row in record.yearly])
    poor = record.loaded.scenario.population.poor_villages.count
    listed = int((record.history.county_exit != NEVER_LISTED).sum())
    lines: dict[str, tuple[Any, int, str, str, str]] = {
        "villages_exited": (villages, poor, GREEN, "-", say("of {n} poor villages", n=f"{poor:,}")),
        "counties_exited": (counties, listed, PINK, "--", say("of {n} poor counties", n=listed)),
    }
    texts = [
        words.values(year, {label: f"{gone[i]:,.0f}" for gone, _, _, _, label in lines.values()})
        for i, year in enumerate(years)
    ]

    def draw(axes: Axes) -> None:
        for gone, base, colour, style, label in lines.values():
            axes.step(years, 100 * gone / max(base, 1), where="post", color=colour, ls=style, label=label)
        label = say("reported")
        for target in record.targets:
            year = year_of(parse_month(target.at))
            if target.operator in lines and year in years:
                _, base, colour, _, _ = lines[target.operator]
                axes.plot(year, 100 * target.reported / max(base, 1), mec=colour, label=label, **REPORTED)
                label = "_more"
        axes.set_ylim(0, 104)
        axes.set_ylabel(say("% off the list"))
        years_axis(axes, years)
        legend(axes, 2)
        hover(axes, years, texts)

    description = say(
        "By {year}, {villages} of {poor} poor villages and {counties} of {listed} poor counties are off the list.",
        year=years[-1],
        villages=f"{villages[-1]:,.0f}",
        poor=f"{poor:,}",
        counties=f"{counties[-1]:,.0f}",
        listed=listed,
    )
    return svg("areas", description, draw)
