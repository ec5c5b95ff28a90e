"""The text of a scenario that extends another: what may be changed, with the present values as examples."""

from __future__ import annotations

import json
import os
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.scenario import LoadedScenario

WIDTH = 100
TEXT = """\
{schema}
# What differs from {base}; everything else is inherited from there.
#   povsim explain {base_here}       what is inherited, with units and sources
#   povsim validate {file}     every mistake, with line and column
#   povsim diff {base_here} {file}
#   povsim run {file} --scale 0.1     a tenth of the villages; results/{stem}/report.html
# A number stands with what it rests on: {{value: 0.8, assumed: "why"}}, or {{value: 0.55, evidence: ID}} with a row
# that `povsim evidence` lists. Shares lie between 0 and 1, rates are per year, yuan are current.
# Blocks that begin with # and no blank are examples, with the present values: take each # away, change the numbers.

extends: {base}
name: {name}
description: >-
  What is asked here, and why the changes are plausible.

# Without a mechanism, or without single instruments: what would have happened?
{instruments}
#switched_off: [{mechanism}]

# How many get places and when, and who takes part: the plan's table of targets, take-up in earlier years.
#instruments:
#  {instrument}:
#    places:  # cumulative, in {unit}; between two dates they open evenly
#      {places_date}: {{value: {places}, assumed: "why"}}
#    uptake: {{value: {uptake}, assumed: "why"}}  # share of those asked who take part
#    drop_out: {{value: {drop_out}, assumed: "why"}}  # share of those enrolled that leaves a year

# How far the register follows its plan: 0 where every exit is audited, 1 where the plan is always met.
#register:
#  review:
#    softening:  # share of a shortfall against the plan that is met anyway, by year
#      {softening_year}: {{value: {softening}, assumed: "why"}}

# What illness costs: the health insurance office.
#health:
#  reimbursed: {{value: {reimbursed}, assumed: "why"}}  # share of a bill that general insurance pays

# Support that ends: at once, or evenly until `to`.
#withdrawn:
#  of: [{mechanism}]  # mechanisms or instruments
#  from: {withdrawn}

# What comes from outside. kind: price (names its crop), illness, jobs, wages or disaster.
#shocks:
#  - {{kind: jobs, from: {shock}, months: 6, change: -0.3}}  # relative; jobs: of the rate at which jobs are found
"""


def change_of(base: LoadedScenario, file: Path, path: str, schema: str) -> str:
    """The text of a file that extends a loaded scenario.

    Parameters
    ----------
    path : of the base, as the file names it
    schema : first line
    """
    resolved = base.resolved
    by_mechanism: dict[str, list[str]] = {}
    for name, each in resolved["instruments"].items():
        by_mechanism.setdefault(each["mechanism"], []).append(name)
    listed = [line for mechanism, names in by_mechanism.items() for line in _listed(mechanism, names)]
    name, instrument = next(iter(resolved["instruments"].items()))
    last_date = max(instrument["places"])
    softening = resolved["register"]["review"]["softening"]
    end = int(resolved["period"]["end"][:4])
    return TEXT.format(
        schema=schema,
        base=path,
        base_here=os.path.relpath(base.files[-1]),
        file=file,
        stem=file.stem,
        name=json.dumps(f"{resolved['name']}, changed", ensure_ascii=False),
        instruments="\n".join(listed),
        mechanism=list(by_mechanism)[-1],
        instrument=name,
        unit=instrument["unit"],
        places_date=last_date,
        places=_number(instrument["places"][last_date]),
        uptake=_number(instrument["uptake"]),
        drop_out=_number(instrument["drop_out"]),
        softening_year=min(softening),
        softening=_number(softening[min(softening)]),
        reimbursed=_number(resolved["health"]["reimbursed"]),
        withdrawn=f"{end}-07",
        shock=f"{end}-01",
    )


def _listed(mechanism: str, names: list[str]) -> list[str]:
    return wrap(f"{mechanism}: {', '.join(names)}", WIDTH, initial_indent="# - ", subsequent_indent="# ")


def _number(value: Any) -> str:
    return f"{value:.15g}"
