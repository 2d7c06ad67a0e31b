"""Who takes part in a transfer of weights from GPU to GPU, and in which place: plain records and arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LearnerEndpoint:
    """A learner, as the group needs to know it.

    Attributes:
        rank: its rank among the learners; 0 sends.
        address: its node's address.
        port: a port that was free there.
        gpu: UUID of its GPU.
    """

    rank: int
    address: str
    port: int
    gpu: str


@dataclass(frozen=True)
class RunnerEndpoint:
    """An engine, as the group needs to know it.

    Attributes:
        gpus: UUIDs of its workers' GPUs, one each.
        group: name of the group that it is in; empty if it is in none.
    """

    gpus: tuple[str, ...]
    group: str


@dataclass(frozen=True)
class Round:
    """One sending of weights.

    Attributes:
        version: of the weights.
        number: of the sync.
        manifest: name and shape of each weight.
        canary: what the learner says of known tokens (`Canary`); None checks nothing.
    """

    version: int
    number: int
    manifest: tuple[tuple[str, tuple[int, ...]], ...]
    canary: Any


@dataclass(frozen=True)
class GroupPlan:
    """A group of learners and env runners.

    Attributes:
        kind: "nccl" or "ipc".
        group: name of the group, never used twice.
        address: where the members meet: the first learner's node.
        port: the port there.
        world_size: the sender and all workers of all engines.
        rank_offsets: id of the env runner -> rank of its engine's first worker; the sender has rank 0.
    """

    kind: str
    group: str
    address: str
    port: int
    world_size: int
    rank_offsets: Mapping[int, int]

    def init_info_of(self, runner: int, init_info: Mapping[str, Any]) -> dict[str, Any]:
        """What one engine is told when it joins.

        vLLM's sender takes all engines for the replicas of one, which find their ranks themselves. Ours know nothing of
        each other: told the same, they would all take rank 1.

        Args:
            runner: id of the env runner.
            init_info: what vLLM's sender tells all of them.

        Returns:
            The same, with the engine's own `rank_offset` where there is one.
        """
        info = dict(init_info)
        if "rank_offset" in info:
            info["rank_offset"] = self.rank_offsets[runner]
        return info


def plan_group(
    kind: str, group: str, learners: Sequence[LearnerEndpoint], runners: Mapping[int, RunnerEndpoint]
) -> GroupPlan:
    """Give every member its place.

    Args:
        kind: "nccl" or "ipc".
        group: name of the group.
        learners: all learners.
        runners: id of the env runner -> its engine.

    Returns:
        The plan.

    Raises:
        ValueError: if the GPUs do not suit the kind.
    """
    sender = next(learner for learner in learners if learner.rank == 0)
    (_check_apart if kind == "nccl" else _check_shared)(sender, learners, runners)
    offsets, rank = {}, 1
    for number in sorted(runners):
        offsets[number] = rank
        rank += len(runners[number].gpus)
    return GroupPlan(kind, group, sender.address, sender.port, rank, offsets)


def round_of(version: int, number: int, weights: Mapping[str, Any], canary: Any) -> Round:
    """Describe a sending.

    Args:
        version: of the weights.
        number: of the sync.
        weights: Hugging Face name to tensor.
        canary: as in `Round`.

    Returns:
        The description.
    """
    return Round(version, number, tuple((name, tuple(tensor.shape)) for name, tensor in weights.items()), canary)


def _check_apart(
    sender: LearnerEndpoint, learners: Sequence[LearnerEndpoint], runners: Mapping[int, RunnerEndpoint]
) -> None:
    """Raise a ValueError where two members of an NCCL group would share a GPU, which NCCL refuses."""
    owners = {sender.gpu: "the first learner"}
    for number, runner in sorted(runners.items()):
        for gpu in runner.gpus:
            if gpu in owners:
                raise ValueError(
                    f"weight_transfer='nccl': env runner {number} and {owners[gpu]} share the GPU {gpu}, but every "
                    "member of an NCCL group needs one of its own; give each env runner and learner whole GPUs, or set "
                    "weight_transfer='ipc' (each env runner on a learner's GPU) or 'object_store'"
                )
            owners[gpu] = f"env runner {number}"


def _check_shared(
    sender: LearnerEndpoint, learners: Sequence[LearnerEndpoint], runners: Mapping[int, RunnerEndpoint]
) -> None:
    """Raise a ValueError where a worker would find no learner on its GPU, whose memory it is to open."""
    shared = {learner.gpu for learner in learners}
    for number, runner in sorted(runners.items()):
        for gpu in runner.gpus:
            if gpu not in shared:
                raise ValueError(
                    f"weight_transfer='ipc': env runner {number} computes on the GPU {gpu}, on which there is no "
                    f"learner (theirs: {sorted(shared)}); let both share GPUs (fractions in num_gpus_per_env_runner "
                    "and num_gpus_per_learner), or set weight_transfer='nccl' (GPUs apart) or 'object_store'"
                )
