"""The report of a calibration: one page that needs nothing beside it."""
