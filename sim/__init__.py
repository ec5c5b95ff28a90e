"""Agent-based simulation of how rural households leave registered poverty, and of how they fall back.

In a notebook::

    import sim

    result = sim.load("scenarios/ganzhou.yaml").run(scale=0.05)
    result.plot.hazard()
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from sim.analysis.attribution import attribute as attribute
    from sim.analysis.budget import budget as budget
    from sim.analysis.compare import compare as compare
    from sim.analysis.risk import risk as risk
    from sim.interface.result import Result as Result
    from sim.interface.result import open as open
    from sim.interface.study import Study as Study
    from sim.interface.study import load as load
    from sim.interface.sweep import run_sweep as run_sweep

# What notebooks call, loaded when it is called for: `import sim` alone must cost nothing.
ENTRIES = {
    "load": "sim.interface.study",
    "Study": "sim.interface.study",
    "open": "sim.interface.result",
    "Result": "sim.interface.result",
    "run_sweep": "sim.interface.sweep",
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


def __dir__() -> list[str]:
    return sorted([*globals(), *ENTRIES])
