"""Numbers that are compared exactly, without a computer algebra system."""

import re
from dataclasses import dataclass
from fractions import Fraction

MAX_DIGITS = 1000
"""Longest number that is compared as a number, in digits: conversion is quadratic, and Python refuses 4300."""
MAX_EXPONENT = 300

_INTEGER = r"\d{1,3}(?:,\d{3})+|\d+"
_DECIMAL = rf"(?:{_INTEGER})(?:\.\d*)?|\.\d+"
_BRACED = r"(?:\{([+-]?\d+)\}|(\d))"
_NUMBER = re.compile(rf"([+-]?)({_DECIMAL})(?:(?:e|E|\\times10\^|\\cdot10\^|\*10\^)(?:\{{([+-]?\d+)\}}|([+-]?\d+)))?")
_RATIO = re.compile(rf"([+-]?)({_INTEGER})/({_INTEGER})")
_FRAC = re.compile(rf"([+-]?)(\d+)?\\frac{_BRACED}{_BRACED}")
_MIXED = re.compile(r"([+-]?)(\d+) (\d+)/(\d+)")
_GROUPED = re.compile(r"([+-]?)\d{1,3}(?: \d{3})+")
_SPACED_EXPONENT = re.compile(r" [eE]|[eE] ")
_REPEATING = re.compile(r"([+-]?)(\d*)\.(\d*)\\(?:overline|bar) ?\{(\d+)\}")


@dataclass(frozen=True)
class Number:
    """A number as written; the value of a percentage is not divided by 100."""

    value: Fraction
    percent: bool = False


def read_number(text: str) -> Number | None:
    """Return the number that a normalised answer without a unit is; None for anything else.

    Understands integers, thousands separators, decimals, scientific notation, fractions, mixed numbers and percent.
    """
    if not text.isascii() or sum(char.isdigit() for char in text) > MAX_DIGITS:
        return None
    percent = text.endswith("%")
    value = _value(text[:-1].rstrip() if percent else text)
    return None if value is None else Number(value, percent)


def same_number(gold: Number, answer: Number) -> bool:
    """Tell whether two numbers are the same; beside a plain number, `x%` is x/100, and x where that is 1 or more.

    "What percentage" is answered by 50 as well as 50%; half a percent is not a half.
    """
    if gold.percent == answer.percent:
        return gold.value == answer.value
    percent, plain = (gold, answer) if gold.percent else (answer, gold)
    return plain.value == percent.value / 100 or (plain.value == percent.value and abs(plain.value) >= 1)


def _value(text: str) -> Fraction | None:
    """Return the value of a number without a unit, or None."""
    if match := _REPEATING.fullmatch(text):
        return _repeating(*match.groups())
    if match := _MIXED.fullmatch(text):
        return _fraction(match[1], match[2], match[3], match[4])
    if _SPACED_EXPONENT.search(text):
        return None
    if ", " not in text and (_GROUPED.fullmatch(text) or not re.search(r"\d\.? \d|\d \.", text)):
        text = text.replace(" ", "")
    if match := _NUMBER.fullmatch(text):
        exponent = int(match[3] or match[4] or 0)
        if abs(exponent) > MAX_EXPONENT:
            return None
        value = Fraction(match[2].replace(",", "").rstrip(".")) * Fraction(10) ** exponent
        return -value if match[1] == "-" else value
    if match := _RATIO.fullmatch(text):
        return _fraction(match[1], "0", match[2].replace(",", ""), match[3].replace(",", ""))
    if match := _FRAC.fullmatch(text):
        return _fraction(match[1], match[2] or "0", match[3] or match[4], match[5] or match[6])
    return None


def as_fraction(text: str) -> str:
    """Return a number, in whatever notation, as `a/b`; a percentage and any other text as it is."""
    number = read_number(text)
    return text if number is None or number.percent else f"{number.value.numerator}/{number.value.denominator}"


def _repeating(sign: str, whole: str, fixed: str, repeated: str) -> Fraction:
    """Return the value of a decimal whose last digits repeat for ever."""
    tail = Fraction(int(repeated), (10 ** len(repeated) - 1) * 10 ** len(fixed))
    value = Fraction(f"{whole or 0}.{fixed or 0}") + tail
    return -value if sign == "-" else value


def _fraction(sign: str, whole: str, top: str, bottom: str) -> Fraction | None:
    """Return sign (whole + top/bottom), or None for a denominator of 0."""
    if int(bottom) == 0:
        return None
    value = int(whole) + Fraction(int(top), int(bottom))
    return -value if sign == "-" else value
