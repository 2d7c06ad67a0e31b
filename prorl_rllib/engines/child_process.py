"""The engine process as a stream of messages with deadlines: started, written to, read from, ended."""

import collections
import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from prorl_rllib.engines import engine_supervisor
from prorl_rllib.engines.engine_messages import Hello, encode, take_message

BOOT = "import sys; sys.path[:] = sys.argv[1:]; from prorl_rllib.engines.engine_worker import main; main()"
KEPT_LINES = 100
"""Lines of the engine process's stderr that are kept for an error message."""
CLOSE_S = 3.0
"""Seconds that the process has to end by itself."""
KILL_S = engine_supervisor.CLEAN_UP_S + 5.0
"""Seconds that the supervisor has to kill it."""
LONGEST_WAIT_S = 1e6
"""Of one wait, so that a deadline that is meant as none is within what the system takes."""
CHUNK = 1 << 20


class ChildProcess:
    """An `engine_worker` behind its supervisors (see `engine_supervisor` for why there are two).

    The import path is handed over as it is here: a module that this process can import, the child can.
    """

    def __init__(self, engine: str) -> None:
        """Start it.

        Args:
            engine: name of the engine that it will hold, for messages.

        Raises:
            OSError: if the system starts no process.
        """
        worker = [sys.executable, "-P", "-c", BOOT, *(entry or os.getcwd() for entry in sys.path)]
        supervisor = [sys.executable, "-I", "-S", str(Path(engine_supervisor.__file__))]
        self._process = subprocess.Popen(
            [*supervisor, *supervisor, *worker],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, engine_supervisor.STARTED_BY: str(os.getpid())},
            bufsize=0,
        )
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._commands, self._answers = self._process.stdin, self._process.stdout
        os.set_blocking(self._commands.fileno(), False)
        self._buffer = bytearray()
        self._owner = os.getpid()
        self._lines: collections.deque[str] = collections.deque(maxlen=KEPT_LINES)
        arguments = (self._process.stderr, self._lines)
        self._stderr_reader = threading.Thread(target=_keep_lines, args=arguments, name="engine-stderr", daemon=True)
        self._stderr_reader.start()
        self.pid: int | None = None
        self._engine = engine

    def __str__(self) -> str:
        """Name it in a message."""
        return f"the engine process {self.pid} ({self._engine})"

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def last_lines(self) -> list[str]:
        """What it wrote to stderr last, at most `KEPT_LINES` lines."""
        return list(self._lines)

    def last_words(self) -> str:
        """Say what it wrote to stderr last, as the end of an error message."""
        lines = self.last_lines
        return ".\nThe end of its stderr:\n  " + "\n  ".join(lines) if lines else "; it wrote nothing to stderr"

    def send(self, message: object, deadline: float) -> None:
        """Write a message.

        Args:
            message: one of `engine_messages`.
            deadline: a value of `time.monotonic()`.

        Raises:
            TimeoutError: if the process did not take it in time.
            EOFError: if the process has ended.
        """
        data = memoryview(encode(message))
        while data:
            _wait_for(self._commands, select.POLLOUT, deadline)
            try:
                data = data[os.write(self._commands.fileno(), data[:CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise EOFError("the engine process has closed its stdin") from None

    def receive(self, deadline: float) -> Any:
        """Read a message; `Hello` is taken in here.

        Args:
            deadline: a value of `time.monotonic()`.

        Returns:
            The message.

        Raises:
            TimeoutError: if none came in time; what came of one is kept.
            EOFError: if the process has ended.
        """
        while True:
            message = take_message(self._buffer)
            if isinstance(message, Hello):
                self.pid = message.pid
            elif message is not None:
                return message
            else:
                _wait_for(self._answers, select.POLLIN, deadline)
                chunk = os.read(self._answers.fileno(), CHUNK)
                if not chunk:
                    raise EOFError("the engine process has closed its stdout")
                self._buffer += chunk

    def write_stacks(self) -> None:
        """Let a process that hangs write where it is to its stderr; gives it half a second."""
        if self.pid is not None and self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGUSR1)
            time.sleep(0.5)

    def end(self, grace_s: float = CLOSE_S) -> str:
        """End the process and all it has started. May be called twice; does nothing in a fork of the owner.

        Args:
            grace_s: seconds that it has to end by itself; 0 kills it at once.

        Returns:
            How it ended, such as "exit code 1" or "signal SIGKILL".
        """
        if os.getpid() != self._owner:
            return "of another process"
        if not self._commands.closed:
            self._commands.close()
        code = self._wait(grace_s)
        if code is None:
            self._process.send_signal(signal.SIGTERM)
            code = self._wait(KILL_S)
        if code is None:
            code = self._kill_groups()
        self._stderr_reader.join(timeout=1.0)
        self._answers.close()
        number = code - 128 if code > 128 else -code  # as the supervisor reports it, or of the supervisor itself
        return f"signal {signal.Signals(number).name}" if number in set(signal.Signals) else f"exit code {code}"

    def _wait(self, seconds: float) -> int | None:
        try:
            return self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None

    def _kill_groups(self) -> int:
        """Kill the outer supervisor, which did not answer, and the worker's group."""
        for group in (self._process.pid, self.pid):
            if group is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(group, signal.SIGKILL)
        return self._process.wait(timeout=KILL_S)


def _wait_for(pipe: IO[bytes], event: int, deadline: float) -> None:
    """Wait until a pipe can be read or written, or raise a TimeoutError."""
    poller = select.poll()
    poller.register(pipe.fileno(), event)
    if not poller.poll(min(max(0.0, deadline - time.monotonic()), LONGEST_WAIT_S) * 1000):
        raise TimeoutError


def _keep_lines(stderr: IO[bytes], lines: collections.deque[str]) -> None:
    """Keep the last lines of a stream until it ends; a progress bar's states count as lines."""
    rest = b""
    with stderr:
        while chunk := stderr.read(1 << 16):
            *whole, rest = re.split(rb"[\r\n]+", rest[-(1 << 16) :] + chunk)
            lines.extend(line.decode("utf-8", "replace") for line in whole if line.strip())
    if rest.strip():
        lines.append(rest.decode("utf-8", "replace"))
