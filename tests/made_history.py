"""Histories made up for tests: the shapes and rough sizes of a real run, without an engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from calibration.evidence import evidence_hash, load_evidence
from sim.calendar import month_number
from sim.history import INSTRUMENT, MONTHLY, YEARLY, History
from sim.results import Record
from sim.scenario import Scenario, load_scenario
from sim.spells import COLUMNS

GANZHOU = Path(__file__).parent.parent / "scenarios" / "ganzhou.yaml"


def blank(years: range, counties: int = 1, villages: int = 2, instruments: tuple[str, ...] = ()) -> History:
    """A history of zeros over whole years, January to December."""
    months = np.arange(month_number(years[0], 1), month_number(years[-1], 12) + 1)
    shape = (len(months), counties)
    yearly = (len(years), counties)
    return History(
        months=months,
        years=np.array(years),
        counties=[f"county{i}" for i in range(counties)],
        villages=[f"village{i}" for i in range(villages)],
        village_county=np.arange(villages) % counties,
        village_number=np.arange(villages),
        village_severity=np.arange(villages) % 4,
        village_weight=np.ones(villages),
        instruments=list(instruments),
        monthly={name: np.zeros(shape) for name in MONTHLY},
        yearly={name: np.zeros(yearly) for name in YEARLY},
        of_instrument={name: np.zeros((len(months), len(instruments), counties)) for name in INSTRUMENT},
        village_registered=np.zeros((len(years), villages)),
        village_persons=np.zeros((len(years), villages)),
        village_poor=np.zeros((len(years), villages)),
        village_is_poor=np.zeros(villages, bool),
        village_exit=np.full(villages, -2),
        county_exit=np.full(counties, -2),
        fifths=np.zeros((len(years), 5, 4)),
        covered_households=np.zeros((len(years), len(instruments))),
        spells=dict.fromkeys(COLUMNS, np.zeros(0, np.int64)),
    )


def lively(scenario: Scenario, villages: int = 60, spells: int = 500, seed: int = 7) -> History:
    """A history with the months, counties and instruments of a scenario and curves of plausible size."""
    rng = np.random.default_rng(seed)
    months = np.arange(scenario.period.start, scenario.period.end + 1)
    years = np.array([month // 12 for month in months if month % 12 == 11])
    counties = list(scenario.population.counties)
    poor = np.array([county.poor for county in scenario.population.counties.values()])
    instruments = list(scenario.instruments)
    weight = np.array([county.persons for county in scenario.population.counties.values()])
    weight = weight / weight.sum()
    persons = scenario.population.persons
    month_shape, year_shape = (len(months), len(counties)), (len(years), len(counties))

    def by_month(path: np.ndarray) -> np.ndarray:
        return path[:, None] * weight * rng.uniform(0.9, 1.1, month_shape)

    def by_year(path: np.ndarray) -> np.ndarray:
        return path[:, None] * weight * rng.uniform(0.9, 1.1, year_shape)

    elapsed = (months - months[0]) / 12
    passed = years - years[0]
    since = np.maximum(years - 2013, -1)
    monthly = {name: by_month(np.full(len(months), 1000.0)) for name in MONTHLY}
    monthly["persons"] = np.tile(persons * weight, (len(months), 1))
    monthly["households"] = monthly["persons"] / 3.84
    monthly["income_poor_persons"] = by_month(persons * 0.267 * np.exp(-0.29 * elapsed))
    register = np.where(months >= 12 * 2013 + 11, 1.15e6 * np.exp(-0.6 * np.maximum(elapsed - 2, 0)), 0)
    monthly["registered_persons"] = by_month(register)
    for source, share in (("farm", 0.38), ("wage", 0.42), ("property", 0.02), ("transfer", 0.18)):
        monthly[f"{source}_income"] = by_month(persons * share * 4684 * 1.11**elapsed / 12)
    yearly = {name: by_year(np.full(len(years), 100.0)) for name in YEARLY}
    yearly["survey_poor_persons"] = by_year(persons * 0.27 * np.exp(-0.27 * passed))
    yearly["identified_persons"] = by_year(np.where(since == 0, 1.15e6, np.where(since > 0, 9000, 0)))
    yearly["exits_persons"] = by_year(np.where(since > 0, 260000 * np.exp(-0.3 * since), 0))
    yearly["returns_persons"] = by_year(np.where(since > 0, 8000, 0))
    yearly["struck_off_persons"] = by_year(np.where(since > 0, 15000, 0))
    yearly["returns_if_all_found_persons"] = by_year(np.where(since > 0, 24000, 0))
    yearly["exits_below_line_persons"] = 0.08 * yearly["exits_persons"]
    yearly["planned_exits_persons"] = by_year(np.where(since > 0, 100000, 0))
    yearly["passing_persons"] = by_year(np.where(since > 0, 110000, 0))
    yearly["monitored_persons"] = by_year(np.where(years >= 2019, 42000, 0))
    yearly["ever_registered_households"] = by_year(np.where(since >= 0, 308000, 0))
    yearly["villages_exited"] = by_year(np.clip((years - 2015) / 4, 0, 1) * scenario.population.poor_villages.count)
    yearly["counties_exited"] = np.where(poor & (years[:, None] >= 2018 + np.arange(len(counties)) % 3), 1.0, 0.0)
    started = np.clip((months - 12 * 2014) / 60, 0, 1)[:, None, None]
    size = rng.uniform(2e3, 9e4, (1, len(instruments), 1)) * weight
    fifth_means = 4684 * np.array([0.3, 0.55, 0.8, 1.1, 2.25]) * 1.11 ** passed[:, None]
    covered = np.tile(rng.uniform(0.05, 0.9, len(instruments)) * 308000, (len(years), 1))
    first = int(months[0])
    start = np.sort(rng.integers(0, len(months), spells)) + first
    return History(
        months=months,
        years=years,
        counties=counties,
        villages=[f"village{i}" for i in range(villages)],
        village_county=np.sort(rng.integers(0, len(counties), villages)),
        village_number=np.arange(villages),
        village_severity=np.arange(villages) % 4,
        village_weight=np.ones(villages),
        instruments=instruments,
        monthly=monthly,
        yearly=yearly,
        of_instrument={
            "members": started * size,
            "admitted": started * size * 1.1,
            "held": started * size,
            "outlays": started * size * 250,
        },
        village_registered=rng.uniform(0, 200, (len(years), villages)),
        village_persons=rng.uniform(800, 3000, (len(years), villages)),
        village_poor=rng.uniform(0, 300, (len(years), villages)),
        village_is_poor=rng.random(villages) < 0.27,
        village_exit=rng.integers(-2, 3, villages) * 12 * 1008,
        county_exit=np.where(poor, first + 80, -2),
        fifths=fifth_means[:, :, None] * np.array([0.38, 0.42, 0.02, 0.18]),
        covered_households=covered,
        covered_any={tuple(figure.instruments): covered[:, 0] for figure in scenario.reported},
        spells={
            "household": rng.integers(0, 2**63, spells, dtype=np.uint64),
            "kind": rng.integers(0, 2, spells),
            "start": start,
            "end": start + rng.integers(1, 20, spells),
            "cause": rng.integers(0, 5, spells),
            "censored": rng.integers(0, 4, spells),
            "ended": rng.integers(0, 4, spells),
            "returned": rng.integers(0, 2, spells),
        },
    )


def made_record(overrides: tuple[str, ...] = (), **sizes: int) -> Record:
    """A record of a made run of the Ganzhou scenario."""
    loaded = load_scenario(GANZHOU, overrides)
    margins = [
        {"name": "persons", "unit": "persons", "reported": 7.29e6, "simulated": 7.28e6, "tolerance": 2e4},
        {
            "name": "elderly among persons",
            "unit": "share",
            "reported": 0.13,
            "simulated": 0.14,
            "tolerance": 0.001,
        },
    ]
    return Record(
        loaded=loaded,
        history=lively(loaded.scenario, **sizes),
        evidence=load_evidence(),
        evidence_hash=evidence_hash(),
        households=1_898_000,
        persons=7_290_000,
        margins=margins,
        seconds={"prepare": 1.5, "simulate": 10.0},
        household_months_per_second=2e7,
    )
