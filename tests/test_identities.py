"""Accounting identities, every month of ten years: nothing is lost, made up or counted twice."""

from itertools import pairwise

import numpy as np
import pytest
from conftest import entered, income

from sim.calendar import is_december
from sim.columns import STREAMS
from sim.engine import MONEY, REGISTER_TOTALS, TOTALS
from sim.register.status import EXITED, REGISTERED, RETURNED

SOURCES = ("farm", "wage", "property", "transfer")
CENT = 0.01


def months(ten_years):
    """World, state before and state after, month by month."""
    world, states = ten_years
    for before, after in pairwise(states):
        yield world, before, after


def by_county(world, of_household):
    """Weighted sums of households by county, in plain NumPy."""
    village = world.h.village
    weighted = of_household * world.v.weight[village]
    return np.bincount(world.v.county[village], weighted, len(world.areas.counties))


def on_register(state):
    return (state.h.status == REGISTERED) | (state.h.status == RETURNED)


def near(value, expected, relative=3e-6, absolute=CENT):
    """Equal up to the rounding of single precision."""
    np.testing.assert_allclose(value, expected, rtol=relative, atol=absolute)


def test_the_income_year_adds_up_the_sources_of_its_months(ten_years):
    """What a household earned since January is the sum of all sources over the months, in every month, and so is its
    twelve-month income in December."""
    sums = None
    for _, _, after in months(ten_years):
        if after.month % 12 == 0 or sums is None:
            sums = dict.fromkeys(SOURCES, 0.0)
        for source in SOURCES:
            sums[source] = sums[source] + getattr(after.f, source).astype(np.float64)
        near(after.h.income_this_year, sum(sums.values()))
        if is_december(after.month):
            near(after.h.income_12_months, sum(sums.values()))


def test_last_years_income_is_the_sum_of_last_years_months(ten_years):
    """From January to December the income of last year is what was earned in its twelve months."""
    last = this = None
    for _, _, after in months(ten_years):
        if after.month % 12 == 0:
            last, this = this, 0.0
        this = (0.0 if this is None else this) + income(after.f)
        if last is not None:
            near(after.h.income_last_year, last)


def test_no_source_of_income_is_negative(ten_years):
    for _, _, after in months(ten_years):
        for source in SOURCES:
            lowest = float(getattr(after.f, source).min())
            assert lowest >= 0, f"{source} income in month {after.offset}"


def test_sources_pass_on_what_instruments_pay(ten_years):
    """Dividends, support and additional wages reach the household, whatever else befalls it."""
    world, _ = ten_years
    share = float(world.parameters.earnings.property_share)
    for _, _, after in months(ten_years):
        near(after.f.property, after.f.capacity * share + after.h.dividends)
        assert (after.f.transfer >= after.h.support).all()
        assert (after.f.wage >= after.h.job_wage).all()


def test_savings_take_up_what_is_neither_consumed_nor_paid(ten_years):
    """assets' = assets - own payments at admission + capital back from ended loans + income - consumption - outgoings
    + borrowing."""
    back = 0.0
    for world, before, after in months(ten_years):
        loan = world.instruments.effects.loan[before.enrolments.effect] * (before.enrolments.leaves == after.offset)
        capital = np.bincount(before.enrolments.household, loan, len(before.h.assets))
        back += capital.sum()
        own = sum(
            entered(before, after, number) * setting.cost.own_payment
            for number, setting in enumerate(world.instruments.settings)
        )
        flows = [getattr(after.f, name).astype(np.float64) for name in ("consumption", "outgoings", "borrowing")]
        consumption, outgoings, borrowing = flows
        expected = before.h.assets - own + capital + income(after.f) - consumption - outgoings + borrowing
        largest = np.maximum(np.abs(before.h.assets), income(after.f) + outgoings)
        assert (np.abs(after.h.assets - expected) <= CENT + 1e-6 * largest).all()
        assert (after.h.assets >= 0).all()
    assert back > 0


