"""Answers that are what a bundled program gives, or an input that gives it (codeio)."""

import json
import math
from typing import Any

from prorl_rllib.envs.logic.bundled_programs import run_on_inputs

RELATIVE_TOLERANCE = 1e-6
"""How far a fraction may be from the expected one."""
PROGRAM_INDEX = "program_index"
"""Key of the metadata that names the bundled program; entries that Reasoning Gym made itself have none."""


def score_program_result(answer: str, entry: dict[str, Any]) -> float:
    """Return 1 for the right result, or for any input that gives the result; 0 for anything else.

    Upstream accepts the one input that it drew. To try another the program runs again, in a process of its own: the
    answer is plain data to it.
    """
    value = read_json(answer)
    if value is None:
        return 0.0
    metadata = entry["metadata"]
    if same_value(value[0], json.loads(entry["answer"])):
        return 1.0
    asked_for_input = same_value(metadata["input_data"], json.loads(entry["answer"]))
    if not asked_for_input or PROGRAM_INDEX not in metadata or not isinstance(value[0], dict):
        return 0.0
    if set(value[0]) != set(metadata["input_data"]):
        return 0.0
    result = run_on_inputs(metadata[PROGRAM_INDEX], value[0])
    return 1.0 if result is not None and same_value(result[1], metadata["output_data"]) else 0.0


def read_json(text: str) -> tuple[Any] | None:
    """Return the value of a JSON text in a tuple, None when it is none."""
    try:
        return (json.loads(text),)
    except (ValueError, RecursionError):
        return None


def same_value(value: Any, expected: Any) -> bool:
    """Tell whether two JSON values are the same, fractions up to `RELATIVE_TOLERANCE`."""
    if isinstance(expected, dict) and isinstance(value, dict):
        return set(value) == set(expected) and all(same_value(value[key], expected[key]) for key in expected)
    if isinstance(expected, list) and isinstance(value, list):
        return len(value) == len(expected) and all(map(same_value, value, expected))
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    if isinstance(value, float) or isinstance(expected, float):
        both = isinstance(value, (int, float)) and isinstance(expected, (int, float))
        return both and near(value, expected)
    return type(value) is type(expected) and bool(value == expected)


def near(value: float, expected: float) -> bool:
    """Tell whether two numbers are near each other; an int may be too large for a float."""
    try:
        return math.isclose(value, expected, rel_tol=RELATIVE_TOLERANCE)
    except OverflowError:
        return False
