"""Instruments as sentences: places and who gets them, what they do, how they end and what they cost."""

from __future__ import annotations

from collections.abc import Iterator

from sim.scenario.instruments import MECHANISMS
from sim.scenario.prose import Value
from sim.scenario.wording import date, listed, percent

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
    "workers": ("{count} worker", "{count} workers"),
    "students": ("{count} student", "{count} students"),
    "elderly": ("{count} elderly member", "{count} elderly members"),
    "members": ("{count} member", "{count} members"),
}
SIGNS = {
    ">=": "at least {members}",
    "<=": "at most {members}",
    "==": "exactly {members}",
    ">": "more than {members}",
    "<": "fewer than {members}",
}
MONEY = {
    "farm": "farm income",
    "wage": "wages",
    "property": "property income",
    "transfer": "transfers",
    "interest_relief": "interest",
}
SHARES = {
    "farm_uplift": "farm income {changes}",
    "skill": "wages {change} through skill",
    "job_finding": "the rate of finding a job {changes}",
    "medical_cover": "a further {share:%} of medical bills is paid",
    "shelter": "disasters take {share:% less}",
    "farm_share": "farm income {changes}",
    "wage_share": "wages {change}",
    "safe_house": "the house becomes safe{certain}",
    "insured": "all are insured{certain}",
    "in_school": "the children stay in school{certain}",
    "safe_water": "the water becomes safe{certain}",
    "mobilisation": "uptake of other instruments {changes}",
}
UNITS = {
    "households": "{size:households}",
    "persons": "{size:persons}",
    "workers": "{size:workers}",
    "students": "{size:students}",
    "elderly": "{size:elderly}",
    "villages": "{size:villages}",
}
COSTS = {
    "yuan_per_household": "{yuan_per_household:yuan a household at entry}",
    "yuan_per_household_year": "{yuan_per_household_year:yuan a household and year}",
    "yuan_per_person_year": "{yuan_per_person_year:yuan a person and year}",
}


def instruments(root: Value) -> Iterator[str]:
    """One item for each instrument, by mechanism."""
    language = root.language
    for mechanism in MECHANISMS:
        for name, instrument in zip(root.instruments.raw, root.instruments, strict=True):
            if instrument.mechanism.raw == mechanism:
                label = language.name(instrument.label.raw or name, instrument.chinese.raw)
                head = language(f"{{label}} ({mechanism.replace('_', ' ')}, {{name}}): ", label=label, name=name)
                yield f"- {head}{_told(instrument)}"


def _told(instrument: Value) -> str:
    if instrument.off.raw:
        return instrument.language("switched off.")
    sentences = [_places(instrument), _effects(instrument), _rest(instrument)]
    if instrument.note:
        sentences.append(instrument.language("Note: {text}.", text=instrument.language.own(instrument.note.raw)))
    between = " " if instrument.language.code == "en" else ""
    return between.join(each for each in sentences if each)


def _places(instrument: Value) -> str:
    target = instrument.target
    errors = []
    if target.inclusion_error.raw:
        errors.append(target.phrase("{inclusion_error:% drawn by lot instead}"))
    if target.exclusion_error.raw:
        errors.append(target.phrase("{exclusion_error:% passed over}"))
    return instrument.say(
        "{opening}, given {first}{errors} among {eligible}; {uptake} take part{neighbours}",
        opening=_opening(instrument),
        first=instrument.language(FIRST[target.by.raw]),
        errors=instrument.phrase(", with {errors},", errors=instrument.together(errors)) if errors else "",
        eligible=_eligible(instrument.eligible),
        uptake=instrument.phrase("{uptake:% of those asked}" if instrument.uptake.raw < 1 else "all who are asked"),
        neighbours=instrument.phrase(", and more where neighbours do, by {spillover:times their share}")
        if instrument.spillover
        else "",
    )


def _opening(instrument: Value) -> str:
    """The places: at the first date, and at those by which they rise."""
    places, language = instrument.places, instrument.language
    unit = UNITS[instrument.unit.raw]
    first, *later = places.raw
    none = language("none{source}", source=places.after(first)) if not places.raw[first] else ""
    size = none or instrument.phrase(unit, size=places[first])
    start = language("{size} in {date}", size=size, date=date(first, language))
    if not later:
        return start
    steps = [
        language("{size} by {date}", size=instrument.phrase(unit, size=places[each]), date=date(each, language))
        for each in later
    ]
    return language("from {start} to {rise}", start=start, rise=listed(steps, ",", language))