def test_debt_grows_by_borrowing_and_by_loans_of_instruments(ten_years):
    """debt' = debt + loans at admission + new debt less repayment, and nobody has negative debt."""
    lent = 0.0
    for world, before, after in months(ten_years):
        loans = sum(
            entered(before, after, number) * setting.cost.loan
            for number, setting in enumerate(world.instruments.settings)
        )
        near(after.h.debt, before.h.debt.astype(np.float64) + loans + after.f.borrowing)
        assert (after.h.debt >= 0).all()
        lent += loans.sum()
    assert lent > 0


def test_own_payments_were_made(ten_years):
    """The identity above is not empty: some households paid for their house in months that it covers."""
    paying = 0
    for world, before, after in months(ten_years):
        for number, setting in enumerate(world.instruments.settings):
            paying += int(entered(before, after, number).sum()) * (setting.cost.own_payment > 0)
    assert paying >= 20


def test_streams_hold_exactly_what_enrolments_pay(ten_years):
    """Each stream of a household is what it was at the start plus what its enrolments pay now, to the bit."""
    world, states = ten_years
    stream = world.instruments.effects.stream
    for state in states:
        expected = states[0].streams.astype(np.float64)
        paid = state.enrolments.paid.astype(np.float64)
        np.add.at(expected, (stream[state.enrolments.effect], state.enrolments.household), paid)
        off = {STREAMS[row].name for row in np.flatnonzero((expected != state.streams).any(axis=1))}
        assert not off, f"month {state.offset}: {', '.join(sorted(off))}"


def test_benefits_are_what_households_received_from_the_fund(ten_years):
    """In the small region the fund pays all support, the additional wages of public posts, interest on
    microcredit, and the bills that instruments cover; nothing else."""
    for world, _, after in months(ten_years):
        received = by_county(world, after.h.support.astype(np.float64) + after.h.job_wage + after.h.interest_relief)
        bills = by_county(world, after.f.reimbursed.astype(np.float64))
        # A bill is added up in sixteenths of a yuan.
        rounding = by_county(world, (after.f.reimbursed > 0) / float(MONEY)) + 1e-6 * received + CENT
        assert (np.abs(after.tables["benefits"].sum(0) - received - bills) <= rounding).all()


def test_benefits_of_each_instrument_are_what_its_members_received(ten_years):
    for world, _, after in months(ten_years):
        effects, rows = world.instruments.effects, after.enrolments
        for number, name in enumerate(world.instruments.names):
            if name == "medical_lines":
                continue
            mine = (effects.instrument[rows.effect] == number) & effects.by_fund[rows.effect]
            received = np.bincount(rows.household[mine], rows.paid[mine], world.households)
            near(after.tables["benefits"][number], by_county(world, received), relative=1e-9)


def test_unit_costs_follow_from_admissions(ten_years):
    """A cost at entry for everybody who entered this month, and a yearly one for everybody enrolled, by the
    mean size of those who entered."""
    world, _ = ten_years
    instruments, counties = len(world.instruments.names), len(world.areas.counties)
    ever, persons = np.zeros((instruments, counties)), np.zeros((instruments, counties))
    for _, before, after in months(ten_years):
        effects, rows = world.instruments.effects, after.enrolments
        lasting = effects.first[rows.effect] & (rows.leaves > after.offset)
        for number, setting in enumerate(world.instruments.settings):
            new = entered(before, after, number)
            entries = by_county(world, new)
            ever[number] += entries
            persons[number] += by_county(world, new * before.h.members)
            mine = rows.household[lasting & (effects.instrument[rows.effect] == number)]
            enrolled = by_county(world, np.bincount(mine, minlength=world.households))
            near(after.tables["members"][number], enrolled, relative=1e-9)
            size = np.divide(persons[number], ever[number], out=np.zeros(counties), where=ever[number] > 0)
            cost = setting.cost
            yearly = enrolled * (cost.yuan_per_household_year + cost.yuan_per_person_year * size)
            expected = entries * cost.yuan_per_household + yearly / 12
            near(after.tables["unit_costs"][number], expected, relative=1e-9)
        near(after.tables["outlays"], after.tables["benefits"] + after.tables["unit_costs"], relative=1e-12)


def test_persons_are_conserved(ten_years):
    """Members change by who arrives and departs, in every household and so in every village."""
    for _, before, after in months(ten_years):
        change = after.f.arrived.astype(int) - after.f.departed.astype(int)
        np.testing.assert_array_equal(after.h.members.astype(int), before.h.members.astype(int) + change)
        assert (after.h.members >= 1).all()


