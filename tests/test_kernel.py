"""The kernel: its arithmetic against double precision, and rules against what they say row by row."""

import numpy as np
import pytest
from conftest import copied, one_thread
from numba import njit
from rule_text import declared
from small import load_small

from sim.columns import FLOW, HOUSEHOLD
from sim.kernel import numeric
from sim.kernel.columns import Column, Table
from sim.kernel.rule import rule_maker, single_precision
from sim.month import DECEMBER, JANUARY, MONTH, OPENING

POINTS = 2_000_001
ROWS = 200
RULES = (*MONTH, *JANUARY, *DECEMBER, *OPENING)


@njit
def each_exp(x, out):
    for i in range(len(x)):
        out[i] = numeric.exp(x[i])


@njit
def each_log(x, out):
    for i in range(len(x)):
        out[i] = numeric.log(x[i])


@njit
def each_turn(u, sine, cosine):
    for i in range(len(u)):
        sine[i], cosine[i] = numeric.turn(u[i])


def single(values):
    return np.asarray(values, np.float32)


def applied(kernel, x):
    out = np.empty_like(x)
    kernel(x, out)
    return out


# arithmetic


def test_exp_is_within_its_stated_error():
    """exp has a relative error of at most 2e-7 from -87 to 87."""
    x = single(np.linspace(-87, 87, POINTS))
    assert np.abs(applied(each_exp, x) / np.exp(x.astype(np.float64)) - 1).max() <= 2e-7


def test_exp_beyond_its_range_is_the_value_at_the_end():
    ends = applied(each_exp, single([-87, 87]))
    beyond = applied(each_exp, single([-88, -1e9, -np.inf, 88, 1e9, np.inf]))
    np.testing.assert_array_equal(beyond, ends[[0, 0, 0, 1, 1, 1]])


def test_log_is_within_its_stated_error():
    """log has an error of at most 2e-7 of the larger of 1 and its size, over all normal positive numbers."""
    limits = np.finfo(np.float32)
    x = single(np.geomspace(limits.tiny, limits.max, POINTS))
    x = np.concatenate([x, single(np.linspace(0.5, 2, POINTS)), single([limits.tiny, limits.max])])
    exact = np.log(x.astype(np.float64))
    assert (np.abs(applied(each_log, x) - exact) / np.maximum(np.abs(exact), 1)).max() <= 2e-7


def test_log_of_one_and_exp_of_zero_are_exact():
    """A household without luck in its capacity earns the mean to the bit."""
    assert applied(each_log, single([1.0])) == 0
    assert applied(each_exp, single([0.0])) == 1


def test_sine_and_cosine_are_within_their_stated_error():
    """turn has an absolute error of at most 3e-7 at every number that a draw can be, and at a whole turn."""
    u = np.append(np.arange(2**24, dtype=np.float32) * np.float32(2.0**-24), np.float32(1))
    sine, cosine = np.empty_like(u), np.empty_like(u)
    each_turn(u, sine, cosine)
    angle = 2 * np.pi * u.astype(np.float64)
    assert np.abs(sine - np.sin(angle)).max() <= 3e-7
    assert np.abs(cosine - np.cos(angle)).max() <= 3e-7


# how a rule is written

FIELDS = Table(
    "Fields",
    [
        Column("first_key", np.uint32, "bits", "luck"),
        Column("second_key", np.uint32, "bits", "luck"),
        Column("harvest", np.float32, "tonnes", "grain brought in"),
        Column("hands", np.uint8, "persons", "who help"),
        Column("flooded", np.bool_, "yes/no", "under water"),
    ],
    __name__,
)
Fields = FIELDS.Arrays
WEATHER = Table("Weather", [Column("rain", np.float32, "millimetres", "of the month")], __name__)
Weather = WEATHER.Arrays
PLACES = Table("Places", [Column("fertility", np.float32, "index", "of the soil")], __name__)
Places = PLACES.Arrays
rule = rule_maker(FIELDS, WEATHER, PLACES)


def fields(flooded):
    """Fields with 2 tonnes of grain and 3 hands each, some of them under water."""
    columns = FIELDS.empty(len(flooded))
    columns.harvest[:], columns.hands[:], columns.flooded[:] = 2, 3, flooded
    return columns


def looped(each, h, f, v, p, now, k, lo, hi):
    """Runs the compiled loop of a rule over rows lo to hi of village k, with the arguments that its call names."""
    scope = {"h": h, "f": f, "v": v, "p": p, "now": now, "k": k, "lo": np.uint64(lo), "hi": np.uint64(hi)}
    scope |= {"base": np.uint64(0), "queue": np.empty(hi - lo, np.uint32)}
    each.loop(*eval(f"({each.call})", scope))


def run(each, columns, fertility=1.0):
    """Runs a rule over all fields of one place."""
    rows = len(columns.harvest)
    looped(each, columns, WEATHER.empty(rows), Places(single([fertility])), None, None, 0, 0, rows)


def test_a_misspelt_argument_names_the_rule_and_the_nearest_column():
    def reaping(harvset):
        return harvset

    with pytest.raises(NameError, match=r"^rule reaping: no column 'harvset'; did you mean 'harvest'\?$"):
        rule("harvest")(reaping)


