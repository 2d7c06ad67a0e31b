"""Policy-gradient surrogates, one value a token, to be minimised."""

import torch
from torch import Tensor

# exp(20) is finite in float32 and far outside every clip range.
_MAX_LOG_RATIO = 20.0


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
        clip_low: Distance of the lower clip bound from 1 (v1: 0.2).
        clip_high: Distance of the upper clip bound from 1 (v1: 0.4).
        dual_clip: Upper bound c of the loss in units of |A| where A < 0 (arXiv 1912.09729); None for none.

    Returns:
        `[tokens]` losses. The gradient of a token is 0 where the clipped branch is the active one.

    Raises:
        ValueError: if the shapes differ.
    """
    if not logp.shape == old_logp.shape == advantages.shape:
        raise ValueError(
            "logp, old_logp and advantages must have one shape, got "
            f"{tuple(logp.shape)}, {tuple(old_logp.shape)}, {tuple(advantages.shape)}."
        )
    ratio = (logp - old_logp.detach()).clamp(-_MAX_LOG_RATIO, _MAX_LOG_RATIO).exp()
    loss = torch.maximum(-advantages * ratio, -advantages * ratio.clamp(1.0 - clip_low, 1.0 + clip_high))
    if dual_clip is None:
        return loss
    return torch.where(advantages < 0, torch.minimum(loss, -advantages * dual_clip), loss)


def clipped_tokens(logp: Tensor, old_logp: Tensor, advantages: Tensor, *, clip_low: float, clip_high: float) -> Tensor:
    """Return where the clipped branch is the active one, that is, where a token gives no gradient.

    Args:
        logp: `[tokens]` log-probabilities under the policy being trained.
        old_logp: `[tokens]` log-probabilities under the policy that sampled.
        advantages: `[tokens]` advantages.
        clip_low: As in `clipped_policy_loss`.
        clip_high: As in `clipped_policy_loss`.

    Returns:
        `[tokens]` bool.
    """
    ratio = (logp - old_logp).exp()
    return ((ratio > 1.0 + clip_high) & (advantages > 0)) | ((ratio < 1.0 - clip_low) & (advantages < 0))
