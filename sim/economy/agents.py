"""Households, villages and counties as agents; what they do is decided by the rules on columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.areas import SEVERITY
from sim.calendar import month_text, year_of
from sim.columns import CROPS, FLOW, HOUSEHOLD, VILLAGE
from sim.economy.view_sets import ViewSet
from sim.economy.views import View
from sim.kernel.columns import Column
from sim.register import status as register
from sim.register.areas import LISTED

if TYPE_CHECKING:
    from sim.economy.model import Economy


class Household(View):
    """A household: the columns of HOUSEHOLD and, for what happened in the last month, FLOW in `sim.columns`.

    Money is in current yuan. What is written holds from then on, as any other state does; who a household is
    and what happened to it is only read. The register's December review moves households, not whoever writes
    `status`: that would leave out counts and spells.
    """

    COLUMNS = {name: column for name, column in HOUSEHOLD.columns.items() if name != "village"} | FLOW.columns
    WRITABLE = frozenset(HOUSEHOLD.columns) - {"identity", "first_key", "second_key", "village"}

    @classmethod
    def array_of(cls, model: Economy, name: str) -> NDArray[Any]:
        """The column, not a copy; only for names of COLUMNS."""
        array: NDArray[Any] = getattr(model.world.f if name in FLOW else model.world.h, name)
        return array

    @classmethod
    def count(cls, model: Economy) -> int:
        return model.world.households

    def step(self) -> None:
        """Runs the household's month, once, between `Economy.begin_month` and `Economy.end_month`.

        One by one this takes 25 µs a household, against 20 ns where `Economy.step` runs all at once.
        """
        self.model.run_household(self.row)

    @property
    def village(self) -> Village:
        """Village of registration."""
        return Village(self.model, int(self.model.world.h.village[self.row]))

    @property
    def county(self) -> County:
        """County of registration."""
        return self.village.county

    @property
    def income_per_head(self) -> float:
        """Twelve-month income per head, yuan; below the survey line the household is `poor`."""
        return float(self.income_12_months / self.members)

    @property
    def is_registered(self) -> bool:
        """Whether it is on the register now."""
        return self.status in (register.REGISTERED, register.RETURNED)

    @property
    def instruments(self) -> list[str]:
        """Names of the instruments in which it is or was enrolled."""
        bits = self.programmes
        return [name for number, name in enumerate(self.model.world.instruments.names) if bits >> number & 1]

    def __repr__(self) -> str:
        return (
            f"<Household {self.row} of {self.village.name}: {self.members} members, "
            f"{self.income_per_head:,.0f} yuan a head, {register.NAMES[self.status]}>"
        )


class _Area(View):
    """What villages and counties have in common; figures of households are weighted."""

    name: str

    @property
    def households(self) -> ViewSet:
        """Its households."""
        raise NotImplementedError

    def _total(self, name: str) -> float:
        raise NotImplementedError

    @property
    def _exit(self) -> int:
        raise NotImplementedError

    @property
    def persons(self) -> float:
        """Persons at the end of the last month."""
        return self._total("persons")

    @property
    def registered_persons(self) -> float:
        """Persons on the register at the end of the last month."""
        return self._total("registered_persons")

    @property
    def registered_share(self) -> float:
        """Share of persons on the register at the end of the last month."""
        return self.registered_persons / self.persons if self.persons else 0.0

    @property
    def listed(self) -> bool:
        """Whether it is on the list of poor areas."""
        return self._exit == LISTED or self._exit > self.model.world.month

    @property
    def exited(self) -> str | None:
        """Month of leaving the list, such as '2018-12', or None."""
        return month_text(self._exit) if self._exit >= 0 and not self.listed else None

    def __repr__(self) -> str:
        left = f"exited in {self.exited}" if self.exited else "never listed"
        state = "listed as poor" if self.listed else left
        return f"<{type(self).__name__} {self.name}: {len(self.households):,} households, {state}>"


class Village(_Area):
    """A village: the columns of `sim.columns.VILLAGE`, and where it stands on the way off the list.

    `sim.places` decides prices, jobs, losses to disasters and `adoption` at the start of a month; what is
    written there after `Economy.begin_month` holds for that month. `disaster_months` are left of a disaster.
    """

    COLUMNS: ClassVar[Mapping[str, Column]] = {
        name: column for name, column in VILLAGE.columns.items() if name not in ("county", "severity")
    }
    WRITABLE = frozenset(COLUMNS) - {"first", "end", "weight"}

    @classmethod
    def array_of(cls, model: Economy, name: str) -> NDArray[Any]:
        """The column, not a copy; only for names of COLUMNS."""
        array: NDArray[Any] = getattr(model.world.v, name)
        return array

    @classmethod
    def count(cls, model: Economy) -> int:
        return len(model.world.v.first)

    @property
    def name(self) -> str:  # type: ignore[override]
        """County and number in it."""
        return self.model.world.areas.names[self.row]

    @property
    def county(self) -> County:
        """County of the village."""
        return County(self.model, int(self.model.world.v.county[self.row]))

    @property
    def households(self) -> ViewSet:
        """Households of the village."""
        return ViewSet(self.model, Household, np.arange(self.first, self.end))

    @property
    def severity(self) -> str:
        """Class of the designated poor villages: mild, moderate or severe; else none."""
        return SEVERITY[self.model.world.v.severity[self.row]]

    @property
    def planned_exit(self) -> int | None:
        """Year in which it is on the plan's exit list."""
        return int(self.model.world.village_list_year[self.row]) if self.poor_village else None

    @property
    def _exit(self) -> int:
        return int(self.model.world.village_exit[self.row])

    def _total(self, name: str) -> float:
        return float(self.model.village_total(name)[self.row] * self.weight)


