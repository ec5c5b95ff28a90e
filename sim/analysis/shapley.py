"""Shapley values and interactions of a game, in whole numbers, so that the parts sum to the total to the last digit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Coalition = frozenset[str]
Game = Callable[[Coalition], Whole]


def coalitions(players: Iterable[str]) -> list[Coalition]:
    """Every subset of the players, small ones first."""
    names = sorted(players)
    return [frozenset(each) for size in range(len(names) + 1) for each in combinations(names, size)]


def shapley(players: Iterable[str], value: Game) -> dict[str, Whole]:
    """Exact Shapley values of a game, times the factorial of the number of players.

    Parameters
    ----------
    value : whole numbers, any shape, that a coalition achieves

    Returns
    -------
    dict
        Of each player. They sum to the factorial times value(all) - value(none).

    Notes
    -----
    L. S. Shapley, A value for n-person games, 1953: what a player adds to those before it, on average over all orders.
    """
    names = sorted(players)
    nothing = np.zeros_like(value(frozenset()))
    return {player: sum(_weighted_gains(names, value, player), nothing) for player in names}


def _weighted_gains(names: list[str], value: Game, player: str) -> Iterator[Whole]:
    """What a player adds to each coalition, times the number of orders in which it comes just after that coalition."""
    for before in coalitions(name for name in names if name != player):
        orders_of_both = factorial(len(before)) * factorial(len(names) - len(before) - 1)
        yield orders_of_both * (value(before | {player}) - value(before))


def interaction(value: Game, players: Iterable[str], first: str, second: str) -> NDArray[np.float64]:
    """Shapley interaction index: what two players add together beyond what each adds alone, on average over orders.

    Notes
    -----
    M. Grabisch and M. Roubens, An axiomatic approach to the concept of interaction among players, 1999.
    """
    others = [name for name in players if name not in (first, second)]
    total = np.zeros_like(value(frozenset()))
    for before in coalitions(others):
        weight = factorial(len(before)) * factorial(len(others) - len(before))
        total = total + weight * second_difference(value, before, first, second)
    return np.asarray(total / factorial(len(others) + 1), float)


def second_difference(value: Game, among: Coalition, first: str, second: str) -> Whole:
    """What two players add together to a coalition beyond what each adds to it alone."""
    return value(among | {first, second}) - value(among | {first}) - value(among | {second}) + value(among)


def orders(players: Iterable[str], pairs: int, seed: int = 1) -> list[tuple[list[str], list[str]]]:
    """Random orders, each with its reverse: who comes early in one comes late in the other, so that errors cancel.

    They hang on the names of the players and on the seed, not on the order in which the players are given.
    """
    names = np.array(sorted(players))
    rng = np.random.default_rng(seed)
    drawn = [rng.permutation(names).tolist() for _ in range(pairs)]
    return [(order, order[::-1]) for order in drawn]


def prefixes(order: Sequence[str]) -> list[Coalition]:
    """Those who have come after none, one, two … of the players."""
    return [frozenset(order[:n]) for n in range(len(order) + 1)]


def gains(order: Sequence[str], value: Game) -> dict[str, Whole]:
    """What each player of an order adds to those before it; sums to value(all) - value(none)."""
    values = [value(each) for each in prefixes(order)]
    return {player: values[n + 1] - values[n] for n, player in enumerate(order)}


def in_whole_units(numerators: NDArray[np.int64], denominator: int) -> Whole:
    """Fractions (parts, …) rounded to whole numbers whose sum is that of the fractions, rounded down.

    Each is rounded down; the units left over go to the largest remainders, and to the earlier part among equals. A
    part of zero has no remainder and stays zero.
    """
    floor, remainder = np.divmod(numerators, denominator)
    left = remainder.sum(axis=0) // denominator
    rank = np.argsort(np.argsort(-remainder, axis=0, kind="stable"), axis=0, kind="stable")
    return np.asarray(floor + (rank < left), np.int64)
