"""Writes a fit: `<region>.yaml` for people and `povsim run`, `<region>.parquet` with the draws."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from calibration.diagnose import degenerate, learned
from calibration.evidence.expression import ids_in
from calibration.fitted import rests_on
from calibration.pipeline import Calibration, Effort
from calibration.priors import Priors
from calibration.recovery import INTERVALS, Recovery

DIGITS = 4


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def recovery_content(names: Sequence[str], found: Recovery, seed: int, command: str) -> dict[str, Any]:
    """What the file of a recovery says: how often intervals held the parameters from which data were made up."""
    coverage = {share: found.coverage(share) for share in INTERVALS}
    return {
        "command": command,
        "made_up_data_sets": len(found.true),
        "seed": seed,
        "held_in_all": {f"{100 * share:.0f} %": round(float(each.mean()), 3) for share, each in coverage.items()},
        "held": {
            name: {f"{100 * share:.0f} %": round(float(each[i]), 2) for share, each in coverage.items()}
            for i, name in enumerate(names)
        },
    }


def fit_content(
    found: Calibration,
    priors: Priors,
    region: str,
    resolved: Mapping[str, Any],
    settings: Sequence[str],
    effort: Effort,
    seed: int,
) -> dict[str, Any]:
    """What the YAML file says."""
    parameters = learned(priors, found.scores, found.weights)
    by_name = {each.name: each for each in priors.parameters}
    return {
        "region": region,
        "settings": list(settings),
        "seed": seed,
        "runs": {"design": effort.design, "second_wave": effort.wave, "draws": effort.draws},
        "effective_draws": round(found.effective, 1),
        "warnings": degenerate(parameters, found.effective, len(found.scores), found.chain.acceptance),
        "made_from": rests_on(resolved, evidence_of(found, priors)),
        "parameters": {
            each.name: {
                "median": _short(found.median.values[each.name]),
                "low": _short(each.low),
                "high": _short(each.high),
                "contraction": round(each.contraction, 2),
                "set": list(by_name[each.name].set),
                "scale": list(by_name[each.name].scale),
            }
            for each in parameters
        },
        "market_factor": dict(found.median.market_factor),
    }


def evidence_of(found: Calibration, priors: Priors) -> list[str]:
    """Rows of evidence behind fitted targets and priors; those of the scenario's numbers are in the scenario."""
    targets = (name for target in found.targets for name in ids_in(target.figure.evidence))
    return sorted({*targets, *(name for parameter in priors.parameters for name in parameter.source)})


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def write_fit(folder: str | os.PathLike[str], content: Mapping[str, Any], found: Calibration) -> Path:
    """Write both files, each whole or not at all, and return the path of the YAML file."""
    import pyarrow as arrow
    import pyarrow.parquet as parquet

    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    columns: dict[str, list[float]] = {"weight": found.weights.tolist()}
    columns |= {name: [run.values[name] for run in found.posterior_runs] for name in content["parameters"]}
    for year in content["market_factor"]:
        columns[f"market_factor.{year}"] = [run.market_factor[year] for run in found.posterior_runs]
    for name in (target.name for target in found.targets):
        columns[f"target.{name}"] = [run.targets[name] for run in found.posterior_runs]
    draws, file = target / f"{content['region']}.parquet", target / f"{content['region']}.yaml"
    part = draws.with_suffix(".parquet.part")
    parquet.write_table(arrow.table(columns), part)
    part.replace(draws)
    write_content(file, content)
    return file


def write_content(file: Path, content: Mapping[str, Any]) -> None:
    """Write the YAML file of a fit."""
    write_yaml(file, content, f"Written by `povsim calibrate`; the draws stand in {file.with_suffix('.parquet').name}.")


def write_yaml(file: Path, content: Mapping[str, Any], heading: str) -> None:
    """Write a YAML file below a line of comment, whole or not at all."""
    import io

    from ruamel.yaml import YAML

    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None
    yaml.width = 120
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    text = io.StringIO()
    yaml.dump(dict(content), text)
    write_text(file, f"# {heading}\n{text.getvalue()}")
