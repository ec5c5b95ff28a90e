"""Cases worked by hand: each in ``by_hand/*.yaml`` says in a sentence what happens, and in a comment how to reckon it.

A case calls a rule or function with arguments by name. Months are written as 2016-12, states of the register and
the list of poor areas in words. `luck` replaces what is drawn: a number for a uniform draw, two for a normal pair.
Where a case is given a world, `gives` names what to look at in it afterwards.
"""

import importlib
import operator
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from ruamel.yaml import YAML
from rule_text import declared
from small import load_small

from sim.calendar import parse_month
from sim.columns import HOUSEHOLD, VILLAGE
from sim.engine import REGISTER_TOTALS, TOTALS
from sim.enrolments import DTYPES, MONEY_GRID, NEVER, PER, Assessed, Effects, Enrolments, settle
from sim.kernel.rule import Rule
from sim.month import PARAMETERS, SHARED
from sim.places import LastMonth
from sim.register import status
from sim.register.areas import LISTED, NEVER_LISTED
from sim.register.december import COUNTED

FILES = sorted(Path(__file__).with_name("by_hand").glob("*.yaml"))
CASES = [(path, case) for path in FILES for case in YAML(typ="safe").load(path)]
WORDS = {name: code for code, name in enumerate(status.NAMES)} | {"listed": LISTED, "never listed": NEVER_LISTED}
MONTH = re.compile(r"\d{4}-\d{2}")


def in_numbers(value):
    """Words as codes and months as numbers, also within lists; months as keys, too."""
    if isinstance(value, list):
        return [in_numbers(each) for each in value]
    if isinstance(value, dict):
        return {month_number(key): in_numbers(each) for key, each in value.items()}
    return WORDS.get(value, month_number(value)) if isinstance(value, str) else value


def month_number(word):
    """The number of a month; any other word as it is."""
    return parse_month(word) if MONTH.fullmatch(word) else word


def one_household(columns):
    """All columns of one household; what is not given is nought."""
    h = HOUSEHOLD.empty(1)
    for name, value in columns.items():
        getattr(h, name)[0] = value
    return h


def one_effect(given):
    """An effect of an instrument in one year: a monthly amount for the household unless said otherwise."""
    usual = {"instrument": 0, "first": True, "stream": 0, "amount": 0, "grid": MONEY_GRID, "per": "household"}
    usual |= {"wait": 0, "ramp": 0, "by_fund": True, "yearly": False, "standard": 0, "top_up": 0, "least": 0, "loan": 0}
    usual |= {"whole_village": False}
    values = {**usual, **given}
    values["per"] = PER.index(values["per"])
    whole = ("instrument", "stream", "per", "wait", "ramp", "first", "by_fund", "yearly", "whole_village")
    arrays = {name: np.array([value], int if name in whole else np.float32) for name, value in values.items()}
    return Effects(**{**arrays, "standard": arrays["standard"][:, None]})


def last_month(given):
    """Totals of last month; what is not given is not looked at."""
    return LastMonth(**{name: np.array(given.get(name, []), float) for name in LastMonth.__annotations__})


def a_world(given):
    """As much of a world as the register's December looks at; every village stands for itself alone."""
    counties, villages = given["counties"], given["v"]
    rows = len(villages["county"])
    columns = {name: np.array(values) for name, values in given.get("h", {}).items()}
    households = len(columns.get("status", []))
    world = SimpleNamespace(
        scenario=load_small(*given["scenario"]),
        month=given["month"],
        offset=60,
        now=SimpleNamespace(**given.get("now", {})),
        households=households,
        h=SimpleNamespace(**columns, status_since=np.zeros(households, int)),
        v=SimpleNamespace(county=np.array(villages["county"]), weight=np.ones(rows)),
        areas=SimpleNamespace(counties=counties, road_lot=np.array(villages.get("road_lot", []))),
        village_totals=np.zeros((rows, len(TOTALS)), int),
        register_totals=np.zeros((rows, len(REGISTER_TOTALS)), int),
        village_list_year=np.array(villages["list_year"]),
        village_exit=np.array(villages["exit"]),
        county_exit=np.array(given.get("county_exit", [LISTED] * len(counties))),
        year_counts={name: np.zeros(len(counties)) for name in COUNTED},
        spells=SimpleNamespace(close_register=lambda *ended: None),
    )
    world.count = lambda name, persons: world.year_counts.update({name: world.year_counts[name] + persons})
    world.village_totals[:, TOTALS.index("persons")] = villages["persons"]
    world.register_totals[:, REGISTER_TOTALS.index("registered_persons")] = villages.get("registered", 0)
    return world


