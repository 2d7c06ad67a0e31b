"""Ends a process whose engine makes no progress, even where no Python code runs any more."""

import contextlib
import faulthandler
import sys
import threading
from collections.abc import Callable, Iterator

_POLL_S = 1.0
# Of one wait, so that a limit that is meant as none is within what the system takes.
_LONGEST_WAIT_S = 1e6


class HangGuard:
    """Ends this process when a guarded block goes on for too long without progress.

    For an engine in an env runner's own process: nothing in a process can stop a call that hangs in it, and Ray starts
    a new one when it is gone. The timer is faulthandler's, a thread that needs no lock of Python's; it writes all
    stacks to stderr first.

    Args:
        limit_s: Seconds without progress.
        progress: A number that changes with progress.
    """

    def __init__(self, limit_s: float, progress: Callable[[], int]) -> None:
        self._wait_s, self._progress = min(limit_s, _LONGEST_WAIT_S), progress
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Guard a block.

        Yields:
            Nothing.
        """
        over = threading.Event()
        self._arm()
        threading.Thread(target=self._follow, args=(over,), name="hang-guard", daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                over.set()
                faulthandler.cancel_dump_traceback_later()

    def _arm(self) -> None:
        """Set the timer anew."""
        faulthandler.dump_traceback_later(self._wait_s, exit=True, file=sys.__stderr__ or sys.stderr)

    def _follow(self, over: threading.Event) -> None:
        """Set the timer anew whenever there is progress."""
        seen = self._progress()
        while not over.wait(_POLL_S):
            now = self._progress()
            with self._lock:
                if now != seen and not over.is_set():
                    self._arm()
            seen = now
