"""Tests of programming problems, from the forms in which contests and benchmarks publish them."""

import math
from collections.abc import Mapping
from typing import Any

from prorl_rllib.envs.datasets.columns import decode_json
from prorl_rllib.envs.datasets.rows import RowRejected

MAX_TESTS = 1000
"""Most tests that are kept of one problem, the most a reference takes."""


def tests_of_contest(found: Any) -> dict[str, Any]:
    """Return the tests of an object of `inputs`, `outputs` and perhaps `fn_name`, as APPS, TACO and Eurus write them.

    Raises:
        RowRejected: when it is no such object.
    """
    if not isinstance(found, Mapping):
        raise RowRejected("the tests are no object", f"{found!r:.100}")
    inputs, outputs, name = found.get("inputs"), found.get("outputs"), found.get("fn_name")
    if not isinstance(inputs, list) or not isinstance(outputs, list):
        raise RowRejected("the tests have no inputs or outputs", f"keys {', '.join(map(str, found))}"[:200])
    check_pairs(inputs, outputs)
    if name is None:
        return stdin_tests([as_lines(each) for each in inputs], [as_lines(each) for each in outputs])
    arguments = [arguments_of(each) for each in inputs]
    return call_tests(name, arguments, unwrapped([expected_value(each) for each in outputs], outputs))


def check_pairs(inputs: list[Any], outputs: list[Any]) -> None:
    """Raise unless there are as many outputs as inputs, and at least one.

    Raises:
        RowRejected: with both numbers.
    """
    if not inputs or len(inputs) != len(outputs):
        raise RowRejected("not one output an input", f"{len(inputs)} inputs, {len(outputs)} outputs")


def stdin_tests(inputs: list[str], outputs: list[str]) -> dict[str, Any]:
    """Return tests of standard input and output."""
    return {"type": "stdin", "inputs": evenly(inputs), "outputs": evenly(outputs)}


def call_tests(name: Any, inputs: list[list[Any]], outputs: list[Any]) -> dict[str, Any]:
    """Return tests of a function.

    Raises:
        RowRejected: when its name is no text.
    """
    if not isinstance(name, str) or not name.strip():
        raise RowRejected("the tested function has no name", f"{name!r:.100}")
    return {"type": "fn", "fn_name": name.strip(), "inputs": evenly(inputs), "outputs": evenly(outputs)}


def evenly(tests: list[Any]) -> list[Any]:
    """Return at most `MAX_TESTS` of a list, evenly spread."""
    count = min(len(tests), MAX_TESTS)
    return [tests[index * len(tests) // count] for index in range(count)]


def as_lines(value: Any) -> str:
    """Return the text of standard input or output, which may be given as a list of lines.

    Raises:
        RowRejected: when it is neither.
    """
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    if not isinstance(value, str):
        raise RowRejected("a test is no text", f"{type(value).__name__} {value!r:.100}")
    return value


def arguments_of(value: Any) -> list[Any]:
    """Return the arguments of a call: a list, or a text with one JSON value a line.

    Raises:
        RowRejected: when it is neither.
    """
    if isinstance(value, list):
        return value
    if not isinstance(value, str):
        raise RowRejected("arguments are no list", f"{type(value).__name__} {value!r:.100}")
    return [decode_json(line, "an argument is no JSON") for line in value.split("\n") if line.strip()]


def expected_value(value: Any) -> Any:
    """Return the value a call must return; a text is JSON where it can be, itself where it cannot."""
    if not isinstance(value, str):
        return value
    try:
        return decode_json(value, "")
    except RowRejected:
        return value


def unwrapped(values: list[Any], written: list[Any]) -> list[Any]:
    """Return expected values without the list of one item that APPS and TACO put around each.

    Args:
        values: the expected values.
        written: the same as they stand in the file; JSON texts are never wrapped.
    """
    wrapped = all(isinstance(each, list) and len(each) == 1 for each in written)
    return [each[0] for each in values] if wrapped else values


def is_json(value: Any, tuples: bool = False) -> bool:
    """Tell whether JSON can hold a value and give the same back.

    Args:
        value: any literal.
        tuples: whether a tuple may come back as a list.
    """
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_json(each, tuples) for key, each in value.items())
    if isinstance(value, list) or (tuples and isinstance(value, tuple)):
        return all(is_json(each, tuples) for each in value)
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, (bool, int, str))
