"""The population at the start: every synthetic household a pure function of seed and identity, so that a sample holds
the very same households as the whole region; of own households only what their file leaves open is drawn."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from sim.areas import Areas, draw_areas, poor_share, sample
from sim.columns import HOUSEHOLD, STREAMS, VILLAGE
from sim.enrolments import SHARE_GRID
from sim.kernel.luck import GOLDEN, household_keys, mix, normals, stream, uniform
from sim.kernel.numeric import CACHING, COMPILED, INLINED, exp, f4, u4
from sim.microdata.own import BIT, own_households
from sim.parameters import first_month, household_sd, now
from sim.scenario.model import Scenario

# Household sizes 1 to 8 in rural China, in outline; the tilt below moves the mean to the reported one.
SIZES = np.array([0.09, 0.19, 0.23, 0.23, 0.14, 0.08, 0.03, 0.01])

MEMBERS, WORKERS, STUDENTS, ELDERLY, IS_CHRONIC, SCHOOLED, SHARED, IS_ILL, IS_JOBLESS, HOUSED, IS_INSURED, AT_SCHOOL, \
    WATERED, SAVED = (u4(bit) for bit in BIT.values())  # fmt: skip
CAPACITY, SCHOOLING, SHARES = (stream(f"population.{name}") for name in ("capacity", "schooling", "shares"))
SIZE, ROLE, CHRONIC, HOUSE, INSURED, SCHOOL, WATER, ILL, JOB = (
    stream(f"population.{name}")
    for name in ("size", "role", "chronic", "house", "insured", "school", "water", "ill", "job")
)


class Make(NamedTuple):
    """What the population is drawn from; shares unless said otherwise."""

    sizes: np.ndarray  # (2, 8) cumulative distribution of members outside and in poor villages
    workers: np.float32
    students: np.float32
    elderly: np.float32
    chronic: np.float32
    schooling: np.float32  # years
    schooling_sd: np.float32  # years
    unsafe: np.ndarray  # (2,) outside and in poor villages
    uninsured: np.float32
    out_of_school: np.float32
    unsafe_water: np.float32
    assets_months: np.float32
    household_sd: np.float32  # log
    transitory_sd: np.float32  # log
    farm_share: np.float32
    wage_share: np.float32
    property_share: np.float32
    incidence: np.float32  # a month
    chronic_factor: np.float32
    elderly_factor: np.float32
    recovery: np.float32  # a month
    separation: np.float32  # a month
    finding: np.float32  # a month
    market_income: np.float32  # yuan per head and month
    survey_line: np.float32  # yuan per head and year


def tilted_sizes(mean: float) -> np.ndarray:
    """Cumulative distribution of household sizes 1 to 8 with this mean: SIZES, tilted exponentially."""
    sizes = np.arange(1, len(SIZES) + 1)
    if not 1 < mean < len(SIZES):
        raise ValueError(f"mean household size {mean:.2f} does not lie between 1 and {len(SIZES)}")
    low, high = -20.0, 20.0
    for _ in range(100):
        tilt = (low + high) / 2
        share = SIZES * np.exp(tilt * (sizes - mean))
        low, high = (tilt, high) if (share * sizes).sum() / share.sum() < mean else (low, tilt)
    cumulative = np.cumsum(share / share.sum())
    cumulative[-1] = 1.0
    return cumulative.astype(np.float32)


def ingredients(scenario: Scenario) -> Make:
    """The distributions that meet the scenario's margins."""
    population, c, income = scenario.population, scenario.population.composition, scenario.income
    poor = population.poor_villages
    others = (population.persons - poor.persons) / max(population.households - poor.households, 1)
    in_poor = poor.persons / poor.households if poor.households else others
    first = now(scenario, first_month(scenario), poor_share(population))
    return Make(
        sizes=np.stack([tilted_sizes(others), tilted_sizes(in_poor)]),
        workers=f4(c.workers),
        students=f4(c.students),
        elderly=f4(c.elderly),
        chronic=f4(c.chronic),
        schooling=f4(c.schooling_years),
        schooling_sd=f4(c.schooling_sd),
        unsafe=np.array([c.unsafe_houses, poor.unsafe_houses], np.float32),
        uninsured=f4(c.uninsured),
        out_of_school=f4(c.out_of_school),
        unsafe_water=f4(c.unsafe_water),
        assets_months=f4(c.assets_months),
        household_sd=f4(household_sd(income, poor_share(population))),
        transitory_sd=f4(income.transitory_sd),
        farm_share=f4(income.farm_share),
        wage_share=f4(income.wage_share),
        property_share=f4(income.property_share),
        incidence=f4(scenario.health.incidence / 12),
        chronic_factor=f4(scenario.health.chronic_factor),
        elderly_factor=f4(scenario.health.elderly_factor),
        recovery=f4(1 / scenario.health.recovery_months),
        separation=f4(-math.expm1(-scenario.work.separation / 12)),
        finding=f4(-math.expm1(-scenario.work.finding / 12)),
        market_income=first.market_income,
        survey_line=first.survey_line,
    )


