"""Unions of intervals, compared as sets of real numbers where all ends are known."""

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from prorl_rllib.envs.math.collections import Values, read_values
from prorl_rllib.envs.math.expressions import value_of

INFINITY = "\\infty"


class Interval(NamedTuple):
    """An interval of real numbers; an infinite end is beyond every finite one."""

    low: tuple[int, Fraction]
    high: tuple[int, Fraction]
    brackets: str


def different_unions(gold: Values, answer: Values) -> bool:
    """Tell whether two unions differ for certain: pieces apart from one another, their ends known, and not the same.

    Args:
        gold: a union, or one interval.
        answer: the same.
    """
    unions = [read_union(values) for values in (gold, answer)]
    return None not in unions and unions[0] != unions[1]


def read_union(values: Values) -> list[Interval] | None:
    """Return the pieces of a union in order; None when an end is unknown, or two pieces touch or overlap."""
    parts = [read_values(item) for item in values.items] if values.brackets == "\\cup" else [values]
    pieces = [_read_interval(part) for part in parts]
    known = sorted(piece for piece in pieces if piece is not None)
    return known if len(known) == len(pieces) and _are_apart(known) else None


def _are_apart(pieces: Sequence[Interval]) -> bool:
    """Tell whether each piece ends before the next begins."""
    return all(piece.low < piece.high for piece in pieces) and all(
        left.high < right.low for left, right in itertools.pairwise(pieces)
    )


def _read_interval(values: Values | None) -> Interval | None:
    """Return an interval whose ends are fractions or infinite, else None."""
    if values is None or not values.is_ordered or len(values.items) != 2:
        return None
    ends = [_end(item) for item in values.items]
    return None if ends[0] is None or ends[1] is None else Interval(ends[0], ends[1], values.brackets)


def _end(text: str) -> tuple[int, Fraction] | None:
    """Return an end as something that sorts: -1, 0 or 1 for minus infinity, finite and infinity, then the value."""
    plain = text.replace(" ", "").removeprefix("+")
    if plain in (INFINITY, "-" + INFINITY):
        return (-1 if plain.startswith("-") else 1), Fraction(0)
    value = value_of(text)
    return (0, value) if isinstance(value, Fraction) else None
