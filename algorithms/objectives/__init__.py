"""The objective in pure functions: tensors in, tensors out."""

from prorl_rllib.algorithms.objectives.advantages import grpo_advantages
from prorl_rllib.algorithms.objectives.aggregation import token_mean
from prorl_rllib.algorithms.objectives.kl import KLKind, kl_estimate
from prorl_rllib.algorithms.objectives.policy_losses import clipped_policy_loss, clipped_tokens

__all__ = ["KLKind", "clipped_policy_loss", "clipped_tokens", "grpo_advantages", "kl_estimate", "token_mean"]
