"""HumanEval+ and LiveCodeBench."""

import ast
from collections.abc import Mapping
from typing import Any

from prorl_rllib.envs.datasets.check_function import tests_of_check
from prorl_rllib.envs.datasets.code_tests import arguments_of, call_tests, stdin_tests
from prorl_rllib.envs.datasets.columns import decode_json, facts, is_empty, text_of
from prorl_rllib.envs.datasets.pickled_text import unpack_text
from prorl_rllib.envs.datasets.rows import Columns, ParsedRow, RowRejected
from prorl_rllib.envs.datasets.schema import Schema

COMPLETE = "Complete this Python function. Write the whole function, with all it needs."
STARTER = "Start from this code:"


def parse_humanevalplus(row: Columns) -> ParsedRow:
    """Return the task of a row of HumanEval+: the whole function is asked for, not its completion."""
    prompt, name = row.get("prompt"), text_of(row, ("entry_point",))
    if not isinstance(prompt, str) or not prompt.strip():
        raise RowRejected("no prompt")
    reference: dict[str, Any] = {"tests": tests_of_check(text_of(row, ("test",)), name)}
    body = row.get("canonical_solution")
    if isinstance(body, str) and body.strip():
        reference["solution"] = _program(prompt, body)
    question = f"{COMPLETE}\n\n```python\n{prompt.strip()}\n```"
    return ParsedRow("code", question, reference, facts(row, "entry_point", source_id="task_id"))


def _program(prompt: str, body: str) -> str:
    """Return the program that a prompt and the rest of its function make, or the rest where it is whole by itself."""
    try:
        ast.parse(prompt + body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return body
    return prompt + body


def parse_livecodebench(row: Columns) -> ParsedRow:
    """Return the task of a row of LiveCodeBench, with its public and private tests."""
    question = text_of(row, ("question_content",))
    starter = row.get("starter_code")
    if isinstance(starter, str) and starter.strip():
        question += f"\n\n{STARTER}\n\n```python\n{starter.strip()}\n```"
    cases = [*_cases(row, "public_test_cases"), *_cases(row, "private_test_cases")]
    metadata = facts(row, "platform", "question_id", "contest_date", level="difficulty", title="question_title")
    return ParsedRow("code", question, {"tests": _tests(cases, row)}, metadata)


def _cases(row: Columns, name: str) -> list[Mapping[str, Any]]:
    """Return the test cases of a column: a list, JSON, or JSON that was pickled and packed.

    Raises:
        RowRejected: when it holds anything else.
    """
    value = row.get(name)
    if is_empty(value):
        return []
    if isinstance(value, str):
        is_packed = not value.lstrip().startswith("[")
        value = decode_json(unpack_text(value) if is_packed else value, "the tests are no JSON")
    if not isinstance(value, list) or not all(isinstance(case, Mapping) for case in value):
        raise RowRejected("the tests are no list of objects", f"{name} = {value!r:.100}")
    return value


def _tests(cases: list[Mapping[str, Any]], row: Columns) -> dict[str, Any]:
    """Return the tests of a list of cases.

    Raises:
        RowRejected: when there are none, they are of two kinds, or their inputs are no texts.
    """
    kinds = {str(case.get("testtype")) for case in cases}
    if not kinds:
        raise RowRejected("no tests")
    if kinds not in ({"stdin"}, {"functional"}):
        raise RowRejected("testtype is not all stdin or all functional", f"{', '.join(sorted(kinds))}"[:200])
    if not all(isinstance(case.get(key), str) for case in cases for key in ("input", "output")):
        raise RowRejected("a test is no text")
    if kinds == {"stdin"}:
        return stdin_tests([case["input"] for case in cases], [case["output"] for case in cases])
    outputs = [decode_json(case["output"], "an expected value is no JSON") for case in cases]
    return call_tests(_function_name(row), [arguments_of(case["input"]) for case in cases], outputs)


def _function_name(row: Columns) -> Any:
    """Return the name of the function under test, from the `metadata` column."""
    metadata = row.get("metadata")
    if isinstance(metadata, str):
        metadata = decode_json(metadata, "metadata is no JSON")
    return metadata.get("func_name") if isinstance(metadata, Mapping) else None


SCHEMAS = (
    Schema("humanevalplus", ("code",), parse_humanevalplus),
    Schema("livecodebench", ("code",), parse_livecodebench, hub_files=("test*.jsonl",)),
)
