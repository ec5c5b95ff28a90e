"""Figures of poverty, flows and areas, each an inline SVG with a description for those who can not see it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from sim.calendar import parse_month, year_of
from sim.measures import at_december, of_year
from sim.register.areas import NEVER_LISTED
from sim.report.svg import BLUE, GREEN, INK, ORANGE, PALE, PINK, QUIET, RED, SKY, legend, svg, years_axis
from sim.report.words import count, percent
from sim.results.record import Record

REPORTED: dict[str, Any] = {
    "marker": "D",
    "ms": 8,
    "ls": "none",
    "mfc": "white",
    "mew": 2,
    "zorder": 5,
    "clip_on": False,
}
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


def _draw_reported(axes: Axes, points: list[tuple[int, float]], colour: str, label: str) -> None:
    for year, value in points:
        axes.plot(year, value, mec=colour, label=label, **REPORTED)
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


def _draw_register_start(axes: Axes, year: int) -> None:
    axes.axvspan(year, year + 1, color="#f0f0f0", lw=0, zorder=0)
    place = axes.get_xaxis_transform()
    axes.text(
        year + 0.5,
        0.985,
        "register\nset up",
        transform=place,
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


def incidence(record: Record, log: bool = False) -> str:
    """Poverty on the register and on income, with the reported points."""
    years = [row["year"] for row in record.yearly]
    income = [row["income_incidence"] for row in record.yearly]
    register = np.array([row["register_incidence"] for row in record.yearly], float)
    survey = 100 * of_year(record.history, "survey_poor_persons") / at_december(record.history, "persons")
    start = years[int(np.argmax(np.isfinite(register)))] if np.isfinite(register).any() else None
    if log:
        register, survey = (np.where(line > 0, line, np.nan) for line in (register, survey))

    def draw(axes: Axes) -> None:
        if start is not None:
            _draw_register_start(axes, start)
        for measure, colour in (("income_incidence", BLUE), ("register_incidence", RED)):
            _draw_band(axes, record, measure, colour)
        axes.plot(years, survey, color=PALE, ls=":", lw=1.8, label="as a survey would see it")
        axes.plot(years, income, color=BLUE, marker="o", ms=4, label="below the income line")
        axes.plot(years, register, color=RED, marker="s", ms=4, ls="--", label="on the register")
        surveyed, registered = (reported_points(record, name) for name in ("survey", "register"))
        _draw_reported(axes, surveyed, BLUE, "reported")
        _draw_reported(axes, registered, RED, "_more" if surveyed else "reported")
        if log:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axes.yaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        else:
            axes.set_ylim(bottom=0)
        axes.set_ylabel("% of people" + (", log scale" if log else ""))
        axes.margins(x=0.06)
        years_axis(axes, years)
        legend(axes, 2)

    first, last = record.yearly[0], record.yearly[-1]
    description = (
        f"Share of people below the income line: {percent(first['income_incidence'])} in {first['year']}, "
        f"{percent(last['income_incidence'])} in {last['year']}; on the register at the end: "
        f"{percent(last['register_incidence'])}." + (" Logarithmic scale." if log else "")
    )
    return svg("incidence-log" if log else "incidence", description, draw, height=3.6)


def flows(record: Record) -> str:
    """Persons who leave the register above the axis, who come onto it below."""
    years = [row["year"] for row in record.yearly]
    exits = np.array([row["exits"] for row in record.yearly]) / 1000
    struck_off = np.array([row["struck_off"] for row in record.yearly]) / 1000
    returns = np.array([row["returns"] for row in record.yearly]) / 1000
    identified = np.array([row["identified"] for row in record.yearly]) / 1000
    # The first survey is several times any later flow, and would flatten them all.
    first = int(np.argmax(identified > 0))
    later = np.where(np.arange(len(years)) == first, 0, identified)

    def draw(axes: Axes) -> None:
        axes.bar(years, exits, color=BLUE, label="exits by review")
        axes.bar(years, struck_off, bottom=exits, color=SKY, label="struck off")
        axes.bar(years, -returns, color=RED, label="returns")
        axes.bar(years, -later, bottom=-returns, color=ORANGE, label="newly identified")
        axes.axhline(0, color=INK, lw=0.8)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):,.0f}"))
        axes.set_ylabel("thousand people: in ↓ out ↑")
        years_axis(axes, years)
        legend(axes, 2)

    description = (
        f"People leaving and entering the register by year. In all {count(1000 * exits.sum())} exits, "
        f"{count(1000 * struck_off.sum())} struck off, {count(1000 * returns.sum())} returns."
    )
    return svg("flows", description, draw)


def areas(record: Record) -> str:
    """Share of poor villages and of poor counties that are off the list."""
    years = [row["year"] for row in record.yearly]
    villages = np.array([row["villages_exited"] for row in record.yearly])
    counties = np.array([row["counties_exited"] for row in record.yearly])
    poor = record.loaded.scenario.population.poor_villages.count
    listed = int((record.history.county_exit != NEVER_LISTED).sum())
    lines = {
        "villages_exited": (villages, poor, GREEN, "-", "poor villages"),
        "counties_exited": (counties, listed, PINK, "--", "poor counties"),
    }

    def draw(axes: Axes) -> None:
        for gone, base, colour, style, name in lines.values():
            label = f"of {base:,} {name}"
            axes.step(years, 100 * gone / max(base, 1), where="post", color=colour, ls=style, label=label)
        label = "reported"
        for target in record.targets:
            year = year_of(parse_month(target.at))
            if target.operator in lines and year in years:
                _, base, colour, _, _ = lines[target.operator]
                axes.plot(year, 100 * target.reported / max(base, 1), mec=colour, label=label, **REPORTED)
                label = "_more"
        axes.set_ylim(0, 104)
        axes.set_ylabel("% off the list")
        years_axis(axes, years)
        legend(axes, 2)

    description = (
        f"By {years[-1]}, {count(villages[-1])} of {count(poor)} poor villages and {count(counties[-1])} of "
        f"{count(listed)} poor counties are off the list."
    )
    return svg("areas", description, draw)
