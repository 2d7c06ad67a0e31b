"""The value of an expression at a point: an exact fraction as long as there is one, else 60 digits.

Every step is bounded, in size and so in time: what would grow beyond that raises `Undecided`.
"""

import math
import threading
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from prorl_rllib.envs.math.syntax import Node

DIGITS = 60
"""Digits of the values that are no fraction."""
MAX_BITS = 40_000
"""Largest numerator or denominator, in bits, and largest power of two of a value that is no fraction."""
POINT_BITS = 4000
"""Largest numerator or denominator where there are several points, or a long text: their steps add up."""
MAX_FACTORIAL = 3000
MAX_CHOICE = 1000
CANCELLED = 1e-20
"""A sum so small against its terms has lost its digits."""
ABSORBED = 1e-30
"""A term so small against the other has lost its own."""

_THREAD = threading.local()
_RECIPROCALS = {"cot": "tan", "sec": "cos", "csc": "sin"}
_CALLED = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "log": "ln"}


class Undecided(Exception):
    """The value is too large, or its digits are not to be relied on."""


class Undefined(Exception):
    """There is no value, such as of 1/0, or of the root of a negative number among the reals."""


def digits_context() -> Any:
    """Return this thread's arithmetic with `DIGITS` digits (mpmath changes its precision while it works)."""
    if not hasattr(_THREAD, "context"):
        from mpmath import MPContext

        _THREAD.context = MPContext()
        _THREAD.context.dps = DIGITS
    return _THREAD.context


def evaluate(tree: Node, point: Mapping[str, Any], real: bool, max_bits: int = POINT_BITS) -> Any:
    """Return the value of an expression: a Fraction, or a number of mpmath.

    Args:
        tree: from `read_expression`.
        point: the values of its variables.
        real: whether a complex value on the way, such as of the root of -1, is no value.
        max_bits: largest numerator or denominator of a fraction on the way.

    Raises:
        Undecided: when it is beyond the bounds.
        Undefined: when there is none.
    """
    if tree.kind == "number":
        return tree.arguments[0]
    if tree.kind == "variable":
        return point[tree.arguments[0]]
    if tree.kind == "constant":
        return _constant(tree.arguments[0])
    values = [evaluate(argument, point, real, max_bits) for argument in tree.arguments]
    try:
        value = _OPERATIONS.get(tree.kind, _call(tree.kind))(*values)
    except (ZeroDivisionError, ValueError):
        raise Undefined(tree.kind) from None
    except (OverflowError, ArithmeticError, NotImplementedError):
        raise Undecided(tree.kind) from None
    return _checked(value, real, max_bits)


def as_float(value: Any) -> Any:
    """Return a value as a number of mpmath."""
    if isinstance(value, Fraction):
        context = digits_context()
        return context.mpf(value.numerator) / value.denominator
    return value


def _checked(value: Any, real: bool, max_bits: int) -> Any:
    """Return a value that is finite, small enough and, among the reals, no complex one.

    Raises:
        Undecided: when it is too large.
        Undefined: when it is none.
    """
    if isinstance(value, Fraction):
        if max(value.numerator.bit_length(), value.denominator.bit_length()) > max_bits:
            raise Undecided("large")
        return value
    context = digits_context()
    if not context.isfinite(value):
        raise Undefined("infinite")
    if isinstance(value, context.mpc):
        if real and value.imag:
            raise Undefined("complex")
        return value
    if value and abs(context.mag(value)) > MAX_BITS:
        raise Undecided("large")
    return value


def _constant(name: str) -> Any:
    """Return pi, e or i."""
    context = digits_context()
    return context.mpc(0, 1) if name == "i" else +(context.pi if name == "pi" else context.e)


def _add(left: Any, right: Any) -> Any:
    """Return a sum."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left + right
    left, right = as_float(left), as_float(right)
    total = left + right
    sizes = sorted((abs(left), abs(right)))
    if sizes[1] and (abs(total) < CANCELLED * sizes[1] or 0 < sizes[0] < ABSORBED * sizes[1]):
        raise Undecided("digits were lost")
    return total


def _multiply(left: Any, right: Any) -> Any:
    """Return a product."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return left * right
    return as_float(left) * as_float(right)


def _divide(top: Any, bottom: Any) -> Any:
    """Return a quotient."""
    if isinstance(top, Fraction) and isinstance(bottom, Fraction):
        return top / bottom
    return as_float(top) / as_float(bottom)


