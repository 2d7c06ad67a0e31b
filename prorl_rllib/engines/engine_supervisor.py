"""A small process between the engine process and whoever started it: it sees to it that nothing stays behind.

Run as a script, `python engine_supervisor.py COMMAND...`, on the standard library alone. It starts the command in a
session of its own, hands it its standard streams, and ends with it. When the parent dies, by SIGKILL too, or SIGTERM
tells this process to stop, it kills the command, its process group and every descendant. None of them is asked to
help: an engine may start processes of its own, and any of them may hang where no Python code runs.

There are two of them, one inside the other: Ray kills the direct children of a worker that it ends, and the outer one,
which that hits, could not tidy up any more.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

POLL_S = 0.5
"""Seconds between two looks at whether the parent lives."""
CLEAN_UP_S = 10.0
PR_SET_CHILD_SUBREAPER = 36
STARTED_BY = "PRORL_RLLIB_STARTED_BY"
"""Environment variable with the process id of whoever started a process, so that it notices when that one is gone."""


def main(arguments: list[str]) -> int:
    """Run a command until it ends, the parent ends, or SIGTERM.

    Args:
        arguments: the command.

    Returns:
        The command's exit code, 128 + the signal's number if a signal ended it.
    """
    parent = int(os.environ[STARTED_BY])
    wake = _wake_on(signal.SIGCHLD, signal.SIGTERM)
    _adopt_orphans()
    environment = {**os.environ, STARTED_BY: str(os.getpid())}
    child = subprocess.Popen(arguments, start_new_session=True, env=environment)
    _close_streams()
    try:
        while child.poll() is None and not _stopped and os.getppid() == parent:
            if select.select([wake], [], [], POLL_S)[0]:
                os.read(wake, 4096)
    finally:
        _end(child)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


_stopped: list[int] = []


def _wake_on(*signals: int) -> int:
    """A file descriptor that becomes readable with each of the signals; SIGTERM is noted as well."""
    wake, write_end = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    for number in signals:
        signal.signal(number, lambda number, frame: _stopped.append(number) if number == signal.SIGTERM else None)
    return wake


def _adopt_orphans() -> None:
    """Let descendants whose parent died become children of this process (Linux), so that it finds them."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1)


def _close_streams() -> None:
    """Give up the command's streams: while this process held them, neither side would see the other's end."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.close(null)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Kill the command's group, then every descendant that is left, and reap them."""
    deadline = time.monotonic() + CLEAN_UP_S
    with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left in it
        os.killpg(child.pid, signal.SIGKILL)
    child.wait(timeout=CLEAN_UP_S)
    while _reap() and time.monotonic() < deadline:
        for pid in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _reap() -> bool:
    """Reap the children that have ended; returns whether any are left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _children() -> Iterator[int]:
    """Process ids of this process's children (Linux), adopted ones too."""
    listing = Path(f"/proc/self/task/{os.getpid()}/children")
    if listing.exists():
        yield from (int(pid) for pid in listing.read_text().split())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
