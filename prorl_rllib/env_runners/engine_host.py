"""What an env runner does with its engine: starts it, brings it weights, and reports when it is lost."""

from collections.abc import Callable
from typing import Any

import ray
from ray.rllib.core import COMPONENT_RL_MODULE, DEFAULT_MODULE_ID
from ray.rllib.utils.metrics import WEIGHTS_SEQ_NO

from prorl_rllib.engines.errors import EngineDeadError
from prorl_rllib.engines.selection import EngineChoice
from prorl_rllib.engines.transfer_group import RunnerEndpoint
from prorl_rllib.env_runners import columns
from prorl_rllib.env_runners.reports import EngineLoss, EngineReport, Failure
from prorl_rllib.env_runners.runner_engine import RunnerEngine


class EngineHost:
    """The part of an env runner that the driver's weight sync talks to.

    Attributes:
        config: The algorithm's config.
        worker_index: Index of the env runner; 0 or None is the one in the driver's process.
    """

    config: Any
    worker_index: int | None
    _engine: RunnerEngine

    def make_engine(self) -> RunnerEngine:
        """Return the engine that the config's driver chose, not started yet; transformers where nobody chose."""
        return self._engine_of(self.config.engine_choice or EngineChoice("transformers", "no other was chosen"))

    def _engine_of(self, choice: EngineChoice) -> RunnerEngine:
        config, remote = self.config, bool(self.worker_index)
        return RunnerEngine(
            choice,
            config.model_path,
            own_process=config.engine_has_own_process(choice.name),
            options=config.engine_options(choice.name),
            start_timeout_s=config.engine_start_timeout_s,
            call_timeout_s=config.engine_call_timeout_s,
            may_end_process=remote,
        )

    @property
    def max_model_len(self) -> int:
        """Most tokens that a prompt and its completion may have together; the engine is started for it."""
        return self._engine.max_model_len

    def swap_engine(self, engine: RunnerEngine) -> RunnerEngine:
        """Give the runner another engine, such as one that another runner has started.

        Args:
            engine: The engine.

        Returns:
            The engine it had, which is not closed.
        """
        before, self._engine = self._engine, engine
        return before

    def set_state(self, state: Any) -> None:
        """Load the policy's weights into the engine.

        Args:
            state: `{"rl_module": {"default_policy": {"lm.<name>": tensor}}, "weights_seq_no": version}`, or an object
                reference to it; a state without weights is ignored. Its "canary" is checked, if it has one.

        Raises:
            CanaryError: if the engine computes with other weights afterwards.
        """
        self._load(state, number=None)

    def _load(self, state: Any, number: int | None) -> None:
        if isinstance(state, ray.ObjectRef):
            state = ray.get(state, timeout=self.config.weight_sync_timeout_s)
        weights = (state or {}).get(COMPONENT_RL_MODULE)
        if weights is None:
            return
        if isinstance(weights, ray.ObjectRef):
            weights = ray.get(weights, timeout=self.config.weight_sync_timeout_s)
        tensors = ((name.removeprefix("lm."), value) for name, value in weights[DEFAULT_MODULE_ID].items())
        self._engine.load(
            tensors,
            state[WEIGHTS_SEQ_NO],
            number=number,
            canary=state.get(columns.CANARY),
            tolerance=self.config.effective_canary_tolerance,
        )

    def start_engine(self) -> EngineReport:
        """Start the engine unless it runs, and report what went wrong."""
        return self._report(self._engine.start)

    def sync(self, *, state: Any, number: int) -> EngineReport:
        """Load weights as `set_state` does, and report what went wrong.

        Args:
            state: As in `set_state`.
            number: Of the sync, for `held_sync`.
        """
        return self._report(lambda: self._load(state, number))

    def transfer_endpoint(self) -> RunnerEndpoint:
        """Tell what a weight transfer from GPU to GPU needs to know of the engine."""
        return self._engine.transfer_endpoint()

    def transfer_step(self, step: str, arguments: dict[str, Any]) -> EngineReport:
        """Take a step of a weight transfer, and report what went wrong; the first learner calls it.

        Args:
            step: As in `WeightTransferSteps.take_transfer_step`.
            arguments: As there.
        """
        tolerance = self.config.effective_canary_tolerance
        return self._report(lambda: self._engine.take_transfer_step(step, arguments, tolerance=tolerance))

    def held_sync(self) -> int | None:
        """Return the number of the sync whose weights the engine holds, None if it holds no such."""
        return self._engine.held

    def sleep_engine(self) -> EngineReport:
        """Let the engine give its GPU memory back until the next sync, where it can."""
        return self._report(self._engine.sleep)

    def _report(self, call: Callable[[], Any]) -> EngineReport:
        try:
            call()
        except EngineDeadError as error:
            loss = self.note_loss(error)
            return EngineReport(loss=loss) if loss else EngineReport(failure=Failure.of(error))
        except Exception as error:
            return EngineReport(failure=Failure.of(error))
        return EngineReport()

    def note_loss(self, error: EngineDeadError) -> EngineLoss | None:
        """Note that the engine is lost.

        Args:
            error: What it raised.

        Returns:
            The loss; None if it ends the run: the engine lived in the run's own process.
        """
        loss = self._engine.note_loss(error)
        return None if loss.spoils_process and not self.worker_index else loss
