"""An engine in a process of its own: killed when it hangs, restarted when it died, and no memory shared with anybody.

The process is an `engine_worker`; behind it may stand any engine. vLLM wants that: it sets process-wide state, holds
one engine a process, and can be freed for certain only by ending the process.
"""

import contextlib
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
import torch

from prorl_rllib.engines.child_process import CLOSE_S, ChildProcess
from prorl_rllib.engines.engine_messages import (
    Abort,
    CallMethod,
    Done,
    EngineSpec,
    Failed,
    Generate,
    Heartbeat,
    LoadWeights,
    Sampled,
)
from prorl_rllib.engines.engine_start import start_engine
from prorl_rllib.engines.errors import EngineDeadError
from prorl_rllib.engines.named_weights import as_tensors
from prorl_rllib.engines.remote_errors import rebuild
from prorl_rllib.engines.requests import Completion, GenerationRequest
from prorl_rllib.engines.text_engine import TextEngine
from prorl_rllib.engines.weights_file import weights_file


class EngineProcess(TextEngine):
    """Runs an engine in another process. One call at a time: a `generate` lasts until its iterator is exhausted.

    When the process crashes, is killed or hangs, the call that notices raises `EngineDeadError`, and so does every
    later one until `restart`. Neither the process nor any it started outlives this one, not even after SIGKILL.
    """

    def __init__(
        self,
        engine: str,
        arguments: Mapping[str, Any],
        *,
        start_timeout_s: float = 300.0,
        call_timeout_s: float = 120.0,
    ) -> None:
        """Start the process and wait until the engine is built.

        Args:
            engine: a key of `engine_classes.ENGINES`, or "module:Class".
            arguments: keyword arguments of the engine's constructor, such as `model`.
            start_timeout_s: seconds until the engine must be built.
            call_timeout_s: seconds that a call may go on without progress. Sampling makes progress with each token,
                any other call when it ends. Time in which the caller does not ask for completions does not count.

        Raises:
            EngineStartError: if the engine was not built in time, or its process ended.
            ValueError: if a timeout is not positive; and, like TypeError, OSError and ImportError, as raised by the
                engine's constructor.
        """
        for key, value in (("start_timeout_s", start_timeout_s), ("call_timeout_s", call_timeout_s)):
            if not value > 0:
                raise ValueError(f"{key}={value}; {key} must be above 0 (seconds)")
        self._spec = EngineSpec(engine, dict(arguments))
        self._start_timeout_s, self._call_timeout_s = start_timeout_s, call_timeout_s
        self._call = 0
        self._running: int | None = None
        self._child: ChildProcess | None = None
        self._start()

    @property
    def weights_version(self) -> int:
        """Version of the weights in force; 0 until `load_weights` is called, and after the process died."""
        return self._weights_version

    @property
    def max_model_len(self) -> int:
        """Most tokens that a prompt and its completion may have together."""
        return self._ready.max_model_len

    @property
    def vocab_size(self) -> int:
        """Number of token ids that the model knows."""
        return self._ready.vocab_size

    @property
    def alive(self) -> bool:
        """Whether calls can be served: started, not closed, not known to be dead, and the process runs."""
        return self._child is not None and not self._death and self._child.alive

    @property
    def pid(self) -> int | None:
        """Process id of the engine; None when there is no process."""
        return self._child.pid if self._child is not None else None

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        """Sample all completions of all requests.

        Args:
            requests: what to sample; checked here, before the engine sees them.

        Returns:
            An iterator over the completions, as they finish. Sampling begins with the first `next`, and goes on while
            the caller is busy; when the iterator is abandoned, it is aborted.

        Raises:
            ValueError: if a request cannot be served (see `check_request`).
            EngineDeadError: if the process is dead; while iterating, if it dies or makes no progress.
            RuntimeError: if the engine is closed; while iterating, if another call is running, and what the engine
                itself raises.
        """
        self._living_child()
        checked = tuple(requests)
        self.check_requests(checked)
        return self._stream(checked)

    def load_weights(self, named_tensors: Iterable[tuple[str, torch.Tensor | np.ndarray]], version: int) -> None:
        """Replace the model's weights. They pass through memory that both processes map.

        Args:
            named_tensors: every weight under its Hugging Face name; the duplicates of tied weights may be absent.
            version: what `weights_version` is once all weights are in place.

        Raises:
            ValueError: if a name is missing or unknown, or a shape differs; the weights are then unchanged.
            EngineDeadError: if the process is dead, dies, or takes longer than `call_timeout_s`.
            RuntimeError: if the engine is closed or completions are being sampled.
        """
        self._idle_child()
        with weights_file(as_tensors(named_tensors)) as path:
            self._answer(LoadWeights(self._begin(), path, version), f"load_weights(version={version})")

    def token_logprobs(self, token_ids: Sequence[int]) -> np.ndarray:
        """Log-probabilities, at temperature 1, of given tokens.

        Args:
            token_ids: at least 2.

        Returns:
            float32, one for each token but the first.

        Raises:
            ValueError: as the engine raises it.
            EngineDeadError: if the process is dead, dies, or takes longer than `call_timeout_s`.
            RuntimeError: if the engine is closed or completions are being sampled.
        """
        logprobs: np.ndarray = self.call_method("token_logprobs", tuple(token_ids))
        return logprobs

    def sleep(self, level: int = 1) -> None:
        """Free GPU memory until `wake_up`, where the engine can (see `VLLMEngine.sleep`).

        Args:
            level: 1 keeps the weights in the host's memory, 2 drops them: they must be loaded again.

        Raises:
            ValueError: as the engine raises it.
            EngineDeadError: if the process is dead, dies, or takes longer than `call_timeout_s`.
            RuntimeError: if the engine cannot sleep, is closed, or is sampling.
        """
        self.call_method("sleep", level)

    def wake_up(self) -> None:
        """Take the memory again.

        Raises:
            EngineDeadError: if the process is dead, dies, or takes longer than `call_timeout_s`.
            RuntimeError: if the engine cannot sleep, is closed, or is sampling.
        """
        self.call_method("wake_up")

    def call_method(self, method: str, *arguments: Any) -> Any:
        """Call a method that the engine has beyond those of this class.

        Args:
            method: its name.
            *arguments: what it takes; they must be picklable, and so must the result.

        Returns:
            What it returns.

        Raises:
            EngineDeadError: if the process is dead, dies, or takes longer than `call_timeout_s`.
            RuntimeError: if the engine is closed, completions are being sampled, or there is no such method.
        """
        self._idle_child()
        return self._answer(CallMethod(self._begin(), method, arguments), method)

    def restart(self) -> None:
        """End the process, dead or not, and start another. Its weights version is 0: load the weights again.

        Raises:
            EngineStartError: as the constructor does.
            RuntimeError: if the engine is closed.
        """
        self._open_child().end(grace_s=0)
        self._finalizer.detach()
        self._start()

    def close(self) -> None:
        """End the process. May be called twice; the engine cannot be used afterwards."""
        child, self._child = self._child, None
        if child is not None:
            self._running = None
            self._finalizer.detach()
            child.end(grace_s=0 if self._death else CLOSE_S)

    def _start(self) -> None:
        """Start a process and wait until it is ready."""
        self._running = None
        self._weights_version = self._tokens_sampled = 0
        self._death = "it was never started"
        try:
            self._child, self._ready = start_engine(self._spec, self._start_timeout_s)
        except Exception as error:
            self._death = f"its start failed: {error}"
            raise
        self._death = ""
        self._weights_version = self._ready.weights_version
        self._finalizer = weakref.finalize(self, self._child.end, 0)

    def _stream(self, requests: tuple[GenerationRequest, ...]) -> Iterator[Completion]:
        """Yield the completions of a call; abort it if the caller leaves before its end."""
        self._idle_child()
        call = self._begin()
        phase = f"generate ({len(requests)} requests)"
        over = False
        try:
            self._send(Generate(call, requests), phase)
            while isinstance(message := self._receive(call, phase), Sampled):
                yield message.completion
            over = True
            self._end_call(message)
        finally:
            if not over and self._running == call:
                self._abort(call)

    def _abort(self, call: int) -> None:
        """Tell the engine that nothing more of a call is wanted. What still comes of it is dropped by its number."""
        self._running = None
        if not self._death:
            with contextlib.suppress(EngineDeadError):  # noted; the next call raises it
                self._send(Abort(call), "abort")

    def _answer(self, message: LoadWeights | CallMethod, phase: str) -> Any:
        """Make a call with one answer."""
        try:
            self._send(message, phase)
            return self._end_call(self._receive(message.call, phase))
        finally:
            self._running = None

    def _begin(self) -> int:
        """The number of a new call, which is now the one running."""
        self._call += 1
        self._running = self._call
        return self._call

    def _end_call(self, message: Done | Failed) -> Any:
        """Take in the last message of a call: its value, or the exception it raised."""
        self._running = None
        self._weights_version = message.weights_version
        if isinstance(message, Done):
            return message.value
        child = self._open_child()
        error = rebuild(message.kind, message.text, f"In {child}:\n{message.traceback}")
        if isinstance(error, EngineDeadError):
            child.end(grace_s=0)
            self._weights_version, self._death = 0, f"{child}: {message.text}"
        raise error

    def _send(self, message: object, phase: str) -> None:
        """Send a message; the process dies if it does not take it."""
        child = self._living_child()
        try:
            child.send(message, time.monotonic() + self._call_timeout_s)
        except TimeoutError:
            self._die_of_hang(child, phase, self._call_timeout_s)
        except EOFError:
            self._die(child, f"ended during {phase} ({child.end()})")

    def _receive(self, call: int, phase: str) -> Any:
        """The next message of a call; the process dies if there is none, and no progress, for `call_timeout_s`."""
        child = self._living_child()
        if self._running != call:
            raise EngineDeadError(f"{child} was restarted during {phase}: sample again")
        began = progress = time.monotonic()
        while True:
            try:
                message = child.receive(progress + self._call_timeout_s)
            except TimeoutError:
                self._die_of_hang(child, phase, time.monotonic() - began)
            except EOFError:
                self._die(child, f"ended during {phase} ({child.end()})")
            if not isinstance(message, Heartbeat):
                if message.call == call:
                    return message
                progress = time.monotonic()  # the rest of a call that was abandoned
            elif message.tokens_sampled != self._tokens_sampled:
                progress, self._tokens_sampled = time.monotonic(), message.tokens_sampled

    def _die_of_hang(self, child: ChildProcess, phase: str, seconds: float) -> NoReturn:
        """Kill a process that makes no progress."""
        child.write_stacks()
        child.end(grace_s=0)
        self._die(
            child,
            f"made no progress for {self._call_timeout_s:g} s (engine_call_timeout_s) during {phase}, which had gone "
            f"on for {seconds:.1f} s, and was killed",
        )

    def _die(self, child: ChildProcess, what: str) -> NoReturn:
        """Note why the process is dead, and raise it."""
        self._running, self._weights_version = None, 0
        self._death = f"{child} {what}{child.last_words()}"
        raise EngineDeadError(self._death)

    def _open_child(self) -> ChildProcess:
        """The process, or a RuntimeError if the engine is closed."""
        if self._child is None:
            raise RuntimeError("the engine is closed; build a new EngineProcess")
        return self._child

    def _living_child(self) -> ChildProcess:
        """The process, or an EngineDeadError if it is known to be dead."""
        child = self._open_child()
        if self._death:
            raise EngineDeadError(f"the engine is dead until `restart`: {self._death}")
        return child

    def _idle_child(self) -> ChildProcess:
        """The process, or a RuntimeError if a call is running."""
        child = self._living_child()
        if self._running is not None:
            raise RuntimeError(
                f"{child} is sampling completions; exhaust or close the iterator of `generate` before the next call"
            )
        return child
