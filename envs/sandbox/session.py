"""The order of events of one program in one sandbox, whatever keeps it in."""

import dataclasses
from collections.abc import Sequence

from prorl_rllib.envs.sandbox.api import Job, JobResult, Limits
from prorl_rllib.envs.sandbox.inside.settings import PROGRAM, SPENT
from prorl_rllib.envs.sandbox.policy import run_all
from prorl_rllib.envs.sandbox.process import SandboxProcess
from prorl_rllib.envs.sandbox.results import MAX_REQUEST_BYTES, decode_reply, encode_job


def run_session(sandbox: SandboxProcess, program: str, jobs: Sequence[Job], limits: Limits) -> list[JobResult]:
    """Compile a program once, then run it on each job in turn.

    Args:
        sandbox: a fresh one.
        program: Python source.
        jobs: handed in one at a time.
        limits: what it may use.

    Returns:
        One result a job. Of a program that does not compile, all are alike.

    Raises:
        SandboxError: when the machinery fails.
    """
    requests = [encode_job(job) for job in jobs]
    source = program.encode("utf-8", "surrogatepass")
    if len(source) > MAX_REQUEST_BYTES:
        return [JobResult("exception", detail=f"the program has {len(source)} bytes")] * len(jobs)

    spent = False

    def ask(request: tuple[int, bytes], seconds: float) -> JobResult:
        nonlocal spent
        if spent:
            return JobResult("not_run", detail="an earlier job left more files than can be deleted")
        reply = sandbox.ask(*request, seconds)
        spent = reply.cause == SPENT
        return decode_reply(*request, reply, dataclasses.replace(limits, test_time_s=seconds))

    compiled = ask((PROGRAM, source), limits.test_time_s)
    if compiled.status != "ok":
        return [JobResult(compiled.status, detail=f"the program does not compile: {compiled.detail}")] * len(jobs)
    return run_all(requests, limits, ask)
