"""The population at the start as a file of households, and the scenario that runs it."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.areas import SEVERITY
from sim.scenario.microdata import ATTRIBUTES

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario import LoadedScenario
    from sim.world import World

WEIGHT = "weight"
OF_FILE = ("microdata", "columns", "weights", "impute", "microdata_sha256")


def households_table(world: World) -> pd.DataFrame:
    """One row per household of a world before its first month, in the attributes of `sim.scenario.microdata`.

    Columns
    -------
    id, county, village : the user's of own households; synthetic ones are named by village and place
    permanent, transitory, farm_share, wage_share : what a household earns, exactly as the model holds it
    weight : households that each one stands for; key : number behind its luck
    """
    import pandas as pd

    if world.month >= world.first_month:
        raise ValueError("the world has lived on; households are exported as they are before the first month")
    h, v, areas = world.h, world.v, world.areas
    county = [areas.counties[each] for each in areas.county]
    village = [name.removeprefix(f"{where}/") for name, where in zip(areas.names, county, strict=True)]
    columns: dict[str, Any] = {
        "id": _names(world),
        "county": np.array(county, object)[h.village],
        "village": np.array(village, object)[h.village],
        WEIGHT: v.weight[h.village],
        "severity": np.array(SEVERITY, object)[v.severity[h.village]],
        "road_lot": areas.road_lot[h.village],
    }
    for name, attribute in ATTRIBUTES.items():
        if name not in columns and hasattr(h, name):
            column = getattr(h, name)
            columns[name] = column > 0.5 if attribute.kind == "flag" else column
    return pd.DataFrame(columns | {"key": h.identity})


def _names(world: World) -> np.ndarray:
    """A name for each household; a copy of an own household is marked, so that it is one of its own."""
    import pandas as pd

    if world.ids is None:
        place = np.arange(world.households) - np.repeat(world.v.first, world.households_of_village) + 1
        village = np.repeat(np.array(world.areas.names, object), world.households_of_village)
        return np.array([f"{name}/{number}" for name, number in zip(village, place.tolist(), strict=True)], object)
    copy = pd.Series(world.ids).groupby(world.ids, sort=False).cumcount().to_numpy()
    return np.array([f"{name}#{copy}" if copy else name for name, copy in zip(world.ids, copy, strict=True)], object)


def scenario_text(loaded: LoadedScenario, file: Path, whole: bool) -> str:
    """The scenario that runs an export, to lie beside it.

    Parameters
    ----------
    whole : say all that the scenario says, because values of the command line stand in no file that could be extended;
        done too where the scenario has own households, whose columns are not those of the export
    """
    from ruamel.yaml import YAML

    scenario = loaded.files[-1]
    content: dict[str, Any] = {
        "extends": os.path.relpath(scenario.resolve(), file.resolve().parent),
        "seed": loaded.scenario.seed,
        "population": {"scale": 1.0},
    }
    if whole or loaded.scenario.population.microdata is not None:
        kept = {key: value for key, value in loaded.resolved["population"].items() if key not in OF_FILE}
        content = {"assumed": f"as in {scenario.name}", **loaded.resolved, "population": {**kept, "scale": 1.0}}
    content["population"] |= {"microdata": file.name, "weights": WEIGHT}
    text = io.StringIO()
    yaml = YAML()
    yaml.width = 120
    yaml.dump(content, text)
    return f"# {loaded.scenario.name}, with the households in {file.name}; from `povsim households`.\n{text.getvalue()}"