def _power(base: Any, exponent: Any) -> Any:
    """Return a power: exact for an integer exponent of a fraction, and for a root that is a fraction."""
    if isinstance(base, Fraction) and isinstance(exponent, Fraction):
        if exponent.denominator == 1:
            bits = max(base.numerator.bit_length(), base.denominator.bit_length()) - (abs(base) == 1)
            if bits * abs(exponent.numerator) > MAX_BITS:
                raise Undecided("large power")
            return base**exponent.numerator
        if base < 0 and exponent.denominator % 2:
            raise Undecided("an odd root of a negative number, written as a power")
        if base > 0 and exponent.denominator <= MAX_CHOICE:
            return _power(_root(base, Fraction(exponent.denominator)), Fraction(exponent.numerator))
    context = digits_context()
    base, exponent = as_float(base), as_float(exponent)
    if base and abs(exponent) * (abs(context.mag(base)) + 2) > MAX_BITS:
        raise Undecided("large power")
    return context.power(base, exponent)


def _root(value: Any, index: Any) -> Any:
    """Return a root, the real one of odd index of a negative number."""
    if not isinstance(index, Fraction) or index.denominator != 1 or not 2 <= index <= MAX_CHOICE:
        raise Undecided("index of a root")
    degree = index.numerator
    if isinstance(value, Fraction):
        if value < 0 and degree % 2:
            return -_root(-value, index)
        if value >= 0 and (exact := _exact_root(value, degree)) is not None:
            return exact
    elif degree % 2 and not isinstance(value, digits_context().mpc) and value < 0:
        return -_root(-value, index)
    return digits_context().root(as_float(value), degree)


def _exact_root(value: Fraction, degree: int) -> Fraction | None:
    """Return the root of a non-negative fraction where that is a fraction, else None."""
    top, bottom = _integer_root(value.numerator, degree), _integer_root(value.denominator, degree)
    return None if top is None or bottom is None else Fraction(top, bottom)


def _integer_root(value: int, degree: int) -> int | None:
    """Return the root of a non-negative integer where that is an integer, else None."""
    if degree == 2:
        root = math.isqrt(value)
    elif value.bit_length() < 1000:
        root = round(value ** (1 / degree))
    else:
        return None
    return root if root**degree == value else None


def _factorial(value: Any) -> Any:
    """Return a factorial, by the gamma function where the argument is no integer."""
    if isinstance(value, Fraction) and value.denominator == 1:
        if not 0 <= value <= MAX_FACTORIAL:
            raise Undecided("factorial")
        return Fraction(math.factorial(value.numerator))
    value = as_float(value)
    if abs(value) > MAX_CHOICE:
        raise Undecided("factorial")
    return digits_context().gamma(value + 1)


def _binomial(above: Any, below: Any) -> Any:
    """Return a binomial coefficient."""
    if all(isinstance(value, Fraction) and value.denominator == 1 for value in (above, below)):
        if not 0 <= below <= above <= MAX_CHOICE:
            raise Undecided("binomial")
        return Fraction(math.comb(above.numerator, below.numerator))
    above, below = as_float(above), as_float(below)
    if max(abs(above), abs(below)) > MAX_CHOICE:
        raise Undecided("binomial")
    return digits_context().binomial(above, below)


def _floor(value: Any) -> Any:
    """Return the floor of a fraction; of what is known to 60 digits it is not decided here."""
    if not isinstance(value, Fraction):
        raise Undecided("floor")
    return Fraction(math.floor(value))


def _logarithm(value: Any, base: Any) -> Any:
    """Return a logarithm to a base, exact where both are powers of one small integer."""
    if isinstance(value, Fraction) and isinstance(base, Fraction) and value.denominator == base.denominator == 1:
        exponent = 0
        while value > 1 and base > 1 and value % base == 0:
            value, exponent = value / base, exponent + 1
        if value == 1:
            return Fraction(exponent)
        value = value * base**exponent
    context = digits_context()
    return context.ln(as_float(value)) / context.ln(as_float(base))


def _degrees(value: Any) -> Any:
    """Return degrees as radians."""
    return as_float(value) * digits_context().pi / 180


def _call(name: str) -> Callable[[Any], Any]:
    """Return the elementary function of a name."""

    def called(value: Any) -> Any:
        context = digits_context()
        value = as_float(value)
        if abs(value) > MAX_BITS:
            raise Undecided("large argument")
        if name in _RECIPROCALS:
            return 1 / getattr(context, _RECIPROCALS[name])(value)
        return getattr(context, _CALLED.get(name, name))(value)

    return called


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": _add,
    "negate": lambda value: -value,
    "multiply": _multiply,
    "divide": _divide,
    "power": _power,
    "root": _root,
    "factorial": _factorial,
    "binomial": _binomial,
    "absolute": abs,
    "floor": _floor,
    "ceiling": lambda value: -_floor(-value),
    "degrees": _degrees,
    "logarithm": _logarithm,
}
