"""What notebooks hold: a scenario that can be changed and run, and the result of a run."""
