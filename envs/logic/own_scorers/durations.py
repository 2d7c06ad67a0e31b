"""Answers that are a duration (time_intervals)."""

import re
from decimal import Decimal
from typing import Any

_DURATION = re.compile(
    r"(?:(?P<days>[+-]?\d{1,7})\s*days?)?(?:(?P<comma>\s*,?\s*)(?P<clock>-?\d{1,4}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?))?",
    re.ASCII | re.IGNORECASE,
)


def score_duration(answer: str, entry: dict[str, Any]) -> float:
    """Return 1 for the right duration, to the last digit asked for; 0 for any other.

    Upstream gives up to 0.9 of the reward to any duration, since it may be a day off.
    """
    return 1.0 if read_duration(answer, entry) == read_duration(str(entry["answer"]), entry) else 0.0


def read_duration(text: str, entry: dict[str, Any]) -> tuple[int, Decimal] | None:
    """Return days and seconds of a text such as "3 days, 04:05", "04:05:06.789" or "3 days".

    Args:
        text: the duration.
        entry: where days are asked for, a bare number is one; where a clock is asked for, days are not taken.
    """
    text = text.strip()
    asked = entry["metadata"]["expected_format"]
    if asked == "D days" and re.fullmatch(r"[+-]?\d{1,7}", text, re.ASCII):
        return int(text), Decimal(0)
    match = _DURATION.fullmatch(text)
    if match is None or (match["days"] is None) == ("days" in asked) or (match["clock"] is None) == (":" in asked):
        return None
    return int(match["days"] or 0), seconds_of(match["clock"] or "0:00")


def seconds_of(clock: str) -> Decimal:
    """Return the seconds of "HH:MM", "HH:MM:SS" or "HH:MM:SS.mmm"; a sign counts for the hours, as upstream has it."""
    hours, minutes, *seconds = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + Decimal(seconds[0] if seconds else 0)
