"""Two saved runs side by side: whether they can be compared, what changed, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.dashboard.shelf import Run
from sim.language import Language
from sim.scenario.tree import canonical_key

if TYPE_CHECKING:
    from sim.scenario import LoadedScenario

OF_INSTRUMENTS = ("members", "outlays")


@dataclass(frozen=True)
class Measure:
    """A figure of each year, of people or of yuan (`money`); `to_date` adds up the years before."""

    key: str
    label: str
    to_date: bool = False
    money: bool = False

    def of(self, run: Run) -> list[float | None]:
        """Its values, a year each; None before there is a register, since that is no register of nobody."""
        values = [row[self.key] for row in run.yearly]
        if self.to_date:
            values = list(accumulate(values))
        return [None if value is None else float(value) for value in values]


MEASURES = (
    Measure("income_persons", "People below the income line"),
    Measure("register_persons", "People on the register"),
    Measure("exits", "Exits to date", to_date=True),
    Measure("returns", "Returns to date", to_date=True),
    Measure("outlays_yuan", "Outlays to date, yuan", to_date=True, money=True),
)


@dataclass(frozen=True)
class Row:
    """A figure of both runs."""

    label: str
    base: float | None
    other: float | None
    money: bool = False

    @property
    def difference(self) -> float | None:
        """The other less the base, where both are known."""
        return None if self.base is None or self.other is None else self.other - self.base


def refusals(base: Run, other: Run, text: Language) -> list[str]:
    """Why a difference between two runs would not be policy; nothing where it is."""
    from sim.analysis.comparable import ComparisonError, check_comparable

    try:
        check_comparable(_loaded(base), {other.id: _loaded(other)})
    except ComparisonError as error:
        problems = error.problems
    except ValueError:
        return [text("One of these runs is of another version of the program, whose scenarios can not be read.")]
    else:
        problems = []
    if base.seed != other.seed:
        seeds = text(
            "The seeds are {base} and {other}: the runs do not share their luck.", base=base.seed, other=other.seed
        )
        problems.append(seeds)
    return problems


def _loaded(run: Run) -> LoadedScenario:
    """The scenario of a run as its manifest holds it; of own households the contents count, and no file is opened."""
    from sim.scenario import LoadedScenario, Scenario

    resolved = _with_years(run.scenario)
    resolved["population"].pop("microdata", None)
    return LoadedScenario(Scenario.model_validate(resolved), resolved, {}, "", (Path(run.id),))


def _with_years(value: Any) -> Any:
    """What a manifest holds, with years as numbers, which are text in JSON."""
    if isinstance(value, dict):
        return {canonical_key(key): _with_years(each) for key, each in value.items()}
    return [_with_years(each) for each in value] if isinstance(value, list) else value


def at_the_end(base: Run, other: Run) -> list[Row]:
    """Every measure in the last year."""
    return [Row(each.label, each.of(base)[-1], each.of(other)[-1], each.money) for each in MEASURES]


def instruments(base: Run, other: Run) -> dict[str, tuple[Row, Row]]:
    """Households enrolled at the end and outlays of all months in yuan, of instruments in which the runs differ."""
    mine, theirs = _of_instruments(base), _of_instruments(other)
    found = {}
    for name in dict.fromkeys([*mine, *theirs]):
        before, after = mine.get(name, (0.0, 0.0)), theirs.get(name, (0.0, 0.0))
        if before != after:
            members, outlays = (Row(name, *pair) for pair in zip(before, after, strict=True))
            found[name] = members, outlays
    return dict(sorted(found.items(), key=lambda item: -abs(item[1][1].difference or 0.0)))


def _of_instruments(run: Run) -> dict[str, tuple[float, float]]:
    """Instrument -> members in the last month and outlays in yuan."""
    import pandas as pd

    file = run.folder / "series.parquet"
    if not file.is_file() or file.is_symlink():
        return {}
    wanted = [("level", "==", "instrument"), ("measure", "in", OF_INSTRUMENTS)]
    table = pd.read_parquet(file, filters=wanted, columns=["month", "area", "measure", "value"])
    wide = table.pivot_table(index="month", columns=["measure", "area"], values="value", observed=True).sort_index()
    return {
        name: (float(wide["members", name].iloc[-1]), float(wide["outlays", name].sum()))
        for name in dict.fromkeys(table["area"])
    }
