"""The dashboard: a page on which the levers of a scenario are moved, runs are started, read and compared."""
