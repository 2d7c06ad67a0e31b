"""Answers that are one number (gsm_symbolic)."""

import re
from fractions import Fraction
from typing import Any

MAX_CHARS = 100
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d+(?:\.\d+)?", re.ASCII)


def score_single_number(answer: str, entry: dict[str, Any]) -> float:
    """Return 1 for the number asked for, with a unit or a sign of money or not; 0 where other numbers stand beside it.

    Upstream takes the first number of any text, and reads -5 as 5.
    """
    numbers = _NUMBER.findall(answer.replace("\u2212", "-"))
    if len(answer) > MAX_CHARS or len(numbers) != 1:
        return 0.0
    return float(Fraction(numbers[0].replace(",", "")) == Fraction(str(entry["answer"])))
