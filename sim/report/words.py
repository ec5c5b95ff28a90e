"""Numbers and judgements in plain words, in the language of the page."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.language import ENGLISH, Language, chinese
from sim.scenario import Scenario

MECHANISMS = {
    "industry": "Industry",
    "employment": "Employment",
    "relocation": "Relocation and housing",
    "social_security": "Social security",
    "enabling": "Enabling",
}

SOURCES = {
    "farm_income": "Farm and business",
    "wage_income": "Wages",
    "property_income": "Property",
    "transfer_income": "Transfers",
}

OPERATORS = {
    "survey_incidence": "People below the survey line",
    "register_incidence": "People on the register",
    "register_persons": "People on the register",
    "register_households_ever": "Households ever registered",
    "gross_exits": "People who left by review",
    "cumulative_reduction": "Fall from survey poverty to the register",
    "villages_exited": "Poor villages out",
    "counties_exited": "Poor counties out",
    "coverage": "Registered households reached",
    "outlays": "Outlays",
    "mean_income": "Mean income per head",
    "lowest_fifth_income": "Mean income of the poorest fifth",
    "returns_share": "Returns, share of those who had left",
}

UNITS = {"percent": "%", "yuan_per_person_year": "yuan a year", "person_times": "person-times"}

ONE = {"counties": "county", "villages": "village"}

WAN, YI = 1e4, 1e8  # 万 and 亿, in which Chinese counts

DASH = "–"


def _percent(value: float, digits: int, sign: str = "") -> str:
    return f"{value:{sign}.{digits}f}\N{NO-BREAK SPACE}%".replace("-", "−")


def _three_digits(value: float) -> float:
    return round(value, 2 - math.floor(math.log10(abs(value)))) if value else 0.0


def whole(value: float | None) -> str:
    """A whole number with thousands separators, such as yuan a head; a dash when there is none."""
    return DASH if value is None or math.isnan(value) else f"{value:,.0f}".replace("-", "−")


def percent(value: float | None) -> str:
    """A percentage with the digits that matter: 26.7 %, 0.37 %."""
    if value is None or math.isnan(value):
        return DASH
    return _percent(value, 1 if abs(value) >= 1 else 2)


def share_words(share: float) -> str:
    """A share as a percentage without false precision."""
    return DASH if math.isnan(share) else _percent(100 * share, 0 if share >= 0.01 or share == 0 else 1)


def error(relative: float | None) -> str:
    """A relative error with its sign."""
    if relative is None:
        return DASH
    if abs(relative) >= 10:
        return f"×{relative + 1:,.0f}"
    return _percent(100 * relative, 0 if abs(relative) >= 0.0995 else 1, sign="+")


@dataclass(frozen=True)
class Words:
    """What a page says, in its language; calling `say` turns an English template into text.

    Large numbers of people, households and yuan are written in 万 and 亿 in Chinese.
    """

    say: Language = ENGLISH

    @property
    def chinese(self) -> bool:
        """Whether the page is in Chinese."""
        return self.say.code == "zh"

    @property
    def many_yuan(self) -> float:
        """Yuan in a unit of large sums: a million in English, 亿 in Chinese."""
        return YI if self.chinese else 1e6

    @property
    def billion(self) -> float:
        """Yuan in the unit of outlays: a billion in English, 亿 in Chinese."""
        return YI if self.chinese else 1e9

    @property
    def many_people(self) -> float:
        """People in a unit of an axis: a thousand in English, 万 in Chinese."""
        return WAN if self.chinese else 1e3

    def _scaled(self, value: float, form: str) -> str:
        """A number in its 万 or 亿, both in the same form."""
        unit, name = (YI, "亿") if abs(value) >= YI else (WAN, "万")
        return f"{value / unit:{form}}{name}"

    def count(self, value: float | None) -> str:
        """People or households: 702,400, or 70.24万 in Chinese; a dash when there is none."""
        if value is None or math.isnan(value) or not self.chinese or abs(value) < WAN:
            return whole(value)
        return self._scaled(value, ",.2f").replace("-", "−")

    def about(self, value: float) -> str:
        """A count to three digits, for sentences; the tables have all of them."""
        rounded = _three_digits(value)
        return self._scaled(rounded, ",.10g") if self.chinese and abs(rounded) >= WAN else whole(rounded)

    def billions(self, yuan: float | None) -> str:
        """Yuan in billions, or in 亿 in Chinese, without the unit."""
        if yuan is None or math.isnan(yuan):
            return DASH
        value = yuan / self.billion
        return f"{value:,.1f}" if abs(value) >= 1 else f"{value:.2f}"

    def millions(self, yuan: float | None) -> str:
        """Yuan in millions, or in 万 in Chinese, without the unit."""
        if yuan is None or math.isnan(yuan):
            return DASH
        value = yuan / (WAN if self.chinese else 1e6)
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"

    def change(self, value: float | None) -> str:
        """A difference with its sign, in whole numbers; three digits where it is small."""
        if value is None or math.isnan(value):
            return DASH
        if value == 0:
            return "0"
        if self.chinese and abs(value) >= WAN:
            return self._scaled(_three_digits(value), "+,.10g").replace("-", "−")
        as_it_is = abs(value) >= 100 or value == round(value)
        return (f"{value:+,.0f}" if as_it_is else f"{value:+.3g}").replace("-", "−")

    def plus_minus(self, error: float) -> str:
        """An error with the digits of `change`."""
        return f"± {self.change(abs(error)).removeprefix('+')}"

    def unit(self, unit: str, value: float = 2) -> str:
        """A unit of the evidence registry as a reader says it, after a value; the registry may hold any."""
        name = ONE.get(unit) if round(value) == 1 else None
        name = name or UNITS.get(unit, unit.replace("_", " "))
        return self.say(name) if name in chinese() else name

    def quantity(self, value: float | None, unit: str) -> str:
        """A number with its unit, as in `quantity(26.71, "percent")`."""
        if value is None:
            return DASH
        if unit == "percent":
            return _percent(value, 2)
        if unit == "yuan" and abs(value) >= 1e7:
            return self.say("{n} bn yuan", n=f"{value / self.billion:,.2f}")
        number = whole(value) if unit.startswith("yuan") else self.count(value)
        return self.say("{n} {unit}", n=number, unit=self.unit(unit, value))

    def margin(self, value: float, unit: str) -> str:
        """A margin of the population with its unit; shares in percent."""
        return _percent(100 * value, 2) if unit == "share" else self.quantity(value, unit)

    def first_and_others(self, names: Sequence[str]) -> str:
        """The first of several names and how many others there are; nothing where there is none."""
        if len(names) < 2:
            return "".join(names)
        others = "{first} and {n} other" if len(names) == 2 else "{first} and {n} others"
        return self.say(others, first=names[0], n=len(names) - 1)

    def listed(self, names: Sequence[str]) -> str:
        """Names with commas, or with 、 in Chinese."""
        return ("、" if self.chinese else ", ").join(names)

    def instruments(self, scenario: Scenario) -> dict[str, str]:
        """What each instrument is called: its Chinese name on a page in Chinese, its label, or its key."""
        return {name: self.say.name(each.label or name, each.chinese) for name, each in scenario.instruments.items()}

    def within(self, name: str) -> str:
        """A translated name as it stands within a sentence."""
        return name if self.chinese else name[:1].lower() + name[1:]

    def ticks(self, value: float, _: object = None) -> str:
        """A number at an axis: 200k, or 20万 in Chinese."""
        units = ((YI, "亿"), (WAN, "万")) if self.chinese else ((1e9, "bn"), (1e6, "M"), (1e3, "k"))
        unit, name = next((pair for pair in units if abs(value) >= pair[0]), (1.0, ""))
        return f"{value / unit:,.10g}{name}".replace("-", "−")

    def values(self, heading: object, of: Mapping[str, str]) -> str:
        """Names with their values, a line each, under a heading: what shows beside the pointer."""
        return "\n".join([str(heading), *(self.say("{name}: {value}", name=name, value=of[name]) for name in of)])

    def verdict(self, relative: float | None, simulated: float | None) -> str:
        """How far off, in words."""
        say = self.say
        if simulated is None:
            return say("not reached by this run")
        if relative is None:
            return say("no relative error from zero")
        size, high = abs(relative), relative > 0
        if size < 0.02:
            return say("on the figure")
        if size < 0.10:
            return say("close, a little too high") if high else say("close, a little too low")
        if size < 0.25:
            return say("somewhat too high") if high else say("somewhat too low")
        if size < 0.5:
            return say("much too high") if high else say("much too low")
        if simulated == 0:
            return say("nothing of it")
        if high:
            return say("far too high: {n} times the figure", n=f"{relative + 1:,.1f}")
        return say("far too low: {share} of the figure", share=percent(100 * (1 + relative)))


IN_ENGLISH = Words()
