"""An attribution that lies beside a run and is one of the same policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from sim.scenario import LoadedScenario, scenario_hash

if TYPE_CHECKING:
    import pandas as pd


def policy_hash(loaded: LoadedScenario) -> str:
    """Hash of a scenario without its sample, its seed and the figures that it is compared with."""
    kept = {key: value for key, value in loaded.resolved.items() if key not in ("seed", "reported")}
    kept["population"] = {key: value for key, value in loaded.resolved["population"].items() if key != "scale"}
    return scenario_hash(kept)


def attribution_beside(folder: Path, loaded: LoadedScenario) -> pd.DataFrame | None:
    """Parts by mechanism from the folder that `povsim attribute` writes for this scenario; None where none fits."""
    beside = folder.with_name(f"{folder.name}_attribution")
    try:
        made = json.loads((beside / "manifest.json").read_text(encoding="utf-8"))
        if made.get("by") != "mechanism" or made.get("policy") != policy_hash(loaded):
            return None
        import pandas as pd

        return pd.read_parquet(beside / "attribution.parquet")
    except (OSError, ValueError):
        return None
