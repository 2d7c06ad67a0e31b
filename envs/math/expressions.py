"""Whether two expressions have the same value, by exact fractions or 60 digits, at one point or several."""

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from typing import Any

from prorl_rllib.envs.math.evaluate import MAX_BITS, POINT_BITS, Undecided, Undefined, as_float, evaluate
from prorl_rllib.envs.math.syntax import Node, Unreadable, read_expression

SAME_TO = 1e-45
"""Relative difference below which two values of 60 digits are the same."""
DIFFERENT_FROM = 1e-15
"""Relative difference above which they are different; in between a computer algebra system decides."""
TINY = 1e-30
"""A value below this that is no fraction may be an exact 0."""
WRITTEN_OUT_BITS = 100
"""Numerator and denominator of a decimal of 31 digits and more."""
SHORT = 60
"""Characters of a text whose few steps may be on large numbers."""
MAX_VARIABLES = 6
POSITIVE_POINTS = 3
NEGATIVE_POINTS = 2


def same_expression(gold: str, answer: str) -> bool | None:
    """Compare two normalised expressions.

    Expressions without variables are compared by value. With variables, they are compared at five points, two of them
    with negative coordinates, that depend on both texts; nobody can aim at them.

    Args:
        gold: without unit, relation and top-level comma.
        answer: the same.

    Returns:
        None when one of them cannot be read, or when the points do not decide.
    """
    trees = _read_gold(gold), read_expression_or_none(answer)
    if trees[0] is None or trees[1] is None or _mixes_logarithms(*trees):
        return None
    names = sorted({name for tree in trees if tree for name in leaves(tree, "variable")})
    if len(names) > MAX_VARIABLES:
        return None
    if "\\infty" in names:
        return True if trees[0] == trees[1] else None
    imaginary = any("i" in leaves(tree, "constant") for tree in trees if tree)
    if not names:
        short = max(len(gold), len(answer)) <= SHORT
        return _same_at(trees[0], trees[1], {}, False, MAX_BITS if short else POINT_BITS)
    return _same_at_points(trees[0], trees[1], list(points(names, gold + "\n" + answer)), not imaginary)


def is_expression(text: str) -> bool:
    """Tell whether a normalised text is one expression that can be read."""
    return read_expression_or_none(text) is not None


def value_of(text: str) -> Any:
    """Return the value of a normalised expression without variables; None when it has none."""
    tree = read_expression_or_none(text)
    if tree is None or leaves(tree, "variable"):
        return None
    try:
        return evaluate(tree, {}, False)
    except (Undecided, Undefined):
        return None


def read_expression_or_none(text: str) -> Node | None:
    """Return the tree of an expression, None when it cannot be read."""
    try:
        return read_expression(text)
    except Unreadable:
        return None


@lru_cache(4096)
def _read_gold(text: str) -> Node | None:
    """Return the tree of a reference answer, which the answers to its prompt share."""
    return read_expression_or_none(text)


def leaves(tree: Node, kind: str) -> set[str]:
    """Return the names of the leaves of one kind."""
    if tree.kind == kind:
        return {tree.arguments[0]}
    return {name for part in tree.arguments if isinstance(part, Node) for name in leaves(part, kind)}


def points(names: list[str], texts: str) -> Iterator[dict[str, Fraction]]:
    """Return points with a fraction for each variable: positive ones of 0.1 to 4, then with negative ones.

    Args:
        names: of the variables.
        texts: what the choice depends on.
    """
    for place in range(POSITIVE_POINTS + NEGATIVE_POINTS):
        point = {}
        for name in names:
            digest = hashlib.blake2b(f"{place} {name} {texts}".encode("utf-8", "replace"), digest_size=8).digest()
            size = Fraction(int.from_bytes(digest[:4], "big") % 390_000 + 10_001, 100_003)
            point[name] = -size if place >= POSITIVE_POINTS and (digest[4] % 4 or name == names[0]) else size
        yield point


def _same_at_points(gold: Node, answer: Node, where: list[dict[str, Fraction]], real: bool) -> bool | None:
    """Compare at points: True when the same wherever both are defined, False when different at a positive point."""
    agreed, doubtful = 0, False
    for place, point in enumerate(where):
        try:
            same = _same_at(gold, answer, point, real, POINT_BITS)
        except Undefined:
            continue
        if same is False and place < POSITIVE_POINTS:
            return False
        doubtful = doubtful or not same
        agreed += same is True
    return True if agreed >= 2 and not doubtful else None


def _same_at(gold: Node, answer: Node, point: dict[str, Fraction], real: bool, max_bits: int) -> bool | None:
    """Compare at one point.

    Raises:
        Undefined: when there are variables and both are undefined there.
    """
    values: list[Any] = []
    for tree in (gold, answer):
        try:
            values.append(evaluate(tree, point, real, max_bits))
        except Undecided:
            return None
        except Undefined:
            values.append(None)
    if values[0] is None and values[1] is None and point:
        raise Undefined("both")
    return None if None in values else same_value(values[0], values[1])


def same_value(gold: Any, answer: Any) -> bool | None:
    """Compare two values."""
    if isinstance(gold, Fraction) and isinstance(answer, Fraction):
        return gold == answer
    if any(isinstance(value, Fraction) and _is_written_out(value) for value in (gold, answer)):
        return False
    gold, answer = as_float(gold), as_float(answer)
    size = max(abs(gold), abs(answer))
    if size < TINY:
        return None
    difference = abs(gold - answer)
    if difference <= SAME_TO * size:
        return True
    return False if difference > DIFFERENT_FROM * size else None


def _is_written_out(value: Fraction) -> bool:
    """Tell whether a fraction has so many digits that it can only be another value, cut off."""
    return min(value.numerator.bit_length(), value.denominator.bit_length()) > WRITTEN_OUT_BITS


def _mixes_logarithms(gold: Node | None, answer: Node | None) -> bool:
    r"""Tell whether a \log, whose base the text does not say, stands beside \ln or numbers."""
    trees = [tree for tree in (gold, answer) if tree is not None]
    plain = [bool(_calls(tree, "log")) for tree in trees]
    return any(plain) and not (all(plain) and not any(_calls(tree, "ln") for tree in trees))


def _calls(tree: Node, name: str) -> bool:
    """Tell whether a function is called in an expression."""
    return tree.kind == name or any(isinstance(part, Node) and _calls(part, name) for part in tree.arguments)