@njit(**INLINED)
def on_grid(share):
    """The share rounded to the grid of enrolments' amounts, so that adding to it and taking away is exact."""
    return np.floor(share * f4(SHARE_GRID) + f4(0.5)) / f4(SHARE_GRID)


@njit(**INLINED)
def lacks(brought, what):
    """Whether an attribute is to be drawn."""
    return (brought & what) == u4(0)


@njit(cache=CACHING, **COMPILED)
def passing_luck(h, out):
    """Standard normal luck of the passing component of earning capacity."""
    for i in range(len(out)):
        _, out[i] = normals((h.first_key[i], h.second_key[i], u4(0)), CAPACITY)


@njit(cache=CACHING, **COMPILED)
def populate(h, v, brought, effect, make, first_village, end_village):
    """Draws the households of some villages, all but what own households bring along (`sim.microdata.own.BIT`).

    Poorer households have fewer workers, less schooling, worse houses and more chronic illness; their lasting
    capacity itself is exactly normal, so that growth alone can be checked against a closed form.
    """
    for k in range(first_village, end_village):
        poor = np.int64(v.poor_village[k])
        for i in range(v.first[k], v.end[k]):
            own = brought[i] if len(brought) > 0 else u4(0)
            luck = (h.first_key[i], h.second_key[i], u4(0))
            a, b = h.first_key[i], h.second_key[i]
            h.village[i] = u4(k)
            if lacks(own, MEMBERS):
                z, passing = normals(luck, CAPACITY)
                h.permanent[i] = f4(effect[k]) + make.household_sd * z
                h.transitory[i] = make.transitory_sd * passing
                u = uniform(a, b, mix(SIZE))
                members = 1
                while u >= make.sizes[poor, members - 1] and members < 8:
                    members += 1
            else:
                z = (h.permanent[i] - f4(effect[k])) / make.household_sd if make.household_sd > 0 else f4(0)
                members = np.int64(h.members[i])
            workers, students, elderly = roles(h, i, own, members, z, make)
            h.members[i], h.workers[i], h.students[i], h.elderly[i] = members, workers, students, elderly
            learnt, grown = normals(luck, SCHOOLING)
            if lacks(own, SCHOOLED):
                schooling = make.schooling + make.schooling_sd * (f4(0.4) * z + f4(0.9165) * learnt)
                h.schooling[i] = min(max(schooling, f4(0)), f4(16))
            if lacks(own, IS_CHRONIC):
                h.chronic[i] = uniform(a, b, mix(CHRONIC)) < make.chronic * exp(f4(-0.4) * z - f4(0.08))
            if lacks(own, IS_ILL):
                risk = make.incidence
                if h.chronic[i]:
                    risk *= make.chronic_factor
                if elderly > 0:
                    risk *= make.elderly_factor
                h.ill[i] = uniform(a, b, mix(ILL)) < risk / (risk + make.recovery)
            if lacks(own, IS_JOBLESS):
                lost = make.separation / (make.separation + make.finding) if make.separation > 0 else f4(0)
                h.jobless[i] = uniform(a, b, mix(JOB)) < lost
            if lacks(own, SHARED):
                spread, _ = normals(luck, SHARES)
                both = make.farm_share + make.wage_share
                farm = min(max(make.farm_share + f4(0.12) * spread, f4(0)), both)
                h.farm_share[i] = on_grid(farm)
                h.wage_share[i] = on_grid(both - farm)
                if workers == 0:
                    h.farm_share[i] = on_grid(farm * f4(0.5))
                    h.wage_share[i] = f4(0)
            h.transfer_share[i] = f4(1) - h.farm_share[i] - h.wage_share[i] - make.property_share
            if lacks(own, HOUSED):
                unsafe = uniform(a, b, mix(HOUSE)) < make.unsafe[poor] * exp(f4(-0.8) * z - f4(0.32))
                h.safe_house[i] = f4(not unsafe)
            if lacks(own, IS_INSURED):
                h.insured[i] = f4(uniform(a, b, mix(INSURED)) >= make.uninsured)
            if lacks(own, AT_SCHOOL):
                left_school = (students > 0) and (uniform(a, b, mix(SCHOOL)) < make.out_of_school)
                h.in_school[i] = f4(not left_school)
            if lacks(own, WATERED):
                h.safe_water[i] = f4(uniform(a, b, mix(WATER)) >= make.unsafe_water)
            capacity = make.market_income * f4(members) * exp(h.permanent[i] + h.transitory[i])
            if lacks(own, SAVED):
                h.assets[i] = make.assets_months * capacity * exp(f4(0.8) * grown)
            h.income_last_year[i] = f4(12) * capacity
            h.income_12_months[i] = f4(12) * capacity
            h.income_this_year[i] = f4(12) * capacity
            h.poor[i] = h.income_12_months[i] < make.survey_line * f4(members)


