"""Advantages of steps, with a baseline for each position: for episodes that are rewarded at every step."""

import torch
from torch import Tensor


def position_specific_advantages(rewards: Tensor, lengths: Tensor, *, stop_is_action: bool = False) -> Tensor:
    """Subtract from each step's return-to-go the mean over the rollouts that are as long.

    PSAE (arXiv 2605.28293): `A_t = G_t - mean over rollouts with length >= t of G_t`, `G_t` the undiscounted sum of the
    rewards from step t on. A baseline that depends on the position does not pay for length as such.

    Args:
        rewards: `[rollouts, steps]` rewards of the rollouts of one prompt; entries from `length` on are ignored.
        lengths: `[rollouts]` steps of each rollout, in 0..steps.
        stop_is_action: Count the step after the last as an action with return 0, in its position's baseline too (the
            published code); False leaves it out (the paper).

    Returns:
        `[rollouts, steps]` advantages, 0 from `length` on; with `stop_is_action`, `[rollouts, steps + 1]`, 0 after the
        stop. No gradient flows through them.

    Raises:
        ValueError: if the shapes differ or a length is out of range.
    """
    if rewards.ndim != 2 or lengths.shape != rewards.shape[:1]:
        raise ValueError(
            "rewards must have shape [rollouts, steps] and lengths [rollouts], got "
            f"{tuple(rewards.shape)} and {tuple(lengths.shape)}."
        )
    steps = rewards.shape[1]
    if ((lengths < 0) | (lengths > steps)).any():
        raise ValueError(f"lengths must be in 0..{steps}, got {lengths.tolist()}.")
    if stop_is_action:
        rewards = torch.nn.functional.pad(rewards, (0, 1))
    position = torch.arange(rewards.shape[1], device=rewards.device)
    rewards = torch.where(position < lengths[:, None], rewards.detach(), 0.0)
    active = position < lengths[:, None] + int(stop_is_action)
    returns = rewards.flip(1).cumsum(1).flip(1)
    baseline = (returns * active).sum(0) / active.sum(0).clamp(min=1)
    return torch.where(active, returns - baseline, 0.0)
