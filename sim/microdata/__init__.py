"""Own households: a file of them in place of the synthetic population, and the population as such a file."""
