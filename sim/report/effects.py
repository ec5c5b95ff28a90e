"""What pages say about assumed effect sizes, and about instruments through which support is withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.analysis.effect_sizes import EFFECT_SIZES, HIGH, LOW, PRIORS, factors
from sim.report.words import MECHANISMS, Words

if TYPE_CHECKING:
    from sim.analysis.attribution import Attribution
    from sim.analysis.risk import Risk


def factor_rows(words: Words) -> list[tuple[str, float, float]]:
    """Mechanism, and what its effects are multiplied by at least and at most."""
    low, high = factors(LOW), factors(HIGH)
    return [(words.say(MECHANISMS[name]), low[name], high[name]) for name in PRIORS]


def parts_by_size(found: Attribution, year: int, labels: Mapping[str, str]) -> list[tuple[str, list[float]]]:
    """Part -> people below the income line that it spares, by effect size; nothing where it was not asked for."""
    if found.effect_sizes is None:
        return []
    table = found.effect_sizes
    last = table[(table["year"] == year) & (table["measure"] == "income_poor_persons")]
    wide = last.pivot(index="part", columns="effect_size", values="value")
    return [(labels[part], wide.loc[part, list(EFFECT_SIZES)].tolist()) for part in dict.fromkeys(last["part"])]


def risk_by_size(found: Risk) -> list[tuple[str, list[tuple[float, float]]]]:
    """Effect size -> probability and error of each outcome and horizon."""
    return [
        (str(size), list(zip(table["probability"], table["error"], strict=True)))
        for size, table in found.effect_sizes.groupby("effect_size", sort=False)
    ]


def size_headings(found: Risk, lines: Mapping[str, str], words: Words) -> list[str]:
    """What the probabilities of `risk_by_size` are of."""
    first = found.effect_sizes[found.effect_sizes["effect_size"] == LOW]
    return [
        f"{words.say(lines[row['outcome']])}, {words.say('{n} months', n=row['within'])}"
        for row in first.to_dict("records")
    ]


def withdrawn_rows(found: Risk) -> list[dict[str, Any]]:
    """Rows of `withdrawn`, those that make most households fall first, with shares of all falls by ended support."""
    table = found.withdrawn.sort_values(["exit", "survey"], ascending=False, kind="stable")
    for line in ("survey", "exit"):
        total = table[line].sum()
        table[f"{line}_share"] = table[line] / total if total else 0.0
    table["announced"] = table["yuan"] > 0
    rows: list[dict[str, Any]] = table.to_dict("records")
    return rows