MADE = {
    "scenario": lambda overrides: load_small(*overrides),
    "now": lambda values: SimpleNamespace(**single(values)),
    "h": one_household,
    "effects": one_effect,
    "last": last_month,
    "world": a_world,
}


def single(values):
    """Numbers in single precision, as a rule sees them; flags stay flags."""
    return {name: value if isinstance(value, bool) else np.float32(value) for name, value in values.items()}


def rule_arguments(rule, given, monkeypatch):
    """A rule's arguments; its parameters are a value of its own class, and its draws are replaced."""
    numbers = {name: value for name, value in given.items() if name not in ("p", "now", "luck")}
    arguments = single(numbers)
    if "now" in given:
        arguments["now"] = MADE["now"](given["now"])
    if "p" in given:
        kind = PARAMETERS[SHARED.get(rule.name, rule.name)]
        arguments["p"] = kind(**{**dict.fromkeys(kind._fields, np.float32(np.nan)), **single(given["p"])})
    if "luck" in given:
        luck, arguments["luck"] = given["luck"], None
        pair = isinstance(luck, list)
        drawn = tuple(np.float32(luck)) if pair else np.float32(luck)
        name = "normals" if pair else "draw"
        monkeypatch.setitem(rule.function.__globals__, name, lambda *asked: drawn)
    return arguments


def function_arguments(given):
    """Arguments of a function: what `MADE` makes, and lists of numbers as arrays."""
    arguments = {name: MADE[name](value) if name in MADE else value for name, value in given.items()}
    names = [name for name, value in arguments.items() if isinstance(value, list) and name != "counties"]
    return arguments | {name: np.array(arguments[name], float) for name in names}


def settled(given):
    """What an enrolment pays from its turn on, `age` months after entry, where it paid `before` until then."""
    h, effects, v = one_household(given["h"]), one_effect(given["effects"]), VILLAGE.empty(1)
    v.end[0] = 1
    assessed = Assessed(*(getattr(h, name) for name in Assessed._fields))
    row = {"household": 0, "effect": 0, "start": 0, "leaves": NEVER, "due": given["age"], "paid": given["before"]}
    enrolments = Enrolments(**{name: np.array([row[name]], dtype) for name, dtype in DTYPES.items()})
    streams = np.full((1, 1), given["before"], np.float32)
    in_steps = np.zeros((1, 1), np.int64)
    settle(enrolments, effects, streams, assessed, v.end, given["age"], 5, 0, 0, 1, np.ones((1, 1), np.int64), in_steps)
    assert streams[0, 0] == enrolments.paid[0]
    assert in_steps[0, 0] == (enrolments.paid[0] - given["before"]) * MONEY_GRID
    return {"amount": enrolments.paid[0]}


def outcome(case, monkeypatch):
    """What happened, by the names under `gives`."""
    module, name = case["call"].split(":")
    called, given, names = getattr(importlib.import_module(module), name), in_numbers(case["with"]), [*case["gives"]]
    if called is settle:
        return settled(given)
    if isinstance(called, Rule):
        results = called.function(**rule_arguments(called, given, monkeypatch))
        names, _ = declared(called)
    else:
        arguments = function_arguments(given)
        results = called(**arguments)
        if results is None:
            return {path: looked_up(arguments["world"], path) for path in names}
    results = results if isinstance(results, tuple) else (results,)
    return dict(zip(names, results, strict=True))


def looked_up(world, path):
    """An attribute of a world by its path; the year's counts by name."""
    attribute, _, name = path.rpartition(".")
    return world.year_counts[name] if attribute == "year_counts" else operator.attrgetter(path)(world)


@pytest.mark.parametrize(("path", "case"), CASES, ids=[f"{path.stem}: {case['name']}" for path, case in CASES])
def test_what_was_worked_by_hand(path, case, monkeypatch):
    """The outcome is what the case says, within its margin, and all of it."""
    found, expected = outcome(case, monkeypatch), in_numbers(case["gives"])
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(
            np.asarray(found[name], float), np.asarray(value, float), 0, case["margin"], err_msg=name
        )


def test_every_case_says_what_happens_in_a_sentence_of_its_own():
    names = [case["name"] for _, case in CASES]
    assert len(names) == len(set(names)) >= 14
    for name in names:
        assert name[0].isupper()
        assert len(name.split()) >= 4
