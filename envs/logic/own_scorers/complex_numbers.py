"""Answers that are a complex number."""

import cmath
import re
from typing import Any

from prorl_rllib.envs.logic.own_scorers.patterns import DECIMAL, MAX_NUMBER_CHARS

TOLERANCE = 1e-4
"""How far a rounded number may be from the expected one."""
_TERM = rf"([+-]?)({DECIMAL}(?:e[+-]?\d{{1,2}})?)?([ij])?"
_NUMBER = re.compile(rf"{_TERM}(?:(?=[+-]){_TERM})?", re.ASCII)


def score_complex(answer: str, entry: dict[str, Any]) -> float:
    """Score a complex number (upstream's scorer of complex_arithmetic gives 1 to "nan")."""
    value, expected = read_complex(answer), complex(*entry["metadata"]["result"])
    return 1.0 if value is not None and cmath.isfinite(value) and abs(value - expected) <= TOLERANCE else 0.0


def read_complex(text: str) -> complex | None:
    """Return the complex number that a text such as "3.0 - 2i", "(4)" or "-i" is, or None."""
    text = "".join(text.split()).lower()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    match = _NUMBER.fullmatch(text) if len(text) <= MAX_NUMBER_CHARS else None
    if match is None:
        return None
    total = 0j
    for sign, digits, unit in (match.groups()[:3], match.groups()[3:]):
        if sign is None:
            continue
        if not (digits or unit):
            return None
        value = float(sign + (digits or "1"))
        total += complex(0, value) if unit else value
    return total
