"""From the tests of a problem to jobs for the sandbox, and from their results to what was passed."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prorl_rllib.envs.code.asserts import split_assert
from prorl_rllib.envs.code.comparison import Tolerance, same_output, same_value
from prorl_rllib.envs.code.reference import CallTests, CodeReference, StdinTests
from prorl_rllib.envs.sandbox import CallJob, ExpressionJob, Job, JobResult, Limits, StatementJob, StdinJob

MIN_OUTPUT_BYTES = 2**20
MAX_OUTPUT_BYTES = 2**25
"""Output a program may write at most, in bytes; it may write twice as much as is expected within these bounds."""


@dataclass(frozen=True)
class Check:
    """One test: what runs in the sandbox, and what decides on its result outside.

    Attributes:
        job: holds inputs only, never what is expected.
        passes: decides on the result of a job that ran to its end.
        weak: whether the comparison is made inside, where a program could tamper with it.
    """

    job: Job
    passes: Callable[[JobResult], bool]
    weak: bool = False


def checks_of(reference: CodeReference) -> list[Check]:
    """Return the checks of all tests, in order."""
    tests = reference.tests
    tolerance = Tolerance(tests.float_tol, tests.float_tol)
    if isinstance(tests, StdinTests):
        pairs = zip(tests.inputs, tests.outputs, strict=True)
        return [stdin_check(given, expected, tolerance) for given, expected in pairs]
    if isinstance(tests, CallTests):
        calls = zip(tests.inputs, tests.outputs, strict=True)
        return [call_check(tests, arguments, expected, tolerance) for arguments, expected in calls]
    return [assert_check(statement, tolerance) for statement in tests.asserts]


def stdin_check(given: str, expected: str, tolerance: Tolerance) -> Check:
    """Return the check of what is printed for one input."""
    return Check(StdinJob(stdin=given), lambda result: same_output(expected, result.stdout, tolerance))


def call_check(tests: CallTests, arguments: tuple[object, ...], expected: object, tolerance: Tolerance) -> Check:
    """Return the check of what a function returns for some arguments."""
    job = CallJob(function=tests.fn_name, arguments=arguments)
    return Check(job, lambda result: same_value(expected, result.value, tolerance))


def assert_check(statement: str, tolerance: Tolerance) -> Check:
    """Return the check of an assert statement: outside where it can be taken apart, else inside."""
    split = split_assert(statement)
    if split is None:
        return Check(StatementJob(statement=statement), lambda result: True, weak=True)
    expected, allowed = split.expected, split.tolerance or tolerance
    return Check(
        ExpressionJob(expression=split.expression),
        lambda result: same_value(expected, result.value, allowed, bool_is_int=True),
    )


def limits_of(reference: CodeReference, total_time_s: float) -> Limits:
    """Return the sandbox's limits for one program.

    Args:
        reference: gives the limits of one test.
        total_time_s: seconds all tests together may take.
    """
    return Limits(
        test_time_s=min(reference.time_limit_s, total_time_s),
        total_time_s=total_time_s,
        memory_mb=reference.memory_mb,
        output_bytes=min(max(MIN_OUTPUT_BYTES, 2 * longest_output(reference)), MAX_OUTPUT_BYTES),
    )


def longest_output(reference: CodeReference) -> int:
    """Return the bytes of the longest output that is expected, printed or as JSON."""
    tests = reference.tests
    if isinstance(tests, StdinTests):
        return max(len(text.encode("utf-8", "replace")) for text in tests.outputs)
    return max(len(json.dumps(value)) for value in tests.outputs) if isinstance(tests, CallTests) else 0


def choose(checks: Sequence[Check], max_tests: int | None, reference: CodeReference) -> list[Check]:
    """Return at most `max_tests` checks, in order; the same ones in every process.

    Args:
        checks: of all tests.
        max_tests: None for all.
        reference: seeds the choice, so that it cannot be guessed from the problem's text.
    """
    if max_tests is None or len(checks) <= max_tests:
        return list(checks)
    seed = hashlib.sha256(reference.tests.model_dump_json().encode("utf-8", "replace")).digest()
    kept = sorted(random.Random(seed).sample(range(len(checks)), max_tests))
    return [checks[index] for index in kept]


def outcome(check: Check, result: JobResult) -> str:
    """Return "passed", "wrong", or the status of a job that did not run to its end."""
    if result.status != "ok":
        return result.status
    return "passed" if check.passes(result) else "wrong"


def summary(outcomes: Counter[str], available: int, weak: int, isolation: str) -> str:
    """Return the outcomes of a program's tests in one line.

    Args:
        outcomes: how often each `outcome` came.
        available: the tests the problem has.
        weak: how many of those that ran are compared inside.
        isolation: the level in force.
    """
    total = outcomes.total()
    parts = [f"{outcomes['passed']} of {total} tests passed"]
    failed = [f"{count} {name}" for name, count in sorted(outcomes.items()) if name != "passed"]
    parts += [", ".join(failed)] if failed else []
    parts += [f"{total} chosen of {available}"] if total < available else []
    parts += [f"{weak} weak"] if weak else []
    return "; ".join([*parts, f"isolation {isolation}"])