class County(_Area):
    """A county: what it decides on budget, places, prices and jobs, and what the register plans for it.

    Decisions of all counties are made at once, on columns: prices and jobs by `sim.places`, places by
    `sim.openings`, planned exits by `sim.register.december`. Where a sample left a county without a village,
    prices and its job market are nan.
    """

    @classmethod
    def count(cls, model: Economy) -> int:
        return len(model.world.areas.counties)

    @property
    def name(self) -> str:  # type: ignore[override]
        """Name of the county."""
        return self.model.world.areas.counties[self.row]

    @property
    def poor(self) -> bool:
        """Whether it is a designated poor county."""
        return bool(self.model.world.areas.poor_county[self.row])

    @property
    def villages(self) -> ViewSet:
        """Villages of the county."""
        return ViewSet(self.model, Village, np.arange(*self._villages))

    @property
    def households(self) -> ViewSet:
        """Households of the county."""
        first, end = self.model.world.county_bounds[self.row : self.row + 2]
        return ViewSet(self.model, Household, np.arange(first, end))

    # decisions

    @property
    def spent_this_year(self) -> float:
        """Outlays for instruments since January, yuan."""
        return float(self.model.world.spent_this_year[self.row])

    @property
    def budget_left(self) -> float:
        """What it may still spend this year, yuan; infinite without a budget."""
        return float(self.model.world.budgets()[self.row]) - self.spent_this_year

    @property
    def may_open(self) -> bool:
        """Whether it has money left this year, and so may open places."""
        return bool(self.model.world.may_open()[self.row])

    @property
    def places_given(self) -> dict[str, float]:
        """Places given so far, by instrument, in the instrument's unit."""
        world = self.model.world
        return dict(zip(world.instruments.names, world.admitted[:, self.row].tolist(), strict=True))

    @property
    def prices(self) -> dict[str, float]:
        """Price index of each crop."""
        return {crop: self._of_village(f"price_{crop}") for crop in CROPS}

    @property
    def job_finding(self) -> float:
        """Probability of finding a job in a month."""
        return self._of_village("finding")

    @property
    def wage_level(self) -> float:
        """Wages relative to the market path."""
        return self._of_village("wage_level")

    @property
    def planned_exits(self) -> float:
        """Persons whom this year's plan wants off the register, of those on it now."""
        stock = self.model.county_total("registered_persons")
        world = self.model.world
        return float(world.scenario.register_.review.planned(year_of(world.month)) * stock[self.row])

    @property
    def this_year(self) -> dict[str, float]:
        """What the December review counted (measures of `sim.register.december.COUNTED`); zeros before it."""
        return {name: float(counts[self.row]) for name, counts in self.model.world.year_counts.items()}

    def _of_village(self, column: str) -> float:
        first, end = self._villages
        return float(getattr(self.model.world.v, column)[first]) if first < end else float("nan")

    @property
    def _villages(self) -> tuple[int, int]:
        first, end = self.model.world.village_bounds[self.row : self.row + 2]
        return int(first), int(end)

    @property
    def _exit(self) -> int:
        return int(self.model.world.county_exit[self.row])

    def _total(self, name: str) -> float:
        return float(self.model.county_total(name)[self.row])
