"""Equations: the same value for a letter, one a multiple of the other, or a solution that only one of them has."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from prorl_rllib.envs.math.collections import Compare
from prorl_rllib.envs.math.evaluate import Undecided, Undefined, as_float, digits_context, evaluate
from prorl_rllib.envs.math.expressions import (
    MAX_VARIABLES,
    leaves,
    points,
    read_expression_or_none,
    same_value,
)
from prorl_rllib.envs.math.inequalities import as_intervals
from prorl_rllib.envs.math.relations import drop_assignment, sides
from prorl_rllib.envs.math.syntax import Node

NOT_ZERO = 1e-15
"""A difference of the sides above this, at numbers of ordinary size, is no 0 of 60 digits."""


def same_equation(gold: str, answer: str, compare: Compare) -> bool | None:
    """Compare an equation with an answer, which may leave `x =` out.

    Args:
        gold: a normalised equation.
        answer: a normalised answer.
        compare: compares two values; None where it cannot tell.

    Returns:
        None when only a symbolic comparison can tell.
    """
    expected, found = sides(gold), sides(answer)
    if len(expected) != 2 or len(found) > 2 or not all(expected + found):
        return None
    value = drop_assignment(gold)
    if len(found) == 1:
        return False if as_intervals(answer) else (compare(value, answer) if value != gold else None)
    letter = expected[0]
    if value != gold and letter in found:
        other = found[1] if found[0] == letter else found[0]
        if (same := compare(value, other)) is not None and (same or letter not in value + other):
            return same
    return _same_solutions(expected, found)


def _same_solutions(gold: Sequence[str], answer: Sequence[str]) -> bool | None:
    """Compare two equations by the difference of their sides at a few points."""
    trees = [read_expression_or_none(f"({left})-({right})") for left, right in (gold, answer)]
    if trees[0] is None or trees[1] is None:
        return None
    names = sorted(leaves(trees[0], "variable") | leaves(trees[1], "variable"))
    if not names or len(names) > MAX_VARIABLES:
        return None
    where = list(points(names, f"{gold} {answer}"))
    try:
        if _proportional(trees[0], trees[1], where):
            return True
        separate = any(_separates(one, other, names, where[0]) for one, other in (trees, trees[::-1]))
    except (Undecided, Undefined):
        return None
    return False if separate else None


def _proportional(one: Node, other: Node, where: Sequence[dict[str, Fraction]]) -> bool:
    """Tell whether one difference is the same multiple of the other at all points."""
    ratios = []
    for point in where:
        top, bottom = evaluate(one, point, True), evaluate(other, point, True)
        if not top or not bottom:
            return False
        exact = isinstance(top, Fraction) and isinstance(bottom, Fraction)
        ratios.append(top / bottom if exact else as_float(top) / as_float(bottom))
    return all(same_value(ratios[0], ratio) for ratio in ratios)


def _separates(one: Node | None, other: Node | None, names: Sequence[str], point: dict[str, Fraction]) -> bool:
    """Tell whether one equation has a solution, near a point, that the other has not."""
    assert one is not None and other is not None
    for name in names:
        for root in _roots(one, name, point):
            if abs(as_float(evaluate(other, {**point, name: root}, True))) > NOT_ZERO:
                return True
    return False


def _roots(tree: Node, name: str, point: dict[str, Fraction]) -> list[Any]:
    """Return the real solutions for one variable, the others fixed, of a difference linear or quadratic in it."""
    at = [evaluate(tree, {**point, name: Fraction(place)}, True) for place in range(5)]
    if not all(isinstance(value, Fraction) for value in at):
        return []
    square = (at[2] - 2 * at[1] + at[0]) / 2
    slope = at[1] - at[0] - square
    if any(square * place**2 + slope * place + at[0] != at[place] for place in (3, 4)):
        return []
    if not square:
        return [-at[0] / slope] if slope else []
    discriminant = slope**2 - 4 * square * at[0]
    if discriminant < 0:
        return []
    root = digits_context().sqrt(as_float(discriminant))
    return [(sign * root - as_float(slope)) / as_float(2 * square) for sign in (1, -1)]
