"""Births, deaths, leaving and joining."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.columns import rule
from sim.kernel.luck import draw, stream

CHANGES = stream("family.changes")
WHO = stream("family.who")
MOST = np.float32(20)


class Family(NamedTuple):
    """Monthly probabilities per member."""

    birth: np.float32
    death: np.float32
    leaving: np.float32
    joining: np.float32


@rule("changes arrived departed")
def family(luck, members, p):
    """Whether anybody may come or go this month."""
    return draw(luck, CHANGES) < members * (p.birth + p.death + p.leaving + p.joining), False, False


@rule("members workers students elderly arrived departed", where="changes")
def family_change(luck, members, workers, students, elderly, p):
    """Who comes or goes. The last member stays, and so does the last worker while anybody else is there."""
    every = p.birth + p.death + p.leaving + p.joining
    which = draw(luck, WHO) * every
    born = which < p.birth
    dies = (which >= p.birth) & (which < p.birth + p.death)
    leaves = (which >= p.birth + p.death) & (which < p.birth + p.death + p.leaving)
    arrived = (born | (which >= p.birth + p.death + p.leaving)) & (members < MOST)
    departed = (dies & (members > 1)) | (leaves & (members > 1) & (workers > 1))
    others = members - workers - students - elderly
    if arrived:
        members = members + 1
        if not born:
            workers = workers + 1
    if departed:
        members = members - 1
        if dies & (elderly > 0):
            elderly = elderly - 1
        elif workers > 1:
            workers = workers - 1
        elif (others < 1) & (students > 0):
            students = students - 1
    return members, workers, students, elderly, arrived, departed
