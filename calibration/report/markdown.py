"""The part of `calibration/README.md` that every fit writes anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calibration.diagnose import bands, in_words, learned, ridges
from calibration.findings import Findings
from calibration.recovery import INTERVALS
from calibration.score import administration, standings, verdict
from calibration.tables import number
from calibration.validate import Foretold

BEGIN, END = "<!-- written by povsim calibrate: begin -->", "<!-- written by povsim calibrate: end -->"


def with_findings(text: str, found: Findings) -> str:
    """A README with the part between the two marks written anew.

    Raises
    ------
    ValueError
        Where the marks are missing.
    """
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{BEGIN} and {END} are missing")
    return "\n".join([head + BEGIN, "", *_lines(found), END]) + tail


def _lines(findings: Findings) -> Iterator[str]:
    found, content, rows = findings.found, findings.content, findings.rows
    priors = findings.simulator.priors
    short, below = administration(found)
    yield (
        f"**{verdict(rows)}** In {100 * short:.0f} % of the county-years with a plan fewer households passed the "
        f"review than were to exit; {100 * below:.0f} % of those who exited were below the line."
    )
    yield from ("", *(f"**No result: {warning}.**" for warning in content["warnings"]))
    yield from ("", "Rivals on figures that the fit did not see:", "")
    yield from table(
        ("rival", "figures", "its error", "error of the model", "rival nearer", "no evidence"),
        [
            (
                each.rival,
                each.figures,
                f"{each.error:.0f} %",
                f"{each.model_error:.0f} %",
                each.nearer,
                each.no_evidence,
            )
            for each in standings(rows)
        ],
    )
    yield from (
        "",
        "No evidence: the rival lies inside the model's band too, so the figure can not tell the two apart.",
        "",
    )
    yield from foretold(rows)
    if findings.transfer is not None:
        yield from ("", f"{findings.transfer.name}, foretold from this fit:", "")
        yield from foretold(findings.transfer.rows)
    yield from ("", "Predictive bands of the fitted figures:", "")
    fitted = bands(found.targets, found.posterior_runs, found.weights, findings.seed)
    yield from table(
        ("figure", "at", "reported", "5 %", "50 %", "95 %", "off by", "inside"),
        [
            (each.target.name, each.target.at, *map(number, (each.target.value, each.low, each.median, each.high)),
             f"{100 * (each.median / each.target.value - 1):+.0f} %", "yes" if each.inside else "**no**")
            for each in fitted
        ],
    )  # fmt: skip
    parameters = learned(priors, found.scores, found.weights)
    yield ""
    yield from table(
        ("parameter", "prior", "5 %", "50 %", "95 %", "contraction"),
        [
            (each.name, f"{number(prior.low)} to {number(prior.high)}",
             *map(number, (each.low, each.median, each.high)), f"{each.contraction:.2f}")
            for prior, each in zip(priors.parameters, parameters, strict=True)
        ],
    )  # fmt: skip
    yield ""
    yield from (f"- {sentence}" for sentence in in_words(priors, parameters, ridges(priors, found.chain.scores)))
    yield from (
        "",
        "Points of incidence that each mechanism took off, for three assumed sizes of industry and jobs:",
        "",
    )
    yield from table(
        ("mechanism", "measure", "year", "half", "as assumed", "one and a half"),
        [(each.mechanism, each.measure, each.year, *(f"{p:.2f}" for p in each.points)) for each in findings.effects],
    )
    yield from _returns(findings)
    yield from _recovery(findings)
    yield ""
    runs = content["runs"]
    yield (
        f"{runs['design']} + {runs['second_wave']} runs, {runs['draws']} at draws, of which "
        f"{content['effective_draws']} effective; seed {content['seed']}."
    )


def _returns(findings: Findings) -> Iterator[str]:
    if (split := findings.returns) is not None:
        yield ""
        yield (
            f"Registered returns, percent of the exited: {split.before:.2f} in 2016, {split.after:.2f} in 2018. Of the "
            f"fall, {split.income:.2f} points are income and {split.detection:.2f} detection."
        )


def _recovery(findings: Findings) -> Iterator[str]:
    if (recovered := findings.recovery) is not None:
        held = ", ".join(f"{100 * share:.0f} %: {100 * recovered.coverage(share).mean():.0f} %" for share in INTERVALS)
        yield ""
        yield f"{len(recovered.true)} made-up data sets: intervals held the true value as follows ({held})."


def foretold(rows: Sequence[Foretold]) -> Iterator[str]:
    """A table of foretold figures; rivals inside the band are named, since they make the figure no evidence."""
    cells = [
        (
            row.target.name,
            row.how,
            *map(number, (row.target.value, row.low, row.median, row.high)),
            "yes" if row.inside else "**no**",
            ", ".join(row.better) or "none",
            f"no evidence against {', '.join(row.also_inside)}" if row.also_inside else "",
        )
        for row in rows
    ]
    yield from table(("figure", "the fit saw", "reported", "5 %", "50 %", "95 %", "inside", "nearer", ""), cells)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """The lines of a Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(map(str, row))} |" for row in rows)
