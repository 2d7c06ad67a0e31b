"""Whether what a program gave is what was expected: pure functions on plain data, never run beside the program."""

import math
import re
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Any

MAX_NUMBER_CHARS = 400
"""Longest token that is compared as a number with a decimal point; longer ones are compared as text."""
MAX_DEPTH = 120
"""Deepest nesting of a returned value; expected ones are less deep."""

_REAL = re.compile(r"[+-]?(?=\.?\d)\d*(\.\d*)?([eE][+-]?\d{1,4})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_CONTEXT = Context(prec=60, Emax=999_999, Emin=-999_999, traps=[])


@dataclass(frozen=True)
class Tolerance:
    """How far a number may be from the expected one: within either bound.

    Attributes:
        relative: to the absolute expected value.
        absolute: as it is.
    """

    relative: float = 0.0
    absolute: float = 0.0


EXACT = Tolerance()


def same_output(expected: str, printed: str, tolerance: Tolerance = EXACT) -> bool:
    """Compare what was printed with what was expected, line by line and word by word.

    Blanks at the ends of lines and empty lines at the end do not count. Words are equal as text, case included;
    numbers with a decimal point or an exponent are compared within the tolerance. An expected integer, of any length,
    is only equal to itself, or to the same value written with a decimal point.

    Args:
        expected: the text that was asked for.
        printed: all the program wrote on standard output.
        tolerance: of decimal numbers; with none, they are compared as text.
    """
    if expected == printed:
        return True
    expected_lines, printed_lines = lines_of(expected), lines_of(printed)
    return len(expected_lines) == len(printed_lines) and all(
        same_line(*pair, tolerance) for pair in zip(expected_lines, printed_lines, strict=True)
    )


def lines_of(text: str) -> list[str]:
    """Return the lines of a text without blanks at their ends and without empty lines at its end."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    return [line.rstrip() for line in text.split("\n")] if text else []


def same_line(expected: str, printed: str, tolerance: Tolerance) -> bool:
    """Compare two lines word by word."""
    expected_words, printed_words = expected.split(), printed.split()
    return len(expected_words) == len(printed_words) and all(
        same_word(*pair, tolerance) for pair in zip(expected_words, printed_words, strict=True)
    )


def same_word(expected: str, printed: str, tolerance: Tolerance) -> bool:
    """Compare two words, as numbers when either has a decimal point or an exponent and there is a tolerance."""
    if expected == printed:
        return True
    if tolerance == EXACT or not is_real(expected) or not is_real(printed):
        return False
    if is_integer(printed) and is_integer(expected):
        return False
    wanted, given = Decimal(expected), Decimal(printed)
    if is_integer(expected):
        return wanted == given
    distance = _CONTEXT.abs(_CONTEXT.subtract(wanted, given))
    allowed = _CONTEXT.multiply(Decimal(tolerance.relative), _CONTEXT.abs(wanted))
    return distance <= max(allowed, Decimal(tolerance.absolute))


def is_real(word: str) -> bool:
    """Tell whether a word is a decimal number of moderate length."""
    return len(word) <= MAX_NUMBER_CHARS and _REAL.fullmatch(word) is not None


def is_integer(word: str) -> bool:
    """Tell whether a word is an integer, without a decimal point or an exponent."""
    return _INTEGER.fullmatch(word) is not None


def same_value(
    expected: Any, value: Any, tolerance: Tolerance = EXACT, *, bool_is_int: bool = False, depth: int = MAX_DEPTH
) -> bool:
    """Compare a returned JSON value with the expected one.

    Integers are compared exactly, and an integer equals a float of the same value; an expected float is compared
    within the tolerance. nan equals nan. Lists are equal item by item, dicts key by key.

    Args:
        expected: a JSON value, tuples allowed.
        value: what came back, as JSON.
        tolerance: of expected floats.
        bool_is_int: let True equal 1 and False equal 0, as Python does.
        depth: nesting still allowed in the value.
    """
    if isinstance(expected, (list, tuple)):
        return (
            isinstance(value, (list, tuple))
            and depth > 0
            and len(expected) == len(value)
            and all(
                same_value(*pair, tolerance, bool_is_int=bool_is_int, depth=depth - 1)
                for pair in zip(expected, value, strict=True)
            )
        )
    if isinstance(expected, dict):
        return (
            isinstance(value, dict)
            and depth > 0
            and expected.keys() == value.keys()
            and all(
                same_value(expected[key], value[key], tolerance, bool_is_int=bool_is_int, depth=depth - 1)
                for key in expected
            )
        )
    return same_scalar(expected, value, tolerance, bool_is_int)


def same_scalar(expected: Any, value: Any, tolerance: Tolerance, bool_is_int: bool) -> bool:
    """Compare None, truth values, numbers and texts; anything else is equal to nothing."""
    if not bool_is_int and isinstance(expected, bool) != isinstance(value, bool):
        return False
    if isinstance(expected, float) and isinstance(value, (int, float)):
        return same_float(expected, value, tolerance)
    if isinstance(expected, int) and isinstance(value, (int, float)):
        return bool(expected == value)
    if isinstance(expected, str) and isinstance(value, str):
        return expected == value
    return expected is None and value is None


def same_float(expected: float, value: float, tolerance: Tolerance) -> bool:
    """Compare a number with an expected float; an integer too large for a float is equal to none."""
    if expected == value:
        return True
    if math.isnan(expected):
        return isinstance(value, float) and math.isnan(value)
    try:
        distance = abs(expected - value)
    except OverflowError:
        return False
    return math.isfinite(distance) and distance <= max(tolerance.relative * abs(expected), tolerance.absolute)
