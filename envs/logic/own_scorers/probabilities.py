"""Answers that are a probability."""

import re
from fractions import Fraction
from typing import Any

from prorl_rllib.envs.logic.own_scorers.patterns import DECIMAL, MAX_NUMBER_CHARS

TOLERANCE = 1e-4
"""How far a rounded number may be from the expected one."""
_PROBABILITY = re.compile(rf"[+-]?{DECIMAL}(?:/\d+|[eE][+-]?\d{{1,2}})?", re.ASCII)


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
