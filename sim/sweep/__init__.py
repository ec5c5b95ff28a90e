"""Sweeps: many runs of one scenario, each kept under a hash of what made it."""