def test_nobody_counts_twice_within_a_household(ten_years):
    """Workers, students and elderly are different persons, so together they are at most the members."""
    for _, _, after in months(ten_years):
        kinds = after.h.workers.astype(int) + after.h.students + after.h.elderly
        too_many = int((kinds > after.h.members).sum())
        assert too_many == 0, f"households in month {after.offset}"


@pytest.mark.parametrize("unit", ["households", "persons"])
def test_the_register_changes_by_its_counted_moves_alone(ten_years, unit):
    """stock' = stock + identified + returned - exits - struck off by county; only members of registered
    households are born and die besides."""
    for world, before, after in months(ten_years):
        size = 1.0 if unit == "households" else after.h.members.astype(float)
        start = by_county(world, on_register(before) * size)
        moved = 0.0
        if is_december(after.month):
            moves = {move: after.counts[f"{move}_{unit}"] for move in ("identified", "returns", "exits", "struck_off")}
            moved = moves["identified"] + moves["returns"] - moves["exits"] - moves["struck_off"]
        near(by_county(world, on_register(after) * size), start + moved, relative=1e-9, absolute=1e-6)


def test_ever_registered_grows_by_identification_and_shrinks_by_strike_offs(ten_years):
    """Who is or was on the register, and not struck off, is the pool of instruments for the registered."""
    for world, before, after in months(ten_years):
        ever = [np.isin(state.h.status, (REGISTERED, EXITED, RETURNED)) for state in (before, after)]
        change = by_county(world, ever[1]) - by_county(world, ever[0])
        moved = after.counts["identified_households"] - after.counts["struck_off_households"]
        near(change, moved * is_december(after.month), relative=1e-9, absolute=1e-6)
    world, states = ten_years
    pool = np.flatnonzero(np.isin(states[-1].h.status, (REGISTERED, EXITED, RETURNED)))
    np.testing.assert_array_equal(world.registered_pool, pool)


def recounted(state):
    """Every total of a village from its households; money in whole sixteenths of a yuan, cut off."""
    members = state.h.members.astype(np.int64)

    def money(name):
        return np.trunc(getattr(state.f, name) * np.float32(16)).astype(np.int64)

    return {
        "persons": members,
        "farm_income": money("farm"),
        "wage_income": money("wage"),
        "property_income": money("property"),
        "transfer_income": money("transfer"),
        "income_poor_persons": members * state.h.poor,
        "income_poor_households": state.h.poor,
        "ill_households": state.h.ill,
        "jobless_households": state.h.jobless,
        "out_of_pocket": money("out_of_pocket"),
        "reimbursed_by_instruments": money("reimbursed"),
        "arrivals": state.f.arrived,
        "departures": state.f.departed,
        "registered_persons": members * on_register(state),
        "registered_households": on_register(state),
        "exited_persons": members * (state.h.status == EXITED),
    }


def test_village_totals_equal_a_plain_recount(ten_years):
    for world, _, after in months(ten_years):
        expected = recounted(after)
        assert set(expected) == {*TOTALS, *REGISTER_TOTALS}
        for names, totals in ((TOTALS, after.totals), (REGISTER_TOTALS, after.register_totals)):
            for column, name in enumerate(names):
                count = np.bincount(world.h.village, expected[name], len(world.v.first)).astype(np.int64)
                np.testing.assert_array_equal(totals[:, column], count, err_msg=f"{name}, month {after.offset}")


def test_income_poverty_is_income_below_the_survey_line(ten_years):
    """Whoever is poor has twelve-month income per head below the line, and nobody else is."""
    world, _ = ten_years
    for _, _, after in months(ten_years):
        if is_december(after.month):
            line = max((year, yuan) for year, yuan in world.scenario.lines.survey.items() if year <= after.month // 12)[
                1
            ]
            head = after.h.income_12_months.astype(np.float64) / after.h.members
            clear = np.abs(head / line - 1) > 1e-5
            np.testing.assert_array_equal(after.h.poor[clear], (head < line)[clear])