def _eligible(eligible: Value) -> str:
    conditions, language = eligible.raw, eligible.language
    before = [language(words[not conditions[key]]) for key, words in FLAGS.items() if key in conditions]
    behind = [language(words[not conditions[key]]) for key, words in CONDITIONS.items() if key in conditions]
    counts = [_count(eligible, conditions[key], words) for key, words in COUNTED.items() if key in conditions]
    if counts:
        behind.append(language("with {counts}", counts=eligible.together(counts)))
    if "causes" in conditions:
        causes = [language(f"{cause.replace('_', ' ')} {{share}}", share="").strip() for cause in conditions["causes"]]
        behind.append(language("poor through {causes}", causes=eligible.together(causes)))
    if not before and not behind:
        return language("all households")
    if language.code == "zh":
        return f"{eligible.together([*before, *behind])}的农户"
    return " ".join([*before, "households", *behind])


def _count(eligible: Value, comparison: str, words: tuple[str, str]) -> str:
    sign = comparison.strip()[: 2 if "=" in comparison else 1]
    count = int(comparison.strip().removeprefix(sign))
    members = eligible.language(words[count != 1], count=str(count))
    return eligible.language(SIGNS[sign], members=members)


def _effects(instrument: Value) -> str:
    told = listed((_effect(each) for each in instrument.effect), ";", instrument.language)
    return instrument.say("Effect: {told}", told=told)


def _effect(effect: Value) -> str:
    parts = [_size(effect)]
    if effect.per.raw != "household" and "standard" not in effect:
        parts[0] = effect.phrase(f"{{size}} for each {effect.per.raw}", size=parts[0])
    if effect.additionality.raw < 1:
        parts.append(effect.phrase("{additionality:% of it additional}"))
    if effect.first_after_months.raw:
        parts.append(effect.phrase("first after {first_after_months:months}"))
    if effect.ramp_months.raw:
        parts.append(effect.phrase("in full {ramp_months:months later}"))
    if effect.paid_by.raw == "fund":
        parts.append(effect.language("paid by the fund"))
    if "standard" in effect:
        parts.append(effect.phrase("where the standard in yuan a person and year is {standard:path}"))
    return listed(parts, ",", effect.language)


def _size(effect: Value) -> str:
    if "standard" in effect:
        return effect.phrase(
            """income is topped up by {top_up_share:% of the distance} to a standard and by at least
            {least_share:% of the standard}"""
        )
    if "share" in effect:
        return _share(effect)
    crop = f" from {effect.crop.raw}" if effect.get("crop") not in (None, "other") else ""
    return effect.phrase(f"{{yuan_per_year:yuan a year}} of {MONEY[effect.source.raw]}{crop}")


def _share(effect: Value) -> str:
    """A template names only one of the words below; what it does not name is not told."""
    template = SHARES[effect.source.raw]
    size = percent(abs(effect.share.raw), effect.language)
    if "{change" in template:
        word = "fall" if effect.share.raw < 0 else "rise"
        verb = word if "{change}" in template else f"{word}s"
        source = effect.after("share")
        changes = effect.language(f"{verb} by {{size}}{{source}}", size=size, source=source)
        return effect.phrase(template, change=changes, changes=changes)
    if "{certain}" in template:
        certain = effect.after("share") if effect.share.raw == 1 else effect.phrase(" for {share:% of them}")
        return effect.phrase(template, certain=certain)
    return effect.phrase(template)


def _rest(instrument: Value) -> str:
    """How it ends, and what it costs."""
    parts = [instrument.phrase(template) for template in _ending(instrument)] + _paying(instrument.cost)
    if not parts:
        return ""
    text = listed(parts, ";", instrument.language)
    return instrument.closed(text[0].upper() + text[1:])


def _ending(instrument: Value) -> Iterator[str]:
    if instrument.drop_out.raw:
        yield "{drop_out:% drop out} a year"
    if "lasts_months" in instrument:
        yield "support lasts {lasts_months:months}"
    if "tapers_from" in instrument:
        yield "it is withdrawn by lot, evenly from {tapers_from:m} to {ends:m}"
    elif "ends" in instrument:
        yield "everything ends in {ends:m}"
    if instrument.refill.raw:
        yield "places of those who left are offered again"
    if "exclusive" in instrument:
        yield "a household takes part in one {exclusive} at most"


def _paying(cost: Value) -> list[str]:
    parts = []
    costs = [cost.phrase(template) for key, template in COSTS.items() if cost[key].raw]
    if costs:
        parts.append(cost.phrase("the fund pays {costs}", costs=cost.together(costs)))
    if cost.own_payment.raw:
        parts.append(cost.phrase("a household pays {own_payment:yuan} itself"))
    if cost.loan.raw:
        parts.append(
            cost.phrase(
                """a household is lent {loan:yuan}, which it invests until the effects end and repays as
                other debt"""
            )
        )
    return parts
