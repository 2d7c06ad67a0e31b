"""Answers that are the prime factors of a number (prime_factorization)."""

import math
import re
from collections import Counter
from typing import Any

PARTIAL_CREDIT = 0.5
MAX_CHARS = 500
_FACTORS = re.compile(r"\d{1,15}(?:\s*[\u00d7x*,]\s*\d{1,15})*", re.ASCII | re.IGNORECASE)


def score_prime_factors(answer: str, entry: dict[str, Any]) -> float:
    """Score factors: 1 for the prime ones, else `PARTIAL_CREDIT` for the share of the prime ones in a right product.

    Upstream gives half of the reward to the number itself.
    """
    found, expected = read_factors(answer), Counter(entry["metadata"]["factors"])
    if found is None:
        return 0.0
    if found == expected:
        return 1.0
    if math.prod(found.elements()) != math.prod(expected.elements()):
        return 0.0
    return PARTIAL_CREDIT * (found & expected).total() / expected.total()


def read_factors(text: str) -> Counter[int] | None:
    """Return the factors of a text such as "2 × 2 × 7", None when it is none such."""
    text = text.strip()
    if len(text) > MAX_CHARS or not _FACTORS.fullmatch(text):
        return None
    return Counter(int(factor) for factor in re.findall(r"\d+", text))
