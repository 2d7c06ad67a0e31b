"""The objective in pure functions: tensors in, tensors out."""

from prorl_rllib.algorithms.objectives.advantages import dr_grpo_advantages, grpo_advantages, rloo_advantages
from prorl_rllib.algorithms.objectives.aggregation import (
    LossAggregation,
    aggregate_loss,
    sequence_mean_token_mean,
    sequence_mean_token_sum,
    token_mean,
)
from prorl_rllib.algorithms.objectives.batch_advantages import (
    batch_std_advantages,
    reinforce_plus_plus_baseline_advantages,
)
from prorl_rllib.algorithms.objectives.cispo import cispo_clipped_tokens, cispo_policy_loss
from prorl_rllib.algorithms.objectives.corrections import (
    ImportanceWeights,
    icepop,
    sequence_mask,
    truncated_importance_sampling,
)
from prorl_rllib.algorithms.objectives.gspo import (
    GSPOVariant,
    gspo_clipped_tokens,
    gspo_policy_loss,
    sequence_importance_ratio,
)
from prorl_rllib.algorithms.objectives.kl import KLKind, kl_estimate, kl_penalized_rewards
from prorl_rllib.algorithms.objectives.kl_control import AdaptiveKLController
from prorl_rllib.algorithms.objectives.length_penalties import (
    cosine_length_penalty,
    cosine_penalty_is_on,
    scale_truncated,
    shaped_rewards,
    soft_overlong_penalty,
)
from prorl_rllib.algorithms.objectives.logprob_gap import LogprobGap, logprob_gap
from prorl_rllib.algorithms.objectives.policy_losses import clipped_policy_loss, clipped_tokens
from prorl_rllib.algorithms.objectives.position_specific import position_specific_advantages
from prorl_rllib.algorithms.objectives.ratios import importance_ratio
from prorl_rllib.algorithms.objectives.whitening import batch_mean_std, batch_moments, whiten

__all__ = [
    "AdaptiveKLController",
    "GSPOVariant",
    "ImportanceWeights",
    "KLKind",
    "LogprobGap",
    "LossAggregation",
    "aggregate_loss",
    "batch_mean_std",
    "batch_moments",
    "batch_std_advantages",
    "cispo_clipped_tokens",
    "cispo_policy_loss",
    "clipped_policy_loss",
    "clipped_tokens",
    "cosine_length_penalty",
    "cosine_penalty_is_on",
    "dr_grpo_advantages",
    "grpo_advantages",
    "gspo_clipped_tokens",
    "gspo_policy_loss",
    "icepop",
    "importance_ratio",
    "kl_estimate",
    "kl_penalized_rewards",
    "logprob_gap",
    "position_specific_advantages",
    "reinforce_plus_plus_baseline_advantages",
    "rloo_advantages",
    "scale_truncated",
    "sequence_importance_ratio",
    "sequence_mask",
    "sequence_mean_token_mean",
    "sequence_mean_token_sum",
    "shaped_rewards",
    "soft_overlong_penalty",
    "token_mean",
    "truncated_importance_sampling",
    "whiten",
]
