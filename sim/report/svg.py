"""How every figure of the report looks, and how it becomes SVG inside the page."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from itertools import pairwise
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import ArrayLike

from sim.history import Floats
from sim.report import ideographs

# Okabe and Ito's palette: told apart by colour-blind readers and in grey print.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PINK, INK, QUIET, PALE = "#56B4E9", "#CC79A7", "#222222", "#595959", "#8a8a8a"
# White strokes on stacked bars, so that neighbours differ without colour too.
HATCHES = ("", "//", "xx", "--", r"\\", "||", "++")

STYLE: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": PALE,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 10.5,
    "grid.color": "#e4e4e4",
    "hatch.color": "white",
    "hatch.linewidth": 0.6,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "lines.linewidth": 2.2,
    "svg.fonttype": "none",
    "svg.hashsalt": "poverty-exit",
    # a scenario's label may hold a dollar sign
    "text.parse_math": False,
    "text.usetex": False,
    "xtick.color": INK,
    "ytick.left": False,
}

# What the names of matplotlib's groups begin with that become classes in the page.
TIP, SERIES = "tip:", "series:"

Draw = Callable[[Axes], None]


@contextmanager
def _style() -> Iterator[None]:
    fonts = {"font.family": ["DejaVu Sans", ideographs.register()]}
    with matplotlib.rc_context(STYLE | fonts), warnings.catch_warnings():
        # Labels in other scripts are drawn by the browser, which has fonts that matplotlib may lack.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        warnings.filterwarnings("ignore", message=".*does not have a glyph.*")
        yield


def svg(name: str, description: str, draw: Draw, width: float = 5.8, height: float = 3.5) -> str:
    """Inline SVG of what `draw` puts on the axes.

    Parameters
    ----------
    name : unique in the page; prefixes every id, so that figures do not share clip paths
    description : what a reader who can not see the figure is told
    """
    with _style():
        figure = Figure(figsize=(width, height))
        axes = figure.add_subplot()
        draw(axes)
        buffer = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        # "tight" would draw everything twice
        room = figure.get_tightbbox().padded(0.05)
        figure.savefig(buffer, format="svg", bbox_inches=room, transparent=True, metadata=nothing)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(rf'<g id="{TIP}([^"]*)">', r'<g class="tip"><title>\1</title>', text)
    text = re.sub(rf'<g id="{SERIES}([a-z]+)">', r'<g class="series \1">', text)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'(url\(#|href="#)', rf"\1{name}-", text)
    text = re.sub(r' (width|height)="[\d.]+pt"', "", text, count=2)
    label = escape(description)
    head = f'<svg role="img" aria-label="{label}"'
    return text.replace("<svg", head, 1).strip()


def bars(axes: Axes, at: ArrayLike, heights: Floats, bottoms: Floats, width: float, **look: Any) -> None:
    """Bars of one look as one shape: `axes.bar` makes a shape of each, which takes a fifth of a page."""
    left, tops = np.asarray(at, float) - width / 2, bottoms + heights
    corners = [(left, bottoms), (left, tops), (left + width, tops), (left + width, bottoms), (left, bottoms)]
    codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    patch = PathPatch(Path(np.array(corners).transpose(2, 0, 1).reshape(-1, 2), codes * len(left)), lw=0, **look)
    patch.sticky_edges.y.append(0)
    axes.add_patch(patch)
    axes.autoscale_view()


def hover(axes: Axes, at: Sequence[float], texts: Sequence[str], along: Literal["x", "y"] = "x") -> None:
    """Invisible bands around the places `at`, which show their text where the pointer is; to be called last."""
    axes.autoscale(False)
    span, step = (axes.axvspan, axes.axhspan)[along == "y"], min((abs(b - a) for a, b in pairwise(at)), default=1) / 2
    for place, text in zip(at, texts, strict=True):
        span(place - step, place + step, alpha=0, lw=0, gid=TIP + text)


def legend(axes: Axes, columns: int) -> None:
    """A legend above the plot, where it hides nothing."""
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        ncols=columns,
        columnspacing=1.4,
        handlelength=1.6,
        borderpad=0.2,
    )


def years_axis(axes: Axes, years: list[int]) -> None:
    """A tick for each year, or for every second or fifth when they would collide."""
    step = 1 if len(years) <= 12 else 2 if len(years) <= 22 else 5
    axes.set_xticks(years[::step], [str(year) for year in years[::step]])
    axes.tick_params(axis="x", labelsize=9.5)
