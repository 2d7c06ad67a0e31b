"""One sandbox as its caller sees it: started, asked, closed."""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from prorl_rllib.envs.sandbox.api import SandboxError
from prorl_rllib.envs.sandbox.inside.settings import END, HEADER, REPLY, Settings

PATIENCE_S = 30.0
"""Seconds beyond a job's own limit after which its sandbox counts as broken, starting it included."""
CLOSE_S = 3.0
CHUNK = 1 << 20


class Reply(NamedTuple):
    """What the driver saw of a job; `stdout` and `result` were written by the program."""

    cause: int
    status: int
    seconds: float
    stdout: bytes
    result: bytes


class SandboxProcess:
    """The process of a sandbox with the driver in it; one request at a time. Use as a context manager."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], code: bytes, settings: Settings) -> None:
        """Start it.

        Args:
            command: starts an interpreter that runs `loader.BOOT`.
            environment: of the process.
            code: what `loader.code_frame` returned.
            settings: for the driver.

        Raises:
            SandboxError: when the system starts no process.
        """
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                cwd="/",
                start_new_session=True,
                bufsize=0,
            )
        except OSError as error:
            raise SandboxError(f"the sandbox {command[0]!r} cannot be started: {error}") from error
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests, self._replies = self._process.stdin, self._process.stdout
        os.set_blocking(self._requests.fileno(), False)
        self._prologue = code + settings.packed()

    def __enter__(self) -> "SandboxProcess":
        """Return itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close it."""
        self.close()

    def ask(self, kind: int, body: bytes, seconds: float) -> Reply:
        """Send a request and wait for the reply.

        Args:
            kind: one of `inside.settings`.
            body: what the kind takes.
            seconds: the job's limit, kept inside.

        Raises:
            SandboxError: when the sandbox ends or outlasts the limit by `PATIENCE_S`.
        """
        deadline = time.monotonic() + seconds + PATIENCE_S
        message, self._prologue = self._prologue + HEADER.pack(len(body), seconds, kind) + body, b""
        try:
            self._send(message, deadline)
            cause, status, elapsed, stdout, result = REPLY.unpack(self._receive(REPLY.size, deadline))
            return Reply(cause, status, elapsed, self._receive(stdout, deadline), self._receive(result, deadline))
        except TimeoutError:
            raise SandboxError(
                f"the sandbox did not answer within {PATIENCE_S:.0f} s after the job's limit of {seconds:.1f} s"
            ) from None
        except (BrokenPipeError, EOFError):
            raise SandboxError(f"the sandbox ended before the job did{self._last_words()}") from None

    def close(self) -> None:
        """End the sandbox and all in it, and reap it.

        Raises:
            SandboxError: when the kernel does not end it.
        """
        with contextlib.suppress(OSError):  # another process forked meanwhile may hold the pipe open, so say it too
            os.write(self._requests.fileno(), HEADER.pack(0, 0.0, END))
        for file in (self._requests, self._replies):
            file.close()
        try:
            for end in (lambda: None, self._kill_children, self._process.kill):
                end()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(timeout=CLOSE_S)
                    return
            raise SandboxError(f"sandbox process {self._process.pid} did not end within {CLOSE_S:.0f} s of SIGKILL")
        finally:
            assert self._process.stderr is not None
            self._process.stderr.close()

    def _kill_children(self) -> None:
        """Kill what the first process waits for, so that it ends and reaps them itself."""
        pid = self._process.pid
        with contextlib.suppress(OSError):
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                os.kill(int(child), signal.SIGKILL)

    def _send(self, data: bytes, deadline: float) -> None:
        """Write a message, or raise TimeoutError."""
        view = memoryview(data)
        while view:
            self._wait(self._requests.fileno(), select.POLLOUT, deadline)
            with contextlib.suppress(BlockingIOError):
                view = view[os.write(self._requests.fileno(), view) :]

    def _receive(self, size: int, deadline: float) -> bytes:
        """Read so many bytes, or raise TimeoutError or EOFError."""
        data = bytearray()
        while len(data) < size:
            self._wait(self._replies.fileno(), select.POLLIN, deadline)
            chunk = os.read(self._replies.fileno(), min(size - len(data), CHUNK))
            if not chunk:
                raise EOFError
            data += chunk
        return bytes(data)

    @staticmethod
    def _wait(fd: int, event: int, deadline: float) -> None:
        """Wait until a pipe is ready, or raise TimeoutError."""
        poller = select.poll()
        poller.register(fd, event)
        if not poller.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise TimeoutError

    def _last_words(self) -> str:
        """Return how the process ended and the end of its stderr, for an error message."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self._process.wait(timeout=CLOSE_S)
            assert self._process.stderr is not None
            os.set_blocking(self._process.stderr.fileno(), False)
            text = (self._process.stderr.read(CHUNK) or b"").decode("utf-8", "replace").strip()
            return f" (exit code {code}): {text[-1000:]}"
        return ""