def test_a_misspelt_village_value_names_the_nearest():
    def reaping(fertlity):
        return fertlity

    with pytest.raises(NameError, match=r"^rule reaping: no column 'fertlity'; did you mean 'fertility'\?$"):
        rule("harvest")(reaping)


@pytest.mark.parametrize(
    ("writes", "where", "message"),
    [
        ("harvests", None, r"no column 'harvests'; did you mean 'harvest'\?$"),
        ("harvest", "floded", r"no column 'floded'; did you mean 'flooded'\?$"),
        ("xyzzy", None, "no column 'xyzzy'$"),
        ("fertility", None, "no column 'fertility'"),
    ],
)
def test_what_a_rule_writes_and_where_are_columns_of_households_or_flows(writes, where, message):
    """A village's value can not be written by a household's rule, and what does not exist can not either."""

    def reaping(harvest):
        return harvest

    with pytest.raises(NameError, match=f"rule reaping: {message}"):
        rule(writes, where)(reaping)


def test_a_column_declared_twice_is_refused():
    column = Column("harvest", np.float32, "tonnes", "grain brought in")
    with pytest.raises(ValueError, match="a column of Barns is declared twice"):
        Table("Barns", [column, column], __name__)


def literals(flooded):
    share = 0.4
    if flooded:
        share = 1
    return share


def test_literals_are_single_precision():
    """A bare 0.4 or 1 in a rule is float32; without that the whole loop would be in double precision."""
    converted = single_precision(literals)
    assert isinstance(converted(False), np.float32)
    assert isinstance(converted(True), np.float32)
    for function, expected in ((converted, "float32"), (literals, "float64")):
        compiled = njit(function)
        compiled(True)
        assert [str(signature.return_type) for signature in compiled.nopython_signatures] == [expected]


def test_whole_number_columns_are_float32_within_a_rule():
    """Three hands bring in 3 / 2 tonnes each, not 1: the division is not one of whole numbers."""

    @rule("harvest hands")
    def reaping(hands, harvest, fertility):
        return hands / harvest * fertility, hands + 1

    columns = fields([False, False])
    run(reaping, columns, fertility=4.0)
    np.testing.assert_array_equal(columns.harvest, [6, 6])
    np.testing.assert_array_equal(columns.hands, [4, 4])


def test_where_visits_flagged_rows_alone():
    """Flooded fields lose half of their harvest and all hands; nothing is written to the others."""

    @rule("harvest hands", where="flooded")
    def flood(harvest):
        return harvest / 2, 0

    flooded = np.random.default_rng(1).random(1000) < 0.1
    columns = fields(flooded)
    run(flood, columns)
    np.testing.assert_array_equal(columns.harvest, np.where(flooded, 1, 2))
    np.testing.assert_array_equal(columns.hands, np.where(flooded, 0, 3))


@pytest.mark.parametrize("flooded", [[], [False] * 5, [True] * 5, [True] + [False] * 4, [False] * 4 + [True]])
def test_where_at_the_ends_of_a_block(flooded):
    @rule("harvest", where="flooded")
    def flood(harvest):
        return harvest - 2

    columns = fields(np.array(flooded, bool))
    run(flood, columns)
    np.testing.assert_array_equal(columns.harvest, np.where(flooded, 0, 2))


# what a rule computes


@pytest.fixture(scope="module")
def january():
    """The small region in its 38th month: a January in which much has happened to households."""
    world = one_thread(load_small(), keep_flows=True)
    for _ in range(38):
        world.step()
    # Rare events are made frequent, so that rules for few households are seen on many.
    world.f.changes[::2] = True
    world.f.falls_ill[::3] = True
    return world


def arguments_of(world, function, i, village):
    """What the row function of a rule is given for household i."""
    for name in function.__code__.co_varnames[: function.__code__.co_argcount]:
        if name == "p":
            yield getattr(world.parameters, function.__name__)
        elif name == "now":
            yield world.now
        elif name == "luck":
            yield world.h.first_key[i], world.h.second_key[i], world.now.salt
        elif name in FLOW or name in HOUSEHOLD:
            value = getattr(world.f if name in FLOW else world.h, name)[i]
            yield value if isinstance(value, np.bool_) else np.float32(value)
        else:
            yield getattr(world.v, name)[village]


def by_name(h, f):
    """Copies of all columns of households and flows."""
    return {name: column.copy() for name, column in {**h._asdict(), **f._asdict()}.items()}


@pytest.mark.parametrize("each", RULES, ids=lambda each: each.name)
def test_a_rule_gives_the_same_bits_compiled_and_as_a_function_of_one_row(january, each):
    """The compiled loop writes exactly what the rule's function returns, household by household."""
    world = january
    writes, where = declared(each)
    h, f = copied(world.h), copied(world.f)
    expected, rows = by_name(h, f), 0
    for k in np.flatnonzero(world.v.first < ROWS):
        lo, hi = world.v.first[k], world.v.end[k]
        looped(each, h, f, world.v, world.parameters, world.now, k, lo, hi)
        for i in range(lo, hi):
            if where is None or expected[where][i]:
                results = each.function(*arguments_of(world, each.function, i, k))
                results = results if isinstance(results, tuple) else (results,)
                for name, result in zip(writes, results, strict=True):
                    expected[name][i] = result
                rows += 1
    assert rows >= (ROWS if where is None else ROWS / 4)
    assert [name for name, column in by_name(h, f).items() if column.tobytes() != expected[name].tobytes()] == []
