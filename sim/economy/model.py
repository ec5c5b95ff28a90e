"""A region as a Mesa model."""

from __future__ import annotations

import json
import operator
import os
from itertools import count
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from sim.calendar import month_text
from sim.economy.agents import County, Household, Village
from sim.economy.mesa_names import Agent, DataCollector, Model
from sim.economy.view_sets import ViewSet
from sim.engine import MONEY, REGISTER_TOTALS, TOTALS, add_up_villages, advance_households
from sim.scenario import Scenario, load_scenario
from sim.world import World

REPORTERS = (
    "month",
    "register_incidence",
    "income_incidence",
    "registered_persons",
    "mean_income",
    "outlays",
)
SOURCES = ("farm_income", "wage_income", "property_income", "transfer_income")


class Economy(Model):
    """A region month by month, with its households, villages and counties as agents.

    `agents` holds the households, `villages` and `counties` the areas; `agents_by_type` all three. The twelve
    months up to the period's start are simulated too, so that incomes of a year are known.

    Parameters
    ----------
    scenario : path of a scenario file, or a scenario that is loaded already
    scale, seed : instead of the scenario's; `seed` decides all luck of the region
    threads : threads that share the month; all processors by default. Results do not depend on it
    settings : dotted path in the scenario -> value, such as ``{"health.incidence": 0.06}``

    Attributes
    ----------
    world : the columns, and the month that moves them on
    running : False once the period is over
    datacollector : collects REPORTERS after every month; may be replaced
    random : decides in which order agents are shuffled, and nothing else

    Raises
    ------
    ScenarioError
        Where the scenario, or a setting, is wrong.

    Examples
    --------
    >>> economy = Economy("scenarios/ganzhou.yaml", scale=0.01, seed=3)  # doctest: +SKIP
    >>> economy.run_model()  # doctest: +SKIP
    >>> economy.agents.agg("members", sum)  # doctest: +SKIP

    In `mesa.batch_run` replicates are seeds, ``{"scenario": path, "seed": range(10), "settings": [{…}]}``;
    its `iterations` would repeat the very same run.
    """

    def __init__(
        self,
        scenario: str | os.PathLike[str] | Scenario,
        *,
        scale: float | None = None,
        seed: int | None = None,
        threads: int | None = None,
        settings: dict[str, Any] | None = None,
    ) -> None:
        self.scenario = _load(scenario, scale, seed, settings)
        super().__init__(seed=self.scenario.seed)
        self.world = World(self.scenario, threads=threads, keep_flows=True)
        self.villages = ViewSet(self, Village)
        self.counties = ViewSet(self, County)
        self._households = ViewSet(self, Household)
        self._agents_by_type = {Household: self._households, Village: self.villages, County: self.counties}
        self._own_numbers = count(1 + sum(map(len, self._agents_by_type.values())))
        self._stepped: NDArray[np.bool_] | None = None
        self.datacollector = DataCollector(model_reporters={name: name for name in REPORTERS})

    def __repr__(self) -> str:
        return f"<Economy {self.scenario.name}: {self.world.households:,} households in {self.month}>"

    @property
    def agents(self) -> ViewSet:
        """The households."""
        return self._households

    # the month

    def step(self, by_agents: bool = False) -> None:
        """Runs a month: of all households at once, or agent by agent in random order, with the same result.

        A model of one's own may override it: `begin_month`, a step of every household, `end_month`.

        Raises
        ------
        RuntimeError
            After the period's end.
        """
        if by_agents:
            self.begin_month()
            self.agents.shuffle_do("step")
            self.end_month()
        else:
            self._ready()
            self.world.step()
            self._look()

    def begin_month(self) -> None:
        """What places decide, who is admitted, whose enrolment changes; then households may step."""
        self._ready()
        self.world.prepare()
        self.world.settle_enrolments(0, len(self.villages))
        self._stepped = np.zeros(self.world.households, bool)

    def run_household(self, row: int) -> None:
        """Runs the month of a household.

        Raises
        ------
        RuntimeError
            Where no month has begun, or the household has stepped in it.
        """
        if self._stepped is None:
            raise RuntimeError("no month has begun: a household steps between begin_month() and end_month()")
        if self._stepped[row]:
            raise RuntimeError(f"household {row} has stepped this month")
        self._stepped[row] = True
        world = self.world
        village = int(world.h.village[row])
        advance_households(world.h, world.f, world.v, world.parameters, world.now, village, row, row + 1)

    def end_month(self) -> None:
        """Adds up the month and ends it: spells, outlays and, in December, the register.

        Raises
        ------
        RuntimeError
            Where no month has begun, or some household has not stepped.
        """
        if self._stepped is None:
            raise RuntimeError("no month has begun: begin_month() comes first")
        if waiting := int((~self._stepped).sum()):
            raise RuntimeError(f"{waiting:,} households have not stepped this month")
        self._stepped = None
        world = self.world
        world.village_totals[:] = 0
        add_up_villages(world.h, world.f, world.v, 0, len(self.villages), world.village_totals)
        world.conclude()
        self._look()

    def _ready(self) -> None:
        if self._stepped is not None:
            raise RuntimeError("the month has begun: end_month() comes first")
        if not self.running:
            raise RuntimeError(f"the period ends in {self.month}")

    def _look(self) -> None:
        self.running = self.world.month < self.scenario.period.end
        self.datacollector.collect(self)

    # figures of the last month

    @property
    def month(self) -> str:
        """The last month run, such as '2016-01'."""
        return month_text(self.world.month)

    @property
    def register_incidence(self) -> float:
        """Share of persons on the register; nan before there is one."""
        register = self.scenario.register_
        there_is = not register.off and self.world.month >= register.identification.at
        return self._share("registered_persons") if there_is else float("nan")

    @property
    def income_incidence(self) -> float:
        """Share of persons below the survey line."""
        return self._share("income_poor_persons")

    @property
    def registered_persons(self) -> float:
        """Persons on the register."""
        return float(self.county_total("registered_persons").sum())

    @property
    def mean_income(self) -> float:
        """The month's income per head, yuan at a yearly rate."""
        return 12 / float(MONEY) * sum(self._share(source) for source in SOURCES)

    @property
    def outlays(self) -> float:
        """What the fund paid for instruments in the month, yuan."""
        return float(self.world.instrument_tables()["outlays"].sum())

    def village_total(self, name: str) -> NDArray[np.int64]:
        """(V,) total of (REGISTER_)TOTALS in `sim.engine`, not weighted; money in sixteenths of a yuan."""
        if name in REGISTER_TOTALS:
            return self.world.register_totals[:, REGISTER_TOTALS.index(name)]
        return self.world.village_totals[:, TOTALS.index(name)]

    def county_total(self, name: str) -> NDArray[np.float64]:
        """(C,) the same, weighted."""
        return self.world.by_county(self.village_total(name))

    def _share(self, name: str) -> float:
        persons = self.county_total("persons").sum()
        return float(self.county_total(name).sum() / persons) if persons else float("nan")

    # agents of one's own

    def register_agent(self, agent: Agent) -> None:
        """Registers an agent of another kind; it is found in `agents_by_type`, `agents` stays as it is."""
        # Mesa counts agents in a table of models, which would keep every model alive.
        Agent._ids.pop(self, None)
        agent.unique_id = next(self._own_numbers)
        super().register_agent(agent)

    def remove_all_agents(self) -> NoReturn:
        """Refuses."""
        raise TypeError("households, villages and counties can not be removed")

    def __reduce__(self) -> NoReturn:
        raise TypeError("an economy is not pickled or copied: its scenario and seed make the same one again")


def _load(
    scenario: str | os.PathLike[str] | Scenario,
    scale: float | None,
    seed: int | None,
    settings: dict[str, Any] | None,
) -> Scenario:
    if not isinstance(settings, dict | None):
        message = f"settings is a dict of path -> value, not {settings!r}"
        raise TypeError(f"{message}; in mesa.batch_run it is a list of such dicts")
    given = {"population.scale": scale, "seed": seed}
    changes = {path: value for path, value in given.items() if value is not None} | (settings or {})
    if isinstance(scenario, Scenario):
        if changes:
            raise TypeError(f"a loaded scenario is complete; give its path to change {', '.join(changes)}")
        return scenario
    plain = operator.methodcaller("item")  # numbers of NumPy
    texts = [f"{path}={json.dumps(value, default=plain)}" for path, value in changes.items()]
    return load_scenario(scenario, texts).scenario
