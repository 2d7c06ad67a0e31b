"""A few killable workers behind a queue, for one process and all its threads."""

import atexit
import os
import queue
import threading
import time
import weakref
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Any

from prorl_rllib.envs.errors import TaskError, VerifierError
from prorl_rllib.envs.verification.process import START_TIMEOUT_S, WorkerDied, WorkerProcess

WORKERS_VARIABLE = "PRORL_RLLIB_VERIFIER_WORKERS"
"""Environment variable: number of workers of a process (default 2, or the number of CPUs if that is less)."""
WORKER_MEMORY_BYTES = 4 * 2**30


@dataclass(frozen=True)
class WorkResult:
    """What became of a job.

    Attributes:
        status: `scored`, `timeout` (killed at the deadline, or the answer exhausted two workers) or `error` (its worker
            died twice, or the scorer failed).
        reward: of a scored job.
        detail: the reason.
        seconds: from the start of the scoring to its end.
        queued_seconds: from the submission to that start.
    """

    status: str
    reward: float = 0.0
    detail: str = ""
    seconds: float = 0.0
    queued_seconds: float = 0.0


@dataclass(frozen=True)
class _Job:
    """A job in the queue."""

    message: dict[str, Any]
    timeout_s: float
    submitted: float
    future: "Future[WorkResult]"


@dataclass
class _Slot:
    """Where a thread of the pool keeps its worker, so that no way out of a job loses it."""

    worker: WorkerProcess | None = None


class WorkerPool:
    """Workers that score answers, each killed and replaced when a job outlasts its deadline.

    Threads (one a worker) are daemons and workers start with the first jobs. Results come by job: order of completion
    does not matter to the caller.
    """

    def __init__(self, num_workers: int | None = None, memory_bytes: int = WORKER_MEMORY_BYTES) -> None:
        """Make the pool; nothing starts yet.

        Args:
            num_workers: most workers at once; the environment variable's or the default when None.
            memory_bytes: limit on a worker's address space.

        Raises:
            VerifierError: when the number is below 1.
        """
        self.num_workers = default_num_workers() if num_workers is None else num_workers
        if self.num_workers < 1:
            raise VerifierError(f"num_workers = {num_workers}: must be at least 1")
        self.memory_bytes = memory_bytes
        self.last_progress = time.monotonic()
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._workers: set[WorkerProcess] = set()
        self._pending = 0
        self._closed = False
        self._owner = os.getpid()
        _pools.add(self)

    def submit(self, message: dict[str, Any], timeout_s: float) -> "Future[WorkResult]":
        """Queue a job.

        Args:
            message: as `worker.serve` takes it.
            timeout_s: seconds the scoring may take, without queueing and preparation.

        Returns:
            A future of the result; it raises `TaskError` when the task cannot be scored.

        Raises:
            VerifierError: when the pool is closed, or belongs to the process this one was forked from.
        """
        self._check_owner()
        future: Future[WorkResult] = Future()
        with self._lock:
            if self._closed:
                raise VerifierError("the pool of verifier workers is closed")
            self._queue.put(_Job(message, timeout_s, time.monotonic(), future))
            self._pending += 1
            if len(self._threads) < min(self.num_workers, self._pending):
                thread = threading.Thread(target=self._serve, name="verifier-worker", daemon=True)
                self._threads.append(thread)
                thread.start()
        return future

    def result(self, future: "Future[WorkResult]", timeout_s: float) -> WorkResult:
        """Wait for a result as long as the pool makes progress.

        Args:
            future: from `submit`.
            timeout_s: the job's own limit.

        Raises:
            VerifierError: when no job of the pool ended for longer than any job may take, or in a forked child.
            TaskError: when the task cannot be scored.
        """
        self._check_owner()
        patience = 2 * (START_TIMEOUT_S + timeout_s) + 30
        asked = time.monotonic()
        while True:
            try:
                return future.result(timeout=1.0)
            except FutureTimeoutError:
                idle = time.monotonic() - max(self.last_progress, asked)
                if idle > patience:
                    raise VerifierError(f"verification: no worker finished a job for {idle:.0f} s") from None

    def worker_pids(self) -> list[int]:
        """Return the process ids of the living workers."""
        with self._lock:
            return sorted(worker.pid for worker in self._workers)

    def close(self) -> None:
        """Kill and reap the workers and fail what is queued. Idempotent; in a forked child, only let go of them."""
        if os.getpid() != self._owner:
            self.forget()
            return
        with self._lock:
            if self._closed:
                return
            self._closed = True
            workers, threads = list(self._workers), list(self._threads)
        for worker in workers:
            worker.signal_kill()
        for _ in threads:
            self._queue.put(None)
        for thread in threads:
            thread.join(timeout=20)
        with self._lock:
            left = list(self._workers)
        for worker in left:  # of a thread that did not end in time
            self._discard(_Slot(worker))

    def forget(self) -> None:
        """Let go of the workers without ending them: after a fork they belong to the parent process."""
        self._closed = True
        for worker in self._workers:
            worker.forget()

    def _check_owner(self) -> None:
        """Raise in a forked child, where the pool's threads do not exist and its workers are the parent's.

        Raises:
            VerifierError: naming both processes.
        """
        if os.getpid() != self._owner:
            raise VerifierError(
                f"this pool of verifier workers belongs to process {self._owner}, and this is its forked child "
                f"{os.getpid()}: make a WorkerPool here, or leave `pool` out"
            )

    def _serve(self) -> None:
        """Own one worker and serve the queue with it, until the pool closes."""
        slot = _Slot()
        try:
            while (job := self._queue.get()) is not None:
                if job.future.set_running_or_notify_cancel():
                    self._answer(slot, job)
                self.last_progress = time.monotonic()
                with self._lock:
                    self._pending -= 1
        finally:
            self._discard(slot)

    def _answer(self, slot: _Slot, job: _Job) -> None:
        """Run one job and set its future."""
        try:
            result = self._run(slot, job)
        except Exception as error:
            job.future.set_exception(error)
        else:
            job.future.set_result(result)

    def _run(self, slot: _Slot, job: _Job) -> WorkResult:
        """Run one job, a second time when its worker dies or is exhausted, or its scorer fails.

        Args:
            slot: holds the thread's worker; left empty when the next job needs a new one.
            job: from the queue.

        Raises:
            TaskError: when the task cannot be scored.
            VerifierError: when no worker can be started.
        """
        result = WorkResult("error")
        for _ in range(2):
            if slot.worker is not None and not slot.worker.can_import_what_we_can:
                self._discard(slot)
            worker = slot.worker = slot.worker or self._spawn()
            started = time.monotonic()
            try:
                result = _ask(worker, job)
            except TimeoutError:
                self._discard(slot)
                detail = f"the answer took longer than {job.timeout_s:g} s to verify"
                return _timed("timeout", job, time.monotonic() - job.timeout_s, detail=detail)
            except WorkerDied as death:
                self._discard(slot)
                result = _timed("error", job, started, detail=f"the verifier worker died twice: it {death}")
                continue
            except TaskError:
                raise  # the worker is well
            except Exception:
                self._discard(slot)
                raise
            if worker.retire:
                self._discard(slot)
            if result.status == "scored":
                return result
        return result

    def _spawn(self) -> WorkerProcess:
        """Start a worker.

        Raises:
            VerifierError: when the pool is closed, or the system starts no process.
        """
        with self._lock:
            if self._closed:
                raise VerifierError("the pool of verifier workers was closed while answers were waiting")
            try:
                worker = WorkerProcess(self.memory_bytes)
            except OSError as error:
                raise VerifierError(f"cannot start a verifier worker: {error}") from error
            self._workers.add(worker)
        return worker

    def _discard(self, slot: _Slot) -> None:
        """End the worker of a slot, if there is one; the slot is empty even when that fails."""
        worker, slot.worker = slot.worker, None
        if worker is None:
            return
        with self._lock:
            self._workers.discard(worker)
        worker.kill()


