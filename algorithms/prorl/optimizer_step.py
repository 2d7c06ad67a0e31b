"""What one learner computes in one optimizer step."""

from dataclasses import dataclass, field
from typing import Any

import torch
from ray.rllib.env.single_agent_episode import SingleAgentEpisode
from torch import Tensor

from prorl_rllib.algorithms.prorl.connectors import ADVANTAGE
from prorl_rllib.algorithms.prorl.token_columns import TokenColumns

OLD_LOGPROBS = "old_logprobs"
SAMPLER_LOGPROBS = "sampler_logprobs"
REFERENCE_LOGPROBS = "reference_logprobs"
ADVANTAGES = "advantages"
"""Keys that `microbatch_inputs` adds to the layout of a micro-batch; `[tokens]` each."""


@dataclass
class OptimizerStep:
    """This learner's share of an optimizer step.

    Attributes:
        episodes: Its episodes, of whole groups; one sequence each.
        columns: They, as token rows.
        microbatches: The rows cut and laid out for the module.
        num_tokens: Sampled tokens of the step, over all learners.
        num_sequences: Sequences of the step that have a sampled token, over all learners.
        old_logprobs: `[N]` log-probabilities of the sampled tokens under the policy before the rollout batch's first
            optimizer step; None where they are the sampler's, or those of the step itself.
        reference_logprobs: `[N]`, under the reference; None without a KL term.
        fillers: Micro-batches whose results are dropped. Learners that hold a share of the model each run the same
            number of passes; these make up for what this learner has less than others.
        advantages: `[B]` float64, one a sequence; None until `read_advantages`.
    """

    episodes: list[SingleAgentEpisode]
    columns: TokenColumns
    microbatches: list[dict[str, Any]]
    num_tokens: float
    num_sequences: float
    old_logprobs: Tensor | None = None
    reference_logprobs: Tensor | None = None
    fillers: list[dict[str, Any]] = field(default_factory=list)
    advantages: Tensor | None = None

    @property
    def sequence_index(self) -> Tensor:
        """`[N]` the sequence of each sampled token."""
        return self.columns.completion_mask.nonzero()[:, 0]

    def read_advantages(self) -> None:
        """Take over what the connectors have written into the episodes."""
        values = torch.tensor([episode.custom_data[ADVANTAGE] for episode in self.episodes], dtype=torch.float64)
        self.advantages = values.to(self.columns.tokens.device)

    def microbatch_inputs(self, microbatch: dict[str, Any], *, old_is_sampler: bool) -> dict[str, Any]:
        """Return a micro-batch together with what the loss needs of its tokens.

        Args:
            microbatch: One of `microbatches`.
            old_is_sampler: The ratio's denominator is the sampler's log-probability.
        """
        token, sequence = microbatch["token_index"], microbatch["sequence_index"]
        sampler = self.columns.sampler_logprobs[token]
        assert self.advantages is not None
        inputs = {**microbatch, SAMPLER_LOGPROBS: sampler, ADVANTAGES: self.advantages[sequence]}
        if old_is_sampler:
            inputs[OLD_LOGPROBS] = sampler
        elif self.old_logprobs is not None:
            inputs[OLD_LOGPROBS] = self.old_logprobs[token]
        if self.reference_logprobs is not None:
            inputs[REFERENCE_LOGPROBS] = self.reference_logprobs[token]
        return inputs
