"""Jobs to requests, replies to results. What a program wrote is read here as data, and never trusted."""

import json
import os
import secrets
import signal
from typing import Any

from prorl_rllib.envs.sandbox.api import (
    CallJob,
    ExpressionJob,
    Job,
    JobResult,
    JobStatus,
    Limits,
    SandboxError,
    StatementJob,
    StdinJob,
)
from prorl_rllib.envs.sandbox.inside import settings as wire
from prorl_rllib.envs.sandbox.process import Reply

MAX_REQUEST_BYTES = 15 * 2**20
"""Below the size of file that a verifier's worker may write, since standard input becomes a file in memory."""
DETAIL_CHARACTERS = 600
NONCE_CHARACTERS = 32


def encode_job(job: Job) -> tuple[int, bytes]:
    """Return the kind and the body of a job's request.

    Raises:
        SandboxError: when the job is too large, or its arguments are no JSON.
    """
    if isinstance(job, StdinJob):
        kind, body = wire.STDIN, job.stdin.encode("utf-8", "replace")
    elif isinstance(job, CallJob):
        kind, body = wire.CALL, _call_body(job)
    elif isinstance(job, ExpressionJob):
        kind, body = wire.EXPRESSION, job.expression.encode("utf-8", "surrogatepass")
    elif isinstance(job, StatementJob):
        kind, body = (
            wire.STATEMENT,
            secrets.token_hex(NONCE_CHARACTERS // 2).encode() + job.statement.encode("utf-8", "surrogatepass"),
        )
    else:
        raise SandboxError(f"a job must be a StdinJob, CallJob, ExpressionJob or StatementJob, got {job!r:.100}")
    if len(body) > MAX_REQUEST_BYTES:
        raise SandboxError(f"a job's input of {len(body)} bytes is larger than the {MAX_REQUEST_BYTES} a sandbox takes")
    return kind, body


def decode_reply(kind: int, body: bytes, reply: Reply, limits: Limits) -> JobResult:
    """Return what became of a job.

    Args:
        kind: of its request.
        body: of its request.
        reply: the driver's.
        limits: it ran under, for the reasons.
    """
    status, detail, value = _verdict(kind, body, reply, limits)
    stdout = reply.stdout.decode("utf-8", "replace")
    return JobResult(status, stdout, value, detail[:DETAIL_CHARACTERS], reply.seconds)


def _verdict(kind: int, body: bytes, reply: Reply, limits: Limits) -> tuple[JobStatus, str, Any]:
    """Return the status, the reason and the value."""
    if reply.cause == wire.TIMEOUT:
        return "timeout", f"ran longer than {limits.test_time_s:.3g} s", None
    if reply.cause == wire.OUTPUT_LIMIT:
        return "output_limit", f"wrote more than {limits.output_bytes} bytes", None
    if reply.cause == wire.MEMORY_LIMIT:
        return "memory", f"its processes held more than {limits.memory_mb} MiB together", None
    if reply.cause == wire.SPENT:
        return "output_limit", "left more files than can be deleted; no test was run after it", None
    code = os.waitstatus_to_exitcode(reply.status)
    if code == -signal.SIGXCPU:
        return "timeout", "used more processor time than its limit of wall-clock time", None
    if code < 0:
        return "killed", f"ended by signal {-code} ({_signal_name(-code)})", None
    if code > 0:
        return "exception", f"exited with code {code}", None
    return _told(kind, body, reply.result)


def _told(kind: int, body: bytes, result: bytes) -> tuple[JobStatus, str, Any]:
    """Return status, reason and value as the job's own process tells them, which ended with exit code 0."""
    if not result and kind == wire.STDIN:  # os._exit(0): all it can gain is to be compared
        return "ok", "", None
    told, rest = result[:1], result[1:]
    if told == wire.OK:
        if kind in (wire.CALL, wire.EXPRESSION):
            return _value(rest)
        if kind == wire.STATEMENT and rest != body[:NONCE_CHARACTERS]:
            return "exception", "ended without having run the statement", None
        return "ok", "", None
    if told == wire.MEMORY:
        return "memory", "asked for more memory than its limit", None
    if told == wire.EXCEPTION:
        return "exception", rest.decode("utf-8", "replace"), None
    return "exception", "exited before it returned a value", None


def _value(data: bytes) -> tuple[JobStatus, str, Any]:
    """Return a value that a program handed out as JSON."""
    try:
        return "ok", "", json.loads(data)
    except (ValueError, RecursionError) as error:
        return "exception", f"returned no value that can be read: {type(error).__name__}: {error}", None


def _call_body(job: CallJob) -> bytes:
    """Return a call as JSON in ASCII.

    Raises:
        SandboxError: when an argument has no JSON form.
    """
    try:
        return json.dumps([job.function, list(job.arguments)]).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise SandboxError(f"the arguments of {job.function!r} are no JSON values: {error}") from error


def _signal_name(number: int) -> str:
    """Return the name of a signal."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return "real-time"
