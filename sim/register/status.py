"""Register status of a household."""

NEVER, REGISTERED, EXITED, RETURNED, STRUCK_OFF = range(5)
NAMES = ("never registered", "registered", "exited", "returned", "struck off")
