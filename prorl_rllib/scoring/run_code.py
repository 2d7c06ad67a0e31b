"""SandboxFusion's `/run_code`, answered by this machine's sandbox: what the remote backend of the code domain asks."""

from collections.abc import Mapping
from typing import Any

from prorl_rllib.envs.sandbox import JobResult, Limits, SandboxError, StdinJob, select_backend

MAX_RUN_TIME_S = 60.0
MAX_MEMORY_MB = 4096


def run_code(message: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Run a program as a script.

    Args:
        message: `code`; and where given `stdin`, `run_timeout` in seconds and `memory_limit_MB`. The language is
            Python, and no files are taken.
        options: of the code domain: `sandbox` and `required_isolation` say where programs run.

    Returns:
        `status`, `message` and `run_result`, as SandboxFusion answers.

    Raises:
        ValueError: naming the key that is wrong.
    """
    program, job, limits = _request(message)
    try:
        backend = select_backend(_local(options.get("sandbox", "auto")), options.get("required_isolation"))
        (result,) = backend.run(program, [job], limits)
    except SandboxError as error:
        return {"status": "SandboxError", "message": str(error), "run_result": None}
    return _answer(result)


def _local(sandbox: str) -> str:
    """Refuse to hand a program on to another service, which may be this one."""
    if sandbox == "remote":
        raise ValueError("options of domain 'code': sandbox = 'remote' cannot answer /run_code")
    return sandbox


def _request(message: Mapping[str, Any]) -> tuple[str, StdinJob, Limits]:
    """Return what a request asks for."""
    if message.get("language", "python") != "python":
        raise ValueError(f"language = {message['language']!r:.100}: must be 'python'")
    for key in ("files", "fetch_files"):
        if message.get(key):
            raise ValueError(f"{key}: must be empty")
    program, stdin = message.get("code"), message.get("stdin") or ""
    if not isinstance(program, str) or not isinstance(stdin, str):
        raise ValueError("code and stdin must be texts")
    seconds = _number(message, "run_timeout", 10.0, 0.01, MAX_RUN_TIME_S)
    memory = _number(message, "memory_limit_MB", 512, 64, MAX_MEMORY_MB)
    return program, StdinJob(stdin), Limits(test_time_s=seconds, total_time_s=seconds, memory_mb=int(memory))


def _number(message: Mapping[str, Any], key: str, default: float, low: float, high: float) -> float:
    """Return a number of a request within its range."""
    value = message.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"{key} = {value!r:.100}: must be in [{low:g}, {high:g}]")
    return value


def _answer(result: JobResult) -> dict[str, Any]:
    """Return what became of a program in SandboxFusion's words, which has none for memory and output."""
    done = result.status == "ok"
    codes = {"ok": 0, "killed": 137, "output_limit": 137}
    return {
        "status": "Success" if done else "Failed",
        "message": "" if done else result.detail,
        "run_result": {
            "status": "TimeLimitExceeded" if result.status in ("timeout", "not_run") else "Finished",
            "execution_time": result.seconds,
            "return_code": codes.get(result.status, 1),
            "stdout": result.stdout,
            "stderr": f"MemoryError: {result.detail}" if result.status == "memory" else result.detail,
        },
    }
