"""Scenarios: YAML files that say what region, which instruments, which register and which shocks."""

from sim.scenario.explain import explain
from sim.scenario.instruments import CAUSES, CROPS, SOURCES, Instrument
from sim.scenario.load import LoadedScenario, load_scenario, scenario_hash
from sim.scenario.model import ReportedFigure, Scenario
from sim.scenario.paths import at_year, places_at
from sim.scenario.problems import Place, Problem, ScenarioError
from sim.scenario.sources import unsourced
from sim.scenario.tree import Provenance

__all__ = [
    "CAUSES",
    "CROPS",
    "SOURCES",
    "Instrument",
    "LoadedScenario",
    "Place",
    "Problem",
    "Provenance",
    "ReportedFigure",
    "Scenario",
    "ScenarioError",
    "at_year",
    "explain",
    "load_scenario",
    "places_at",
    "scenario_hash",
    "unsourced",
]
