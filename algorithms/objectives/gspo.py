"""GSPO: one importance ratio a sequence, normalised by length (arXiv 2507.18071)."""

from typing import Literal

from torch import Tensor

from prorl_rllib.algorithms.objectives.policy_losses import check_clip_range, clipped_ratios, clipped_surrogate
from prorl_rllib.algorithms.objectives.ratios import MAX_LOG_RATIO, check_one_shape, sequence_mean

GSPOVariant = Literal["gspo", "gspo_token"]


def sequence_importance_ratio(
    logp: Tensor, old_logp: Tensor, sequence_index: Tensor, *, variant: GSPOVariant = "gspo"
) -> Tensor:
    """Return each token's sequence-level ratio, the geometric mean of the sequence's token ratios.

    | variant    | ratio of token t of sequence i (sg: no gradient)        | gradient by the log-probabilities      |
    |------------|---------------------------------------------------------|----------------------------------------|
    | gspo       | `s_i = exp(mean_t(logp - old_logp))` (eq. 7)            | `s_i / length` by all of the sequence  |
    | gspo_token | `sg(s_i) exp(logp - sg(logp))` (eq. 14; value `s_i`)    | `s_i` by the token's own               |

    Args:
        logp: `[tokens]` log-probabilities under the policy being trained; the gradient flows through these alone.
        old_logp: `[tokens]` log-probabilities under the policy that sampled.
        sequence_index: `[tokens]` integers from 0: the sequence of each token. A sequence's tokens must all be there.
        variant: Where the gradient goes.

    Returns:
        `[tokens]` ratios, one value for all tokens of a sequence, the exponent bounded to +-20.

    Raises:
        ValueError: if the shapes differ or `variant` is unknown.
    """
    check_one_shape(logp=logp, old_logp=old_logp, sequence_index=sequence_index)
    log_ratio = sequence_mean(logp - old_logp.detach(), sequence_index)[sequence_index]
    if variant == "gspo_token":
        log_ratio = log_ratio.detach() + logp - logp.detach()
    elif variant != "gspo":
        raise ValueError(f"unknown variant {variant!r}: it must be one of gspo, gspo_token.")
    return log_ratio.clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO).exp()


def gspo_policy_loss(
    logp: Tensor,
    old_logp: Tensor,
    advantages: Tensor,
    sequence_index: Tensor,
    *,
    clip_low: float,
    clip_high: float,
    variant: GSPOVariant = "gspo",
) -> Tensor:
    """Return the clipped surrogate of the sequence's ratio, one value a token.

    GSPO (arXiv 2507.18071) eq. 5 and 13: `-min(s A, clip(s, 1 - clip_low, 1 + clip_high) A)`; the paper averages over
    each sequence and then over sequences (`sequence_mean_token_mean`). With one advantage a sequence both variants have
    the same value and gradient, under every aggregation; `gspo_token` also takes an advantage a token.

    Args:
        logp: `[tokens]` log-probabilities under the policy being trained; the gradient flows through these alone.
        old_logp: `[tokens]` log-probabilities under the policy that sampled.
        advantages: `[tokens]` advantages.
        sequence_index: As in `sequence_importance_ratio`.
        clip_low: Distance of the lower clip bound from 1 (the paper: 3e-4), in [0, 1].
        clip_high: Distance of the upper clip bound from 1 (the paper: 4e-4), at least 0.
        variant: As in `sequence_importance_ratio`.

    Returns:
        `[tokens]` losses. A clipped sequence gives no gradient at all.

    Raises:
        ValueError: if the shapes differ or an argument is out of range.
    """
    check_one_shape(logp=logp, advantages=advantages)
    check_clip_range(clip_low, clip_high)
    ratio = sequence_importance_ratio(logp, old_logp, sequence_index, variant=variant)
    return clipped_surrogate(ratio, advantages, clip_low, clip_high)


def gspo_clipped_tokens(
    logp: Tensor, old_logp: Tensor, advantages: Tensor, sequence_index: Tensor, *, clip_low: float, clip_high: float
) -> Tensor:
    """Return where the clipped branch is the active one: all tokens of a sequence, or none.

    Args:
        logp: As in `gspo_policy_loss`.
        old_logp: As in `gspo_policy_loss`.
        advantages: As in `gspo_policy_loss`.
        sequence_index: As in `gspo_policy_loss`.
        clip_low: As in `gspo_policy_loss`.
        clip_high: As in `gspo_policy_loss`.

    Returns:
        `[tokens]` bool.
    """
    ratio = sequence_importance_ratio(logp.detach(), old_logp, sequence_index)
    return clipped_ratios(ratio, advantages, clip_low, clip_high)
