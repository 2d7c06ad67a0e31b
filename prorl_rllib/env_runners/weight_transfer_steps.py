"""An env runner's part in a transfer of weights from GPU to GPU (see `prorl_rllib.engines.weight_transfer`)."""

import contextlib
from typing import Any

from prorl_rllib.engines.canary import Canary, check_canary
from prorl_rllib.engines.engine_process import EngineProcess
from prorl_rllib.engines.text_engine import TextEngine
from prorl_rllib.engines.transfer_group import RunnerEndpoint


class WeightTransferSteps:
    """Methods of `RunnerEngine`: each calls one of `WeightReceiving`, in whatever process the engine lives."""

    held: int | None
    _asleep: bool
    _unproven: bool

    def start(self) -> TextEngine:
        """Start the engine unless it runs."""
        raise NotImplementedError

    def _guarded(self) -> contextlib.AbstractContextManager[None]:
        raise NotImplementedError

    def transfer_endpoint(self) -> RunnerEndpoint:
        """Tell what a group needs to know of the engine."""
        endpoint: RunnerEndpoint = self._call("transfer_endpoint")
        return endpoint

    def take_transfer_step(self, step: str, arguments: dict[str, Any], *, tolerance: float) -> None:
        """Take a step of a transfer.

        Args:
            step: name of a method of `WeightReceiving`.
            arguments: what it takes; of "end_weight_update" also the sync's `number` and the `canary`.
            tolerance: largest difference from the canary, in nats.

        Raises:
            CanaryError: if the engine computes with other weights at the end.
            ValueError: if the weights do not fit the engine.
            EngineDeadError: if the engine is lost.
        """
        if step == "join_weight_transfer":
            self._call(step, arguments["init_info"], arguments["group"])
        elif step == "begin_weight_update":
            self._begin(arguments["version"], arguments["manifest"])
        elif step == "receive_weights":
            self._call(step, arguments["update_info"])
        elif step == "end_weight_update":
            self._end(arguments["number"], arguments["canary"], tolerance)
        else:
            raise ValueError(f"a weight transfer has no step {step!r}")

    def _begin(self, version: int, manifest: Any) -> None:
        """Make ready, awake."""
        self.held, self._unproven = None, True
        if self._asleep:
            self._call("wake_up")
            self._asleep = False
        self._call("begin_weight_update", version, manifest)

    def _end(self, number: int, canary: Canary | None, tolerance: float) -> None:
        """Put the weights in force and check them."""
        self._call("end_weight_update")
        if canary is not None:
            with self._guarded():
                check_canary(self.start(), canary, tolerance)
        self._unproven = False
        self.held = number

    def _call(self, method: str, *arguments: Any) -> Any:
        """Call a method that only vLLM's engine has."""
        engine = self.start()
        with self._guarded():
            if isinstance(engine, EngineProcess):
                return engine.call_method(method, *arguments)
            return getattr(engine, method)(*arguments)
