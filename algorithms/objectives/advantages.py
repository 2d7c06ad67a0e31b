"""Group-relative advantages: rewards in, one advantage a completion out."""

import torch
from torch import Tensor


def grpo_advantages(
    rewards: Tensor, valid: Tensor | None = None, *, std_normalize: bool = True, eps: float = 1e-6
) -> Tensor:
    """Centre each group's rewards and divide by the group's standard deviation.

    ProRL (arXiv 2505.24864) eq. 2: `A_i = (R_i - mean(R)) / std(R)` over the completions of one prompt. The standard
    deviation is the unbiased one (n - 1), the convention of the published trainers; `eps` keeps a constant group at 0.

    Args:
        rewards: `[groups, n]` rewards, one row a prompt.
        valid: `[groups, n]` bool, False where a completion has no verdict; such entries are left out of the group's
            statistics and get advantage 0. None means that all are valid.
        std_normalize: Divide by the standard deviation (GRPO); False only centres (Dr. GRPO).
        eps: Added to the standard deviation.

    Returns:
        `[groups, n]` advantages. No gradient flows through them.

    Raises:
        ValueError: if `rewards` is not two-dimensional or a group has fewer than two valid rewards.
    """
    centred, count = _centre(rewards, valid)
    if not std_normalize:
        return centred
    std = (centred.square().sum(dim=1, keepdim=True) / (count - 1)).sqrt()
    return centred / (std + eps)


def dr_grpo_advantages(rewards: Tensor, valid: Tensor | None = None) -> Tensor:
    """Centre each group's rewards and leave their scale.

    Dr. GRPO (arXiv 2503.20783): `A_i = R_i - mean(R)`. Dividing by the group's standard deviation would weigh prompts
    by their difficulty.

    Args:
        rewards: `[groups, n]` rewards, one row a prompt.
        valid: As in `grpo_advantages`.

    Returns:
        `[groups, n]` advantages. No gradient flows through them.

    Raises:
        ValueError: as `grpo_advantages`.
    """
    return _centre(rewards, valid)[0]


def rloo_advantages(rewards: Tensor, valid: Tensor | None = None) -> Tensor:
    """Subtract from each reward the mean of the group's others.

    RLOO (arXiv 2402.14740): `A_i = R_i - mean_{j != i}(R_j)`, that is `n / (n - 1)` times the centred reward. The
    baseline does not depend on the sample, so that the policy gradient stays unbiased.

    Args:
        rewards: `[groups, n]` rewards, one row a prompt.
        valid: As in `grpo_advantages`.

    Returns:
        `[groups, n]` advantages. No gradient flows through them.

    Raises:
        ValueError: as `grpo_advantages`.
    """
    centred, count = _centre(rewards, valid)
    return centred * (count / (count - 1))


def _centre(rewards: Tensor, valid: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return the centred rewards `[groups, n]`, 0 where invalid, and the number of valid ones `[groups, 1]`."""
    if rewards.ndim != 2:
        raise ValueError(f"rewards must have shape [groups, n], got {tuple(rewards.shape)}.")
    mask = torch.ones_like(rewards, dtype=torch.bool) if valid is None else valid
    if mask.shape != rewards.shape:
        raise ValueError(f"valid must have the shape of rewards {tuple(rewards.shape)}, got {tuple(mask.shape)}.")
    count = mask.sum(dim=1, keepdim=True)
    if (count < 2).any():
        raise ValueError(
            f"a group-relative advantage needs at least 2 valid rewards a group, the smallest has {int(count.min())}."
        )
    rewards = torch.where(mask, rewards.detach(), 0.0)
    mean = rewards.sum(dim=1, keepdim=True) / count
    return torch.where(mask, rewards - mean, 0.0), count
