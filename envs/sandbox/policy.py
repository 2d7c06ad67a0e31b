"""When a program is not run any further."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from prorl_rllib.envs.sandbox.api import MAX_CONSECUTIVE_TIMEOUTS, JobResult, Limits

Request = TypeVar("Request")


def run_all(
    requests: Sequence[Request], limits: Limits, run_one: Callable[[Request, float], JobResult]
) -> list[JobResult]:
    """Run requests in turn, each within what is left of the total, until too many timed out in a row.

    Args:
        requests: in order.
        limits: of the program.
        run_one: takes a request and its limit in seconds.

    Returns:
        One result a request.
    """
    deadline = time.monotonic() + limits.total_time_s
    results: list[JobResult] = []
    for request in requests:
        left = deadline - time.monotonic()
        if left <= 0:
            results.append(JobResult("not_run", detail=f"the total of {limits.total_time_s:g} s was used up"))
        elif keeps_timing_out(results):
            reason = f"{MAX_CONSECUTIVE_TIMEOUTS} jobs in a row had timed out"
            results.append(JobResult("not_run", detail=reason))
        else:
            results.append(run_one(request, min(limits.test_time_s, left)))
    return results


def keeps_timing_out(results: Sequence[JobResult]) -> bool:
    """Tell whether the last jobs that ran all timed out."""
    ran = [result.status for result in results if result.status != "not_run"]
    return ran[-MAX_CONSECUTIVE_TIMEOUTS:] == ["timeout"] * MAX_CONSECUTIVE_TIMEOUTS
