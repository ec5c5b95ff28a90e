"""The page of all evidence, docs/evidence.md."""

from __future__ import annotations

from collections.abc import Mapping

import jinja2

from calibration.evidence import KINDS, Evidence
from calibration.evidence.reading import CONFIDENCE_MEANS, MAY_BE_USED, conflict_groups, treatments
from sim.commands.evidence_text import by_region, unit
from sim.scenario.wording import number


def render(evidence: Mapping[str, Evidence]) -> str:
    """Every row, every conflict with its treatment, and how to add a row, in Markdown."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sim.commands", "."),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    groups = conflict_groups(evidence)
    rows = evidence.values()
    return environment.get_template("evidence_page.md").render(
        rows=rows,
        regions=by_region(rows),
        kinds={kind: sum(row.kind == kind for row in rows) for kind in KINDS},
        may_be_used=MAY_BE_USED,
        confidence_means=CONFIDENCE_MEANS,
        conflicts=[(group, treatments(group)) for group in groups],
        conflict_of={row.id: index for index, group in enumerate(groups, 1) for row in group},
        amount=lambda row: f"{number(row.value)} {unit(row)}",
    )
