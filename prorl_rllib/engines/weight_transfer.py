"""Weights from the learners' GPUs to the engines', without a way through host memory: vLLM's nccl and ipc backends.

`make_weight_transfer` gives the driver's end; `WeightSender` is the learners', `WeightReceiving` the engines'. Which
GPUs must be shared, or must not be, is in `transfer_group`. None of it has been run on GPUs: the tests go through
vLLM's senders and receivers with another communicator in place of NCCL.
"""

import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from prorl_rllib.engines.actor_calls import ActorCalls
from prorl_rllib.engines.runner_client import Outcome, failed
from prorl_rllib.engines.transfer_group import LearnerEndpoint, RunnerEndpoint, plan_group
from prorl_rllib.engines.transfer_kinds import OBJECT_STORE, check_kind
from prorl_rllib.engines.vllm_environment import vllm_build
from prorl_rllib.engines.weight_sender import OutgoingPolicy, close_sender, learner_endpoint, open_sender, send_policy

CallLearners = Callable[[Callable[[Any], Any]], list[Any]]
"""Calls a function with each learner, all at once, and returns what it returned; raises what it raised."""


class WeightTransfer:
    """The driver's end: it puts the group together, and anew whenever a member of it has changed."""

    def __init__(
        self, kind: str, *, call_learners: CallLearners, outgoing: Callable[[Any], OutgoingPolicy], timeout_s: float
    ) -> None:
        """Remember how the learners are reached; `make_weight_transfer` checks the kind.

        Args:
            kind: "nccl" or "ipc".
            call_learners: calls a function with each learner.
            outgoing: called on each learner: what it sends.
            timeout_s: seconds that each step of the env runners may take.
        """
        self._kind, self._call_learners, self._outgoing, self._timeout_s = kind, call_learners, outgoing, timeout_s
        self._group = ""
        self._members: list[int] = []

    def send(self, runners: Mapping[int, Any], number: int) -> Outcome:
        """Send the learners' policy, and wait until the env runners have put it in force and checked it.

        Args:
            runners: id of the env runner -> handle of the actor, whose engine has started.
            number: of the sync.

        Returns:
            The version, and which env runners do not hold it and why. Those in `unsent` are well, but were in a group
            with one that is not: they need the weights by another way.

        Raises:
            ValueError: if the GPUs of learners and env runners do not suit the kind.
            Exception: what a learner raises.
        """
        calls = ActorCalls(runners, self._timeout_s)
        found = calls.call("transfer_endpoint", {number_: () for number_ in calls.ids})
        if found.lost or found.silent:
            return Outcome(lost=found.lost, silent=tuple(sorted(found.silent)), unsent=tuple(sorted(found.answers)))
        if not self._is_joined(found.answers):
            outcome = self._join(calls, found.answers)
            if outcome is not None:
                return outcome
        outcome = self._first(partial(send_policy, outgoing=self._outgoing, number=number))
        if not outcome.complete:
            self._group = ""
        return outcome

    def close(self) -> None:
        """Let the learners leave the group; env runners leave it when they join another, or end."""
        self._group = ""
        self._call_learners(close_sender)

    def _is_joined(self, endpoints: Mapping[int, RunnerEndpoint]) -> bool:
        """Whether the group in force is that of exactly these engines, none of which was started anew."""
        return (
            bool(self._group)
            and sorted(endpoints) == self._members
            and all(endpoint.group == self._group for endpoint in endpoints.values())
        )

    def _join(self, calls: ActorCalls, endpoints: Mapping[int, RunnerEndpoint]) -> Outcome | None:
        """Make a group; returns what went wrong, or None."""
        self._group = ""
        learners: list[LearnerEndpoint] = self._call_learners(learner_endpoint)
        plan = plan_group(self._kind, uuid.uuid4().hex, learners, endpoints)
        outcome = self._first(partial(open_sender, runners=calls, plan=plan))
        if not outcome.complete:
            well = {number for number, report in outcome.answers.items() if not failed(report)}
            outcome.unsent = tuple(
                sorted((set(endpoints) - set(outcome.answers) | well) - {*outcome.lost, *outcome.silent})
            )
            return outcome
        self._group, self._members = plan.group, sorted(endpoints)
        return None

    def _first(self, call: Callable[[Any], Outcome | None]) -> Outcome:
        """Call a function with each learner; returns what the first one says."""
        return next(outcome for outcome in self._call_learners(call) if outcome is not None)


def make_weight_transfer(
    kind: str, *, call_learners: CallLearners, outgoing: Callable[[Any], OutgoingPolicy], timeout_s: float
) -> WeightTransfer | None:
    """Make the driver's end of a transfer.

    Args:
        kind: "object_store", "nccl" or "ipc"; the key weight_transfer.
        call_learners: calls a function with each learner, all at once: `partial(on_every_learner, learner_group)`.
        outgoing: called on each learner with the learner: what it sends. It is pickled.
        timeout_s: seconds that each step of the env runners may take; a learner's call must be allowed more.

    Returns:
        The transfer; None for "object_store", where the caller sends the weights itself.

    Raises:
        ValueError: if the kind is unknown, or vLLM's build for CUDA is not installed; it names the key.
    """
    check_kind(kind, vllm_build())
    if kind == OBJECT_STORE:
        return None
    return WeightTransfer(kind, call_learners=call_learners, outgoing=outgoing, timeout_s=timeout_s)
