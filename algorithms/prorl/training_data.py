"""What an update consumes: whole groups, already dealt out to optimizer steps by the driver."""

from dataclasses import dataclass, field
from typing import Any

from ray.rllib.core.learner.training_data import TrainingData
from ray.rllib.env.single_agent_episode import SingleAgentEpisode
from ray.rllib.utils.annotations import override

Group = list[SingleAgentEpisode]


@dataclass
class GroupTrainingData(TrainingData):
    """The groups of each optimizer step.

    RLlib's own sharding deals episodes out by length, which tears groups apart; this one never does.

    Attributes:
        optimizer_steps: For each optimizer step its groups, in submission order.
    """

    optimizer_steps: list[list[Group]] = field(default_factory=list)

    @override(TrainingData)
    def validate(self) -> None:
        """Check that there is something to train on.

        Raises:
            ValueError: if there is no optimizer step, or one without a group.
        """
        if not self.optimizer_steps or not all(self.optimizer_steps):
            raise ValueError("GroupTrainingData needs at least one optimizer step, each with at least one group.")

    @override(TrainingData)
    def shard(
        self, num_shards: int, len_lookback_buffer: int | None = None, **kwargs: Any
    ) -> list[tuple["GroupTrainingData", dict[str, Any]]]:
        """Return the one shard of the one remote learner.

        Args:
            num_shards: Number of learners; 1.
            len_lookback_buffer: Unused; part of RLlib's signature.
            **kwargs: Forward compatibility.

        Raises:
            ValueError: for more than one learner.
        """
        if num_shards != 1:
            raise ValueError(f"num_learners={num_shards} is not supported: it must be 0 or 1.")
        return [(self, {})]

    @override(TrainingData)
    def solve_refs(self) -> None:
        """Do nothing: the groups are here already."""


def split_into_optimizer_steps(groups: list[Group], groups_per_step: int) -> list[list[Group]]:
    """Deal groups out, in order, to optimizer steps of equal size; the last may be smaller.

    Args:
        groups: All groups of the rollout batch.
        groups_per_step: Groups of one optimizer step.
    """
    return [groups[start : start + groups_per_step] for start in range(0, len(groups), groups_per_step)]
