"""Columns of a row by role, whatever a data set calls them."""

import json
import math
from typing import Any

from prorl_rllib.envs.datasets.rows import Columns, RowRejected

PROBLEM = ("problem", "question", "prompt", "input")
ANSWER = ("answer", "gold", "ground_truth", "final_answer")
MAX_METADATA_CHARS = 300
"""Longer texts are no facts about a task but its content, and stay out of the metadata."""


def normalise_columns(row: Columns) -> dict[str, Any]:
    """Return a row with its column names in lower case and `_` for spaces; of two equal names the first counts."""
    normal: dict[str, Any] = {}
    for name, value in row.items():
        normal.setdefault(str(name).strip().lower().replace(" ", "_"), value)
    return normal


def first_of(row: Columns, names: tuple[str, ...]) -> Any:
    """Return the first value that is neither missing nor empty, None when there is none."""
    return next((row[name] for name in names if not is_empty(row.get(name))), None)


def is_empty(value: Any) -> bool:
    """Tell whether a value says nothing: None, blank text, NaN, an empty list or mapping."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, (list, dict, tuple)) and not value)


def text_of(row: Columns, names: tuple[str, ...]) -> str:
    """Return the text in the first of the columns that has one; numbers count as text.

    Raises:
        RowRejected: when there is none.
    """
    value = first_of(row, names)
    if value is None:
        raise RowRejected(f"no {names[0]}")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise RowRejected(f"{names[0]} is no text", f"{type(value).__name__} {value!r:.100}")
    return as_text(value)


def as_text(value: str | int | float) -> str:
    """Return text or a number as text without space around it."""
    try:
        return str(value).strip()
    except ValueError:  # an integer of more digits than Python prints
        raise RowRejected("a number is too long", f"{value.bit_length()} bits") from None  # type: ignore[union-attr]


def facts(row: Columns, *names: str, **renamed: str) -> dict[str, Any]:
    """Return the columns that are short texts, numbers or truth values, for a task's metadata.

    Args:
        row: the row.
        names: of columns that keep their name.
        renamed: name in the metadata -> name of the column.
    """
    wanted = {name: name for name in names} | renamed
    found = {name: row.get(column) for name, column in wanted.items()}
    return {name: value for name, value in found.items() if not is_empty(value) and is_plain(value)}


def is_plain(value: Any) -> bool:
    """Tell whether a value is a truth value, an ordinary number, or short text that UTF-8 can hold."""
    if isinstance(value, str):
        return len(value) <= MAX_METADATA_CHARS and not any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, bool) or (isinstance(value, int) and value.bit_length() <= 64)


def decode_json(text: str, reason: str) -> Any:
    """Return the value of a JSON text within a row.

    Args:
        text: the JSON.
        reason: of the rejection when it is none.

    Raises:
        RowRejected: when it is no JSON, or holds NaN or an infinity, which are none either.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise RowRejected(reason, f"{error}"[:200]) from None


def _refuse_constant(name: str) -> None:
    """Refuse the constants that Python takes for JSON."""
    raise ValueError(f"{name} is no JSON")
