"""Answers that are the real solutions of an equation (polynomial_equations)."""

import re
from typing import Any

from prorl_rllib.envs.logic.own_scorers.patterns import DECIMAL, MAX_NUMBER_CHARS

TOLERANCE = 1.5e-4
"""Four decimals are asked for; cut off instead of rounded is accepted."""
PARTIAL_CREDIT = 0.5
MAX_ROOTS = 20
_NUMBER = re.compile(rf"[+-]?{DECIMAL}(?:[eE][+-]?\d{{1,2}})?", re.ASCII)


def score_real_roots(answer: str, entry: dict[str, Any]) -> float:
    """Score solutions with commas between them, in any order.

    1 when all are there and no other, else `PARTIAL_CREDIT` times the right ones per given or expected one. Upstream
    gives part of the reward to one solution out of several beside any text, and all of it to text without a number
    when there is no solution.
    """
    found, expected = read_roots(answer), read_roots(str(entry["answer"]))
    if found is None or expected is None:
        return 0.0
    matched = count_matches(found, expected)
    total = max(len(found), len(expected))
    return 1.0 if matched == total else PARTIAL_CREDIT * matched / total


def read_roots(text: str) -> list[float] | None:
    """Return the numbers of a list with commas, [] for an empty text or `""`; None for anything else."""
    text = text.strip().strip('"').strip()
    if not text:
        return []
    parts = [part.strip() for part in text.split(",")]
    sound = len(parts) <= MAX_ROOTS and all(len(p) <= MAX_NUMBER_CHARS and _NUMBER.fullmatch(p) for p in parts)
    return [float(part) for part in parts] if sound else None


def count_matches(found: list[float], expected: list[float]) -> int:
    """Return how many of the numbers found are expected ones, each counted once."""
    left = sorted(expected)
    count = 0
    for value in sorted(found):
        match = next((other for other in left if abs(value - other) <= TOLERANCE), None)
        if match is not None:
            left.remove(match)
            count += 1
    return count
