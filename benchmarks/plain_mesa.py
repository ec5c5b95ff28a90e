"""The core of the month in plain Mesa: an agent for each household, a method for each rule.

Health, work, earnings, accounts and poverty are those of the model, with parameters of its order; there are
no instruments, no register and no records. It shows what columns and compiled rules are worth.
"""

from __future__ import annotations

import math

import mesa

HOUSEHOLDS_OF_VILLAGE = 500

RECOVERY = 0.2
BILL_LOG_MEDIAN, BILL_LOG_SD, OWN_SHARE = 8.0, 0.8, 0.5
SEPARATION = 0.02
PERMANENT_KEPT, PERMANENT_SD = 0.999, 0.02
TRANSITORY_KEPT, TRANSITORY_SD = 0.8, 0.15
ILLNESS_LOSS, WAGE_LOSS = 0.3, 0.7
SUBSISTENCE, CONSUMPTION_SHARE, DEBT_LIMIT, INTEREST, REPAYMENT = 120.0, 0.7, 1.0, 0.004, 0.1
LINE = 2300.0


class Village:
    """What the households of a village have in common."""

    def __init__(self, model: mesa.Model) -> None:
        luck = model.random
        self.market_income = 400.0 * luck.lognormvariate(0.0, 0.2)
        self.illness_level = luck.uniform(0.8, 1.2)
        self.finding = luck.uniform(0.1, 0.2)
        self.farm_loss = 0.3 if luck.random() < 0.02 else 0.0


class Household(mesa.Agent):
    """A household; money in yuan."""

    def __init__(self, model: mesa.Model, village: Village) -> None:
        super().__init__(model)
        luck = model.random
        self.village = village
        self.members = luck.randint(1, 7)
        self.illness_risk = luck.uniform(0.0, 0.02)
        self.farm_share, self.wage_share = 0.4, 0.45
        self.permanent = luck.gauss(-0.2, 0.6)
        self.transitory = 0.0
        self.ill = self.jobless = self.poor = False
        self.farm = self.wage = self.transfer = self.out_of_pocket = 0.0
        self.income_12_months = 12 * village.market_income * self.members * math.exp(self.permanent)
        self.assets = luck.uniform(0.0, 5000.0)
        self.debt = 0.0

    def step(self) -> None:
        """The household's month."""
        self.health()
        self.work()
        self.earnings()
        self.accounts()
        self.poverty()

    def health(self) -> None:
        """Falls ill or recovers; illness brings a bill."""
        luck = self.random
        self.out_of_pocket = 0.0
        if self.ill:
            self.ill = luck.random() >= RECOVERY
        elif luck.random() < self.illness_risk * self.village.illness_level:
            self.ill = True
            self.out_of_pocket = math.exp(luck.gauss(BILL_LOG_MEDIAN, BILL_LOG_SD)) * OWN_SHARE

    def work(self) -> None:
        """Loses or finds the main job."""
        if self.jobless:
            self.jobless = self.random.random() >= self.village.finding
        else:
            self.jobless = self.random.random() < SEPARATION

    def earnings(self) -> None:
        """Earning capacity and what it yields by source."""
        luck = self.random
        self.permanent = PERMANENT_KEPT * self.permanent + luck.gauss(0.0, PERMANENT_SD)
        self.transitory = TRANSITORY_KEPT * self.transitory + luck.gauss(0.0, TRANSITORY_SD)
        village = self.village
        capacity = village.market_income * self.members * math.exp(self.permanent + self.transitory)
        healthy = 1.0 - ILLNESS_LOSS if self.ill else 1.0
        working = healthy * (1.0 - WAGE_LOSS) if self.jobless else healthy
        self.farm = capacity * self.farm_share * healthy * (1.0 - village.farm_loss)
        self.wage = capacity * self.wage_share * working
        self.transfer = capacity * (1.0 - self.farm_share - self.wage_share)

    def accounts(self) -> None:
        """Consumption, savings and debt."""
        income = self.farm + self.wage + self.transfer
        yearly = self.income_12_months = self.income_12_months * (11 / 12) + income
        wanted = max(SUBSISTENCE * self.members, CONSUMPTION_SHARE * yearly / 12)
        cash = self.assets + income - self.out_of_pocket - self.debt * INTEREST
        credit = max(DEBT_LIMIT * yearly - self.debt, 0.0)
        consumption = max(min(wanted, cash + credit), 0.0)
        borrowing = max(consumption - cash, 0.0) - min(self.debt * REPAYMENT, max(cash - wanted, 0.0))
        self.assets = max(cash - consumption + borrowing, 0.0)
        self.debt += borrowing

    def poverty(self) -> None:
        """Whether twelve-month income per head lies below the line."""
        self.poor = self.income_12_months < LINE * self.members


class Region(mesa.Model):
    """Villages of equal size; no household sees another's month, so their order does not matter."""

    def __init__(self, households: int, seed: int = 1) -> None:
        super().__init__(seed=seed)
        villages = [Village(self) for _ in range(-(-households // HOUSEHOLDS_OF_VILLAGE))]
        for number in range(households):
            Household(self, villages[number // HOUSEHOLDS_OF_VILLAGE])

    def step(self) -> None:
        """Runs one month for everybody."""
        self.agents.do("step")
