"""The faces that a region shows to Mesa: a model, and agents that are views of rows of columns."""

from sim.economy.agents import County, Household, Village
from sim.economy.model import Economy
from sim.economy.view_sets import ViewSet
from sim.economy.views import View

__all__ = ["County", "Economy", "Household", "View", "ViewSet", "Village"]
