"""The engine of an env runner, from its start to its end: it may be lost, and started again."""

import contextlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any

from prorl_rllib.engines.build import build_engine
from prorl_rllib.engines.canary import Canary, check_canary
from prorl_rllib.engines.engine_process import EngineProcess
from prorl_rllib.engines.errors import EngineDeadError
from prorl_rllib.engines.requests import Completion, GenerationRequest
from prorl_rllib.engines.selection import EngineChoice
from prorl_rllib.engines.text_engine import TextEngine
from prorl_rllib.env_runners.captured_stderr import captured_stderr
from prorl_rllib.env_runners.hang_guard import HangGuard
from prorl_rllib.env_runners.reports import EngineLoss
from prorl_rllib.env_runners.weight_transfer_steps import WeightTransferSteps


class RunnerEngine(WeightTransferSteps):
    """Starts an engine when it is first needed, and knows whether it holds the weights it was last sent.

    Args:
        choice: Which engine.
        model: A local folder or a Hugging Face id.
        own_process: Whether the engine lives in a process of its own.
        options: Further keyword arguments of the engine.
        start_timeout_s: Seconds until it must have started.
        call_timeout_s: Seconds that a call may go on without progress.
        may_end_process: Whether this process may be ended when an engine in it hangs: true of a Ray actor.
    """

    def __init__(
        self,
        choice: EngineChoice,
        model: str,
        *,
        own_process: bool,
        options: Mapping[str, Any],
        start_timeout_s: float,
        call_timeout_s: float,
        may_end_process: bool,
    ) -> None:
        self._choice, self._model, self._own_process, self._options = choice, model, own_process, options
        self._timeouts = {"start_timeout_s": start_timeout_s, "call_timeout_s": call_timeout_s}
        self._may_end_process = may_end_process
        self._engine: TextEngine | None = None
        self._guard: HangGuard | None = None
        self._asleep = self._unproven = False
        self.held: int | None = None
        """Number of the sync whose weights the engine holds; None until one succeeded, and after a loss."""

    def is_like(self, other: "RunnerEngine") -> bool:
        """Return whether another engine is started with the same settings, so that either can stand for the other.

        Args:
            other: Another engine.
        """
        settings = ("_choice", "_model", "_own_process", "_options", "_timeouts", "_may_end_process")
        return all(getattr(self, name) == getattr(other, name) for name in settings)

    @property
    def survives_loss(self) -> bool:
        """Whether this process can go on with a new engine when the present one is lost."""
        return self._own_process

    @property
    def weights_version(self) -> int:
        """Version of the weights in force; -1 after a loss or a load that failed its checks, until one passes them."""
        if self._unproven:
            return -1
        return self._engine.weights_version if self._engine is not None else 0

    @property
    def max_model_len(self) -> int:
        """Most tokens that a prompt and its completion may have together."""
        return self._first_start().max_model_len

    def start(self) -> TextEngine:
        """Start the engine unless it runs; start it anew if its process died.

        Returns:
            The engine.

        Raises:
            EngineStartError: if it did not come up.
            ValueError: if an option is wrong.
        """
        if self._engine is None:
            options = self._options
            if self._choice.name == "vllm":
                options = {"start_timeout_s": self._timeouts["start_timeout_s"], **options}
            shares_actor = self._may_end_process and not self._own_process
            # An actor's stderr is shown on the driver's console; a process of the engine's own keeps it itself.
            with captured_stderr() if shares_actor else contextlib.nullcontext():
                engine = build_engine(
                    self._choice, self._model, own_process=self._own_process, options=options, **self._timeouts
                )
            self._engine = engine
            if shares_actor:
                self._guard = HangGuard(self._timeouts["call_timeout_s"], lambda: engine.tokens_sampled)
        elif isinstance(self._engine, EngineProcess) and not self._engine.alive:
            self.held = None
            self._asleep = False
            self._engine.restart()
        return self._engine

    def _first_start(self) -> TextEngine:
        """The engine, started if it never was; a dead one stays dead: a new one would sample with other weights."""
        return self.start() if self._engine is None else self._engine

    def load(
        self,
        named_tensors: Iterable[tuple[str, Any]],
        version: int,
        *,
        number: int | None,
        canary: Canary | None,
        tolerance: float,
    ) -> None:
        """Load weights, and check by known tokens that the engine computes with them.

        Args:
            named_tensors: Every weight under its Hugging Face name.
            version: Their version.
            number: Of the sync; `held` afterwards.
            canary: What the learner says of known tokens; None checks nothing.
            tolerance: Largest difference from it, in nats.

        Raises:
            CanaryError: if the engine computes with other weights.
            EngineDeadError: if the engine is lost.
        """
        self.held, self._unproven = None, True
        engine = self.start()
        with self._guarded():
            if self._asleep:
                engine.wake_up()  # type: ignore[attr-defined]  # what slept can wake
                self._asleep = False
            engine.load_weights(named_tensors, version)
            if canary is not None:
                check_canary(engine, canary, tolerance)
        self._unproven = False
        self.held = number

    def generate(self, requests: Sequence[GenerationRequest]) -> Generator[Completion, None, None]:
        """Sample, as `TextEngine.generate` does; time that the caller takes between two completions does not count.

        Args:
            requests: What to sample.

        Yields:
            Completions, as they finish.

        Raises:
            EngineDeadError: if the engine is lost.
        """
        completions = self._first_start().generate(requests)
        try:
            while True:
                with self._guarded():
                    completion = next(completions, None)
                if completion is None:
                    return
                yield completion
        finally:
            # Abandoned by its caller, the rest has to be aborted before the next call.
            if isinstance(completions, Generator):
                completions.close()

    def sleep(self) -> None:
        """Let the engine give its GPU memory back until the next load, where it can.

        Raises:
            EngineDeadError: if the engine is lost.
        """
        if self._engine is not None and hasattr(self._engine, "sleep") and not self._asleep:
            with self._guarded():
                self._engine.sleep()
            self._asleep = True

    def note_loss(self, error: EngineDeadError) -> EngineLoss:
        """Remember that the engine is lost, until the next load.

        Args:
            error: What it raised.
        """
        self._unproven, self.held = True, None
        return EngineLoss(str(error), spoils_process=not self.survives_loss)

    def close(self) -> None:
        """End the engine. May be called twice."""
        if self._engine is not None:
            self._engine.close()

    def _guarded(self) -> contextlib.AbstractContextManager[None]:
        """A block that ends the process if it hangs, where that is wanted."""
        return self._guard.guarded() if self._guard is not None else contextlib.nullcontext()