def _ask(worker: WorkerProcess, job: _Job) -> WorkResult:
    """Run one job on a worker.

    Raises:
        TimeoutError: when the answer outlasted its deadline.
        WorkerDied: when the worker ended.
        TaskError: when the task cannot be scored.
    """
    reply = worker.start(job.message)
    started = time.monotonic()
    if reply is None:
        reply = worker.finish(job.timeout_s)
    if "task_error" in reply:
        raise TaskError(reply["task_error"])
    if "exhausted" in reply:
        detail = f"the answer took more than a worker has to verify: {reply['exhausted']}"
        return _timed("timeout", job, started, detail=detail)
    if "error" in reply:
        return _timed("error", job, started, detail=f"the scorer failed: {reply['error']}")
    return _timed("scored", job, started, reply["reward"], reply["detail"])


def _timed(status: str, job: _Job, started: float, reward: float = 0.0, detail: str = "") -> WorkResult:
    """Return a result with its times; `started` is when the scoring began (`time.monotonic`)."""
    return WorkResult(status, reward, detail, time.monotonic() - started, max(0.0, started - job.submitted))


def default_num_workers() -> int:
    """Return the number of workers of a process, from the environment variable or the number of CPUs.

    Raises:
        VerifierError: when the variable is no positive int.
    """
    given = os.environ.get(WORKERS_VARIABLE)
    if given is None:
        return min(2, os.cpu_count() or 1)
    if not given.isdecimal() or int(given) < 1:
        raise VerifierError(f"{WORKERS_VARIABLE} = {given!r}: must be an int of at least 1")
    return int(given)


_pools: weakref.WeakSet[WorkerPool] = weakref.WeakSet()
_default: WorkerPool | None = None
_default_lock = threading.Lock()


def default_pool() -> WorkerPool:
    """Return this process's pool, made on first use and closed at exit."""
    global _default
    with _default_lock:
        if _default is None:
            _default = WorkerPool()
        return _default


def close_default_pool() -> None:
    """Kill this process's verifier workers; the next use starts new ones."""
    global _default
    with _default_lock:
        pool, _default = _default, None
    if pool is not None:
        pool.close()


def _forget_after_fork() -> None:
    """In a forked child: drop the parent's pools, whose threads do not exist here, and close their pipes."""
    global _default, _default_lock
    _default_lock, _default = threading.Lock(), None
    for pool in list(_pools):
        pool.forget()


atexit.register(close_default_pool)
os.register_at_fork(after_in_child=_forget_after_fork)
