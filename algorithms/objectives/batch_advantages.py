"""Advantages that are relative to the group and scaled by the whole batch, on one learner or several.

The batch is the whole rollout batch. Where it is spread over learners, whole groups a learner, `all_reduce` sums a
tensor over them and returns the sum; all must call at the same point.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from prorl_rllib.algorithms.objectives.advantages import dr_grpo_advantages
from prorl_rllib.algorithms.objectives.whitening import batch_mean_std, batch_moments, whiten

AllReduce = Callable[[Tensor], Tensor]


def reinforce_plus_plus_baseline_advantages(
    rewards: Tensor,
    valid: Tensor | None = None,
    *,
    lengths: Tensor | None = None,
    unbiased: bool = False,
    min_std: float = 1e-4,
    all_reduce: AllReduce | None = None,
) -> Tensor:
    """Centre each group's rewards, then whiten them over the batch.

    REINFORCE++-baseline (arXiv 2501.03262; ProRL v2): `A = (C - mean_batch(C)) / std_batch(C)` with
    `C = R - mean_group(R)`. ProRL v2's report takes the statistics over completions; OpenRLHF and NeMo RL take them
    over tokens, so that a long completion counts more.

    Args:
        rewards: `[groups, n]` rewards, one row a prompt.
        valid: As in `grpo_advantages`; such entries are left out of the batch's statistics too.
        lengths: `[groups, n]` completion lengths, for statistics over tokens; None for statistics over completions.
        unbiased: As in `batch_mean_std`.
        min_std: As in `whiten`.
        all_reduce: Sums over learners; None for one learner.

    Returns:
        `[groups, n]` advantages. No gradient flows through them.

    Raises:
        ValueError: as `grpo_advantages` and `whiten`, or if the shapes differ.
    """
    centred = dr_grpo_advantages(rewards, valid)
    moments = _batch_moments(centred, valid, lengths, all_reduce)
    advantages = whiten(centred, moments, unbiased=unbiased, min_std=min_std)
    return advantages if valid is None else torch.where(valid, advantages, 0.0)


def batch_std_advantages(
    rewards: Tensor, valid: Tensor | None = None, *, eps: float = 1e-4, all_reduce: AllReduce | None = None
) -> Tensor:
    """Centre each group's rewards and divide by the standard deviation of all rewards of the batch.

    `A_i = (R_i - mean_group(R)) / (std_batch(R) + eps)` (arXiv 2508.08221; trl's `scale_rewards="batch"`), with the
    unbiased standard deviation of the rewards as they came.

    Args:
        rewards: `[groups, n]` rewards, one row a prompt.
        valid: As in `grpo_advantages`; such entries are left out of the batch's statistics too.
        eps: Added to the standard deviation.
        all_reduce: Sums over learners; None for one learner.

    Returns:
        `[groups, n]` advantages. No gradient flows through them.

    Raises:
        ValueError: as `grpo_advantages`.
    """
    centred = dr_grpo_advantages(rewards, valid)
    _, std = batch_mean_std(_batch_moments(rewards, valid, None, all_reduce), unbiased=True)
    return (centred / (std + eps)).to(centred.dtype)


def _batch_moments(
    values: Tensor, valid: Tensor | None, lengths: Tensor | None, all_reduce: AllReduce | None
) -> Tensor:
    counts = torch.ones_like(values, dtype=torch.float64) if lengths is None else lengths.double()
    if counts.shape != values.shape:
        raise ValueError(f"lengths must have the shape of rewards {tuple(values.shape)}, got {tuple(counts.shape)}.")
    moments = batch_moments(values, counts if valid is None else counts * valid)
    return moments if all_reduce is None else all_reduce(moments)
