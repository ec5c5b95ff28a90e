"""Agent-based simulation of how rural households leave registered poverty, and of how they fall back."""

from typing import Any

__version__ = "0.1.0"

# What notebooks call, loaded when it is called for: `import sim` alone must cost nothing.
ENTRIES = {
    "compare": "sim.analysis.compare",
    "attribute": "sim.analysis.attribution",
    "risk": "sim.analysis.risk",
    "budget": "sim.analysis.budget",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in ENTRIES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(ENTRIES[name]), name)
