"""Where the scenarios lie that come with the program."""

from pathlib import Path

SHIPPED = Path(__file__).resolve().parent.parent / "scenarios"
