"""Scorers that replace those of Reasoning Gym which reward answers that are no answers: "nan", "0", a near miss."""

import cmath
import json
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

MAX_NUMBER_CHARS = 100
"""Longest answer that is read as a number."""
TOLERANCE = 1e-4
"""How far a rounded number may be from the expected one."""
TRUTH_VALUES = {"true": True, "yes": True, "false": False, "no": False}

_DECIMAL = r"(?:\d+(?:\.\d*)?|\.\d+)"
_TERM = re.compile(rf"([+-]?)({_DECIMAL})?([ij])?", re.ASCII)
_PROBABILITY = re.compile(rf"[+-]?{_DECIMAL}(?:/\d+|[eE][+-]?\d{{1,2}})?", re.ASCII)
_NUMBER = re.compile(rf"[+-]?{_DECIMAL}", re.ASCII)


def score_truth_value(answer: str, entry: dict[str, Any]) -> float:
    """Score an answer that is a truth value (upstream's scorer of game_of_life_halting gives 1 to any text)."""
    value = TRUTH_VALUES.get(answer.strip().rstrip(".").lower())
    expected = TRUTH_VALUES[str(entry["answer"]).lower()]
    return 1.0 if value is expected else 0.0


def score_complex(answer: str, entry: dict[str, Any]) -> float:
    """Score a complex number (upstream's scorer of complex_arithmetic gives 1 to "nan")."""
    value, expected = read_complex(answer), complex(*entry["metadata"]["result"])
    return 1.0 if value is not None and cmath.isfinite(value) and abs(value - expected) <= TOLERANCE else 0.0


def read_complex(text: str) -> complex | None:
    """Return the complex number that a text such as "3.0 - 2i", "(4)" or "-i" is, or None."""
    text = "".join(text.split()).lower()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    terms = re.findall(r"[+-]?[^+-]+", text)
    if not 1 <= len(terms) <= 2 or "".join(terms) != text or len(text) > MAX_NUMBER_CHARS:
        return None
    total = 0j
    for term in terms:
        match = _TERM.fullmatch(term)
        if match is None or not (match[2] or match[3]):
            return None
        value = float(match[1] + (match[2] or "1"))
        total += complex(0, value) if match[3] else value
    return total


def score_probability(answer: str, entry: dict[str, Any]) -> float:
    """Score a probability, as decimals or a fraction (upstream's scorer of coin_flip gives 1 to "0")."""
    text = "".join(answer.split())
    if len(text) > MAX_NUMBER_CHARS or not _PROBABILITY.fullmatch(text):
        return 0.0
    numerator, _, denominator = text.partition("/")
    if denominator and int(denominator) == 0:
        return 0.0
    value, expected = Fraction(numerator) / int(denominator or "1"), Fraction(str(entry["answer"]))
    return 1.0 if abs(value - expected) <= TOLERANCE and bool(value) == bool(expected) else 0.0


def score_number_list(answer: str, entry: dict[str, Any]) -> float:
    """Score a list of numbers, number by number (upstream's scorer of number_sorting lets each be off by 1)."""
    value, expected = read_numbers(answer), read_numbers(str(entry["answer"]))
    return 1.0 if value is not None and value == expected else 0.0


def read_numbers(text: str) -> list[Decimal] | None:
    """Return the numbers of a JSON list, quoted or not, in either kind of quotes; None for anything else."""
    try:
        items = json.loads(text.replace("'", '"'), parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(items, list):
        return None
    numbers = [item.strip() for item in items if isinstance(item, str)]
    sound = all(len(number) <= MAX_NUMBER_CHARS and _NUMBER.fullmatch(number) for number in numbers)
    return [Decimal(number) for number in numbers] if sound and len(numbers) == len(items) else None


OWN_SCORERS: dict[str, Callable[[str, dict[str, Any]], float]] = {
    "game_of_life_halting": score_truth_value,
    "complex_arithmetic": score_complex,
    "coin_flip": score_probability,
    "number_sorting": score_number_list,
}
"""Data set -> the scorer used instead of Reasoning Gym's."""
