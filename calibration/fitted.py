"""A region's fit, and a scenario with fitted values in place of assumed ones."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from calibration.evidence import load_evidence
from calibration.paths import PathError, as_written, change, stated_otherwise
from calibration.sources import results_hash
from sim.scenario.instruments import WORDS

if TYPE_CHECKING:
    from sim.scenario import LoadedScenario

FITS = Path(__file__).with_name("fits")
SOURCES_CHANGED = "the model's sources changed since the fit was made"
# They change no result, or not what a fit finds; switches are in the instruments.
NOT_FITTED = ("name", "description", "seed", "reported", "extends", "switched_off", "withdrawn")


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
    made_from : what it rests on, see `rests_on`
    settings : overrides of the scenario under which it was fitted
    market_factor : year -> market path at the median
    warnings : why it is no result
    """

    file: Path
    region: str
    parameters: Mapping[str, FittedParameter]
    market_factor: Mapping[int, float]
    made_from: Mapping[str, Any]
    settings: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file, short enough to be shown: `calibration/fits/REGION.yaml`."""
        return "/".join(self.file.parts[-3:])


@dataclass(frozen=True)
class Draw:
    """One draw of the posterior: its row in the file, parameter values, the market path that was solved for them."""

    number: int
    values: Mapping[str, float]
    market_factor: Mapping[int, float]


def load_fit(region: str, folder: str | os.PathLike[str] | None = None) -> Fit | None:
    """The fit of a region, or None where it has none; the project's own where no folder is given."""
    file = Path(folder or FITS) / f"{region}.yaml"
    if not file.exists():
        return None
    content = content_of(file)
    return Fit(
        file=file,
        region=content["region"],
        parameters={
            name: FittedParameter(each["low"], each["median"], each["high"], tuple(each["set"]), tuple(each["scale"]))
            for name, each in content["parameters"].items()
        },
        market_factor=content["market_factor"],
        made_from=content["made_from"],
        settings=tuple(content["settings"]),
        warnings=tuple(content["warnings"]),
    )


def content_of(file: Path) -> dict[str, Any]:
    """What the YAML file of a fit says."""
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))


def section_hashes(resolved: Mapping[str, Any]) -> dict[str, str]:
    """A short hash of each section of a scenario; names, words, the seed and the scale say nothing about a fit."""
    sections = {key: value for key, value in resolved.items() if key not in NOT_FITTED}
    sections["population"] = {key: value for key, value in sections["population"].items() if key != "scale"}
    sections["instruments"] = {
        name: {key: value for key, value in each.items() if key not in WORDS}
        for name, each in resolved.get("instruments", {}).items()
    }
    return {
        key: hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]
        for key, value in sections.items()
    }


def rests_on(resolved: Mapping[str, Any], evidence: Collection[str]) -> dict[str, Any]:
    """What a fit of this scenario rests on: rows of evidence and their values, sources, sections of the scenario."""
    registry = load_evidence()
    return {
        "evidence": {name: registry[name].value for name in evidence if name in registry},
        "sources": results_hash(),
        "scenario": section_hashes(resolved),
    }


def changed_since(fit: Fit, resolved: Mapping[str, Any]) -> list[str]:
    """What is no longer as it was when the fit was made, a sentence each; nothing where all is."""
    changed = differences(fit, resolved)
    return [*changed, f"it was made under {', '.join(fit.settings)}"] if changed and fit.settings else changed


def differences(fit: Fit, resolved: Mapping[str, Any]) -> list[str]:
    """The same, without the settings that may explain it."""
    was = fit.made_from
    now = rests_on(resolved, was["evidence"])
    out = [
        f"evidence {name} was {value:g} when the fit was made, and is {now['evidence'].get(name, 'gone')}"
        for name, value in was["evidence"].items()
        if now["evidence"].get(name) != value
    ]
    if now["sources"] != was["sources"]:
        out.append(SOURCES_CHANGED)
    out += [
        f"the scenario's {key}: is not the one that was fitted"
        for key in sorted(now["scenario"] | was["scenario"])
        if now["scenario"].get(key) != was["scenario"].get(key)
    ]
    return out


def median(fit: Fit) -> Draw:
    """The median of every parameter, with the market path that was solved there."""
    return Draw(-1, {name: each.median for name, each in fit.parameters.items()}, fit.market_factor)


def draws(fit: Fit, number: int) -> list[Draw]:
    """Equally likely draws from the posterior, evenly spread over its weights: the same ones for the same number.

    A draw of great weight comes several times.
    """
    import pyarrow.parquet as parquet

    table = parquet.read_table(fit.file.with_suffix(".parquet")).to_pydict()
    ends = np.cumsum(table["weight"])
    rows = np.minimum(np.searchsorted(ends, (np.arange(number) + 0.5) / number * ends[-1]), len(ends) - 1)
    years = {int(name.rpartition(".")[2]): name for name in table if name.startswith("market_factor.")}
    return [
        Draw(
            row,
            {name: table[name][row] for name in fit.parameters},
            {year: table[name][row] for year, name in years.items()},
        )
        for row in rows.tolist()
    ]


def with_draw(loaded: LoadedScenario, fit: Fit, draw: Draw, but: Collection[str] = ()) -> LoadedScenario:
    """A loaded scenario with a draw's values and market path in place.

    Parameters
    ----------
    but : paths that the scenario states for itself; they, and what lies below them, stay as they are

    Notes
    -----
    A path that the scenario does not hold is left out: a counterfactual may have no such instrument.
    """
    from sim.scenario import Provenance, Scenario, scenario_hash

    written = as_written(loaded.scenario)
    for path, new in _changes(fit, draw):
        try:
            written = change(written, path, new, but)
        except PathError:
            continue
    factors = dict(written["income"].get("market_factor", {}))
    factors |= {year: each for year, each in draw.market_factor.items() if f"income.market_factor.{year}" not in but}
    written["income"] = {**written["income"], "market_factor": dict(sorted(factors.items()))}
    scenario = Scenario.model_validate(written)
    resolved = scenario.model_dump(by_alias=True, exclude_none=True, exclude={"extends"})
    fitted = Provenance("assumed", f"fitted to what {fit.region} reported: {fit.name}")
    provenance = {**loaded.provenance, **dict.fromkeys(stated_otherwise(loaded.resolved, resolved), fitted)}
    return replace(
        loaded,
        scenario=scenario,
        resolved=resolved,
        provenance=provenance,
        hash=scenario_hash(resolved),
        unfitted=loaded,
    )


def _changes(fit: Fit, draw: Draw) -> Iterator[tuple[str, Any]]:
    """Each path of the scenario that a draw changes, and what it makes of the number there."""
    for name, parameter in fit.parameters.items():
        value = float(draw.values[name])
        yield from ((path, lambda _, value=value: value) for path in parameter.set)
        yield from ((path, lambda old, value=value: old * value) for path in parameter.scale)
