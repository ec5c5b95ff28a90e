"""Figures and page of an analysis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jinja2
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from sim.report.svg import BLUE, GREEN, INK, ORANGE, PALE, RED, svg
from sim.sweep.analyse import Result
from sim.sweep.prim import Box
from sim.sweep.sensitivity import NOT_CONVERGED, Index

COLOURS = {"S1": BLUE, "ST": ORANGE, "S2": GREEN, "mu_star": BLUE}

Floats = NDArray[np.float64]


def index_figure(number: int, result: Result, indices: Sequence[Index]) -> str:
    """Bars with their 95 % intervals; hollow where they are not converged."""
    shown = [each for each in indices if each.kind in COLOURS and not np.isnan(each.value)]

    def draw(axes: Axes) -> None:
        for row, each in enumerate(reversed(shown)):
            colour = COLOURS[each.kind]
            hollow = each.verdict == NOT_CONVERGED
            axes.barh(row, each.value, height=0.6, color="none" if hollow else colour, edgecolor=colour, linewidth=1.4)
            axes.plot([each.low, each.high], [row, row], color=INK, linewidth=1.2)
        axes.set_yticks(range(len(shown)), [f"{each.factor}  {each.kind}" for each in reversed(shown)])
        axes.axvline(0, color=PALE, linewidth=0.8)
        axes.set_xlabel("share of variance" if shown and shown[0].kind != "mu_star" else "mean size of effect")

    words = f"{result.title}: " + ", ".join(f"{each.factor} {each.kind} {each.value:.2f}" for each in shown)
    return svg(f"indices-{number}", words, draw, height=1.0 + 0.32 * max(1, len(shown)))


def box_figure(result: Result, names: Sequence[str], x: Floats, failed: NDArray[np.bool_], box: Box) -> str:
    """Points by the two factors that the first box restricts most, and the box."""
    order = np.argsort(box.p_values)
    across, up = (int(order[0]), int(order[1])) if len(names) > 1 else (0, 0)

    def ends(factor: int) -> tuple[float, float]:
        column = x[:, factor]
        return float(max(box.low[factor], column.min())), float(min(box.high[factor], column.max()))

    def draw(axes: Axes) -> None:
        for which, colour, label in ((~failed, PALE, "holds"), (failed, RED, "fails")):
            axes.scatter(x[which, across], x[which, up], s=14, color=colour, label=label)
        (left, right), (bottom, top) = ends(across), ends(up)
        axes.plot([left, right, right, left, left], [bottom, bottom, top, top, bottom], color=INK, linewidth=1.4)
        axes.set_xlabel(names[across])
        axes.set_ylabel(names[up])
        axes.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=2)

    return svg("box", f"{result.title}: worlds that fail, and the first box around them", draw)


def page(title: str, sections: Sequence[dict[str, Any]]) -> str:
    """One self-contained HTML page; a section has title, text, figure, head and rows."""
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader("sim.sweep", "."), jinja2.PackageLoader("sim.report", ".")]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("analysis.html").render(title=title, sections=sections)
