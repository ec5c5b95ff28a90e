"""Analyses on data frames: those that a run writes and economists' own. Nothing here knows the simulation.

Measures of poverty and inequality with standard errors stand in `measures`; spells, hazards, survival and
transitions in `spells`, `hazard`, `hazard_model`, `survival` and `transitions`.
"""
