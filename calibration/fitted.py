"""A region's fit, and a scenario with fitted values in place of assumed ones."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.evidence import evidence_hash
from calibration.paths import PathError, as_written, change
from sim.kernel.cache import sources_hash

if TYPE_CHECKING:
    from sim.scenario import LoadedScenario

FITS = Path(__file__).with_name("fits")
NOT_FITTED = ("name", "description", "seed", "reported", "extends")


@dataclass(frozen=True)
class FittedParameter:
    """Posterior quantiles (5 %, 50 %, 95 %) of a parameter, and the scenario paths that it sets or multiplies."""

    low: float
    median: float
    high: float
    set: tuple[str, ...]
    scale: tuple[str, ...]


@dataclass(frozen=True)
class Fit:
    """What `povsim calibrate` wrote for a region.

    Attributes
    ----------
    file : the YAML file; its draws stand beside it in Parquet
    hashes : `evidence`, `sources`, and one for each section of the scenario
    settings : overrides of the scenario under which it was fitted
    market_factor : year -> market path at the median
    warnings : why it may be no result
    """

    file: Path
    region: str
    parameters: Mapping[str, FittedParameter]
    market_factor: Mapping[int, float]
    hashes: Mapping[str, Any]
    settings: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Draw:
    """One draw of the posterior: parameter values and the market path that was solved for them."""

    values: Mapping[str, float]
    market_factor: Mapping[int, float]


def load_fit(region: str, folder: str | os.PathLike[str] = FITS) -> Fit | None:
    """The fit of a region, or None where it has none."""
    from ruamel.yaml import YAML

    file = Path(folder) / f"{region}.yaml"
    if not file.exists():
        return None
    content = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    return Fit(
        file=file,
        region=content["region"],
        parameters={
            name: FittedParameter(each["low"], each["median"], each["high"], tuple(each["set"]), tuple(each["scale"]))
            for name, each in content["parameters"].items()
        },
        market_factor=content["market_factor"],
        hashes=content["hashes"],
        settings=tuple(content["settings"]),
        warnings=tuple(content["warnings"]),
    )


def section_hashes(resolved: Mapping[str, Any]) -> dict[str, str]:
    """A short hash of each section of a scenario; names, the seed and the scale say nothing about a fit."""
    sections = {key: value for key, value in resolved.items() if key not in NOT_FITTED}
    sections["population"] = {key: value for key, value in sections["population"].items() if key != "scale"}
    return {
        key: hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
        for key, value in sections.items()
    }


def hashes_of(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """What a fit of this scenario rests on."""
    return {"evidence": evidence_hash(), "sources": sources_hash(), "scenario": section_hashes(resolved)}


def changed_since(fit: Fit, resolved: Mapping[str, Any]) -> list[str]:
    """What is no longer as it was when the fit was made, a sentence each; nothing where all is."""
    now, was = hashes_of(resolved), fit.hashes
    out = [f"the {name} changed since the fit was made" for name in ("evidence", "sources") if now[name] != was[name]]
    sections = now["scenario"] | was["scenario"]
    out += [
        f"the scenario's {key}: is not the one that was fitted"
        for key in sorted(sections)
        if now["scenario"].get(key) != was["scenario"].get(key)
    ]
    return out


def median(fit: Fit) -> Draw:
    """The median of every parameter, with the market path that was solved there."""
    return Draw({name: each.median for name, each in fit.parameters.items()}, fit.market_factor)


def draws(fit: Fit, number: int) -> list[Draw]:
    """Equally likely draws from the posterior, evenly spread over its weights: the same ones for the same number."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(fit.file.with_suffix(".parquet")).to_pydict()
    ends = np.cumsum(table["weight"])
    rows = np.minimum(np.searchsorted(ends, (np.arange(number) + 0.5) / number * ends[-1]), len(ends) - 1)
    years = {int(name.rpartition(".")[2]): name for name in table if name.startswith("market_factor.")}
    return [
        Draw(
            {name: table[name][row] for name in fit.parameters},
            {year: table[name][row] for year, name in years.items()},
        )
        for row in rows.tolist()
    ]


def with_draw(loaded: LoadedScenario, fit: Fit, draw: Draw, but: Sequence[str] = ()) -> LoadedScenario:
    """A loaded scenario with a draw's values and market path in place.

    Parameters
    ----------
    but : paths that the user set; they, and what lies below them, stay as the user wants them

    Notes
    -----
    A path that the scenario does not hold is left out: a counterfactual may have no such instrument.
    """
    from sim.scenario import Scenario, scenario_hash

    written = as_written(loaded.scenario)
    for name, parameter in fit.parameters.items():
        for path in (*parameter.set, *parameter.scale):
            if any(f"{path}.".startswith(f"{own}.") for own in but):
                continue
            value, multiply = draw.values[name], path in parameter.scale
            try:
                written = change(written, path, lambda old, v=value, m=multiply: old * v if m else v)  # type: ignore[misc]
            except PathError:
                continue
    written["income"] = {**written["income"], "market_factor": dict(draw.market_factor)}
    scenario = Scenario.model_validate(written)
    resolved = scenario.model_dump(by_alias=True, exclude_none=True, exclude={"extends"})
    return replace(loaded, scenario=scenario, resolved=resolved, hash=scenario_hash(resolved))
