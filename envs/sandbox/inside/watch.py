"""Watches a job from outside its process: reads what it writes up to a cap, until it ends or its time is up."""

import os
import select
import time

from prorl_rllib.envs.sandbox.inside.settings import ENDED, MEMORY_LIMIT, OUTPUT_LIMIT, TIMEOUT

CHUNK = 1 << 16
TICK_S = 0.1
"""Seconds between two looks at the memory of all of a job's processes; each has a limit of its own besides."""
HELD = (b"RssAnon:", b"RssShmem:")
"""Lines of /proc/<id>/status that count, in KiB."""


class CallerGone(Exception):
    """The caller closed its end of the pipe of requests, or said that this was all."""


class Watch:
    """The pipes of one job, as the driver holds them."""

    def __init__(self, requests: int, caps: dict[int, int], memory_bytes: int) -> None:
        """Watch some pipes.

        Args:
            requests: the driver's pipe from the caller, watched for its end.
            caps: most bytes by file descriptor, read ends of pipes.
            memory_bytes: most resident memory of all processes but this one in its PID namespace; 0 for no limit.
        """
        self._requests, self._caps = requests, caps
        self._memory_bytes = memory_bytes
        self._taken = {fd: bytearray() for fd in caps}
        for fd in caps:
            os.set_blocking(fd, False)

    def until_end(self, pid: int, deadline: float) -> int:
        """Wait for the end of a process, or for the first limit that is broken, and return the cause.

        Args:
            pid: a child of this process, not reaped.
            deadline: `time.monotonic()` value.

        Raises:
            CallerGone: when nobody waits for the result any more.
        """
        process = os.pidfd_open(pid)
        try:
            poller = select.poll()
            for fd in (process, *self._caps):
                poller.register(fd, select.POLLIN)
            poller.register(self._requests, 0)
            look = time.monotonic() + TICK_S
            while (now := time.monotonic()) < deadline:
                if self._memory_bytes and now > look:
                    look = now + TICK_S
                    if resident_bytes() > self._memory_bytes:
                        return MEMORY_LIMIT
                for fd, event in poller.poll(min(deadline - now, TICK_S) * 1000 + 1):
                    if fd == process:
                        return ENDED
                    if fd == self._requests:
                        raise CallerGone
                    if not self._read(fd) or event == select.POLLHUP:
                        poller.unregister(fd)
                    if self._over():
                        return OUTPUT_LIMIT
            return TIMEOUT
        finally:
            os.close(process)

    def drain(self) -> bool:
        """Read what is left in the pipes once all writers are dead; tell whether a cap is exceeded."""
        for fd in self._caps:
            while not self._over() and self._read(fd):
                pass
        return self._over()

    def taken(self, fd: int) -> bytes:
        """Return what was read from a pipe, up to its cap."""
        return bytes(self._taken[fd][: self._caps[fd]])

    def _read(self, fd: int) -> bool:
        """Read once; False at the end of the pipe, or when it is empty."""
        try:
            chunk = os.read(fd, CHUNK)
        except BlockingIOError:
            return False
        self._taken[fd] += chunk
        return bool(chunk)

    def _over(self) -> bool:
        """Tell whether more was written than a cap permits."""
        return any(len(self._taken[fd]) > cap for fd, cap in self._caps.items())


def resident_bytes() -> int:
    """Return the memory of all processes in /proc but this one that is no file's; 0 without a /proc.

    What processes share is counted for each of them.
    """
    total = 0
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            try:
                with open(f"/proc/{entry}/status", "rb") as file:
                    total += sum(int(line.split()[1]) for line in file if line.startswith(HELD))
            except OSError:  # it ended meanwhile
                pass
    return total * 1024
