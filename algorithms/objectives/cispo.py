"""CISPO: REINFORCE under a clipped importance weight, so that no token loses its gradient (arXiv 2506.13585)."""

from torch import Tensor

from prorl_rllib.algorithms.objectives.policy_losses import check_clip_range
from prorl_rllib.algorithms.objectives.ratios import check_one_shape, importance_ratio


def cispo_policy_loss(
    logp: Tensor, old_logp: Tensor, advantages: Tensor, *, clip_high: float, clip_low: float | None = None
) -> Tensor:
    """Return `-sg(clip(r, 1 - clip_low, 1 + clip_high)) A logp` with `r = exp(logp - old_logp)`, sg: no gradient.

    MiniMax-M1 (arXiv 2506.13585) eq. 4 and 5; that paper uses no lower bound and averages over all tokens
    (`token_mean`). Trainers which bound the weight itself, such as trl with `epsilon_high`, give `1 + clip_high`.

    Args:
        logp: `[tokens]` log-probabilities under the policy being trained; the gradient flows through these alone.
        old_logp: `[tokens]` log-probabilities under the policy that sampled.
        advantages: `[tokens]` advantages.
        clip_high: Distance of the weight's upper bound from 1, at least 0.
        clip_low: Distance of the weight's lower bound from 1, in [0, 1]; None for no lower bound.

    Returns:
        `[tokens]` losses. The gradient of a token is `-A w` with its clipped weight w; the value has no meaning.

    Raises:
        ValueError: if the shapes differ or a bound is out of range.
    """
    check_one_shape(logp=logp, old_logp=old_logp, advantages=advantages)
    lower = 1.0 if clip_low is None else clip_low
    check_clip_range(lower, clip_high)
    weight = importance_ratio(logp.detach(), old_logp).clamp(1.0 - lower, 1.0 + clip_high)
    return -weight * advantages * logp


def cispo_clipped_tokens(logp: Tensor, old_logp: Tensor, *, clip_high: float, clip_low: float | None = None) -> Tensor:
    """Return where the weight is clipped, whatever the advantage; such a token keeps its gradient.

    Args:
        logp: As in `cispo_policy_loss`.
        old_logp: As in `cispo_policy_loss`.
        clip_high: As in `cispo_policy_loss`.
        clip_low: As in `cispo_policy_loss`.

    Returns:
        `[tokens]` bool.
    """
    ratio = importance_ratio(logp.detach(), old_logp)
    clipped = ratio > 1.0 + clip_high
    return clipped if clip_low is None else clipped | (ratio < 1.0 - clip_low)
