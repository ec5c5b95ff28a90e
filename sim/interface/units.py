"""Units of everything that a result's tables hold."""

from __future__ import annotations

from sim.history import FIFTHS, INSTRUMENT, MONTHLY, YEARLY

PER_HEAD = {f"{source}_per_head:fifth_{fifth}": "yuan a head and year" for source in FIFTHS for fifth in range(1, 6)}
SERIES = {
    **MONTHLY,
    **YEARLY,
    **INSTRUMENT,
    **PER_HEAD,
    "covered_households": "households",
    "poor_persons": "persons",
}
YEAR = {
    "register_incidence": "percent of persons, December",
    "register_persons": "persons, December",
    "income_incidence": "percent of persons, December",
    "income_persons": "persons, December",
    "identified": "persons a year",
    "exits": "persons a year",
    "returns": "persons a year",
    "struck_off": "persons a year",
    "villages_exited": "villages, to date",
    "counties_exited": "counties, to date",
    "outlays_yuan": "yuan a year",
}
SPELLS = {"months": "months from start to end"}
PANEL = {
    "members": "persons",
    "income_12_months": "yuan a household, of the last twelve months",
    "income_per_head": "yuan a head and year",
    "survey_line": "yuan a head and year",
    "exit_line": "yuan a head and year",
    "assets": "yuan a household",
    "debt": "yuan a household",
    **{f"{source}_in_december": "yuan a household and month" for source in ("farm", "wage", "property", "transfer")},
    "weight": "households that one stands for",
    "persons": "persons that one household stands for",
}
HAZARD = {
    "after": "months since the episode began",
    "until": "months since the episode began",
    "months_at_risk": "household-months",
    "events": "households",
    "hazard": "probability a month",
    "standard_error": "probability a month",
}
SURVIVAL = {
    "months": "months since the episode began",
    "at_risk": "simulated households",
    "events": "simulated households",
    "survival": "share of episodes",
    "standard_error": "share of episodes",
    "lower": "share of episodes",
    "upper": "share of episodes",
}
MEASURES = {
    "headcount": "share of persons",
    "poverty_gap": "mean shortfall as a share of the line",
    "squared_gap": "mean squared shortfall as a share of the line",
    "watts": "mean log of line over income",
    "sen_shorrocks_thon": "index from 0 to 1",
    "gini": "index from 0 to 1",
}
