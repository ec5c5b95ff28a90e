"""A scenario as plain sentences, section by section, every number with its unit and source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from statistics import median
from typing import TYPE_CHECKING

from sim.language import ENGLISH, Language
from sim.scenario.explain_instruments import instruments
from sim.scenario.explain_register import register
from sim.scenario.prose import Sources, Value, is_recalled
from sim.scenario.sources import unsourced
from sim.scenario.wording import WIDTH, columns, date, number, paragraph, percent

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario
    from sim.scenario.sources import Registry

OPERATORS = {
    "survey_incidence": "Persons below the survey line: {value} of all",
    "register_incidence": "Persons on the register: {value} of all",
    "register_persons": "Persons on the register: {value}",
    "register_households_ever": "Households that were ever on the register: {value}",
    "gross_exits": "Persons who left the register, returns not deducted: {value}",
    "cumulative_reduction": "Persons below the survey line at first less those on the register at last: {value}",
    "villages_exited": "Poor villages that have exited: {value}",
    "counties_exited": "Poor counties that have exited: {value}",
    "coverage": "Ever-registered households with one of {names}: {value}",
    "outlays": "What the fund paid for {names}: {value} yuan",
    "mean_income": "Mean income: {value} yuan a head",
    "lowest_fifth_income": "Mean income of the poorest fifth: {value} yuan a head",
    "returns_share": "Those who returned to the register, of all who had left: {value}",
}
SHOCKS = {
    "price": "the price of {crop}",
    "illness": "the incidence of illness",
    "jobs": "the rate at which jobs are found",
    "wages": "the level of wages",
    "disaster": "farm income",
}


def explain(loaded: LoadedScenario, evidence: Registry, language: Language = ENGLISH) -> str:
    """The scenario in sentences.

    Parameters
    ----------
    loaded : scenario
    evidence : registry that its evidence ids stand for
    language : of the sentences; what the scenario says in its own words is translated where the catalogue has it

    Returns
    -------
    str
        Wrapped text. Sources stand in brackets, in full where an id is named first; what is assumed says why.
    """
    bare = unsourced(loaded)
    sources = Sources(loaded, evidence, bare, language)
    root = Value(sources, "", loaded.resolved)
    title = language.own(loaded.scenario.name)
    sections = {
        "The population": _population(root.population),
        "Poverty lines and income": _income(root),
        "What befalls households": _risks(root),
        "The instruments": instruments(root),
        "The register": register(root.register),
        "Money and shocks": _money_and_shocks(root),
        "Reported figures to compare with": _reported(root, evidence),
        "Numbers without a source": (f"- {path}" for path in bare),
        "Sources": _documents(sources),
    }
    blocks = [
        f"{title}\n{'=' * columns(title)}",
        paragraph(language.own(loaded.scenario.description), language),
        paragraph(_overview(root, loaded.hash), language),
        *(block for name, texts in sections.items() for block in _section(language(name), texts, language)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _section(title: str, paragraphs: Iterable[str], language: Language) -> list[str]:
    """A heading and its paragraphs; items of a list stand together where most are short."""
    texts = [paragraph(text, language) for text in paragraphs]
    if not texts:
        return []
    heading = f"{title}\n{'-' * columns(title)}"
    is_short_list = all(text.startswith("- ") for text in texts) and median(map(columns, texts)) < 3 * WIDTH
    return [f"{heading}\n\n" + "\n".join(texts)] if is_short_list else [heading, *texts]


def _overview(root: Value, name: str) -> str:
    return root.say(
        """From {period.start:m} to {period.end:m}, month by month. At least the year before is simulated
        too, so that the income of a year is known. Seed {seed}; scenario {name}""",
        seed=str(root.seed.raw),
        name=name[:12],
    )


def _population(population: Value) -> Iterator[str]:
    everybody = population.scale.raw == 1
    yield population.say(
        "{persons:rural persons} live in {households:households} and {villages:villages}; {sample} simulated",
        sample=population.phrase("all are" if everybody else "{scale:% of the villages} are"),
    )
    counties = [
        f"{population.language.own(name)}{'*' if county.poor.raw else ''} {county.persons}"
        for name, county in zip(population.counties.raw, population.counties, strict=True)
    ]
    yield population.say(
        "Counties with their rural persons in thousands, designated poor ones with a star: {names}",
        names=population.together(counties),
    )
    yield population.poor_villages.say(
        """{count:designated poor villages} hold {households:households} with {persons:persons}. Of the
        villages {severity.mild:% are mildly poor}, {severity.moderate:% moderately} and
        {severity.severe:% severely}; one of a poor county is {concentration:times as likely} to be among
        them as another one. Of their houses {unsafe_houses:% are unsafe}; {paved_road:% of the villages}
        have a paved road at the start"""
    )
    yield population.composition.say(
        """Of all members {workers:% can work}, {students:% are students} and {elderly:% are elderly}.
        Adults went to school for {schooling_years:years} on average, with a standard deviation of
        {schooling_sd}. Of households {chronic:% have a chronically ill or disabled member};
        {unsafe_houses:% live in an unsafe house} outside poor villages; {uninsured:% lack basic medical
        insurance}; of those with students {out_of_school:% have one who left school}; {unsafe_water:% lack
        safe drinking water}. Savings are
        {assets_months:months of income} (median)"""
    )


def _income(root: Value) -> Iterator[str]:
    yield root.say("Survey and income poverty lie below, in yuan a head and year: {lines.survey:path}")
    yield root.say("The register tests against, in yuan a head and year: {lines.exit:path}")
    yield root.say("Mean rural income, in yuan a head and year: {income.mean:path}")
    if root.income.get("market_factor"):
        yield root.say("Before illness, lost jobs and instruments it is, as a share: {income.market_factor:path%}")
    yield root.income.say(
        """At the start log income has a standard deviation of {log_sd}; villages differ by {village_sd},
        and {transitory_sd} is passing, of which {transitory_persistence:% is left after a year}. Poor
        villages lie {poor_village_gap:log points} lower. Lasting changes have a standard deviation of
        {permanent_sd} a year"""
    )
    yield root.income.say(
        """Of market income {farm_share:% comes from farming and business}, {wage_share:% from wages} and
        {property_share:% from property}; the rest is transfers"""
    )


def _risks(root: Value) -> Iterator[str]:
    yield root.health.say(
        """Illness befalls {incidence:% of households} a year, {chronic_factor:times} as many with a
        chronically ill member and {elderly_factor:times} as many with an elderly one. It lasts
        {recovery_months:months}, takes {income_loss:% of income} and costs {bill_median:yuan} (median at
        the income of the first year; log standard deviation {bill_log_sd}), of which general insurance pays
        {reimbursed:%}"""
    )
    yield root.work.say(
        """Work: a household loses its main job at a rate of {separation} a year and finds one at {finding}
        a year; in between {wage_loss:% of its wages} are lost. Each percent of a county's workers whom
        instruments place makes finding {crowding:percent slower} and wages
        {wage_response:percent higher}"""
    )
    yield root.family.say(
        """Family: in a year, of all persons, {births:% are born}, {deaths:% die}, {leaving:% leave} and
        {joining:% join}"""
    )
    hazard = root.disasters.hazard
    yield root.disasters.say(
        """Disasters strike a village in a year with this probability, by its severity of poverty:
        {by_severity}. They take {farm_loss:% of farm income} for {months:months}""",
        by_severity=hazard.together(
            hazard.language(f"{name} {{share}}", share=f"{share:%}")
            for name, share in zip(hazard.raw, hazard, strict=True)
        ),
    )
    yield root.prices.say(
        """Crop prices of a county have a log standard deviation of {sd}, of which {persistence:% is left
        after a year}. A crop's price falls by {supply_elasticity:percent} for each percent that
        instruments' crops add to farm income"""
    )
    yield root.accounts.say(
        """Accounts: households consume {fixed_consumption:yuan} a head and year and {consumption_share:% of
        income}, but at least {subsistence:% of the survey line}; a student costs {schooling_cost:yuan} a
        year. Debt of up to {debt_limit:% of} yearly income bears {interest:%} a year, and {repayment:%} of
        it is repaid a month where cash allows"""
    )


