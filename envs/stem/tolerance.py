"""How far an answer may be from a reference that was measured or rounded."""

from fractions import Fraction

from prorl_rllib.envs.stem.quantities import Quantity

RELATIVE_TOLERANCE = Fraction(2, 100)
"""For references that are not exact and name no `rel_tol`."""
FEW_DIGITS = 2
"""Up to so many significant digits, half a unit of the last one bounds the tolerance too."""
ZERO_TOLERANCE = Fraction(1, 10**6)
"""Absolute, in the reference's unit, for a reference of 0 without decimals."""
ZERO_DEGREES_TOLERANCE = Fraction(1, 2)
"""Absolute, for a reference of 0 degrees Celsius or Fahrenheit: 273 K is 0 \u00b0C."""
_OFFSET_UNITS = ("degree_Celsius", "degree_Fahrenheit")


def tolerance(gold: Quantity, relative: float | None) -> Fraction:
    """Return the largest difference from a reference that is accepted, in the reference's unit.

    An exact reference allows none. Others allow 2 %, though never more than half a unit of the last significant digit
    where there are one or two; a `rel_tol` replaces all this.

    Args:
        gold: the reference.
        relative: the reference's `rel_tol`, or None.
    """
    if gold.value == 0:
        return _tolerance_of_zero(gold)
    if relative is not None:
        return Fraction(str(relative)) * abs(gold.value)
    if gold.is_exact:
        return Fraction(0)
    allowed = RELATIVE_TOLERANCE * abs(gold.value)
    return min(allowed, gold.last_place / 2) if 0 < gold.digits <= FEW_DIGITS else allowed


def _tolerance_of_zero(gold: Quantity) -> Fraction:
    """Return the absolute tolerance of a reference of 0: half a unit of its last decimal."""
    if gold.is_exact:
        return Fraction(0)
    if gold.last_place < 1:
        return gold.last_place / 2
    offset = len(gold.unit) == 1 and gold.unit[0][0] in _OFFSET_UNITS
    return ZERO_DEGREES_TOLERANCE if offset else ZERO_TOLERANCE
