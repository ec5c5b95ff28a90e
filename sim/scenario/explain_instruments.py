"""Instruments as sentences: places and who gets them, what they do, how they end and what they cost."""

from __future__ import annotations

from collections.abc import Iterator

from sim.scenario.instruments import MECHANISMS
from sim.scenario.prose import Value, joined, month

FIRST = {
    "poorest": "to the poorest first",
    "lot": "by lot",
    "illness": "to the ill first",
    "poor_villages": "to poor villages first",
    "unsafe_house": "to those in unsafe houses first",
}
FLAGS = {
    "registered": ("registered", "never registered"),
    "exited": ("exited", "not exited"),
    "monitored": ("monitored", "not monitored"),
}
CONDITIONS = {
    "poor_village": ("in a poor village", "outside poor villages"),
    "safe_house": ("in a safe house", "in an unsafe house"),
    "safe_water": ("with safe water", "without safe water"),
    "chronic": ("with a chronically ill member", "without a chronically ill member"),
}
COUNTED = {
    "workers": ("worker", "workers"),
    "students": ("student", "students"),
    "elderly": ("elderly member", "elderly members"),
    "members": ("member", "members"),
}
SIGNS = {">=": "at least ", "<=": "at most ", "==": "exactly ", ">": "more than ", "<": "fewer than "}
MONEY = {
    "farm": "farm income",
    "wage": "wages",
    "property": "property income",
    "transfer": "transfers",
    "interest_relief": "interest",
}
SHARES = {
    "farm_uplift": "farm income {changes}",
    "skill": "wages {changes} through skill",
    "job_finding": "the rate of finding a job {changes}",
    "medical_cover": "a further {share:%} of medical bills is paid",
    "shelter": "disasters take {share:% less}",
    "farm_share": "farm income {changes}",
    "wage_share": "wages {changes}",
    "safe_house": "the house becomes safe{certain}",
    "insured": "all are insured{certain}",
    "in_school": "the children stay in school{certain}",
    "safe_water": "the water becomes safe{certain}",
    "mobilisation": "uptake of other instruments {changes}",
}
COSTS = {
    "yuan_per_household": "yuan a household at entry",
    "yuan_per_household_year": "yuan a household and year",
    "yuan_per_person_year": "yuan a person and year",
}


def instruments(root: Value) -> Iterator[str]:
    """One item for each instrument, by mechanism."""
    for mechanism in MECHANISMS:
        for name, instrument in zip(root.instruments.raw, root.instruments, strict=True):
            if instrument.mechanism.raw == mechanism:
                kind = mechanism.replace("_", " ")
                yield f"- {instrument.label.raw or name} ({kind}, {name}): {_told(instrument)}"


def _told(instrument: Value) -> str:
    if instrument.off.raw:
        return "switched off."
    sentences = [_places(instrument), _effects(instrument), _rest(instrument)]
    if instrument.note:
        sentences.append(f"Note: {instrument.note}.")
    return " ".join(each for each in sentences if each)


def _places(instrument: Value) -> str:
    places, unit = instrument.places, instrument.unit.raw
    first, *later = places.raw
    start = f"{places[first]:{unit}}" if places.raw[first] else f"none{places.after(first)}"
    opening = f"{start} in {month(first)}"
    if later:
        rise = ", ".join(f"{places[date]:{unit}} by {month(date)}" for date in later)
        opening = f"from {opening} to {rise}"
    target = instrument.target
    errors = []
    if target.inclusion_error.raw:
        errors.append(f"{target.inclusion_error:% drawn by lot instead}")
    if target.exclusion_error.raw:
        errors.append(f"{target.exclusion_error:% passed over}")
    return instrument.say(
        "{opening}, given {first}{errors} among {eligible}; {uptake} take part{neighbours}",
        uptake=f"{instrument.uptake:% of those asked}" if instrument.uptake.raw < 1 else "all who are asked",
        opening=opening,
        first=FIRST[target.by.raw],
        errors=f", with {joined(errors)}," if errors else "",
        eligible=_eligible(instrument.eligible),
        neighbours=f", and more where neighbours do, by {instrument.spillover:times their share}"
        if instrument.spillover
        else "",
    )


