"""One worker process as its parent sees it: started, asked, killed."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

from prorl_rllib.envs.errors import VerifierError
from prorl_rllib.envs.verification.protocol import read_frame, write_frame

START_TIMEOUT_S = 60.0
"""Seconds for a worker to start, and to import and prepare what a domain needs."""
BOOT = (
    "import sys; sys.path += [p for p in sys.argv[1:] if p not in sys.path]; "
    "from prorl_rllib.envs.verification.worker import main; main()"
)
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def import_path() -> list[str]:
    """Return where this process imports from, as another process can use it."""
    return [entry or os.getcwd() for entry in sys.path]


class WorkerDied(Exception):
    """The worker ended without an answer, or outlasted a deadline that is ours and not the answer's."""


class WorkerProcess:
    """A worker, in a process group of its own, that serves one job at a time.

    `python -I` inherits nothing of the caller's main module, CUDA or Ray state. Its import path is handed over, since
    `-I` ignores PYTHONPATH and a domain may live in the user's own module.
    """

    def __init__(self, memory_bytes: int) -> None:
        """Start the process; it imports while the caller goes on.

        Args:
            memory_bytes: limit on its address space.

        Raises:
            OSError: when the system starts no process.
        """
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process, closed in kill()
        self._path = import_path()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-c", BOOT, *self._path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._log,
                env=_environment(memory_bytes),
                process_group=0,
                bufsize=0,
            )
        except OSError:
            self._log.close()
            raise
        assert self._process.stdin is not None and self._process.stdout is not None
        self._jobs, self._results = self._process.stdin, self._process.stdout
        self._ready = False
        self.retire = False

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def can_import_what_we_can(self) -> bool:
        """Whether it was given all that this process imports from by now: a notebook adds to `sys.path` at any time."""
        return set(import_path()) <= set(self._path)

    def start(self, job: dict[str, Any]) -> dict[str, Any] | None:
        """Send a job and wait until its scoring starts.

        Args:
            job: as `worker.serve` takes it.

        Returns:
            None when scoring has started, else the final reply (the task cannot be scored).

        Raises:
            WorkerDied: when the worker ended or did not start within `START_TIMEOUT_S`.
        """
        deadline = time.monotonic() + START_TIMEOUT_S
        try:
            if not self._ready:
                read_frame(self._results.fileno(), deadline)
                self._ready = True
            write_frame(self._jobs.fileno(), job)
            reply = read_frame(self._results.fileno(), deadline)
        except TimeoutError:
            raise WorkerDied(f"did not start the job within {START_TIMEOUT_S:.0f} s{self._last_words()}") from None
        except (EOFError, OSError):
            raise WorkerDied(f"ended before the job started{self._last_words()}") from None
        self.retire = bool(reply.get("retire"))
        return None if "started" in reply else reply

    def finish(self, timeout_s: float) -> dict[str, Any]:
        """Wait for the reply to the job that started.

        Args:
            timeout_s: seconds from now.

        Raises:
            TimeoutError: when the deadline passed; the worker still runs.
            WorkerDied: when it ended.
        """
        try:
            reply = read_frame(self._results.fileno(), time.monotonic() + timeout_s)
        except (EOFError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise WorkerDied(f"ended while it scored{self._last_words()}") from None
        self.retire = bool(reply.get("retire"))
        return reply

    def signal_kill(self) -> None:
        """Send SIGKILL to the process group, from any thread; the owner sees the end and calls `kill`."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End the process and all it may have started, at once, and reap it.

        Raises:
            VerifierError: when the kernel does not end it within 10 s.
        """
        self.signal_kill()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            raise VerifierError(f"verifier worker {self.pid} did not end within 10 s of SIGKILL") from None
        finally:
            self.forget()

    def forget(self) -> None:
        """Close this side's files, without touching the process (after a fork, it is the parent's)."""
        for file in (self._jobs, self._results, self._log):
            with contextlib.suppress(OSError):
                file.close()

    def _last_words(self) -> str:
        """Return the end of the worker's stderr, for an error message."""
        with contextlib.suppress(subprocess.TimeoutExpired):  # its pipes close shortly before it can be reaped
            self._process.wait(timeout=1)
        with contextlib.suppress(OSError, ValueError):
            code = self._process.returncode
            self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - 500))
            return f" (exit code {code}): {self._log.read().decode('utf-8', 'replace').strip()}"
        return ""


def _environment(memory_bytes: int) -> dict[str, str]:
    """Return the worker's environment: the caller's, on one thread, without a display or a GPU."""
    return {
        **os.environ,
        **{name: "1" for name in ONE_THREAD},
        "MPLBACKEND": "Agg",
        "CUDA_VISIBLE_DEVICES": "",
        "PRORL_RLLIB_WORKER_MEMORY_BYTES": str(memory_bytes),
        "PRORL_RLLIB_WORKER_PARENT": str(os.getpid()),
    }
