"""The part of the vLLM engine that takes weights from a learner's GPU, by one of vLLM's weight-transfer backends.

The calls come from `RunnerClient`, in the order join, then for each set of weights begin, receive (once or more), end.
Until `end_weight_update` has returned, the engine samples with no weights at all. No transfer between GPUs was ever
run with this code; its tests replace the communicator, and nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from prorl_rllib.engines.errors import WeightsMissingError
from prorl_rllib.engines.named_weights import checked_weights
from prorl_rllib.engines.transfer_group import RunnerEndpoint
from prorl_rllib.engines.vllm_driver import VLLMDriver


class WeightReceiving:
    """Methods of `VLLMEngine`."""

    _driver: VLLMDriver
    _skeleton: torch.nn.Module
    _weights_version: int
    _weights_missing: str | None
    _weight_transfer: str | None
    _transfer_group = ""
    _arriving: set[str] | None = None
    _arriving_version = 0

    def transfer_endpoint(self) -> RunnerEndpoint:
        """Tell what a group needs to know of this engine.

        Raises:
            EngineDeadError: if vLLM fails or has failed.
            RuntimeError: if the engine is closed, sampling, or was built without `weight_transfer`.
        """
        self._require_transfer("transfer_endpoint")
        return RunnerEndpoint(tuple(self._driver.call_workers("transfer_device")), self._transfer_group)

    def join_weight_transfer(self, init_info: Mapping[str, Any], group: str) -> None:
        """Join a group, out of the one before; with NCCL this waits for all other members.

        Args:
            init_info: as vLLM's backend takes it.
            group: the group's name.

        Raises:
            EngineDeadError: if vLLM fails or has failed.
            RuntimeError: as in `transfer_endpoint`.
        """
        self._require_transfer("join_weight_transfer")
        if self._transfer_group:
            self._forget_update()
            self._driver.call_workers("shutdown_weight_transfer_engine")
            self._transfer_group = ""
        self._driver.call_workers("init_weight_transfer_engine", init_info=dict(init_info))
        self._transfer_group = group

    def begin_weight_update(self, version: int, manifest: Sequence[tuple[str, Sequence[int]]]) -> None:
        """Make ready for weights. An update that never ended is forgotten.

        Args:
            version: what `weights_version` is at the end.
            manifest: Hugging Face name and shape of every weight that will come.

        Raises:
            ValueError: if these are not the model's weights; those in force then stay.
            EngineDeadError: if vLLM fails or has failed.
            RuntimeError: as in `transfer_endpoint`, or if the engine is in no group.
        """
        self._require_transfer("begin_weight_update")
        if not self._transfer_group:
            raise RuntimeError("begin_weight_update before join_weight_transfer: the engine is in no group")
        shapes = [(name, torch.empty(tuple(shape), device="meta")) for name, shape in manifest]
        checked_weights(self._skeleton, shapes)
        self._weights_missing = f"the transfer of weights version {version} has not ended"
        self._forget_update()
        self._driver.call_workers("start_weight_update")
        self._arriving, self._arriving_version = {name for name, _ in shapes}, version

    def receive_weights(self, update_info: Mapping[str, Any]) -> None:
        """Take some weights, or all, and put them in place.

        Args:
            update_info: as vLLM's backend takes it.

        Raises:
            ValueError: if a weight was not announced, or comes twice.
            EngineDeadError: if vLLM fails or has failed.
            RuntimeError: as in `transfer_endpoint`, or without a `begin_weight_update`.
        """
        arriving = self._require_update("receive_weights")
        names = list(update_info["names"])
        wrong = sorted(set(names) - arriving) or sorted({name for name in names if names.count(name) > 1})
        if wrong:
            raise ValueError(f"the weights {wrong[:5]} were not announced, or come twice (first five)")
        self._driver.call_workers("update_weights", update_info=dict(update_info))
        arriving.difference_update(names)

    def end_weight_update(self) -> None:
        """Put the weights in force, and forget what was computed with the old ones.

        Raises:
            WeightsMissingError: if some have not come.
            EngineDeadError: if vLLM fails or has failed.
            RuntimeError: as in `receive_weights`.
        """
        arriving = self._require_update("end_weight_update")
        if arriving:
            raise WeightsMissingError(
                f"{len(arriving)} weights of version {self._arriving_version} have not come: {sorted(arriving)[:5]} "
                "(first five); the engine samples again after a whole set"
            )
        self._driver.call_workers("end_weight_update")
        self._driver.reset_prefix_cache()
        self._arriving = None
        self._weights_missing = None
        self._weights_version = self._arriving_version

    def _forget_update(self) -> None:
        """Drop an update that was begun and never ended."""
        self._arriving = None
        self._driver.call_workers("forget_weight_update")

    def _require_transfer(self, call: str) -> None:
        """Raise a RuntimeError unless weights can be received."""
        self._driver.require(idle=call)
        if self._weight_transfer is None:
            raise RuntimeError(f"{call} needs an engine that was built with weight_transfer='nccl' or 'ipc'")

    def _require_update(self, call: str) -> set[str]:
        """The names that have not come yet; a RuntimeError if nothing was begun."""
        self._require_transfer(call)
        if self._arriving is None:
            raise RuntimeError(f"{call} without a begin_weight_update before it")
        return self._arriving
