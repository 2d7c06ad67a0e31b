"""Dynamic sampling: draw prompts until enough groups have signal, or the cap on rounds is reached.

ProRL (arXiv 2505.24864, section 2.3), after DAPO. A round asks for exactly the groups that are missing, so that a full
batch has none to spare. The only groups that ever wait are those of an iteration that was capped and did not train;
since it did not train, the weights are those they were sampled with, and they are as good as new in the next one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from ray.rllib.env.single_agent_episode import SingleAgentEpisode

from prorl_rllib.algorithms.prorl.signal import drop_failed_verifications, has_signal
from prorl_rllib.algorithms.prorl.training_data import Group

ON_SAMPLING_CAP = ("train", "skip", "error")
"""What an iteration does that is capped: train on the groups there are, let them wait for the next, or end the run."""


class SamplingCapError(RuntimeError):
    """The cap on rounds was reached before enough groups had signal, and the config calls that an error."""


@dataclass
class RolloutBatch:
    """What an iteration sampled.

    Attributes:
        sampled: All groups sampled in this iteration, in the order of their prompts.
        judged: Those of them with at least two verdicts, without the episodes that have none.
        kept: Groups with signal, those that waited first.
        waited: Number of groups among them that waited since an earlier iteration.
        rounds: Rounds of sampling.
    """

    sampled: list[Group] = field(default_factory=list)
    judged: list[Group] = field(default_factory=list)
    kept: list[Group] = field(default_factory=list)
    waited: int = 0
    rounds: int = 0

    @property
    def episodes(self) -> list[SingleAgentEpisode]:
        """All episodes sampled in this iteration."""
        return [episode for group in self.sampled for episode in group]

    @property
    def efficiency(self) -> float:
        """Share of the groups sampled in this iteration that have signal."""
        return (len(self.kept) - self.waited) / max(1, len(self.sampled))


def sample_until_full(
    sample: Callable[[int], list[Group]], waiting: list[Group], *, groups: int, max_rounds: int
) -> RolloutBatch:
    """Sample rounds until enough groups have signal or the cap is reached.

    Args:
        sample: Samples a number of groups.
        waiting: Groups with signal that an earlier iteration left, sampled with the present weights; those beyond
            `groups`, as of a run that is resumed with smaller batches, are left out.
        groups: Groups with signal wanted.
        max_rounds: Rounds at most.
    """
    kept = waiting[:groups]
    batch = RolloutBatch(kept=kept, waited=len(kept))
    while len(batch.kept) < groups and batch.rounds < max_rounds:
        sampled = sample(groups - len(batch.kept))
        judged = drop_failed_verifications(sampled)
        batch.sampled += sampled
        batch.judged += judged
        batch.kept += [group for group in judged if has_signal(group)]
        batch.rounds += 1
    return batch


def groups_to_train_on(batch: RolloutBatch, *, groups: int, on_cap: str) -> list[Group]:
    """Return the groups that this iteration trains on; empty when it is capped and lets them wait.

    Args:
        batch: What was sampled.
        groups: Groups with signal wanted.
        on_cap: One of `ON_SAMPLING_CAP`.

    Raises:
        SamplingCapError: when capped and `on_cap` is "error".
    """
    if len(batch.kept) >= groups or on_cap == "train":
        return batch.kept
    if on_cap == "error":
        raise SamplingCapError(
            f"{len(batch.kept)} of {groups} groups have signal after {batch.rounds} rounds: raise "
            "training(max_sampling_rounds=...) or group_size, take tasks of another difficulty, or set "
            "on_sampling_cap='train' or 'skip'."
        )
    return []
