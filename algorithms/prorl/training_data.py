"""What an update consumes: whole groups, already dealt out to optimizer steps by the driver."""

from dataclasses import dataclass, field
from typing import Any

from ray.rllib.core.learner.training_data import TrainingData
from ray.rllib.env.single_agent_episode import SingleAgentEpisode
from ray.rllib.utils.annotations import override

from prorl_rllib.env_runners import columns

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
        """Check that there is something to train on; of several learners, one may have no group of a small step.

        Raises:
            ValueError: if there is no optimizer step.
        """
        if not self.optimizer_steps:
            raise ValueError("GroupTrainingData needs at least one optimizer step.")

    @override(TrainingData)
    def shard(
        self, num_shards: int, len_lookback_buffer: int | None = None, **kwargs: Any
    ) -> list[tuple["GroupTrainingData", dict[str, Any]]]:
        """Deal the groups of each optimizer step out to learners, so that their numbers of tokens are near each other.

        Args:
            num_shards: Number of learners.
            len_lookback_buffer: Unused; part of RLlib's signature.
            **kwargs: Forward compatibility.

        Returns:
            A shard a learner, each with as many optimizer steps as there are, and no further arguments.
        """
        shares = [balance_by_tokens(groups, num_shards) for groups in self.optimizer_steps]
        return [(GroupTrainingData(optimizer_steps=list(steps)), {}) for steps in zip(*shares, strict=True)]

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


def balance_by_tokens(groups: list[Group], num_shards: int) -> list[list[Group]]:
    """Deal whole groups out, the longest first, each to the shard that has the fewest tokens so far.

    The "longest processing time first" rule: no shard gets more than 4/3 of the tokens of the best deal (R. L. Graham,
    Bounds on multiprocessing timing anomalies, 1969).

    Args:
        groups: The groups of an optimizer step.
        num_shards: Number of shards, at least 1.

    Returns:
        The groups of each shard, in submission order; some shards are empty where there are fewer groups.
    """
    tokens = [sum(_num_tokens(episode) for episode in group) for group in groups]
    loads = [0] * num_shards
    shares: list[list[int]] = [[] for _ in range(num_shards)]
    for index in sorted(range(len(groups)), key=lambda index: (-tokens[index], index)):
        lightest = loads.index(min(loads))
        shares[lightest].append(index)
        loads[lightest] += tokens[index]
    return [[groups[index] for index in sorted(share)] for share in shares]


def _num_tokens(episode: SingleAgentEpisode) -> int:
    """Return the tokens of an episode, those of prompt and observations included."""
    return sum(
        len(episode.get_infos(turn)[columns.OBSERVATION_TOKEN_IDS])
        + len(episode.get_extra_model_outputs(columns.TOKEN_IDS, turn))
        for turn in range(len(episode))
    )
