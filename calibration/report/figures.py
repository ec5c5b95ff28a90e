"""Figures of a calibration, each an inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from calibration.diagnose import Band, weighted_quantile
from calibration.pipeline import Calibration
from calibration.priors import Parameter, Priors
from calibration.simulate import Simulated
from calibration.targets import Target
from calibration.validate import Foretold
from sim.calendar import year_of
from sim.report.svg import BLUE, GREEN, INK, ORANGE, PALE, QUIET, RED, svg

Floats = NDArray[np.float64]

POINT: dict[str, Any] = {"marker": "D", "ms": 7, "ls": "none", "mfc": "white", "mew": 2, "zorder": 5}


def predictive_bands(bands: Sequence[Band]) -> str:
    """Each target's predictive band around what was reported, in standard deviations of its error."""

    def draw(axes: Axes) -> None:
        for row, band in enumerate(reversed(bands)):
            target = band.target
            low, median, high = ((each - target.value) / target.error for each in (band.low, band.median, band.high))
            colour = BLUE if target.role == "fit" else ORANGE
            axes.plot((low, high), (row, row), color=colour, lw=5, alpha=0.5, solid_capstyle="butt")
            axes.plot(median, row, "o", color=colour, ms=6)
        axes.axvline(0, color=INK, lw=1)
        axes.set_yticks(range(len(bands)), [band.target.name for band in reversed(bands)], fontsize=9)
        axes.grid(axis="x")
        axes.set_xlabel("simulated less reported, in standard deviations of the figure's error")

    return svg("bands", "Predictive bands of every target", draw, width=7.5, height=0.32 * len(bands) + 1)


def curve(found: Calibration, targets: Sequence[Target], measure: str, name: str, title: str) -> str:
    """A measure by year: prior runs, posterior band, and reported figures of the same operator."""

    def draw(axes: Axes) -> None:
        for runs, weights, colour, label in (
            (found.prior_runs, np.full(len(found.prior_runs), 1.0), PALE, "prior, 90 %"),
            (found.posterior_runs, found.weights, BLUE, "posterior, 90 %"),
        ):
            years, low, middle, high = _by_year(runs, weights, measure)
            axes.fill_between(years, low, high, color=colour, alpha=0.3, lw=0, label=label)
            axes.plot(years, middle, color=colour)
        for role, colour, label in (("fit", INK, "reported, fitted"), ("validate", RED, "reported, not fitted")):
            points = [
                (year_of(each.figure.at), value)
                for each in targets
                if each.role == role and (value := _on_curve(each, measure, found)) is not None
            ]
            if points:
                axes.plot(*zip(*points, strict=True), mec=colour, label=label, **POINT)
        axes.set_ylim(bottom=0)
        axes.legend()
        axes.set_title(title, loc="left", fontsize=10)

    return svg(name, title, draw)


def marginal(parameter: Parameter, scores: Floats, place: int) -> str:
    """A parameter's posterior draws beside the density of its prior."""

    def draw(axes: Axes) -> None:
        from scipy.special import ndtr

        edges = np.linspace(parameter.low, parameter.high, 31)
        ends = ndtr([parameter.score(min(max(edge, parameter.low), parameter.high)) for edge in edges])
        width = edges[1] - edges[0]
        axes.stairs(np.diff(ends) / width, edges, color=QUIET, lw=1.5, label="prior")
        axes.hist(parameter.value(scores), bins=edges.tolist(), density=True, color=BLUE, alpha=0.6, label="posterior")
        axes.set_yticks([])
        axes.set_title(parameter.name, loc="left", fontsize=10)

    return svg(f"marginal{place}", f"Prior and posterior of {parameter.name}", draw, width=2.6, height=1.7)


def pair(priors: Priors, one: str, other: str, scores: Floats, place: int) -> str:
    """Draws of two parameters that trade off."""

    def draw(axes: Axes) -> None:
        values = {each.name: each.value(scores[:1500, i]) for i, each in enumerate(priors.parameters)}
        axes.plot(values[one], values[other], ".", color=GREEN, ms=2.5, alpha=0.5)
        axes.set_xlabel(one)
        axes.set_ylabel(other)

    return svg(f"pair{place}", f"Posterior draws of {one} and {other}", draw, width=2.9, height=2.5)


def trace(found: Calibration) -> str:
    """Means over walkers of every parameter's score, step by step."""

    def draw(axes: Axes) -> None:
        axes.plot(found.chain.trace, lw=0.7)
        axes.axvline(len(found.chain.trace) / 2, color=INK, lw=1, ls=":")
        axes.set_xlabel("step; what lies left of the line is not used")
        axes.set_ylabel("mean score")

    return svg("trace", "Trace of the chain", draw, width=7.5, height=2.5)


def scores(rows: Sequence[Foretold]) -> str:
    """Errors of the model and of its rivals in percent of what was reported, on figures that were not fitted."""

    def draw(axes: Axes) -> None:
        names = list(dict.fromkeys(name for row in rows for name in row.rivals))
        for place, name in enumerate(["model", *names]):
            errors = [
                100 * abs((row.median if name == "model" else row.rivals[name]) / row.target.value - 1)
                for row in rows
                if row.target.value and row.rivals and (name == "model" or name in row.rivals)
            ]
            axes.plot(errors, [place] * len(errors), "|", ms=12, mew=2, color=BLUE if name == "model" else QUIET)
            axes.plot(np.median(errors), place, "o", color=BLUE if name == "model" else ORANGE)
        axes.set_yticks(range(len(names) + 1), ["model", *names], fontsize=9)
        axes.set_xscale("symlog", linthresh=1)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlim(left=0)
        axes.set_xlabel("error in percent of what was reported; the dot is the median")

    return svg("scores", "Errors of the model and of rivals", draw, width=7.5, height=3.2)


def _on_curve(target: Target, measure: str, found: Calibration) -> float | None:
    """A reported figure in the unit of a curve; registered persons as a share of the simulated people."""
    if target.figure.operator == measure:
        return target.value
    if (target.figure.operator, measure) == ("register_persons", "register_incidence"):
        curves, year = found.median.curves, year_of(target.figure.at)
        return target.value * curves[f"register_incidence.{year}"] / curves[f"register_persons.{year}"]
    return None


def _by_year(runs: Sequence[Simulated], weights: Floats, measure: str) -> tuple[list[int], Floats, Floats, Floats]:
    names = [name for name in runs[0].curves if name.rpartition(".")[0] == measure]
    years = [int(name.rpartition(".")[2]) for name in names]
    table = np.array([[run.curves[name] for name in names] for run in runs])
    quantiles = np.array([weighted_quantile(column, weights, (0.05, 0.5, 0.95)) for column in table.T])
    return years, quantiles[:, 0], quantiles[:, 1], quantiles[:, 2]
