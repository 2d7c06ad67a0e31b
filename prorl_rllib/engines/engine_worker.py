"""The process in which an engine lives: `python -m prorl_rllib.engines.engine_worker`, messages on stdin and stdout.

It reads an `EngineSpec`, builds the engine, says `Ready`, and then serves one call after another in its main thread.
One thread reads, so that an `Abort` is seen while the engine samples; another writes, so that the engine never waits
for a parent that is busy, and says how many tokens were sampled when there is nothing else to say. The process has no
deadline of its own: the parent keeps all deadlines. It ends when stdin closes.
"""

import contextlib
import ctypes
import faulthandler
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import IO, Any

from prorl_rllib.engines.engine_classes import engine_class
from prorl_rllib.engines.engine_messages import (
    Abort,
    CallMethod,
    Done,
    EngineSpec,
    Failed,
    Generate,
    Heartbeat,
    Hello,
    LoadWeights,
    Ready,
    Sampled,
    encode,
    read_message,
)
from prorl_rllib.engines.engine_supervisor import STARTED_BY
from prorl_rllib.engines.remote_errors import describe
from prorl_rllib.engines.text_engine import TextEngine

HEARTBEAT_S = 1.0
"""Seconds without another message after which the parent hears how many tokens were sampled."""
GRACE_S = 5.0
"""Seconds that a call may go on when stdin has closed."""
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve until stdin closes."""
    commands, answers = _claim_pipes()
    _die_with_supervisor()
    faulthandler.enable()
    # The parent asks for the stacks before it kills a process that hangs.
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    outbox = Outbox(answers)
    outbox.put(Hello(os.getpid()))
    EngineWorker(commands, outbox).run()
    outbox.close()
    sys.stderr.flush()
    # What an interpreter does at its end takes torch a second, and may hang.
    os._exit(0)


class EngineWorker:
    """Builds an engine and serves calls on it."""

    def __init__(self, commands: IO[bytes], outbox: "Outbox") -> None:
        """Start to read.

        Args:
            commands: where the parent's messages come from.
            outbox: where answers go.
        """
        self._commands, self._outbox = commands, outbox
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._engine: TextEngine | None = None
        self._lock = threading.Lock()
        self._last_aborted = 0
        threading.Thread(target=self._read, name="engine-worker-reader", daemon=True).start()

    def run(self) -> None:
        """Build the engine, serve calls until stdin closes, and close the engine."""
        spec: EngineSpec | None = self._inbox.get()
        if spec is None or not self._guarded(0, partial(self._build, spec)):
            return
        engine = self._engine
        assert engine is not None
        while (message := self._inbox.get()) is not None:
            with self._outbox.heartbeats(lambda: engine.tokens_sampled):
                self._guarded(message.call, partial(self._serve, engine, message))
        engine.close()

    def _read(self) -> None:
        """Take in messages; an abort is acted on at once."""
        while True:
            try:
                message = read_message(self._commands)
            except EOFError:
                break
            if isinstance(message, Abort):
                self._abort(message.call)
            else:
                self._inbox.put(message)
        self._abort(sys.maxsize)
        self._inbox.put(None)
        threading.Event().wait(GRACE_S)
        os._exit(1)  # the main thread did not come back: nobody is left to tell

    def _abort(self, call: int) -> None:
        """Let the engine end a call, which may be running, over, or not begun."""
        with self._lock:
            self._last_aborted = call
            if self._engine is not None:
                self._engine.stop_requested = True

    def _guarded(self, call: int, work: Callable[[], None]) -> bool:
        """Do some work; an exception becomes an answer. Returns whether there was none."""
        try:
            work()
        except Exception as error:
            version = self._engine.weights_version if self._engine is not None else 0
            kind, text = describe(error)
            self._outbox.put(Failed(call, kind, text, traceback.format_exc(), version))
            return False
        return True

    def _build(self, spec: EngineSpec) -> None:
        """Build the engine."""
        engine = engine_class(spec.engine)(**spec.arguments)
        with self._lock:
            self._engine = engine
        self._outbox.put(Ready(engine.max_model_len, engine.vocab_size, engine.weights_version))

    def _serve(self, engine: TextEngine, message: Generate | LoadWeights | CallMethod) -> None:
        """Do what a message asks for, and say that it is done."""
        value = None
        if isinstance(message, Generate):
            self._generate(engine, message)
        elif isinstance(message, LoadWeights):
            from prorl_rllib.engines.weights_file import read_weights

            engine.load_weights(read_weights(message.path).items(), message.version)
        else:
            if not hasattr(engine, message.method):
                raise RuntimeError(f"the {type(engine).__name__} has no method {message.method!r}")
            value = getattr(engine, message.method)(*message.arguments)
        self._outbox.put(Done(message.call, value, engine.weights_version))

    def _generate(self, engine: TextEngine, message: Generate) -> None:
        """Send completions as they finish, until the call is over or aborted."""
        with self._lock:
            engine.stop_requested = message.call <= self._last_aborted
        completions = engine.generate(message.requests)
        for completion in completions:
            if message.call <= self._last_aborted:
                break
            self._outbox.put(Sampled(message.call, completion))
        # An engine that streams drops what it still samples when its iterator is closed.
        if isinstance(completions, Generator):
            completions.close()


class Outbox:
    """Messages on their way to the parent, written by a thread."""

    def __init__(self, answers: IO[bytes]) -> None:
        """Start to write.

        Args:
            answers: the parent's end reads this.
        """
        self._answers = answers
        self._messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._tokens_sampled: Callable[[], int] | None = None
        self._thread = threading.Thread(target=self._write, name="engine-worker-writer", daemon=True)
        self._thread.start()

    def put(self, message: object) -> None:
        """Send a message.

        Args:
            message: one of `engine_messages`.
        """
        self._messages.put(message)

    @contextlib.contextmanager
    def heartbeats(self, tokens_sampled: Callable[[], int]) -> Iterator[None]:
        """Send heartbeats inside the block; an idle engine has none, as nobody would read them.

        Args:
            tokens_sampled: gives the number of tokens sampled in all.

        Yields:
            Nothing.
        """
        self._tokens_sampled = tokens_sampled
        try:
            yield
        finally:
            self._tokens_sampled = None

    def close(self) -> None:
        """Write what is left, for at most `GRACE_S`."""
        self._messages.put(None)
        self._thread.join(GRACE_S)

    def _write(self) -> None:
        while True:
            try:
                message = self._messages.get(timeout=HEARTBEAT_S)
            except queue.Empty:
                tokens_sampled = self._tokens_sampled
                if tokens_sampled is None:
                    continue
                message = Heartbeat(tokens_sampled())
            if message is None:
                return
            try:
                self._answers.write(encode(message))
                self._answers.flush()
            except OSError:
                os._exit(1)  # the parent is gone


def _claim_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Keep stdin and stdout for messages; what prints goes to stderr, what reads finds nothing."""
    commands, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    return commands, answers


def _die_with_supervisor() -> None:
    """Ask Linux to end this process with the supervisor, also while it computes (see `engine_supervisor`)."""
    supervisor = os.environ.get(STARTED_BY)
    if supervisor is None or sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(supervisor):
        sys.exit(1)


if __name__ == "__main__":
    main()
