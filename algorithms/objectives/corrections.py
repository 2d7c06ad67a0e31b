"""Corrections for a sampler whose log-probabilities are not the learner's: weights on the policy loss, one a token.

All start from `rho = exp(logp - sampler_logp)` on the sampled tokens, learner over sampler, both of the same weights;
what differs is the engine's arithmetic. Multiply the policy loss by the weights and leave its normaliser alone: a
masked token counts in the denominator with loss 0, as in the published recipes, so that masking never scales up the
rest.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from prorl_rllib.algorithms.objectives.ratios import check_one_shape, importance_ratio, sequence_lengths, sequence_mean


class ImportanceWeights(NamedTuple):
    """Weights and how many of them were bounded; the counts may be summed over micro-batches and learners.

    Attributes:
        weights: `[tokens]`, at least 0. No gradient flows through them.
        bounded_tokens: Scalar int64: tokens whose ratio was truncated or masked.
        masked_sequences: Scalar int64: sequences masked as a whole; 0 for the corrections a token.
    """

    weights: Tensor
    bounded_tokens: Tensor
    masked_sequences: Tensor


def truncated_importance_sampling(
    logp: Tensor, sampler_logp: Tensor, *, high: float, low: float = 0.0
) -> ImportanceWeights:
    """Weigh each token by its ratio, truncated: `clip(rho, low, high)`.

    TIS (https://fengyao.notion.site/off-policy-rl) truncates above only; OpenRLHF bounds the ratio from below too.

    Args:
        logp: `[tokens]` log-probabilities under the learner, before the first optimizer step on these tokens.
        sampler_logp: `[tokens]` log-probabilities under the sampler.
        high: Upper bound of the weight (the post: 2), at least `low`.
        low: Lower bound of the weight, at least 0.

    Returns:
        The weights and counts.

    Raises:
        ValueError: if the shapes differ or the bounds are out of range.
    """
    ratio, outside = _ratio_and_outside(logp, sampler_logp, low, high)
    return ImportanceWeights(ratio.clamp(low, high), outside.sum(), torch.zeros_like(outside.sum()))


def icepop(logp: Tensor, sampler_logp: Tensor, *, low: float, high: float) -> ImportanceWeights:
    """Weigh each token by its ratio and mask it where the ratio is outside the bounds: `rho 1[low <= rho <= high]`.

    IcePop (https://ringtech.notion.site/icepop); the ProRL v2 recipes use bounds of 0.5 and 5.

    Args:
        logp: `[tokens]` log-probabilities under the learner, before the first optimizer step on these tokens.
        sampler_logp: `[tokens]` log-probabilities under the sampler.
        low: Lowest ratio kept, at least 0.
        high: Highest ratio kept, at least `low`.

    Returns:
        The weights and counts.

    Raises:
        ValueError: if the shapes differ or the bounds are out of range.
    """
    ratio, outside = _ratio_and_outside(logp, sampler_logp, low, high)
    return ImportanceWeights(ratio.masked_fill(outside, 0.0), outside.sum(), torch.zeros_like(outside.sum()))


def sequence_mask(
    logp: Tensor, sampler_logp: Tensor, sequence_index: Tensor, *, low: float, high: float
) -> ImportanceWeights:
    """Weigh each token by its ratio and mask whole sequences: `rho_t 1[low <= exp(mean_t log rho_t) <= high]`.

    OpenRLHF's seq-mask-tis; the ProRL v2.1 recipe uses bounds of 0.999 and 1.002. Lengths do not matter, since the
    geometric mean of the ratios is compared, not their product.

    Args:
        logp: `[tokens]` log-probabilities under the learner, before the first optimizer step on these tokens.
        sampler_logp: `[tokens]` log-probabilities under the sampler.
        sequence_index: `[tokens]` integers from 0: the sequence of each token. A sequence's tokens must all be there.
        low: Lowest geometric mean kept, at least 0.
        high: Highest geometric mean kept, at least `low`.

    Returns:
        The weights and counts.

    Raises:
        ValueError: if the shapes differ or the bounds are out of range.
    """
    ratio, _ = _ratio_and_outside(logp, sampler_logp, low, high)
    check_one_shape(logp=logp, sequence_index=sequence_index)
    mean = sequence_mean(logp.detach() - sampler_logp.detach(), sequence_index).exp()
    outside = _outside(mean, low, high) & (sequence_lengths(sequence_index) > 0)
    masked = outside[sequence_index]
    return ImportanceWeights(ratio.masked_fill(masked, 0.0), masked.sum(), outside.sum())


def _ratio_and_outside(logp: Tensor, sampler_logp: Tensor, low: float, high: float) -> tuple[Tensor, Tensor]:
    check_one_shape(logp=logp, sampler_logp=sampler_logp)
    if not 0.0 <= low <= high:
        raise ValueError(f"the bounds must satisfy 0 <= low <= high, got low {low} and high {high}.")
    ratio = importance_ratio(logp.detach(), sampler_logp)
    return ratio, _outside(ratio, low, high)


def _outside(ratio: Tensor, low: float, high: float) -> Tensor:
    # Written so that NaN counts as outside.
    return ~((ratio >= low) & (ratio <= high))
