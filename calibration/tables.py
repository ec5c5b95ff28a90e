"""Tables of a fit for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from calibration.diagnose import Band, Learned
from calibration.emulate import CrossValidation
from calibration.fit import PointFit
from calibration.priors import Priors
from calibration.recovery import INTERVALS, Recovery
from calibration.targets import Target
from calibration.validate import Foretold

if TYPE_CHECKING:
    from rich.table import Table


def _table(title: str, words: Sequence[str], numbers: Sequence[str], last: Sequence[str] = ()) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for name in words:
        table.add_column(name)
    for name in numbers:
        table.add_column(name, justify="right")
    for name in last:
        table.add_column(name)
    return table


def number(value: float) -> str:
    """A number with as many digits as can be read."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def target_table(targets: Sequence[Target], simulated: Mapping[str, float]) -> Table:
    """Each target beside one run, with the distance in standard deviations."""
    table = _table("Targets", ("figure", "at"), ("reported", "simulated", "sd", "distance"), ("role",))
    for each in targets:
        value = simulated[each.name]
        distance = f"{(value - each.value) / each.error:+.1f}"
        cells = (number(each.value), number(value), number(each.error), distance)
        table.add_row(each.name, each.at, *cells, each.role)
    return table


def point_table(priors: Priors, found: PointFit) -> Table:
    """Parameters of a point fit beside their priors."""
    table = _table("Parameters", ("parameter",), ("low", "value", "high", "score"), ("basis of the prior",))
    for each, score in zip(priors.parameters, found.scores, strict=True):
        cells = (number(each.low), number(found.run.values[each.name]), number(each.high), f"{score:+.2f}")
        table.add_row(each.name, *cells, each.strength)
    return table


def band_table(bands: Sequence[Band]) -> Table:
    """Each target beside its posterior predictive band."""
    table = _table("Predictive bands", ("figure", "at"), ("reported", "5 %", "50 %", "95 %"), ("role", "inside"))
    for each in bands:
        cells = (number(each.target.value), number(each.low), number(each.median), number(each.high))
        table.add_row(each.target.name, each.target.at, *cells, each.target.role, "yes" if each.inside else "no")
    return table


def learned_table(priors: Priors, found: Sequence[Learned]) -> Table:
    """What was learned of each parameter."""
    table = _table("Parameters", ("parameter",), ("prior", "5 %", "50 %", "95 %", "contraction"), ("basis",))
    for parameter, each in zip(priors.parameters, found, strict=True):
        prior = f"{number(parameter.low)} to {number(parameter.high)}"
        cells = (number(each.low), number(each.median), number(each.high), f"{each.contraction:.2f}")
        table.add_row(each.name, prior, *cells, parameter.strength)
    return table


def emulator_table(targets: Sequence[Target], found: CrossValidation) -> Table:
    """Cross-validation of the emulator."""
    table = _table("Emulator, left-out runs", ("figure",), ("sd of target", "error", "noise", "explained", "in 95 %"))
    for i, each in enumerate(targets):
        cells = (number(each.error), number(float(found.error[i])), number(float(found.noise[i])))
        table.add_row(each.name, *cells, f"{found.explained[i]:.2f}", f"{found.covered[i]:.2f}")
    return table


def recovery_table(names: Sequence[str], found: Recovery) -> Table:
    """How often intervals held the parameters from which data were made up."""
    table = _table(
        f"{len(found.true)} made-up data sets", ("parameter",), [f"in {100 * each:.0f} %" for each in INTERVALS]
    )
    for i, name in enumerate(names):
        table.add_row(name, *(f"{found.coverage(each)[i]:.2f}" for each in INTERVALS))
    table.add_row("all", *(f"{found.coverage(each).mean():.2f}" for each in INTERVALS))
    return table


def foretold_table(rows: Sequence[Foretold]) -> Table:
    """Figures that the fit did not see, foretold by the model and by the rival that comes nearest."""
    table = _table(
        "Not fitted", ("figure", "the fit saw"), ("reported", "5 %", "50 %", "95 %"), ("inside", "nearest rival")
    )
    for each in rows:
        cells = (number(each.target.value), number(each.low), number(each.median), number(each.high))
        table.add_row(each.target.name, each.how, *cells, "yes" if each.inside else "no", _nearest(each))
    return table


def _nearest(row: Foretold) -> str:
    """The rival that comes nearest, with its figure; marked where it comes nearer than the model."""
    if not row.rivals:
        return ""
    name = min(row.rivals, key=lambda rival: abs(row.rivals[rival] - row.target.value))
    return f"{name}: {number(row.rivals[name])}{' (nearer)' if name in row.better else ''}"