def _eligible(eligible: Value) -> str:
    conditions = eligible.raw
    before = [words[not conditions[key]] for key, words in FLAGS.items() if key in conditions]
    behind = [words[not conditions[key]] for key, words in CONDITIONS.items() if key in conditions]
    counts = [_count(conditions[key], words) for key, words in COUNTED.items() if key in conditions]
    if counts:
        behind.append(f"with {joined(counts)}")
    if "causes" in conditions:
        behind.append(f"poor through {joined(cause.replace('_', ' ') for cause in conditions['causes'])}")
    return " ".join([*before, "households", *behind]) if before or behind else "all households"


def _count(comparison: str, words: tuple[str, str]) -> str:
    sign = comparison.strip().rstrip("0123456789 ")
    count = comparison.strip().removeprefix(sign).strip()
    return f"{SIGNS[sign]}{count} {words[count != '1']}"


def _effects(instrument: Value) -> str:
    return instrument.say("Effect: {all}", all="; ".join(_effect(each) for each in instrument.effect))


def _effect(effect: Value) -> str:
    if "standard" in effect:
        size = (
            f"income is topped up by {effect.top_up_share:% of the distance} to a standard and by at least "
            f"{effect.least_share:% of the standard}"
        )
    elif "share" in effect:
        size = _share(effect)
    else:
        crop = f" from {effect.crop.raw}" if effect.get("crop") not in (None, "other") else ""
        size = f"{effect.yuan_per_year:yuan a year} of {MONEY[effect.source.raw]}{crop}"
    parts = [size]
    if effect.per.raw != "household" and "standard" not in effect:
        parts[0] += f" for each {effect.per.raw}"
    if effect.additionality.raw < 1:
        parts.append(f"{effect.additionality:% of it additional}")
    if effect.first_after_months.raw:
        parts.append(f"first after {effect.first_after_months:months}")
    if effect.ramp_months.raw:
        parts.append(f"in full {effect.ramp_months:months later}")
    if effect.paid_by.raw == "fund":
        parts.append("paid by the fund")
    if "standard" in effect:
        parts.append(f"where the standard in yuan a person and year is {effect.standard:path}")
    return ", ".join(parts)


def _share(effect: Value) -> str:
    template = SHARES[effect.source.raw]
    if "{changes}" in template:
        direction = "fall" if effect.share.raw < 0 else "rise"
        verb = direction if template.startswith("wages") else f"{direction}s"
        return template.format(changes=f"{verb} by {abs(effect.share.raw) * 100:.10g} %{effect.after('share')}")
    if "{certain}" in template:
        certain = effect.after("share") if effect.share.raw == 1 else f" for {effect.share:% of them}"
        return template.format(certain=certain)
    return template.format(share=effect.share)


def _rest(instrument: Value) -> str:
    """How it ends, and what it costs."""
    cost = instrument.cost
    parts = []
    if instrument.drop_out.raw:
        parts.append(f"{instrument.drop_out:% drop out} a year")
    if "lasts_months" in instrument:
        parts.append(f"support lasts {instrument.lasts_months:months}")
    if "tapers_from" in instrument:
        parts.append(f"it is withdrawn by lot, evenly from {instrument.tapers_from:m} to {instrument.ends:m}")
    elif "ends" in instrument:
        parts.append(f"everything ends in {instrument.ends:m}")
    if instrument.refill.raw:
        parts.append("places of those who left are offered again")
    if "exclusive" in instrument:
        parts.append(f"a household takes part in one {instrument.exclusive} at most")
    costs = [f"{cost[key]:{words}}" for key, words in COSTS.items() if cost[key].raw]
    if costs:
        parts.append(f"the fund pays {joined(costs)}")
    if cost.own_payment.raw:
        parts.append(f"a household pays {cost.own_payment:yuan} itself")
    if cost.loan.raw:
        parts.append(
            f"a household is lent {cost.loan:yuan}, which it invests until the effects end and repays as other debt"
        )
    if not parts:
        return ""
    text = "; ".join(parts)
    return instrument.say("{text}", text=text[0].upper() + text[1:])
