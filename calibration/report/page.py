"""From the findings of a calibration to their page."""

from __future__ import annotations

from typing import Any

from calibration.diagnose import bands, in_words, learned, ridges
from calibration.findings import Findings
from calibration.pipeline import Calibration
from calibration.recovery import INTERVALS
from calibration.report import figures
from calibration.score import RIVALS, administration, standings, verdict
from calibration.tables import number

PAIRS = 6


def render(findings: Findings) -> str:
    """The page as HTML."""
    import jinja2

    loaders = [jinja2.PackageLoader("calibration.report", "."), jinja2.PackageLoader("sim.report", ".")]
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["number"] = number
    found, simulator, rows = findings.found, findings.simulator, findings.rows
    priors, scores = simulator.priors, found.chain.scores
    parameters = learned(priors, found.scores, found.weights)
    pairs = ridges(priors, scores)
    all_bands = bands(simulator.targets, found.posterior_runs, found.weights, findings.seed)
    short, below = administration(found)
    recovered = findings.recovery
    return environment.get_template("calibration.html").render(
        name=findings.loaded.scenario.name,
        content=findings.content,
        verdict=verdict(rows),
        standings=standings(rows),
        short=100 * short,
        below=100 * below,
        sentences=in_words(priors, parameters, pairs),
        bands=all_bands,
        parameters=list(zip(priors.parameters, parameters, strict=True)),
        fixed=priors.fixed,
        emulator=[
            (target, *(float(column[i]) for column in _columns(found))) for i, target in enumerate(found.targets)
        ],
        rows=rows,
        transfer=findings.transfer,
        effects=findings.effects,
        returns=findings.returns,
        recovery=None
        if recovered is None
        else (len(recovered.true), {share: 100 * float(recovered.coverage(share).mean()) for share in INTERVALS}),
        rivals=RIVALS,
        figure={
            "bands": figures.predictive_bands(all_bands),
            "register": figures.curve(
                found, simulator.targets, "register_incidence", "register", "On the register, percent of persons"
            ),
            "survey": figures.curve(
                found, simulator.targets, "survey_incidence", "survey", "Below the line in a survey, percent of persons"
            ),
            "villages": figures.curve(found, simulator.targets, "villages_exited", "villages", "Poor villages out"),
            "trace": figures.trace(found),
            "scores": figures.scores(rows),
        },
        marginals=[figures.marginal(each, scores[:, i], i) for i, each in enumerate(priors.parameters)],
        pairs=[figures.pair(priors, one, other, scores, i) for i, (one, other, _) in enumerate(pairs[:PAIRS])],
    )


def _columns(found: Calibration) -> tuple[Any, ...]:
    validation = found.validation
    return validation.error, validation.noise, validation.explained, validation.covered
