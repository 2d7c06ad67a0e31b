"""The learner's side of a transfer; what runs on each learner, called by `WeightTransfer`.

With several learners all of them have to take part in each call: the first one sends, the others help to gather sharded
weights (nccl) or share the memory of their GPUs (ipc).
"""

import logging
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ray
import torch
import torch.distributed as dist

from prorl_rllib.engines.runner_client import Outcome, RunnerClient, Runners
from prorl_rllib.engines.transfer_group import GroupPlan, LearnerEndpoint, round_of

logger = logging.getLogger(__name__)

_ATTRIBUTE = "weight_sender"


@dataclass(frozen=True)
class OutgoingPolicy:
    """What a learner sends.

    Attributes:
        version: of the weights.
        weights: Hugging Face name to live tensor on the learner's GPU, tied weights once.
        canary: what the policy says of known tokens; None checks nothing.
    """

    version: int
    weights: Mapping[str, torch.Tensor]
    canary: Any


class WeightSender:
    """Sends the policy to one group of env runners."""

    def __init__(self, runners: Runners, plan: GroupPlan, rank: int, options: Mapping[str, Any] | None = None) -> None:
        """Prepare; `open` joins.

        Args:
            runners: the env runners of the group.
            plan: its places.
            rank: this learner's, 0 sends.
            options: of vLLM's sender, such as `packed`.
        """
        from prorl_rllib.engines.policy_source import PolicySource

        self._client, self._plan, self._rank = RunnerClient(runners, plan), plan, rank
        self._source = PolicySource()
        self._options = dict(options or {})
        self._engine: Any = None

    def open(self) -> Outcome:
        """Join the group, together with the env runners.

        Returns:
            What came of it; unless it is complete, nothing can be sent.

        Raises:
            Exception: what vLLM raises, where no env runner is the cause.
        """
        from vllm.distributed.weight_transfer import WeightTransferTrainerFactory

        def join() -> None:
            self._engine = WeightTransferTrainerFactory.trainer_init(
                _init_info(self._plan, self._rank, self._options), client=self._client, source=self._source
            )
            # With a member gone the sender would wait in NCCL for ever; this ends its communicator.
            self._client.on_broken = self._engine.shutdown

        return self._explained(join)

    def send(self, policy: OutgoingPolicy, number: int) -> Outcome:
        """Send weights, and wait until the env runners have put them in force and checked them.

        Args:
            policy: what to send.
            number: of the sync.

        Returns:
            What came of it; unless it is complete, a new group is needed.

        Raises:
            Exception: what vLLM raises, where no env runner is the cause.
        """
        self._client.begin_round(round_of(policy.version, number, policy.weights, policy.canary))
        self._source.set(policy.weights)
        try:
            return self._explained(self._engine.send_weights)
        finally:
            self._source.set({})

    def close(self) -> None:
        """Leave the group. May be called twice."""
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.shutdown()

    def _explained(self, work: Callable[[], None]) -> Outcome:
        """Do some work; what it raises because an env runner failed is told by the outcome."""
        try:
            work()
        except Exception as error:
            if not self._client.went_wrong:
                raise
            logger.warning("a weight transfer (%s) was given up: %s", self._plan.kind, error)
            self.close()
        return self._client.outcome()


def learner_endpoint(learner: Any) -> LearnerEndpoint:
    """Tell what a group needs to know of this learner, whose process it is called in.

    Args:
        learner: the learner.

    Returns:
        Its endpoint.

    Raises:
        RuntimeError: if it has no GPU.
    """
    if not torch.cuda.is_available():
        raise RuntimeError(
            "weight_transfer needs learners with GPUs, and this one has none: set learners(num_gpus_per_learner=1), or "
            "weight_transfer='object_store'"
        )
    gpu = str(torch.cuda.get_device_properties(torch.cuda.current_device()).uuid)
    return LearnerEndpoint(_rank(), ray.util.get_node_ip_address(), _free_port(), gpu)


def open_sender(learner: Any, runners: Runners, plan: GroupPlan) -> Outcome | None:
    """Let this learner join a group, out of the one before.

    Args:
        learner: the learner; its sender is kept as an attribute of it.
        runners: the env runners of the group.
        plan: its places.

    Returns:
        What came of it, on the first learner; None on the others.
    """
    close_sender(learner)
    rank = _rank()
    sender = WeightSender(runners, plan, rank)
    setattr(learner, _ATTRIBUTE, sender)
    outcome = sender.open()
    return outcome if rank == 0 else None


def send_policy(learner: Any, outgoing: Callable[[Any], OutgoingPolicy], number: int) -> Outcome | None:
    """Send this learner's policy to the group that it joined.

    Args:
        learner: the learner.
        outgoing: gives what it sends.
        number: of the sync.

    Returns:
        What came of it, on the first learner; None on the others.
    """
    outcome: Outcome = getattr(learner, _ATTRIBUTE).send(outgoing(learner), number)
    return outcome if _rank() == 0 else None


def close_sender(learner: Any) -> None:
    """Let this learner leave its group, if it is in one.

    Args:
        learner: the learner.
    """
    sender = getattr(learner, _ATTRIBUTE, None)
    if sender is not None:
        sender.close()
        setattr(learner, _ATTRIBUTE, None)


def _init_info(plan: GroupPlan, rank: int, options: Mapping[str, Any]) -> Any:
    """What vLLM's sender is made from."""
    if plan.kind == "ipc":
        from vllm.distributed.weight_transfer.ipc_engine import IPCTrainerInitInfo

        return IPCTrainerInitInfo(rank=rank, **options)
    from vllm.distributed.weight_transfer.nccl_engine import NCCLTrainerInitInfo

    return NCCLTrainerInitInfo(
        master_address=plan.address, master_port=plan.port, world_size=plan.world_size, rank=rank, **options
    )


def _rank() -> int:
    """This learner's rank."""
    return dist.get_rank() if dist.is_available() and dist.is_initialized() else 0


def _free_port() -> int:
    """A port that is free now; vLLM binds it a moment later, and says so if it is not any more."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return int(probe.getsockname()[1])
