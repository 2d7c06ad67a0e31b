"""Programs sent to a service that speaks SandboxFusion's `/run_code` (https://bytedance.github.io/SandboxFusion)."""

import json
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from prorl_rllib.envs.sandbox.api import CallJob, ExpressionJob, Job, JobResult, Limits, SandboxError, StdinJob
from prorl_rllib.envs.sandbox.policy import run_all

PATIENCE_S = 30.0
"""Seconds beyond a job's limit after which the service counts as broken; its queue included."""
TOKEN_VARIABLE = "PRORL_RLLIB_SANDBOX_TOKEN"
"""Environment variable of the token that a service wants; no key of a config, which results and checkpoints hold."""
CHUNK = 1 << 16
OVERHEAD_BYTES = 2**20
ESCAPED = 6
"""Most bytes that a byte of output takes in JSON."""
WRAPPER = """
import json, sys
def _run(source, call, expression, statement, marker):
    write, flush, dumps, value = sys.stdout.write, sys.stdout.flush, json.dumps, None
    namespace = {"__name__": "solution"}
    exec(compile(source, "<program>", "exec"), namespace)
    if call is not None:
        name, arguments = call
        function = namespace[name] if name in namespace else getattr(namespace["Solution"](), name)
        value = function(*arguments)
    elif expression is not None:
        value = eval(expression.strip(), namespace)
    else:
        exec(statement, namespace)
    write(marker + dumps(value))
    flush()
"""
"""Runs a job that is no script, and prints its value behind a random word."""


class RemoteBackend:
    """A service elsewhere, one request a job; each compiles the program anew.

    The service keeps the limits on time and memory; the limit on output is kept here, those on processes and files are
    its own. Expected values stay here, as on every level.
    """

    name = "remote"

    def __init__(self, url: str) -> None:
        """Take the service's address.

        Args:
            url: with or without `/run_code` at its end.

        Raises:
            SandboxError: when it is no http address.
        """
        if not url.startswith(("http://", "https://")):
            raise SandboxError(f"remote_url = {url!r}: must start with http:// or https://")
        self.url = url if url.endswith("/run_code") else url.rstrip("/") + "/run_code"

    def run(self, program: str, jobs: Sequence[Job], limits: Limits) -> list[JobResult]:
        """Run a program on each job, as `SandboxBackend.run` says."""

        def run_one(job: Job, seconds: float) -> JobResult:
            marker = secrets.token_hex(16)
            answer = self._post(request_of(program, job, marker, seconds, limits), seconds, limits)
            return result_of(answer, None if isinstance(job, StdinJob) else marker, limits)

        return run_all(jobs, limits, run_one)

    def _post(self, message: dict[str, Any], seconds: float, limits: Limits) -> Mapping[str, Any]:
        """Send a request and return the answer.

        Raises:
            SandboxError: when the service cannot be reached, takes too long or does not answer as it should.
        """
        from urllib.error import HTTPError
        from urllib.request import Request, urlopen

        deadline = time.monotonic() + 2 * seconds + PATIENCE_S
        most = ESCAPED * limits.output_bytes + OVERHEAD_BYTES
        headers = {"Content-Type": "application/json"}
        try:
            request = Request(self.url, json.dumps(message).encode("ascii"), headers)
            if token := _token():
                # A redirect does not take it elsewhere.
                request.add_unredirected_header("Authorization", f"Bearer {token}")
            with urlopen(request, timeout=2 * seconds + PATIENCE_S) as response:
                data = b""
                while chunk := response.read1(CHUNK):
                    data += chunk
                    if len(data) > most or time.monotonic() > deadline:
                        raise SandboxError(f"{self.url} sent {len(data)} bytes and did not end within its limits")
            answer = json.loads(data)
        except HTTPError as error:
            raise SandboxError(f"{self.url} answered {error.code} {error.reason}") from error
        except (OSError, ValueError, RecursionError) as error:
            raise SandboxError(f"{self.url} gave no usable answer: {type(error).__name__}: {error}") from error
        if not isinstance(answer, dict):
            raise SandboxError(f"{self.url} answered with {type(answer).__name__}, not an object")
        return answer


def _token() -> str:
    """Return the token of the environment variable; "" without one.

    Raises:
        SandboxError: if no header can hold it; it is not named.
    """
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if token and not (token.isascii() and token.isprintable()):
        raise SandboxError(f"the token in {TOKEN_VARIABLE} must be printable ASCII")
    return token


def request_of(program: str, job: Job, marker: str, seconds: float, limits: Limits) -> dict[str, Any]:
    """Return the body of a request.

    Args:
        program: Python source.
        job: what to do with it.
        marker: random word before the value.
        seconds: limit of the job.
        limits: of the program.
    """
    return {
        "code": program if isinstance(job, StdinJob) else _wrapped(program, job, marker),
        "language": "python",
        "stdin": job.stdin if isinstance(job, StdinJob) else "",
        "compile_timeout": seconds,
        "run_timeout": seconds,
        "memory_limit_MB": limits.memory_mb,
        "files": {},
        "fetch_files": [],
    }


def result_of(answer: Mapping[str, Any], marker: str | None, limits: Limits) -> JobResult:
    """Return what became of a job.

    Args:
        answer: of the service.
        marker: the word before the value; None when the job is a script.
        limits: of the program.

    Raises:
        SandboxError: when the service failed.
    """
    run = answer.get("run_result")
    if answer.get("status") == "SandboxError" or not isinstance(run, dict) or run.get("status") == "Error":
        raise SandboxError(f"the remote sandbox failed: {str(answer.get('message') or answer)[:300]}")
    seconds, stdout = float(run.get("execution_time") or 0.0), str(run.get("stdout") or "")
    text = stdout if marker is None else stdout.partition(marker)[0]
    if run.get("status") == "TimeLimitExceeded":
        return JobResult("timeout", text, detail="ran longer than its limit", seconds=seconds)
    if len(stdout.encode("utf-8", "replace")) > limits.output_bytes:
        return JobResult("output_limit", text, detail=f"wrote more than {limits.output_bytes} bytes", seconds=seconds)
    code = run.get("return_code")
    if not isinstance(code, int):
        raise SandboxError(f"the remote sandbox gave no return code: {str(run)[:300]}")
    if code != 0:
        return _failed(code, str(run.get("stderr") or ""), text, seconds)
    if marker is None:
        return JobResult("ok", text, seconds=seconds)
    try:
        return JobResult("ok", text, json.loads(stdout.partition(marker)[2]), seconds=seconds)
    except (ValueError, RecursionError):
        return JobResult("exception", text, detail="exited before it returned a value", seconds=seconds)


def _failed(code: int, stderr: str, stdout: str, seconds: float) -> JobResult:
    """Return the result of a job that ended with a code or by a signal."""
    reason = (stderr.strip().splitlines() or [f"exited with code {code}"])[-1][:300]
    if reason.startswith("MemoryError"):
        return JobResult("memory", stdout, detail=reason, seconds=seconds)
    return JobResult("killed" if code < 0 or code == 137 else "exception", stdout, detail=reason, seconds=seconds)


def _wrapped(program: str, job: Job, marker: str) -> str:
    """Return a script that runs a job and prints its value."""
    call = [job.function, list(job.arguments)] if isinstance(job, CallJob) else None
    expression = job.expression if isinstance(job, ExpressionJob) else None
    statement = None if isinstance(job, StdinJob | CallJob | ExpressionJob) else job.statement
    return f"{WRAPPER}_run({program!r}, {call!r}, {expression!r}, {statement!r}, {marker!r})\n"
