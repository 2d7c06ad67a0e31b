"""The objective that a config names, made of the pure functions of `objectives`."""

from dataclasses import dataclass
from typing import Any, cast

from torch import Tensor

from prorl_rllib.algorithms.objectives import (
    ImportanceWeights,
    LossAggregation,
    aggregate_loss,
    cispo_clipped_tokens,
    cispo_policy_loss,
    clipped_policy_loss,
    clipped_tokens,
    gspo_clipped_tokens,
    gspo_policy_loss,
    icepop,
    sequence_mask,
    truncated_importance_sampling,
)


@dataclass(frozen=True)
class CompletionTokens:
    """The sampled tokens of one micro-batch, made of whole sequences; all `[tokens]`.

    Attributes:
        logp: Log-probabilities under the policy being trained.
        old_logp: Those of the ratio's denominator.
        sampler_logp: Those under the sampler.
        advantages: Advantage of the sequence that each token belongs to.
        sequence_index: That sequence.
    """

    logp: Tensor
    old_logp: Tensor
    sampler_logp: Tensor
    advantages: Tensor
    sequence_index: Tensor


def policy_losses(config: Any, tokens: CompletionTokens) -> Tensor:
    """Return the policy loss of each token.

    Args:
        config: A `ProRLConfig`.
        tokens: The tokens.
    """
    arguments = (tokens.logp, tokens.old_logp, tokens.advantages)
    clip = {"clip_low": config.clip_low, "clip_high": config.clip_high}
    if config.policy_loss == "gspo":
        return gspo_policy_loss(*arguments, tokens.sequence_index, **clip)
    if config.policy_loss == "cispo":
        return cispo_policy_loss(*arguments, clip_high=config.clip_high)
    return clipped_policy_loss(*arguments, **clip, dual_clip=config.dual_clip)


def clipped(config: Any, tokens: CompletionTokens) -> Tensor:
    """Return which tokens the clip of the policy loss bounds, bool.

    Args:
        config: A `ProRLConfig`.
        tokens: The tokens.
    """
    logp, old_logp = tokens.logp.detach(), tokens.old_logp
    clip = {"clip_low": config.clip_low, "clip_high": config.clip_high}
    if config.policy_loss == "gspo":
        return gspo_clipped_tokens(logp, old_logp, tokens.advantages, tokens.sequence_index, **clip)
    if config.policy_loss == "cispo":
        return cispo_clipped_tokens(logp, old_logp, clip_high=config.clip_high)
    return clipped_tokens(logp, old_logp, tokens.advantages, **clip, dual_clip=config.dual_clip)


def mismatch_weights(config: Any, tokens: CompletionTokens) -> ImportanceWeights | None:
    """Return the weights that correct a sampler whose log-probabilities are not the learner's; None for none.

    Args:
        config: A `ProRLConfig`.
        tokens: The tokens; their `old_logp` are the learner's, of the weights that sampled.
    """
    bounds = {"low": config.mismatch_low, "high": config.mismatch_high}
    if config.mismatch_correction is None:
        return None
    if config.mismatch_correction == "tis":
        return truncated_importance_sampling(tokens.old_logp, tokens.sampler_logp, **bounds)
    if config.mismatch_correction == "icepop":
        return icepop(tokens.old_logp, tokens.sampler_logp, **bounds)
    return sequence_mask(tokens.old_logp, tokens.sampler_logp, tokens.sequence_index, **bounds)


def aggregate(
    config: Any, losses: Tensor, sequence_index: Tensor, *, num_tokens: float, num_sequences: float
) -> Tensor:
    """Return the micro-batch's share of the step's loss.

    Args:
        config: A `ProRLConfig`.
        losses: `[tokens]`.
        sequence_index: `[tokens]`.
        num_tokens: Sampled tokens of the whole optimizer step, over all micro-batches and learners.
        num_sequences: Its sequences with a sampled token.
    """
    constant = config.loss_aggregation == "constant"
    return aggregate_loss(
        losses,
        sequence_index,
        kind=cast(LossAggregation, "sequence_mean_token_sum" if constant else config.loss_aggregation),
        num_tokens=num_tokens,
        num_sequences=num_sequences,
        constant_normalizer=float(config.max_completion_length) if constant else 1.0,
    )
