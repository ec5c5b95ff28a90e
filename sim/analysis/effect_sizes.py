"""How large the effects of instruments are: low, as stated and high, by what studies leave open.

What the fund pays by rule, and guarantees that are met or not, have no effect size to be uncertain about; they stay.
"""

from __future__ import annotations

from dataclasses import replace

from calibration.evidence import load_evidence
from sim.scenario import LoadedScenario, Scenario, scenario_hash
from sim.scenario.instruments import Effect

LOW, STATED, HIGH = "low", "as stated", "high"
EFFECT_SIZES = (LOW, STATED, HIGH)

# Mechanism -> prior of the registry, whose low and high over its central value are taken. Studies of enabling works
# were not found; their effects are mostly on farming, as those of industry.
PRIORS = {
    "industry": "prior_industry_support_effect_income",
    "employment": "prior_workshop_wage_gain_yuan_month",
    "relocation": "prior_relocation_effect_income",
    "enabling": "prior_industry_support_effect_income",
}
UNCERTAIN = (
    "farm", "wage", "property", "transfer", "farm_uplift", "skill", "job_finding", "farm_share", "wage_share",
)  # fmt: skip


def factors(size: str) -> dict[str, float]:
    """Mechanism -> what its effects are multiplied by."""
    if size == STATED:
        return dict.fromkeys(PRIORS, 1.0)
    evidence = load_evidence()
    return {
        name: evidence[f"{prior}_{size}"].value / evidence[f"{prior}_central"].value for name, prior in PRIORS.items()
    }


def with_effects(loaded: LoadedScenario, size: str) -> LoadedScenario:
    """The scenario with effects of a size of EFFECT_SIZES."""
    scenario, by = loaded.scenario, factors(size)
    instruments = {
        name: each.model_copy(
            update={"effect": [_sized(effect, by.get(each.mechanism, 1.0)) for effect in each.effect]}
        )
        for name, each in scenario.instruments.items()
    }
    sized: Scenario = scenario.model_copy(update={"instruments": instruments})
    resolved = sized.model_dump(by_alias=True, exclude_none=True, exclude={"extends"})
    unfitted = loaded.unfitted and with_effects(loaded.unfitted, size)
    return replace(loaded, scenario=sized, resolved=resolved, hash=scenario_hash(resolved), unfitted=unfitted)


def _sized(effect: Effect, factor: float) -> Effect:
    if effect.source not in UNCERTAIN or effect.paid_by == "fund":
        return effect
    if effect.share is not None:
        return effect.model_copy(update={"share": min(max(effect.share * factor, -1.0), 1.0)})
    if effect.yuan_per_year is not None:
        return effect.model_copy(update={"yuan_per_year": effect.yuan_per_year * factor})
    return effect
