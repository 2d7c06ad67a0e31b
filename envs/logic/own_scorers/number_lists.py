"""Answers that are a list of numbers."""

import json
import re
from decimal import Decimal
from typing import Any

from prorl_rllib.envs.logic.own_scorers.patterns import DECIMAL, MAX_NUMBER_CHARS

_NUMBER = re.compile(rf"[+-]?{DECIMAL}", re.ASCII)


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