@njit(**INLINED)
def roles(h, i, own, members, z, make):
    """Workers, students and elderly of a household: those it brings along, the others drawn among the rest."""
    workers = students = elderly = 0
    able, studying, old, rest = make.workers + f4(0.04) * z, make.students, make.elderly, f4(1)
    if not lacks(own, WORKERS):
        workers, rest, able = np.int64(h.workers[i]), rest - able, f4(0)
    if not lacks(own, STUDENTS):
        students, rest, studying = np.int64(h.students[i]), rest - studying, f4(0)
    if not lacks(own, ELDERLY):
        elderly, rest, old = np.int64(h.elderly[i]), rest - old, f4(0)
    rest = max(rest, f4(1e-6))
    a, b = h.first_key[i], h.second_key[i]
    for m in range(members - workers - students - elderly):
        u = uniform(a, b, mix(u4(ROLE + u4(m) * GOLDEN))) * rest
        if u < able:
            workers += 1
        elif u < able + studying:
            students += 1
        elif u < able + studying + old:
            elderly += 1
    return workers, students, elderly


class People(NamedTuple):
    """A population before it is drawn, and what it is drawn from.

    Attributes
    ----------
    areas : its villages; h, v : columns of households and villages; streams : the matrix behind some of them
    brought : (R,) what each household need not draw; of no rows where all is drawn
    effect : (V,) log income at which a household of the village is neither poor nor well off; make : see `Make`
    ids : (R,) the user's names of own households
    """

    areas: Areas
    h: Any
    v: Any
    streams: np.ndarray
    brought: np.ndarray
    effect: np.ndarray
    make: Make
    ids: np.ndarray | None


def people_of(scenario: Scenario) -> People:
    """The households of a scenario, to be finished by `populate`: its own, or synthetic ones.

    Raises
    ------
    ScenarioError
        With everything that is wrong in a file of own households.
    """
    make, scale, seed = ingredients(scenario), scenario.population.scale, scenario.seed
    if scenario.population.microdata is None:
        areas = sample(draw_areas(scenario), scale, seed)
        h, v, streams = empty_population(areas, seed)
        return People(areas, h, v, streams, np.zeros(0, np.uint32), areas.effect, make, None)
    own = own_households(scenario)
    areas = sample(own.areas, scale, seed)
    rows = own.rows(areas)
    h, v, streams = empty_population(areas, seed, own.arranged.identity[rows])
    passing = np.empty(len(rows), np.float32)
    passing_luck(h, passing)
    brought, lasting = own.fill(h, rows, passing, float(make.market_income), scenario)
    make = make._replace(household_sd=f4(lasting.sd))
    effect = np.full(len(areas.number), lasting.mean)
    return People(areas, h, v, streams, brought, effect, make, own.table.values["id"][own.arranged.row[rows]])


def empty_population(areas: Areas, seed: int, identity: np.ndarray | None = None) -> tuple[Any, Any, np.ndarray]:
    """Zeroed household and village columns with keys and ranges, and the matrix of streams behind some of them."""
    end = np.cumsum(areas.households)
    rows = int(end[-1])
    streams = np.zeros((len(STREAMS), rows), np.float32)
    h = HOUSEHOLD.empty(rows, streams, [column.name for column in STREAMS])
    v = VILLAGE.empty(len(areas.county))
    v.first[:], v.end[:], v.county[:], v.weight[:] = end - areas.households, end, areas.county, areas.weight
    v.poor_village[:], v.severity[:] = areas.poor, areas.severity
    if identity is None:
        place = np.arange(rows) - np.repeat(v.first, areas.households)
        number = np.repeat(areas.number, areas.households).astype(np.uint64)
        identity = (number << np.uint64(32)) | place.astype(np.uint64)
    h.identity[:] = identity
    h.first_key[:], h.second_key[:] = household_keys(seed, h.identity)
    return h, v, streams
