r"""Answers that are formulas of mathematics, and numbers that have to be worked out, such as 5\sqrt{2} m.

`quick_expression` only compares; the other functions parse what a model wrote and belong in a killable worker.
"""

import re
from fractions import Fraction

from prorl_rllib.envs.math.equivalence import parse_answer, quick_equivalent, symbolic_equivalent, too_costly
from prorl_rllib.envs.stem.notation import plain
from prorl_rllib.envs.stem.quantities import Quantity, read_quantity
from prorl_rllib.envs.stem.unit_notation import is_known, read_unit

MAX_NUMERIC_CHARS = 200
"""Longest expression that is worked out to a number, in characters."""

_NUMERIC = re.compile(r"(?:\\(?:sqrt|frac|pi|sin|cos|tan|ln|log|exp|d?frac)(?![a-zA-Z])|[\d.+\-*/^(){}\[\] \u00b0])+")
_ASSIGNED = re.compile(r"(?:[A-Za-z]|\\?[A-Za-z]{1,8})(?:_(?:\{[^{}=]{1,20}\}|\w))?'* ?= ?(?=\S)")


def squeezed(text: str) -> str | None:
    """Return an answer without spaces, braces and signs of multiplication; None where numbers would run together."""
    bare = plain(text)
    if re.search(r"[\d)}] ?[* ] ?[\d({]", bare):
        return None
    return re.sub(r"[\s*{}]", "", bare)


def quick_expression(gold: str, answer: str) -> bool | None:
    """Compare two expressions as strings and exact numbers; None when only a symbolic comparison can tell.

    A reference `F = ma` is met by `ma` as well.
    """
    results = [quick_equivalent(form, answer) for form in _forms(gold)]
    return True if True in results else (None if None in results else False)


def symbolic_expression(gold: str, answer: str) -> bool:
    """Compare two expressions symbolically. May hang: in a killable worker only."""
    return any(
        quick if (quick := quick_equivalent(form, answer)) is not None else _symbolic(form, answer)
        for form in _forms(gold)
    )


def _symbolic(gold: str, answer: str) -> bool:
    """Compare one form of the reference with math-verify."""
    return symbolic_equivalent(gold, parse_answer(gold), answer)


def _forms(gold: str) -> list[str]:
    """Return a reference and, of an assignment, its right side."""
    match = _ASSIGNED.match(gold)
    right = gold[match.end() :] if match else ""
    return [gold, right] if right and "=" not in right else [gold]


def evaluated(side: str) -> Quantity | None:
    r"""Return the quantity that an answer such as `5\sqrt{2} m` is when worked out. May hang: in a worker only.

    Args:
        side: an answer in plain notation, without an assignment.

    Returns:
        The quantity; None when the text before the unit is no expression of numbers alone.
    """
    if (known := read_quantity(side)) is not None:
        return known
    for place in [*(match.end() for match in re.finditer(r"[ })\d]", side)), len(side)]:
        unit = read_unit(side[place:])
        if unit is not None and is_known(unit):
            value = _value(side[:place])
            return None if value is None else Quantity(value, unit)
    return None


def _value(text: str) -> Fraction | None:
    """Return the value of an expression of numbers to 30 digits, or None."""
    if len(text) > MAX_NUMERIC_CHARS or not _NUMERIC.fullmatch(text) or too_costly(text):
        return None
    parsed = parse_answer(text.replace("*", "\\cdot "))
    number = getattr(parsed[0], "evalf", None) if parsed else None
    if number is None:
        return None
    value = number(30)
    if not (getattr(value, "is_Float", False) or getattr(value, "is_Integer", False)) or not value.is_finite:
        return None
    return Fraction(str(value))
