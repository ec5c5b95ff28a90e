"""Effect sizes: what is uncertain is scaled by the ranges of the registry, what is paid by rule is not."""

from __future__ import annotations

import pytest
from small import SMALL

from sim.analysis.effect_sizes import EFFECT_SIZES, factors, with_effects
from sim.scenario import load_scenario

# Low, central and high of the registry's priors: effect on income, and yuan of wages a month.
INDUSTRY, EMPLOYMENT, RELOCATION = (0.05, 0.12, 0.16), (1000, 1741, 2000), (0.0, 0.08, 0.12)


@pytest.mark.parametrize(("size", "column"), [("low", 0), ("as stated", 1), ("high", 2)])
def test_factors_are_the_ranges_of_the_registry_over_their_central_value(size, column):
    ranges = {"industry": INDUSTRY, "employment": EMPLOYMENT, "relocation": RELOCATION, "enabling": INDUSTRY}
    assert factors(size) == pytest.approx({name: values[column] / values[1] for name, values in ranges.items()})


def test_only_what_is_uncertain_is_scaled():
    loaded = load_scenario(SMALL)
    low, high = (with_effects(loaded, size).scenario.instruments for size in ("low", "high"))
    stated = loaded.scenario.instruments
    assert low["orchards"].effect[0].yuan_per_year == pytest.approx(2400 * 0.05 / 0.12)
    assert high["training"].effect[1].share == pytest.approx(0.1 * 2000 / 1741)
    assert low["village_roads"].effect[0].share == pytest.approx(0.03 * 0.05 / 0.12)
    # A safe house stands or does not, shelter is what it is; what is earned and lost by moving is uncertain.
    assert [effect.share for effect in low["relocation"].effect] == [1, 0, 0, 0.9]
    assert high["relocation"].effect[1].share == pytest.approx(-0.375)
    for paid_by_rule in ("dibao", "student_aid", "medical_lines", "public_posts", "safe_water", "customs"):
        assert low[paid_by_rule].effect == stated[paid_by_rule].effect
    assert low["microcredit"].effect[1] == stated["microcredit"].effect[1]  # interest that the fund pays


def test_a_share_stays_a_share():
    loaded = load_scenario(SMALL, ["instruments.training.effect.1.share=0.95"])
    assert with_effects(loaded, "high").scenario.instruments["training"].effect[1].share == 1


def test_as_stated_is_the_scenario_itself():
    loaded = load_scenario(SMALL)
    assert [with_effects(loaded, size).hash == loaded.hash for size in EFFECT_SIZES] == [False, True, False]
