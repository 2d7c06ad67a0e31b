"""Answers that are a truth value."""

from typing import Any

TRUTH_VALUES = {"true": True, "yes": True, "false": False, "no": False}


def score_truth_value(answer: str, entry: dict[str, Any]) -> float:
    """Score an answer that is a truth value (upstream's scorer of game_of_life_halting gives 1 to any text)."""
    value = TRUTH_VALUES.get(answer.strip().rstrip(".").lower())
    expected = TRUTH_VALUES[str(entry["answer"]).lower()]
    return 1.0 if value is expected else 0.0
