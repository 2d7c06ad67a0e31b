"""The driver: the first process inside the sandbox. Takes requests one at a time and forks a process for each.

It never runs the program itself, never parses what a job wrote, and holds no request while a later job runs, so that a
job's copy of its memory shows that job alone. When the caller is gone it ends, and all with it.
"""

import os
import select
import time
from importlib import import_module

from prorl_rllib.envs.sandbox.inside.job import run_job, start_job
from prorl_rllib.envs.sandbox.inside.kernel import (
    CAP_KILL,
    CAP_SETGID,
    CAP_SETUID,
    filter_system_calls,
    keep_capabilities,
    protect,
)
from prorl_rllib.envs.sandbox.inside.reaper import empty_folder, kill_all
from prorl_rllib.envs.sandbox.inside.settings import (
    CALL,
    END,
    ENDED,
    EXPRESSION,
    HEADER,
    NAMESPACE,
    OK,
    OUTPUT_LIMIT,
    PROGRAM,
    READY,
    REPLY,
    SETTINGS,
    SPENT,
    STDIN,
    Settings,
)
from prorl_rllib.envs.sandbox.inside.watch import CallerGone, Watch

REQUESTS, REPLIES = 0, 1
COMPILED_BYTES = 2**26
"""Most bytes of a compiled program."""
START_TIMEOUT_S = 10.0
CHUNK = 4096
PRELOADED = (
    *("bisect", "collections", "contextlib", "copy", "dataclasses", "datetime", "decimal", "enum", "fractions"),
    *("functools", "heapq", "itertools", "json", "math", "operator", "random", "re", "statistics", "string"),
    *("threading", "typing"),
)
"""Modules of the standard library that are imported once, before the fork, when the program's text names them."""


class Outcome:
    """What the driver saw of a job: cause of its end, wait status, seconds, stdout, result."""

    def __init__(self, cause: int, status: int, seconds: float, stdout: bytes, result: bytes) -> None:
        """Hold it."""
        self.cause, self.status, self.seconds, self.stdout, self.result = cause, status, seconds, stdout, result


def main(scratch: str, temporary: str = "") -> None:
    """Serve requests until the caller closes the pipe.

    Args:
        scratch: working directory of the jobs.
        temporary: its parent when both shall be deleted at the end.
    """
    protect()
    filter_system_calls()
    settings = Settings(*SETTINGS.unpack(_read(SETTINGS.size)))
    os.chdir(scratch)
    folder = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY)
    os.fchmod(folder, 0o777 if settings.uid >= 0 else 0o700)
    keep_capabilities(*((CAP_KILL, CAP_SETGID, CAP_SETUID) if settings.uid >= 0 else ()))
    try:
        _serve_all(settings, folder)
    except CallerGone:
        if temporary and empty_folder(settings, folder):
            os.rmdir(scratch)
            os.rmdir(temporary)
        os._exit(0)  # at once: there is nothing that the interpreter's own end would save


def _serve_all(settings: Settings, folder: int) -> None:
    """Serve one request after the other.

    Args:
        settings: limits and user.
        folder: the scratch directory, open.

    Raises:
        CallerGone: at the end of the requests.
    """
    code = b""
    while True:
        size, seconds, kind = HEADER.unpack(_read(HEADER.size))
        if kind == END:
            raise CallerGone
        body = _read(size)
        _preload(body if kind == PROGRAM else b"json" if kind in (CALL, EXPRESSION) else b"")
        outcome = serve(settings, folder, kind, body, seconds, code)
        if kind == PROGRAM and outcome.result[:1] == OK:
            code, outcome.result = outcome.result[1:], OK
        lengths = (len(outcome.stdout), len(outcome.result))
        head = REPLY.pack(outcome.cause, outcome.status, outcome.seconds, *lengths)
        _write(head + outcome.stdout + outcome.result)


def serve(settings: Settings, folder: int, kind: int, body: bytearray, seconds: float, code: bytes) -> Outcome:
    """Run one job to its end and leave nothing of it behind.

    Args:
        settings: limits and user.
        folder: the scratch directory, open.
        kind: of the request.
        body: of the request; zeroed after the fork.
        seconds: wall-clock limit.
        code: the compiled program.
    """
    stdout, stdout_write = os.pipe()
    result, result_write = os.pipe()
    ready, ready_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            start_job(settings, seconds, bytes(body) if kind == STDIN else b"", stdout_write, result_write, ready_write)
            run_job(kind, bytes(body), code)
        finally:
            os._exit(70)
    body[:] = bytes(len(body))
    for fd in (stdout_write, result_write, ready_write):
        os.close(fd)
    cap = settings.output_bytes
    caps = {stdout: cap, result: COMPILED_BYTES if kind == PROGRAM else cap + 1}
    watch = Watch(REQUESTS, caps, settings.memory_bytes if settings.reach == NAMESPACE else 0)
    start = time.monotonic()
    try:
        start = _await_ready(ready)
        cause = watch.until_end(pid, start + seconds)
    finally:
        elapsed = time.monotonic() - start
        status = kill_all(settings, pid)
    if watch.drain() and cause == ENDED:
        cause = OUTPUT_LIMIT
    for fd in (stdout, result, ready):
        os.close(fd)
    if not empty_folder(settings, folder):
        cause = SPENT
    return Outcome(cause, status, elapsed, watch.taken(stdout), watch.taken(result))


def _await_ready(ready: int) -> float:
    """Wait until a job has taken on its limits; return the time of that, from which its seconds count.

    Raises:
        RuntimeError: when it could not, with the reason.
    """
    if not select.select([ready], [], [], START_TIMEOUT_S)[0]:
        raise RuntimeError(f"a job did not start within {START_TIMEOUT_S:.0f} s")
    message = os.read(ready, CHUNK)
    if message[:1] != b"r":
        raise RuntimeError("a job did not start: " + message.decode("utf-8", "replace"))
    start: float = READY.unpack(message)[1]
    return start


def _preload(program: bytes | bytearray) -> None:
    """Import what the program is likely to import, so that its jobs need not."""
    for name in PRELOADED:
        if name.encode() in program:
            import_module(name)


def _read(size: int) -> bytearray:
    """Read so many bytes of requests, into memory that can be zeroed.

    Raises:
        CallerGone: at the end of the pipe.
    """
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = os.readv(REQUESTS, [view])
        if not count:
            raise CallerGone
        view = view[count:]
    return data


def _write(data: bytes) -> None:
    """Write a reply."""
    view = memoryview(data)
    while view:
        view = view[os.write(REPLIES, view) :]
