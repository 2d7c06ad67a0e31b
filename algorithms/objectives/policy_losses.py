"""PPO's clipped policy-gradient surrogate, one value a token, to be minimised."""

import torch
from torch import Tensor

from prorl_rllib.algorithms.objectives.ratios import check_one_shape, importance_ratio


def clipped_policy_loss(
    logp: Tensor,
    old_logp: Tensor,
    advantages: Tensor,
    *,
    clip_low: float,
    clip_high: float,
    dual_clip: float | None = None,
) -> Tensor:
    """Return PPO's clipped surrogate with separate lower and upper bounds (DAPO's decoupled clip).

    ProRL (arXiv 2505.24864) eq. 1 and 3: `-min(r A, clip(r, 1 - clip_low, 1 + clip_high) A)` with
    `r = exp(logp - old_logp)`.

    Args:
        logp: `[tokens]` log-probabilities under the policy being trained; the gradient flows through these alone.
        old_logp: `[tokens]` log-probabilities under the policy that sampled.
        advantages: `[tokens]` advantage of the completion that each token belongs to.
        clip_low: Distance of the lower clip bound from 1 (v1: 0.2), in [0, 1].
        clip_high: Distance of the upper clip bound from 1 (v1: 0.4), at least 0.
        dual_clip: Upper bound c of the loss in units of |A| where A < 0 (arXiv 1912.09729), above 1; None for none.

    Returns:
        `[tokens]` losses. The gradient of a token is 0 where the clipped branch is the active one, `-A r` elsewhere.

    Raises:
        ValueError: if the shapes differ or a bound is out of range.
    """
    check_one_shape(logp=logp, old_logp=old_logp, advantages=advantages)
    check_clip_range(clip_low, clip_high, dual_clip)
    return clipped_surrogate(importance_ratio(logp, old_logp), advantages, clip_low, clip_high, dual_clip)


def clipped_tokens(
    logp: Tensor,
    old_logp: Tensor,
    advantages: Tensor,
    *,
    clip_low: float,
    clip_high: float,
    dual_clip: float | None = None,
) -> Tensor:
    """Return where the clipped branch is the active one, that is, where a token gives no gradient.

    Args:
        logp: `[tokens]` log-probabilities under the policy being trained.
        old_logp: `[tokens]` log-probabilities under the policy that sampled.
        advantages: `[tokens]` advantages.
        clip_low: As in `clipped_policy_loss`.
        clip_high: As in `clipped_policy_loss`.
        dual_clip: As in `clipped_policy_loss`.

    Returns:
        `[tokens]` bool.
    """
    return clipped_ratios((logp - old_logp).exp(), advantages, clip_low, clip_high, dual_clip)


def clipped_surrogate(
    ratio: Tensor, advantages: Tensor, clip_low: float, clip_high: float, dual_clip: float | None = None
) -> Tensor:
    """Return the clipped surrogate of given importance ratios.

    Args:
        ratio: `[tokens]` ratios; the gradient flows through these alone.
        advantages: `[tokens]` advantages.
        clip_low: As in `clipped_policy_loss`.
        clip_high: As in `clipped_policy_loss`.
        dual_clip: As in `clipped_policy_loss`.

    Returns:
        `[tokens]` losses.
    """
    loss = torch.maximum(-advantages * ratio, -advantages * ratio.clamp(1.0 - clip_low, 1.0 + clip_high))
    if dual_clip is None:
        return loss
    return torch.where(advantages < 0, torch.minimum(loss, -advantages * dual_clip), loss)


def clipped_ratios(
    ratio: Tensor, advantages: Tensor, clip_low: float, clip_high: float, dual_clip: float | None = None
) -> Tensor:
    """Return where `clipped_surrogate` gives no gradient.

    Args:
        ratio: `[tokens]` ratios.
        advantages: `[tokens]` advantages.
        clip_low: As in `clipped_policy_loss`.
        clip_high: As in `clipped_policy_loss`.
        dual_clip: As in `clipped_policy_loss`.

    Returns:
        `[tokens]` bool.
    """
    clipped = ((ratio > 1.0 + clip_high) & (advantages > 0)) | ((ratio < 1.0 - clip_low) & (advantages < 0))
    return clipped if dual_clip is None else clipped | ((ratio > dual_clip) & (advantages < 0))


def check_clip_range(clip_low: float, clip_high: float, dual_clip: float | None = None) -> None:
    """Refuse clip bounds that bound nothing.

    Args:
        clip_low: As in `clipped_policy_loss`.
        clip_high: As in `clipped_policy_loss`.
        dual_clip: As in `clipped_policy_loss`.

    Raises:
        ValueError: if a bound is out of range.
    """
    if not 0.0 <= clip_low <= 1.0:
        raise ValueError(f"clip_low must be in [0, 1], got {clip_low}.")
    if not clip_high >= 0.0:
        raise ValueError(f"clip_high must be at least 0, got {clip_high}.")
    if dual_clip is not None and not dual_clip > 1.0:
        raise ValueError(f"dual_clip must be above 1, or None, got {dual_clip}.")