def _money_and_shocks(root: Value) -> Iterator[str]:
    if "budget" in root:
        yield root.say(
            """A county opens no places once its part of the fund is spent. The fund in yuan:
            {budget.yuan:path}"""
        )
    else:
        yield root.language("The fund is unlimited.")
    for shock in root.shocks:
        yield "- " + shock.say(
            f"Shock: for {{months:months}} from {{from:m}} {_struck(shock)} by {{size}} in {{where}}",
            size=percent(abs(shock.change.raw), shock.language),
            where=_where(shock),
        )


def _struck(shock: Value) -> str:
    what = SHOCKS[shock.kind.raw].format(crop=shock.get("crop"))
    return f"{what} {'falls' if shock.change.raw < 0 else 'rises'}"


def _where(shock: Value) -> str:
    county = shock.language("every county") if shock.county.raw == "all" else shock.language.own(shock.county.raw)
    return shock.phrase("poor villages of {place}", place=county) if shock.villages.raw == "poor" else county


def _reported(root: Value, evidence: Registry) -> Iterator[str]:
    language = root.language
    for figure in root.reported:
        row = evidence[figure.evidence.raw]
        value = percent(row.value / 100, language) if row.unit == "percent" else number(row.value, language)
        labels = [_label(root, name) for name in figure.instruments.raw]
        text = language(OPERATORS[figure.operator.raw], value=value, names=figure.together(labels or [""]))
        when = figure.phrase("from {first} to {at:m}" if "from" in figure else "in {at:m}", first=_first(figure))
        yield "- " + figure.phrase("{text} {when} {source}.", text=text, when=when, source=figure.evidence.cite())


def _label(root: Value, name: str) -> str:
    """What a report calls an instrument; an English one names it as the scenario does."""
    instrument = root.instruments[name]
    return root.language.name(name, instrument.chinese.raw or instrument.label.raw)


def _first(figure: Value) -> str:
    return date(figure["from"].raw, figure.language) if "from" in figure else ""


def _documents(sources: Sources) -> Iterator[str]:
    """Every document that was cited, with the ids that stand for its figures."""
    language = sources.language
    rows = sorted(sources.named.values(), key=lambda row: (row.source, is_recalled(row), row.id))
    for (source, recalled), group in groupby(rows, key=lambda row: (row.source, is_recalled(row))):
        how = language(" (recalled: never seen in a document)") if recalled else ""
        yield f"- {language.own(source)}{how}: {', '.join(row.id for row in group)}."
