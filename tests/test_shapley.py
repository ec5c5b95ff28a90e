"""Shapley values: games worked by hand, the axioms on made-up games, and sums that are exact to the last digit."""

from __future__ import annotations

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.analysis.shapley import (
    coalitions,
    gains,
    in_whole_units,
    interaction,
    orders,
    prefixes,
    second_difference,
    shapley,
)

NAMES = ("dibao", "orchards", "roads", "training")


def game(table):
    """A game from text: 'ab' is the coalition of players a and b."""
    values = {frozenset(names): np.array([value]) for names, value in table.items()}
    return lambda coalition: values[frozenset(coalition)]


def made_up(players):
    """Games of whole numbers over these players."""
    each = st.integers(-(10**12), 10**12)
    there_are = coalitions(players)
    return st.lists(each, min_size=len(there_are), max_size=len(there_are)).map(
        lambda values: dict(zip(there_are, (np.array([value]) for value in values), strict=True))
    )


games = made_up(NAMES)


def test_glove_game():
    """Two own a left glove, one a right glove, a pair is worth 6: the scarce side gets 4, the others 1 each."""
    value = game({"": 0, "a": 0, "b": 0, "r": 0, "ab": 0, "ar": 6, "br": 6, "abr": 6})
    split = shapley("abr", value)
    assert {player: int(part[0]) for player, part in split.items()} == {"a": 6, "b": 6, "r": 24}  # times 3!


def test_runway_game():
    """Planes that need 10, 20 and 30 metres share each stretch among those who need it: 3⅓, 3⅓ + 5, 3⅓ + 5 + 10."""
    value = game({"": 0, "a": 10, "b": 20, "c": 30, "ab": 20, "ac": 30, "bc": 30, "abc": 30})
    split = shapley("abc", value)
    assert {player: int(part[0]) for player, part in split.items()} == {"a": 20, "b": 50, "c": 110}  # times 3!


def test_interactions_by_hand():
    """Dibao spares 4 alone, orchards 3, both 5: they overlap by 2. With roads the overlap is 1, on average 1.5."""
    value = game({"": 0, "d": 4, "o": 3, "r": 0, "do": 5, "dr": 4, "or": 3, "dor": 6})
    assert second_difference(value, frozenset(), "d", "o") == -2
    assert second_difference(value, frozenset("r"), "d", "o") == -1
    assert interaction(value, "dor", "d", "o") == pytest.approx(-1.5)
    assert interaction(value, "dor", "o", "d") == pytest.approx(-1.5)


def test_gains_of_an_order_by_hand():
    value = game({"": 1, "d": 4, "o": 3, "do": 9})
    assert {player: int(gain[0]) for player, gain in gains("od", value).items()} == {"o": 2, "d": 6}
    assert prefixes("od") == [frozenset(), frozenset("o"), frozenset("do")]


@given(games)
def test_parts_sum_to_the_whole(values):
    split = shapley(NAMES, values.__getitem__)
    whole = values[frozenset(NAMES)] - values[frozenset()]
    assert sum(split.values()) == factorial(len(NAMES)) * whole


@given(games)
def test_it_is_the_average_over_all_orders(values):
    """The definition, taken literally."""
    summed = dict.fromkeys(NAMES, 0)
    for order in permutations(NAMES):
        for player, gain in gains(order, values.__getitem__).items():
            summed[player] += int(gain[0])
    assert {player: int(part[0]) for player, part in shapley(NAMES, values.__getitem__).items()} == summed


@given(games, st.permutations(NAMES))
def test_the_order_of_players_changes_nothing(values, shuffled):
    value = values.__getitem__
    assert shapley(shuffled, value) == shapley(NAMES, value)
    assert interaction(value, shuffled, "dibao", "roads") == interaction(value, NAMES, "dibao", "roads")
    assert orders(shuffled, 3) == orders(NAMES, 3)


@given(games)
def test_who_adds_nothing_gets_nothing(values):
    def value(coalition):
        return values[coalition - {"roads"}]

    assert shapley(NAMES, value)["roads"] == 0
    assert interaction(value, NAMES, "dibao", "roads") == 0
    for pair in orders(NAMES, 2):
        assert all(gains(order, value)["roads"] == 0 for order in pair)


@given(games)
def test_players_who_do_the_same_get_the_same(values):
    """A game that counts how many of two players act, not which."""

    def value(coalition):
        pair = coalition & {"dibao", "roads"}
        return values[(coalition - pair) | ({"dibao"} if len(pair) == 1 else pair)]

    split = shapley(NAMES, value)
    assert split["dibao"] == split["roads"]


def test_orders_come_with_their_reverse_and_further_ones_are_added():
    few, many = orders(NAMES, 2), orders(NAMES, 5)
    assert many[:2] == few
    assert all(backwards == forwards[::-1] and sorted(forwards) == sorted(NAMES) for forwards, backwards in many)


fractions = st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=8)


@given(fractions, st.integers(1, 5040))
def test_whole_units_sum_to_the_whole_rounded_down(numerators, denominator):
    parts = in_whole_units(np.array(numerators)[:, None], denominator)[:, 0]
    assert parts.sum() == sum(numerators) // denominator
    for part, numerator in zip(parts, numerators, strict=True):
        assert abs(int(part) * denominator - numerator) < denominator
        assert numerator % denominator or part == numerator // denominator


def test_whole_units_by_hand():
    """Thirds of 2, 2 and 5 sum to 3: the left-over unit goes to the largest remainder, first among equals."""
    assert in_whole_units(np.array([[2], [2], [5], [0]]), 3)[:, 0].tolist() == [1, 1, 1, 0]
    assert in_whole_units(np.array([[1], [1], [1]]), 3)[:, 0].tolist() == [1, 0, 0]
