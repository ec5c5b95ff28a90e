"""Every attribute of a household and of a village, declared once."""

from __future__ import annotations

import numpy as np

from sim.kernel.columns import Column, Table
from sim.kernel.rule import rule_maker

CROPS = ("orchards", "camellia", "vegetables", "other")

f4, u1, flag = np.float32, np.uint8, np.bool_

# What instruments pay into. An enrolment adds to one of these when its turn has come and takes the same
# amount away when it ends; amounts lie on a binary grid, so that sums are exact in any order.
STREAMS = (
    *(Column(f"crop_{crop}", f4, "yuan/month", f"{crop} income from instruments at a price of 1") for crop in CROPS),
    Column("farm_uplift", f4, "share", "gain of farm income through instruments"),
    Column("job_wage", f4, "yuan/month", "additional wages through instruments"),
    Column("skill", f4, "share", "gain of wage income through training"),
    Column("job_finding", f4, "share/month", "added probability of finding a job"),
    Column("dividends", f4, "yuan/month", "property income through instruments"),
    Column("support", f4, "yuan/month", "transfers through instruments"),
    Column("medical_cover", f4, "share", "share of medical bills paid by instruments"),
    Column("shelter", f4, "share", "share of disaster losses avoided by a safer site"),
    Column("farm_share", f4, "share", "farm and business share of earning capacity"),
    Column("wage_share", f4, "share", "wage share of earning capacity"),
    Column("safe_house", f4, "guarantees", "sources of safe housing; none is unsafe"),
    Column("insured", f4, "guarantees", "sources of basic medical insurance"),
    Column("in_school", f4, "guarantees", "reasons that nobody of school age is out of school"),
    Column("safe_water", f4, "guarantees", "sources of safe drinking water"),
    Column("interest_relief", f4, "yuan/month", "interest paid by instruments"),
    Column("mobilisation", f4, "share", "rise of uptake through instruments"),
)

HOUSEHOLD = Table(
    "Households",
    [
        Column("identity", np.uint64, "number", "village number and place in it; the same in every sample"),
        Column("first_key", np.uint32, "bits", "luck"),
        Column("second_key", np.uint32, "bits", "luck"),
        Column("village", np.uint32, "row", "village of registration; resettlement does not change it"),
        # composition
        Column("members", u1, "persons", "household members"),
        Column("workers", u1, "persons", "members able to work"),
        Column("students", u1, "persons", "members in education"),
        Column("elderly", u1, "persons", "members of 60 and over"),
        Column("chronic", flag, "yes/no", "a member is chronically ill or disabled"),
        Column("schooling", f4, "years", "mean schooling of adults"),
        # capacity
        Column("permanent", f4, "log", "lasting component of earning capacity, relative to the regional mean"),
        Column("transitory", f4, "log", "passing component of earning capacity"),
        *STREAMS,
        Column("transfer_share", f4, "share", "private transfers and pensions as a share of earning capacity"),
        # state
        Column("ill", flag, "yes/no", "a member is seriously ill"),
        Column("jobless", flag, "yes/no", "the main job is lost"),
        # income and accounts
        Column("income_this_year", f4, "yuan", "income since January"),
        Column("income_last_year", f4, "yuan", "income of the last calendar year"),
        Column("income_12_months", f4, "yuan", "this year's income and the share of last year's that is left"),
        Column("medical_this_year", f4, "yuan", "medical bills paid out of pocket since January"),
        Column("assets", f4, "yuan", "savings"),
        Column("debt", f4, "yuan", "debt"),
        # poverty and the register
        Column("poor", flag, "yes/no", "twelve-month income below the survey line"),
        Column("crossed", u1, "code", "0, 1 left income poverty this month, 2 and more fell: see sim.spells"),
        Column("status", u1, "code", "register: see sim.register.status"),
        Column("monitored", flag, "yes/no", "watched as near the line"),
        Column("cause", u1, "code", "recorded cause of poverty; 0 is none"),
        Column("standing", f4, "log yuan/year", "income per head as the village sees it, with error"),
        Column("certified", f4, "yuan/year", "income per head less unavoidable costs as certified in December"),
        Column("meets", flag, "yes/no", "guarantees hold and last year's income was stable"),
        Column("status_since", np.int16, "month", "months from the first simulated month to the last change"),
        Column("poor_since", np.int16, "month", "months from the first simulated month to the last crossing"),
        Column("programmes", np.uint64, "bits", "instruments in which the household is or was enrolled"),
    ],
    __name__,
)
Households = HOUSEHOLD.Arrays

# What happens within the month. The month only passes it on from rule to rule, so it is kept for a block at a
# time and never leaves the processor's cache, unless somebody wants to look at it (`World(keep_flows=True)`).
FLOW = Table(
    "Flows",
    [
        Column("changes", flag, "yes/no", "a member may come or go"),
        Column("arrived", flag, "yes/no", "a member was born or joined"),
        Column("departed", flag, "yes/no", "a member died or left"),
        Column("falls_ill", flag, "yes/no", "fell ill"),
        Column("out_of_pocket", f4, "yuan/month", "medical bill less what insurance and instruments pay"),
        Column("reimbursed", f4, "yuan/month", "medical bill paid by instruments"),
        Column("capacity", f4, "yuan/month", "market income before shocks"),
        Column("farm_loss", f4, "share", "share of farm income lost to a disaster"),
        Column("farm", f4, "yuan/month", "farm and business income"),
        Column("wage", f4, "yuan/month", "wage income"),
        Column("property", f4, "yuan/month", "property income"),
        Column("transfer", f4, "yuan/month", "transfer income"),
        Column("consumption", f4, "yuan/month", "consumption"),
        Column("outgoings", f4, "yuan/month", "out-of-pocket, schooling and interest"),
        Column("borrowing", f4, "yuan/month", "new debt less repayment"),
    ],
    __name__,
)
Flows = FLOW.Arrays

VILLAGE = Table(
    "Villages",
    [
        Column("first", np.int64, "row", "first household"),
        Column("end", np.int64, "row", "row after the last household"),
        Column("county", np.int64, "row", "county"),
        Column("weight", np.float64, "households", "households that one simulated household stands for"),
        Column("poor_village", flag, "yes/no", "designated poor village"),
        Column("severity", u1, "class", "0 not designated, 1 mild, 2 moderate, 3 severe"),
        Column("disaster_months", np.int16, "months", "months until a disaster is over"),
        # what a household reads, written by `places` from last month's totals
        *(Column(f"price_{crop}", f4, "index", f"price of {crop} in the county") for crop in CROPS),
        Column("disaster_loss", f4, "share", "share of farm income lost to a disaster this month"),
        Column("illness_level", f4, "index", "incidence of illness relative to normal"),
        Column("finding", f4, "share/month", "probability of finding a job"),
        Column("wage_level", f4, "index", "wages relative to the market path"),
        Column("adoption", f4, "share", "share of households in an industry instrument last month"),
    ],
    __name__,
)
Villages = VILLAGE.Arrays

rule = rule_maker(HOUSEHOLD, FLOW, VILLAGE)
