"""A made-up survey of the small region, as a user would have it: Chinese column names, weights, gaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from ruamel.yaml import YAML
from small import SMALL

HOUSEHOLDS, REGION, PERSONS = 60, 600, 2304
COLUMNS = {
    "id": "户编号", "county": "县", "village": "村", "severity": "贫困程度", "members": "人口", "workers": "劳动力",
    "students": "学生", "elderly": "老人", "chronic": "慢性病或残疾", "farm_income": "经营收入",
    "wage_income": "工资收入", "property_income": "财产收入", "transfer_income": "转移收入", "safe_house": "住房安全",
    "assets": "存款", "schooling": "教育年限",
}  # fmt: skip
IMPUTE = ["road_lot", "transitory", "ill", "jobless", "insured", "in_school", "safe_water", "debt", "schooling"]


def survey() -> pd.DataFrame:
    """60 households of six villages with weights that differ within villages; a third did not tell their schooling."""
    luck = np.random.default_rng(5)
    village = np.repeat(np.arange(6), HOUSEHOLDS // 6)
    members = luck.integers(2, 7, HOUSEHOLDS)
    weight = luck.uniform(5, 15, HOUSEHOLDS)
    weight *= REGION / weight.sum()
    # The survey's persons are those of the region, give or take a few.
    members[np.argsort(-members)[: max(round((weight @ members - PERSONS) / 10), 0)]] -= 1
    workers = np.minimum(luck.integers(0, 4, HOUSEHOLDS), members)
    income = np.round(members * 4600 * np.exp(luck.normal(-0.2, 0.6, HOUSEHOLDS)))
    schooling = np.where(luck.random(HOUSEHOLDS) < 1 / 3, np.nan, luck.integers(3, 13, HOUSEHOLDS))
    frame = {
        "id": [f"{number:04d}" for number in range(1, HOUSEHOLDS + 1)],
        "county": np.array(["east", "east", "north", "north", "south", "south"])[village],
        "village": np.array(["柳湾", "石桥", "柳湾", "东坡", "下坝", "上坝"])[village],
        "severity": np.array(["moderate", "none", "severe", "none", "none", "none"])[village],
        "members": members,
        "workers": workers,
        "students": (members - workers) // 2,
        "elderly": (members - workers) // 3,
        "chronic": luck.random(HOUSEHOLDS) < 0.2,
        "farm_income": np.round(0.5 * income),
        "wage_income": np.where(workers > 0, np.round(0.4 * income), 0),
        "property_income": np.round(0.02 * income),
        "transfer_income": np.round(0.08 * income),
        "safe_house": luck.random(HOUSEHOLDS) < 0.9,
        "assets": np.round(luck.lognormal(9, 1, HOUSEHOLDS)),
        "schooling": schooling,
    }
    return pd.DataFrame(frame).rename(columns=COLUMNS).assign(权重=weight)


def put(folder: Path, file: str = "survey.csv", frame: pd.DataFrame | None = None, **keys: object) -> Path:
    """Writes the survey and a scenario that extends the small region with it; the path of the scenario."""
    frame = survey() if frame is None else frame
    (folder / "small.yaml").write_bytes(SMALL.read_bytes())
    if file.endswith(".csv"):
        frame.to_csv(folder / file, index=False, encoding="gb18030")
    elif file.endswith(".dta"):
        frame.to_stata(folder / file, write_index=False, version=118)
    else:
        frame.to_parquet(folder / file, index=False)
    population = {"microdata": file, "columns": dict(COLUMNS), "weights": "权重", "impute": list(IMPUTE), **keys}
    scenario = folder / f"{Path(file).stem}.yaml"
    with scenario.open("w", encoding="utf-8") as handle:
        YAML().dump({"extends": "small.yaml", "population": population}, handle)
    return scenario
