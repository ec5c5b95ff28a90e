"""What a reader of the registry asks: what a row is good for, which rows conflict, and what is done about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from calibration.evidence import Evidence

MAY_BE_USED = {
    "reported_outcome": (
        "a target of a fit, or a figure to compare with; agreement with one that a scenario starts from tests nothing"
    ),
    "reported_input": "money, staff or places that went in: an input of a scenario, or a figure to compare with",
    "plan_target": "pressure to exit, or capacity of an instrument; never a target of a fit",
    "parameter": "a rule, a standard, a study result or a range: an input of a scenario, or a prior of a fit",
    "derived": "the same as the rows that it is computed from, to which it adds no evidence",
    "validation_only": "compared with predictions; never entered, never fitted",
}
CONFIDENCE_MEANS = {
    "verified_in_source": "read on the page at the address",
    "in_document": "read in one of the five documents",
    "derived": "arithmetic on other rows",
    "recalled_unverified": "never seen in a page: fit for a prior at most",
}
_SENTENCES = re.compile(r"(?<=\.) (?=[A-Z0-9])")


class Treatment(NamedTuple):
    """What is done about a conflict, and the ids of the rows that say so."""

    text: str
    ids: tuple[str, ...]


def conflict_groups(evidence: Mapping[str, Evidence]) -> list[list[Evidence]]:
    """Return the rows that conflict with one another, directly or through others.

    Returns
    -------
    list
        Groups of two rows or more, no row in two of them; groups and rows in the order of the registry.
    """
    groups: list[set[str]] = []
    for row in evidence.values():
        if row.conflicts:
            joined = {row.id, *row.conflicts}
            touched = [group for group in groups if group & joined]
            groups = [group for group in groups if not group & joined] + [joined.union(*touched)]
    order = {name: number for number, name in enumerate(evidence)}
    sorted_groups = sorted(
        (sorted(group, key=order.__getitem__) for group in groups), key=lambda group: order[group[0]]
    )
    return [[evidence[name] for name in group] for group in sorted_groups]


def treatments(group: Sequence[Evidence]) -> list[Treatment]:
    """Return the treatments that stand in a group's rows, each once; sentences of the same rows stand together."""
    speakers: dict[str, list[str]] = {}
    for row in group:
        for sentence in _SENTENCES.split(row.treatment) if row.treatment else ():
            speakers.setdefault(sentence, []).append(row.id)
    texts: dict[tuple[str, ...], list[str]] = {}
    for sentence, ids in speakers.items():
        texts.setdefault(tuple(ids), []).append(sentence)
    return [Treatment(" ".join(sentences), ids) for ids, sentences in texts.items()]
