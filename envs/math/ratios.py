"""Ratios, such as 3:2 and 1:2:3."""

import re
from fractions import Fraction

from prorl_rllib.envs.math.numbers import Number, read_number

MAX_PARTS = 10
_SEPARATOR = re.compile(r" ?: ?")
_TIME = re.compile(r"\d{1,2} ?: ?\d\d")


def read_ratio(text: str) -> tuple[Fraction, ...] | None:
    """Return the parts of a ratio in a normalised answer, None for any other text."""
    parts = [read_number(part) for part in _SEPARATOR.split(text, maxsplit=MAX_PARTS)]
    values = [part.value for part in parts if part is not None and not part.percent]
    return tuple(values) if 2 <= len(values) == len(parts) <= MAX_PARTS and any(values) else None


def in_words_as_ratio(gold: str, answer: str) -> str:
    """Return `3 to 2` as `3:2` where the reference is a ratio, any other answer as it is."""
    return answer if read_ratio(gold) is None else answer.replace(" to ", ":")


def same_ratio(gold: str, answer: str, number: Number | None) -> bool | None:
    """Compare a ratio with an answer; what could be a time, such as 6:30, keeps its parts.

    Args:
        gold: a normalised reference answer.
        answer: a normalised answer.
        number: what `read_number` says of the answer; `a/b` answers a ratio of two parts.

    Returns:
        None when the reference is no ratio.
    """
    expected, found = read_ratio(gold), read_ratio(answer)
    if expected is None:
        return None
    if number is not None:
        return len(expected) == 2 and not _TIME.fullmatch(gold) and number.value * expected[1] == expected[0]
    if found is None or _TIME.fullmatch(gold):
        return found == expected
    return len(found) == len(expected) and all(
        first * one == second * other
        for first, other in zip(expected, found, strict=True)
        for second, one in zip(expected, found, strict=True)
    )
